"""Dashboards as the files of `dashboards/` describe them: what the terminal, the page and Kibana all start from.

It reads and checks a file; it asks no cluster and draws nothing. What each key means stands at the head of
`dashboards/model-overview.yml`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, cast

from model_logs import assets
from model_logs.dashboards.panels import (
    AGGREGATES,
    CHARTS,
    GRID_COLUMNS,
    UNITS,
    Control,
    Dashboard,
    Drilldown,
    Field,
    Grid,
    Headline,
    Panel,
)
from model_logs.errors import AssetError, ConfigurationError, UnknownNameError
from model_logs.files.reading import inside, read_text, read_yaml
from model_logs.query import limit_of
from model_logs.times import read_span

__all__ = [
    "CHARTS",
    "GRID_COLUMNS",
    "UNITS",
    "Control",
    "Dashboard",
    "Drilldown",
    "Field",
    "Grid",
    "Headline",
    "Panel",
    "load",
    "names",
]

# What `model-logs report` narrows by: --model and --environment.
FILTERS = frozenset({"model_name", "environment"})

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def names() -> list[str]:
    """Return the names of the dashboards that come with the project."""
    return sorted(file.stem for file in assets.path("dashboards").glob("*.yml"))


def load(name: str | Path) -> Dashboard:
    """Read a dashboard.

    Args:
        name: One of `names()`, or the path of a file in the same form; its queries are found beside it.

    Raises:
        AssetError: There is no such dashboard, or its file says something that cannot be shown.
        ConfigurationError: There is no such file.
    """
    file = _file(name)
    document = read_yaml(file)
    reader = _Reader(file)
    known = {"id", "title", "description", "range", "panels", "guide", "controls", "drilldown"}
    top = reader.mapping(document, "the file", known)
    panels = top.get("panels")
    if not isinstance(panels, list) or not panels:
        raise reader.wrong("panels", "is no list of panels")
    try:
        span = read_span(str(top.get("range")))
    except ValueError as error:
        raise reader.wrong("range", str(error)) from error
    found = Dashboard(
        id=reader.identifier(top, "the file"),
        title=reader.text(top, "title", "the file"),
        description=reader.text(top, "description", "the file"),
        range=span,
        panels=tuple(reader.panel(panel, f"panels[{index}]") for index, panel in enumerate(panels)),
        guide=reader.text(top, "guide", "the file") if "guide" in top else "",
        controls=reader.controls(top),
        drilldown=reader.drilldown(top["drilldown"]) if "drilldown" in top else None,
    )
    ids = [panel.id for panel in found.panels]
    if len(set(ids)) != len(ids):
        raise reader.wrong("panels", f"holds an id twice: {sorted({i for i in ids if ids.count(i) > 1})}")
    return found


def _file(name: str | Path) -> Path:
    if isinstance(name, Path) or name.endswith((".yml", ".yaml")):
        if not os.path.lexists(name):
            raise ConfigurationError(f"There is no dashboard file {name}.", next_step="Check the path.")
        return Path(name)
    if name not in names():
        raise UnknownNameError("dashboard", name, names())
    return assets.path(f"dashboards/{name}.yml")


class _Reader:
    """Checks the parts of one file; every complaint names the file and the place in it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def wrong(self, where: str, what: str) -> AssetError:
        return AssetError(
            f"{self.file}: {where} {what}.",
            next_step="The keys are explained at the head of dashboards/model-overview.yml.",
        )

    def mapping(self, value: object, where: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(where, "holds no names and values")
        if unknown := sorted(map(str, set(value) - known)):
            raise self.wrong(
                where, f"holds {', '.join(unknown)}, which is not known (known: {', '.join(sorted(known))})"
            )
        return cast("dict[str, Any]", value)

    def text(self, mapping: dict[str, Any], key: str, where: str) -> str:
        value = mapping.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(where, f"has no {key}")
        return value.strip()

    def identifier(self, mapping: dict[str, Any], where: str) -> str:
        value = self.text(mapping, "id", where)
        if not _ID.fullmatch(value):
            raise self.wrong(where, f"has the id {value!r}; use small letters, digits and single hyphens")
        return value

    def choice(self, mapping: dict[str, Any], key: str, where: str, known: tuple[str, ...]) -> str:
        value = mapping.get(key, "")
        if value not in known:
            raise self.wrong(where, f"has {key} {value!r}; use one of {', '.join(filter(None, known))}")
        return str(value)

    def field(self, value: object, where: str) -> Field:
        found = self.mapping(value, where, {"field", "title", "unit", "width"})
        return Field(
            field=self.text(found, "field", where),
            title=self.text(found, "title", where),
            unit=self.choice(found, "unit", where, UNITS),
            width=self.text(found, "width", where) if "width" in found else "",
        )

    def fields(self, mapping: dict[str, Any], key: str, where: str) -> tuple[Field, ...]:
        value = mapping.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(f"{where}.{key}", "is no list")
        return tuple(self.field(one, f"{where}.{key}[{index}]") for index, one in enumerate(value))

    def grid(self, value: object, where: str) -> Grid:
        found = self.mapping(value, where, {"x", "y", "w", "h"})
        if set(found) != {"x", "y", "w", "h"} or not all(type(number) is int for number in found.values()):
            raise self.wrong(where, "needs whole numbers for x, y, w and h")
        grid = Grid(**found)
        if min(grid.x, grid.y) < 0 or min(grid.w, grid.h) < 1 or grid.x + grid.w > GRID_COLUMNS:
            raise self.wrong(where, f"does not lie within {GRID_COLUMNS} columns")
        return grid

    def headlines(self, value: object, where: str) -> tuple[Headline, ...]:
        if not isinstance(value, list):
            return (self.headline(value, where),)
        return tuple(self.headline(one, f"{where}[{index}]") for index, one in enumerate(value))

    def headline(self, value: object, where: str) -> Headline:
        found = self.mapping(value, where, {"aggregate", "field", "title", "unit", "whose"})
        return Headline(
            aggregate=self.choice(found, "aggregate", where, AGGREGATES),
            field=self.text(found, "field", where),
            title=self.text(found, "title", where),
            unit=self.choice(found, "unit", where, UNITS),
            whose=self.names(found["whose"], f"{where}.whose") if "whose" in found else (),
        )

    def names(self, value: object, where: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self.wrong(where, "is no list of names of fields")
        return tuple(value)

    def filters(self, mapping: dict[str, Any], where: str) -> tuple[str, ...] | None:
        """Read the fields that may narrow a panel; where one is left out, a reader is told why."""
        if "filters" not in mapping:
            return None
        found = self.names(mapping["filters"], f"{where}.filters")
        left_out = sorted(FILTERS - set(found))
        if left_out and "unfiltered" not in mapping:
            raise self.wrong(where, f"takes no filter by {', '.join(left_out)}: say why (unfiltered)")
        return found

    def controls(self, mapping: dict[str, Any]) -> tuple[Control, ...]:
        value = mapping.get("controls", [])
        if not isinstance(value, list):
            raise self.wrong("controls", "is no list")
        found = []
        for index, one in enumerate(value):
            where = f"controls[{index}]"
            control = self.mapping(one, where, {"field", "title"})
            found.append(Control(self.text(control, "field", where), self.text(control, "title", where)))
        return tuple(found)

    def drilldown(self, value: object) -> Drilldown:
        found = self.mapping(value, "drilldown", {"dashboard", "field", "title"})
        return Drilldown(**{key: self.text(found, key, "drilldown") for key in ("dashboard", "field", "title")})

    def query(self, mapping: dict[str, Any], where: str) -> Path:
        name = self.text(mapping, "query", where)
        try:
            file = inside(self.file.parent, name)
        except ValueError as error:
            raise self.wrong(where, f"asks for a query, and {error}") from error
        if not file.exists():
            raise self.wrong(where, f"asks for the query {file.name}, which is missing beside it")
        limit_of(read_text(file))
        return file

    def panel(self, value: object, where: str) -> Panel:
        known = {"id", "title", "question", "query", "top", "empty", "grid", "chart", "x", "y", "series", "columns"}
        known |= {"headline", "note", "filters", "unfiltered", "details"}
        found = self.mapping(value, where, known)
        where = str(found.get("id", where))
        panel = Panel(
            id=self.identifier(found, where),
            title=self.text(found, "title", where),
            question=self.text(found, "question", where),
            query=self.query(found, where),
            empty=self.text(found, "empty", where),
            grid=self.grid(found.get("grid"), f"{where}.grid"),
            chart=self.choice(found, "chart", where, CHARTS),
            top=self.text(found, "top", where) if "top" in found else "",
            note=self.text(found, "note", where) if "note" in found else "",
            filters=self.filters(found, where),
            unfiltered=self.text(found, "unfiltered", where) if "unfiltered" in found else "",
            x=self.field(found["x"], f"{where}.x") if "x" in found else None,
            y=self.fields(found, "y", where),
            series=self.field(found["series"], f"{where}.series") if "series" in found else None,
            details=self.fields(found, "details", where),
            columns=self.fields(found, "columns", where),
            headlines=self.headlines(found["headline"], f"{where}.headline") if "headline" in found else (),
        )
        if panel.chart == "table" and not panel.columns:
            raise self.wrong(where, "is a table without columns")
        if panel.chart != "table" and not (panel.x and panel.y):
            raise self.wrong(where, "is a chart without x and y")
        if panel.chart in {"lines", "area", "bars"} and not (panel.series and panel.x and panel.x.unit == "time"):
            raise self.wrong(where, "is drawn over time: it needs a series, and an x with the unit time")
        return panel
