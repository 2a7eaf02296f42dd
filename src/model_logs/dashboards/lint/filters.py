"""Which filters leave a panel true: what its file says, against what its query reads.

A filter goes beside the query and takes events away before anything is counted. What is told by absence, or has
no such field, becomes false by it in silence: numbers of a writer look missing, failures cannot be found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from model_logs import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.dashboards.panels import Dashboard, Panel

__all__ = ["filters_of_dashboard", "filters_of_panel"]

_COMMENT = re.compile(r"//[^\n]*")
_FROM = re.compile(r"\bFROM\s+(?P<sources>[^|]+?)\s*(?:\bMETADATA\b[^|]*)?(?:\||$)", re.IGNORECASE)
# A writer numbers all its events; only what is the same in all of them may narrow what is counted by number.
_OF_A_WRITER = frozenset({"process.entity_id", "process.pid", "host.name", "service.name"})
# What the parser still knows of a line that it did not understand.
_OF_THE_UNPARSED = frozenset({"environment", "host.name", "log.file.path", "service.name"})


def filters_of_panel(panel: Panel) -> Iterator[tuple[str, str]]:
    """Say which fields of `filters` would make the panel false."""
    if panel.filters is None:
        message = (
            "it does not say which filters leave it true: add `filters: [...]` (docs/reference/files/dashboard.md)"
        )
        yield "filter", message
        return
    bare = _COMMENT.sub(" ", panel.text)
    fields = contract.load_contract().fields
    for field in panel.filters:
        if field not in fields or not fields[field].index:
            yield "filter", f"{field} is no field of the contract that can be searched"
        elif reason := _reason(field, bare):
            yield "filter", f"narrowed by {field} it would be false: {reason}. Remove it from `filters`"


def _reason(field: str, bare: str) -> str:
    """Return why a query may not be narrowed by a field; nothing where it may."""
    found = _FROM.search(bare)
    sources = [source.strip() for source in found["sources"].split(",")] if found else []
    if any(source.endswith("::failures") for source in sources):
        return "refused documents have no fields to filter by"
    if any(source.startswith("metrics-") for source in sources):
        return "a sample of a disk has no such field"
    if any("unparsed" in source for source in sources) and field not in _OF_THE_UNPARSED:
        return "unparsed events may have no such field"
    if re.search(r"\bevent\.sequence\b", bare) and field not in _OF_A_WRITER:
        return "it counts the numbers of a writer, and those that the filter leaves out would be missing"
    return ""


def filters_of_dashboard(dashboard: Dashboard, all_: list[Dashboard]) -> Iterator[tuple[str, str, str]]:
    """Say which controls and which drill-down narrow a panel that they make false."""
    for control in dashboard.controls:
        known = control.field in contract.load_contract().fields
        if known and (against := _against(dashboard, control.field)):
            message = f"{control.field} filters the whole page and makes {against} false: remove it"
            yield "controls", "filter", message
    drilldown = dashboard.drilldown
    for target in all_ if drilldown else ():
        if drilldown and target.id == drilldown.dashboard and (against := _against(target, drilldown.field)):
            yield "drilldown", "filter", f"it narrows {target.id} by {drilldown.field}, which makes {against} false"


def _against(dashboard: Dashboard, field: str) -> str:
    return ", ".join(panel.id for panel in dashboard.panels if not panel.takes(field))
