"""Checks of the files alone: ids, references, time filters, units, titles, fields, by-value panels."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import TYPE_CHECKING, Any

from model_logs import contract, dashboards
from model_logs.dashboards.kibana.api_body import dashboard_body
from model_logs.dashboards.kibana.saved_objects import saved_objects
from model_logs.dashboards.lint.fields import unknown_fields
from model_logs.dashboards.lint.filters import filters_of_dashboard, filters_of_panel
from model_logs.dashboards.lint.findings import LintFinding
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from model_logs.dashboards.panels import Dashboard, Panel

__all__ = ["check_dashboards"]

IDS = "ids.txt"
_TIME = "@timestamp >= ?_tstart AND @timestamp < ?_tend"
_NOW = re.compile(r"\bNOW\s*\(", re.IGNORECASE)
_COMMENT = re.compile(r"//[^\n]*")


def check_dashboards(folder: Path, files: Iterable[Path] | None = None) -> tuple[list[Dashboard], list[LintFinding]]:
    """Look at the dashboards of a folder.

    Args:
        folder: Where they lie, their ids beside them.
        files: Those that are meant; every YAML file of the folder unless given.

    Returns:
        The dashboards that can be read, and what is wrong.
    """
    found: list[Dashboard] = []
    findings: list[LintFinding] = []
    for file in sorted(folder.glob("*.yml") if files is None else files):
        try:
            found.append(dashboards.load_dashboard(file))
        except ModelLogsError as error:
            findings.append(LintFinding(file.name, "the file", "file", str(error)))
            continue
        if found[-1].id != file.stem:
            findings.append(LintFinding(file.name, "id", "id", f"the id is {found[-1].id}: give both the same name"))
    if not found and not findings:
        findings.append(LintFinding(str(folder), "the folder", "file", "it holds no dashboard"))
    for dashboard in found:
        findings += _dashboard(dashboard, found)
    return found, findings + list(_ids(folder, found, whole=not findings))


def _dashboard(dashboard: Dashboard, all_: list[Dashboard]) -> Iterator[LintFinding]:
    file = f"{dashboard.id}.yml"
    for where, rule, message in (
        *_references(dashboard, all_),
        *filters_of_dashboard(dashboard, all_),
        *_layout(dashboard),
        *_by_value(dashboard),
    ):
        yield LintFinding(file, where, rule, message)
    for panel in dashboard.panels:
        for rule, message in _panel(panel):
            yield LintFinding(file, panel.id, rule, message)


def _panel(panel: Panel) -> Iterator[tuple[str, str]]:
    text = panel.text
    bare = " ".join(_COMMENT.sub(" ", text).split())
    if panel.query.stem != panel.id:
        yield "id", f"its query is {panel.query.name}: give both the same name"
    if not panel.question.endswith("?"):
        yield "title", "its question ends in no question mark: say what it answers"
    if _TIME not in bare:
        yield "time", f"{panel.query.name} has no `{_TIME}`: it would show all of time"
    if _NOW.search(bare):
        yield "time", f"{panel.query.name} asks for NOW(): take the time from ?_tend"
    for name in unknown_fields(text):
        yield "field", f"{panel.query.name} asks for {name}, which the contract does not know (mappings/contract.yml)"
    for field in panel.y:
        if not field.unit:
            yield "unit", f"{field.field} is drawn without a unit"
    yield from filters_of_panel(panel)
    if panel.chart == "table":
        yield from _order(panel)
    if panel.chart in {"lines", "area", "bars"} and not (panel.x and panel.x.unit == "time"):
        yield "unit", "it is drawn over time, and x is none"


def _order(panel: Panel) -> Iterator[tuple[str, str]]:
    """Kibana 9.5 takes names and quantities apart and shows the names first; so every form does."""
    quantity = ""
    for field in panel.columns:
        if field.unit not in {"", "time", "outcome"}:
            quantity = quantity or field.field
        elif quantity:
            message = f"{field.field} stands behind the quantity {quantity}: Kibana shows names and times first"
            yield "order", message


def _references(dashboard: Dashboard, all_: list[Dashboard]) -> Iterator[tuple[str, str, str]]:
    fields = contract.load_contract().fields
    for control in dashboard.controls:
        if control.field not in fields or not fields[control.field].index:
            yield "controls", "field", f"{control.field} is no field of the contract that can be searched"
    drilldown = dashboard.drilldown
    if drilldown:
        if drilldown.dashboard not in {each.id for each in all_}:
            yield "drilldown", "reference", f"it leads to {drilldown.dashboard}, which is not there"
        if drilldown.field not in fields:
            yield (
                "drilldown",
                "field",
                f"{drilldown.field} is no field of the contract, so nothing can be narrowed to it",
            )
        drawn = {field.field for panel in dashboard.panels for field in (panel.series, panel.x) if field}
        if drilldown.field not in drawn:
            yield "drilldown", "reference", f"no panel draws {drilldown.field}, so there is nothing to click on"


def _layout(dashboard: Dashboard) -> Iterator[tuple[str, str, str]]:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard.panels:
        grid = panel.grid
        cells = set(product(range(grid.x, grid.x + grid.w), range(grid.y, grid.y + grid.h)))
        if under := sorted({taken[cell] for cell in cells if cell in taken}):
            yield panel.id, "grid", f"it lies over {', '.join(under)}"
        taken |= dict.fromkeys(cells, panel.id)


def _by_value(dashboard: Dashboard) -> Iterator[tuple[str, str, str]]:
    """Check the objects for Kibana: panels by value, every reference within the project."""
    saved = saved_objects([dashboard])[1]
    for panel in json.loads(saved["attributes"]["panelsJSON"]):
        if "panelRefName" in panel or not {"attributes", "savedVis"} & set(panel["embeddableConfig"]):
            yield panel["panelIndex"], "value", "it refers to a saved object of its own instead of holding it"
    for panel in dashboard_body(dashboard)["panels"]:
        if "ref_id" in _names(panel["config"]):
            yield panel["id"], "value", "it refers to a saved object of its own instead of holding it"


def _names(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in _names(one)}
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in _names(one)}
    return set()


def _ids(folder: Path, found: Iterable[Dashboard], *, whole: bool) -> Iterator[LintFinding]:
    """Compare the ids with those that were given out: Kibana, links and alerts know an object by its id alone."""
    owners: dict[str, str] = {}
    present = set()
    for dashboard in found:
        present.add(dashboard.id)
        for panel in dashboard.panels:
            present.add(f"{dashboard.id}/{panel.id}")
            if panel.id in owners:
                message = f"{owners[panel.id]} has a panel of this id, too"
                yield LintFinding(f"{dashboard.id}.yml", panel.id, "id", message)
            owners.setdefault(panel.id, dashboard.id)
    file = folder / IDS
    if not file.is_file():
        return
    given = {line for line in file.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")}
    for name in sorted(present - given):
        yield LintFinding(IDS, name, "id", "it is new: add it here, and keep it from now on")
    for name in sorted(given - present) if whole else ():
        yield LintFinding(
            IDS, name, "id", "it was published and is missing: keep the id, or remove it here on purpose"
        )
