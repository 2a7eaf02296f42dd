"""The answers as tables on a terminal. What is drawn over time becomes a row for each line, with a small trend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from model_logs.dashboards.report.answers import tiles
from model_logs.dashboards.report.formats import cell
from model_logs.dashboards.report.series import over_time
from model_logs.errors import ModelLogsError
from model_logs.printing import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from model_logs.dashboards.panels import Column, Panel
    from model_logs.dashboards.report.answers import Report
    from model_logs.query import Answer

__all__ = ["print_report"]

_BARS = "▁▂▃▄▅▆▇█"
_TREND_WIDTH = 30
_MOST_ROWS = 40
_PIPE_WIDTH = 200
_ENDLESS = 10_000


def print_report(report: Report, stream: TextIO | None = None) -> None:
    """Print every panel.

    Args:
        report: What was answered.
        stream: Where to; standard output when not given.

    Raises:
        ModelLogsError: rich is not installed.
    """
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError as error:
        raise ModelLogsError(
            "Tables on the terminal need rich, which is not installed.",
            next_step="pip install 'model-logs[report]', or ask for --output json.",
        ) from error
    console = Console(file=stream, highlight=False)
    if not console.is_terminal:
        # In a file or a pipe nothing says how wide it is; 80 columns would cut what a reader needs.
        console.width = _PIPE_WIDTH
    _heading(console, report.dashboard.title, report.scope)
    for notice in report.notices:
        console.print(Text(f"  {printable(notice)}", style="yellow"))
    for tile in tiles(report):
        line = Text("  ").append(tile.value, style="bold").append(f"  {printable(tile.title)}", style="dim")
        console.print(line.append(f" ({tile.whose})", style="dim") if tile.whose else line)
    for panel in report.dashboard.panels:
        _print_panel(console, panel, report)


def _print_panel(console: Console, panel: Panel, report: Report) -> None:
    from rich.text import Text

    found = report.answers[panel.id]
    console.print()
    _heading(console, panel.title, panel.question)
    if panel.note:
        console.print(Text(f"  {printable(panel.note)}", style="dim"))
    if not found.rows:
        console.print(
            Text(f"  {report.nothing(panel)} ", style="yellow").append(printable(panel.empty), style="default")
        )
        for remark in report.notes(panel):
            console.print(Text(f"  {printable(remark)}", style="dim"))
        return
    shape = {"lines": _over_time, "area": _over_time, "bars": _pivot}.get(panel.chart, _rows)
    table, note = shape(panel, found)
    _print_table(console, table)
    for remark in filter(None, (note, *report.notes(panel), *found.warnings)):
        console.print(Text(f"  {printable(remark)}", style="dim"))


def _heading(console: Console, title: str, rest: str) -> None:
    from rich.text import Text

    console.print(Text(printable(title), style="bold").append(f"  {printable(rest)}", style="not bold dim"))


def _print_table(console: Console, table: Table) -> None:
    """Print a table, or where the terminal is too narrow for it each row in lines of its own: no word is broken."""
    from rich.measure import Measurement
    from rich.padding import Padding
    from rich.text import Text

    if Measurement.get(console, console.options.update(width=_ENDLESS), table).minimum <= console.width:
        console.print(table)
        return
    titles = [str(column.header) for column in table.columns]
    for row in zip(*(list(column.cells) for column in table.columns), strict=True):
        parts = [f"{title} {value}".strip() for title, value in zip(titles[1:], row[1:], strict=True)]
        if str(row[0]):
            console.print(Text(f"  {row[0]}", style="bold"))
        console.print(Padding(Text(" · ".join(parts)), (0, 0, 0, 4)))


def _table(fields: list[tuple[str, bool]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for title, number in fields:
        table.add_column(Text(printable(title)), justify="right" if number else "left", overflow="fold")
    return table


def _add(table: Table, texts: list[str]) -> None:
    from rich.text import Text

    # As text objects: square brackets in a model's name are no markup.
    table.add_row(*(Text(text) for text in texts))


def _is_number(field: Column) -> bool:
    return field.unit not in {"", "time", "outcome"}


def _rows(panel: Panel, found: Answer) -> tuple[Table, str]:
    """Return the panel's columns, a row for each row of the answer."""
    table = _table([(field.title, _is_number(field)) for field in panel.table])
    records = found.records()
    for record in records[:_MOST_ROWS]:
        _add(table, [cell(record[field.field], field.unit) for field in panel.table])
    hidden = len(records) - _MOST_ROWS
    return table, f"{hidden} more rows: --output json has them all." if hidden > 0 else ""


def _pivot(panel: Panel, found: Answer) -> tuple[Table, str]:
    """Return a row for each moment and a column for each kind: what stacked bars show."""
    assert panel.x and panel.series  # noqa: S101, PT018  # the loader has seen to it
    measure = panel.y[0]
    kinds = sorted({str(kind) for kind in found.values(panel.series.field)})
    table = _table([(panel.x.title, False), *((cell(kind), True) for kind in kinds)])
    moments: dict[Any, dict[str, Any]] = {}
    for record in found.records():
        moments.setdefault(record[panel.x.field], {})[str(record[panel.series.field])] = record[measure.field]
    for moment in list(moments)[-_MOST_ROWS:]:
        _add(table, [cell(moment), *(cell(moments[moment].get(kind, 0), measure.unit) for kind in kinds)])
    hidden = len(moments) - _MOST_ROWS
    return table, f"{hidden} earlier rows: --output json has them all." if hidden > 0 else ""


def _over_time(panel: Panel, found: Answer) -> tuple[Table, str]:
    """Return a row for each line of the chart: its range, its latest value and its course."""
    assert panel.series  # noqa: S101  # the loader has seen to it
    measures = (*panel.y, *panel.details)
    named = len(measures) > 1
    fields = [(panel.series.title, False), *([("", False)] if named else [])]
    table = _table([*fields, ("lowest", True), ("highest", True), ("latest", True), ("trend", False)])
    lines = over_time(panel, found, details=True)
    most = _MOST_ROWS * len(measures)
    for line in lines[:most]:
        course = [value for _, value in line.points]
        known = [value for value in course if value is not None]
        labels = [line.name if line.measure is panel.y[0] else "", *([line.measure.title] if named else [])]
        numbers = [min(known), max(known), known[-1]] if known else [None] * 3
        _add(table, [*labels, *(cell(number, line.measure.unit) for number in numbers), _trend(course)])
    hidden = (len(lines) - most) // len(measures)
    return table, f"{hidden} more: narrow with --model, or ask for --output json." if hidden > 0 else ""


def _trend(course: list[float | None]) -> str:
    """Return the course as small bars from 0 to its highest value; a gap where there is no value."""
    size = -(-len(course) // _TREND_WIDTH)
    groups = [[value for value in course[at : at + size] if value is not None] for at in range(0, len(course), size)]
    highest = max((max(group) for group in groups if group), default=0) or 1
    return "".join(
        _BARS[min(len(_BARS) - 1, int(max(group) / highest * len(_BARS)))] if group else " " for group in groups
    )
