"""Dashboards as the files of `dashboards/` describe them: the common source of terminal, page and Kibana.

It reads a file that fits `schemas/dashboard.json`, and looks at what no schema can say: ids, the grid, the queries.
It asks no cluster and draws nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.dashboards.panels import (
    GRID_COLUMNS,
    Column,
    Control,
    Dashboard,
    Drilldown,
    Grid,
    Headline,
    Panel,
)
from model_logs.errors import ConfigurationError, UnknownNameError
from model_logs.files.reading import inside, read_text, read_yaml, wrong
from model_logs.objectives import load_objectives
from model_logs.printing import printable
from model_logs.query import limit_of
from model_logs.query.objective_numbers import objective_number, with_numbers
from model_logs.times import read_span

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = [
    "GRID_COLUMNS",
    "Column",
    "Control",
    "Dashboard",
    "Drilldown",
    "Grid",
    "Headline",
    "Panel",
    "load_dashboard",
    "names",
]


def names() -> list[str]:
    """Return the names of the dashboards that come with the project."""
    return sorted(file.stem for file in assets.path("dashboards").glob("*.yml"))


def load_dashboard(name: str | Path) -> Dashboard:
    """Read a dashboard.

    Args:
        name: One of `names()`, or the path of a file in the same form; its queries are found beside it.

    Raises:
        AssetError: There is no such dashboard, or its file says something that cannot be shown.
        ConfigurationError: There is no such file.
    """
    file = _file(name)
    document = read_yaml(file, schema="dashboard")
    panels = tuple(_panel(file, index, panel) for index, panel in enumerate(document["panels"]))
    ids = [panel.id for panel in panels]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        place = ("panels", len(ids) - 1 - ids[::-1].index(twice[0]), "id")
        raise wrong(file, place, f"panels holds an id twice: {', '.join(twice)}", schema="dashboard")
    return Dashboard(
        id=document["id"],
        title=document["title"].strip(),
        description=document["description"].strip(),
        range=read_span(document["range"]),
        panels=panels,
        guide=document.get("guide", "").strip(),
        controls=tuple(Control(**each) for each in document.get("controls", ())),
        drilldown=Drilldown(**document["drilldown"]) if "drilldown" in document else None,
    )


def _file(name: str | Path) -> Path:
    if isinstance(name, Path) or name.endswith((".yml", ".yaml")):
        if not os.path.lexists(name):
            raise ConfigurationError(f"There is no dashboard file {name}.", next_step="Check the path.")
        return Path(name)
    if name not in names():
        raise UnknownNameError("dashboard", name, names())
    return assets.path(f"dashboards/{name}.yml")


def _panel(file: Path, index: int, said: dict[str, Any]) -> Panel:
    grid = Grid(**said["grid"])
    if grid.x + grid.w > GRID_COLUMNS:
        what = f"panels[{said['id']}].grid does not lie within {GRID_COLUMNS} columns"
        raise wrong(file, ("panels", index, "grid"), what, schema="dashboard")
    headline = said.get("headline", [])
    texts = ("id", "title", "question", "empty", "top", "note", "unfiltered")
    query, text = _query(file, index, said)
    return Panel(
        **{name: said[name].strip() for name in texts if name in said},
        query=query,
        text=text,
        range=_range(said),
        grid=grid,
        chart=said["chart"],
        filters=tuple(said["filters"]) if "filters" in said else None,
        x=Column(**said["x"]) if "x" in said else None,
        y=_fields(said, "y"),
        series=Column(**said["series"]) if "series" in said else None,
        details=_fields(said, "details"),
        columns=_fields(said, "columns"),
        headlines=tuple(
            Headline(**each | {"whose": tuple(each.get("whose", ()))})
            for each in (headline if isinstance(headline, list) else [headline])
        ),
    )


def _fields(said: dict[str, Any], key: str) -> tuple[Column, ...]:
    return tuple(Column(**each) for each in said.get(key, ()))


def _range(said: dict[str, Any]) -> timedelta | None:
    span = said.get("range")
    if isinstance(span, dict):
        return load_objectives(span["budget_of"]).budget
    return read_span(span) if span else None


def _query(file: Path, index: int, said: dict[str, Any]) -> tuple[Path, str]:
    place, where = ("panels", index, "query"), f"panels[{said['id']}].query"
    try:
        found = inside(file.parent, said["query"].strip())
    except ValueError as error:
        raise wrong(file, place, f"{where}: {error}", schema="dashboard") from error
    if not found.exists():
        what = f"{where} names {printable(found.name)}, which is missing beside it"
        raise wrong(file, place, what, schema="dashboard")
    numbers = {name: objective_number(each) for name, each in said.get("numbers", {}).items()}
    text = with_numbers(read_text(found), numbers)
    limit_of(text)
    return found, text


if not TYPE_CHECKING:  # a type checker is to see the present names alone

    def __getattr__(name):  # noqa: ANN001, ANN202
        from model_logs.old_paths import renamed

        return renamed(__name__, name)
