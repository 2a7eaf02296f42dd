"""A dashboard in memory: its panels, and what each shows, in frozen dataclasses.

They say nothing of files and nothing of a cluster: `model_logs.dashboards` reads them, `report` answers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

__all__ = [
    "GRID_COLUMNS",
    "Column",
    "Control",
    "Dashboard",
    "Drilldown",
    "Grid",
    "Headline",
    "Panel",
]

# Kibana lays panels out on so many columns.
GRID_COLUMNS = 48


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer as it is shown.

    Attributes:
        field: Its name in the answer.
        title: What a reader sees.
        unit: One that `schemas/dashboard.json` lists; empty for text.
        width: For a time axis with slots of one width: the column that holds the width in milliseconds.
    """

    field: str
    title: str
    unit: str = ""
    width: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """One number for the top of the page: `aggregate` of the column `field`.

    Attributes:
        aggregate: sum, max or count.
        field: A column of the answer; a row without a value in it does not count.
        title: What a reader sees.
        unit: One that `schemas/dashboard.json` lists; empty for text.
        whose: The columns that name the row of the highest value; the panel's series when empty.
    """

    aggregate: str
    field: str
    title: str
    unit: str = ""
    whose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a panel stands, on `GRID_COLUMNS` columns."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and how its answer is shown.

    Attributes:
        id: Stable.
        title: As a reader sees it.
        question: What the panel answers.
        query: The file of the ES|QL text.
        text: The text itself, the numbers of the objectives put in.
        empty: What a reader is told where nothing was found.
        grid: Where it stands.
        chart: lines, area, bars, ranking or table.
        range: The span of this panel alone, up to the end of what is shown; None for that of the whole page.
        top: What is shown where the answer reached its LIMIT; empty where that is an error.
        note: What is counted; empty where the question says it.
        filters: The fields by which the answer may be narrowed and stays true; None where the file does not say.
        unfiltered: Why no other field may narrow it.
        x: The axis of time, or of names.
        y: The measures that are drawn.
        series: The column that tells lines, areas or bars apart.
        details: Columns beside what is drawn, for tooltips and the terminal.
        columns: The columns of a table.
        headlines: Numbers for the top of the page.
    """

    id: str
    title: str
    question: str
    query: Path
    text: str
    empty: str
    grid: Grid
    chart: str
    range: timedelta | None = None
    top: str = ""
    note: str = ""
    filters: tuple[str, ...] | None = None
    unfiltered: str = ""
    x: Column | None = None
    y: tuple[Column, ...] = ()
    series: Column | None = None
    details: tuple[Column, ...] = ()
    columns: tuple[Column, ...] = ()
    headlines: tuple[Headline, ...] = ()

    @property
    def needs(self) -> list[str]:
        """The columns that the query must give."""
        drawn = [field for field in (self.x, *self.y, self.series, *self.details, *self.columns) if field]
        found = [field.field for field in drawn] + [field.width for field in drawn if field.width]
        told = [name for headline in self.headlines for name in (headline.field, *headline.whose)]
        return list(dict.fromkeys(found + told))

    def takes(self, field: str) -> bool:
        """Whether the answer stays true when it is narrowed by a field; so where the file does not say otherwise."""
        return self.filters is None or field in self.filters

    @property
    def table(self) -> tuple[Column, ...]:
        """The columns of the panel's table: those named for it, else what the chart draws."""
        drawn = (self.x, self.series, *self.y)
        return self.columns or tuple(field for field in drawn if field)


@dataclass(frozen=True, slots=True)
class Control:
    """A choice at the top of the page in Kibana: the values of `field` that count."""

    field: str
    title: str


@dataclass(frozen=True, slots=True)
class Drilldown:
    """Where a click on one of `field`'s names leads in Kibana: to another dashboard, narrowed to that name."""

    dashboard: str
    field: str
    title: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Panels in reading order.

    Attributes:
        id: Stable.
        title: As a reader sees it.
        description: One sentence.
        range: What is shown when nobody says otherwise.
        panels: The questions.
        guide: What to do first, in Markdown; empty where nothing is said.
        controls: The choices that a reader has.
        drilldown: From one name to another dashboard.
    """

    id: str
    title: str
    description: str
    range: timedelta
    panels: tuple[Panel, ...]
    guide: str = ""
    controls: tuple[Control, ...] = ()
    drilldown: Drilldown | None = None

    @property
    def offered(self) -> tuple[Control, ...]:
        """The controls that make no panel false: what Kibana narrows, it narrows on the whole page."""
        return tuple(one for one in self.controls if all(panel.takes(one.field) for panel in self.panels))
