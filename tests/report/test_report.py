"""`model-logs report`: tables, JSON, the options, and what is said when there is nothing."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.support.events import index, life_cycle, predictions

from model_logs import dashboards
from model_logs.cli import model_logs
from model_logs.dashboards.report import Report, answer, over_time, print_report, tiles, to_json
from model_logs.errors import ModelLogsError
from model_logs.query import Answer, Column

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
END = START + timedelta(hours=1)
NOWHERE = "http://127.0.0.1:9"
RANGE = ("--from", "2026-03-14T06:00:00Z", "--to", "2026-03-14T08:00:00+01:00")
OVERVIEW = dashboards.load_dashboard("model-overview")


@pytest.fixture
def loaded(applied: Elasticsearch) -> Elasticsearch:
    index(applied, predictions(5, 600, START, 3600) + life_cycle(6, 60, START, 3600))
    return applied


_ANSWERED: list[Report] = []


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """The same answers for every test that only looks at them; asked once."""
    if not _ANSWERED:
        _ANSWERED.append(answer(request.getfixturevalue("loaded"), OVERVIEW, start=START, end=END))
    return _ANSWERED[0]


def _printed(report: Report) -> str:
    stream = io.StringIO()
    print_report(report, stream)
    return stream.getvalue()


def _command(*arguments: str) -> Any:
    return CliRunner().invoke(model_logs, ["report", *arguments])


def _empty(panel: Any) -> Answer:
    return Answer(tuple(Column(name, "keyword") for name in panel.needs), [], 10, START, END)


def test_every_panel_is_printed_with_its_question_and_its_rows(report: Report) -> None:
    text = _printed(report)
    for panel in OVERVIEW.panels:
        assert panel.title in text
        assert panel.question in text
    assert "2026-03-14 06:00:00 to 2026-03-14 07:00:00 UTC" in text
    for name in ("churn", "fraud", "search-ranking", "p99", " ms", " /min", " %", "alice", "transitioned", "failed"):
        assert name in text
    assert "No data" not in text
    assert "\x1b" not in text


def test_the_comparison_prints_every_version(report: Report) -> None:
    section = _printed(report).split("Is the new version")[1].split("Model Events Timeline")[0]
    rows = report.answers["model-version-comparison"].records()
    assert len(rows) == 12
    for row in rows:
        line = next(
            line for line in section.splitlines() if line.split()[:3] == [row["model"], row["env"], row["version"]]
        )
        assert f"{row['predictions']:,}" in line.split()


def test_the_headlines_say_the_number_and_whose_it_is(report: Report) -> None:
    found = {tile.title: tile for tile in tiles(report)}
    assert found["Predictions (calls)"].value == "600"
    rates = report.answers["error-rate-per-model"]
    worst = max(rates.records(), key=lambda row: row["error_rate_pct"])
    assert found["Highest error rate of a model"].whose == worst["model_name"]


def test_json_holds_every_row_in_full_precision(loaded: Elasticsearch, es_url: str) -> None:
    done = _command(*RANGE, "--output", "json", "--url", es_url)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    report = answer(loaded, OVERVIEW, start=START, end=END)
    assert document == to_json(report)
    assert (document["from"], document["to"]) == ("2026-03-14T06:00:00.000Z", "2026-03-14T07:00:00.000Z")
    latency = next(panel for panel in document["panels"] if panel["id"] == "prediction-latency")
    assert {"name": "p99_ms", "type": "double", "unit": "ms"} in latency["columns"]
    assert [row[2] for row in latency["rows"]] == report.answers["prediction-latency"].values("p99_ms")


def test_model_and_environment_narrow_the_answers(loaded: Elasticsearch, es_url: str) -> None:
    done = _command(
        *RANGE,
        *("--url", es_url, "--output", "json"),
        *("--model", "churn", "--model", "fraud", "--environment", "staging"),
    )
    document = json.loads(done.stdout)
    assert document["filters"] == {"model_name": ["churn", "fraud"], "environment": ["staging"]}
    compared = next(panel for panel in document["panels"] if panel["id"] == "model-version-comparison")
    assert {(row[0], row[1]) for row in compared["rows"]} == {("churn", "staging"), ("fraud", "staging")}


def test_no_data_is_said_plainly_with_what_to_do(applied: Elasticsearch, es_url: str) -> None:
    done = _command("--from", "2001-01-01", "--to", "2001-01-02", "--url", es_url)
    assert done.exit_code == 0
    assert done.stdout.count("No data.") == 7
    assert "model-logs ship" in done.stdout
    assert "logger.transitioned" in done.stdout


def test_an_empty_report_has_headlines_without_numbers_that_are_none() -> None:
    report = Report(OVERVIEW, START, END, {}, {panel.id: _empty(panel) for panel in OVERVIEW.panels})
    assert {tile.title: tile.value for tile in tiles(report)} == {
        "Predictions (calls)": "0",
        "Rows of their batches": "0",
        "Highest error rate of a model": "\N{EN DASH}",
        "Highest p99 of a version": "\N{EN DASH}",
        "Registrations, moves, deployments (failed ones too)": "0",
    }


def test_a_top_n_says_so(applied: Elasticsearch) -> None:
    moves = [event for event in life_cycle(9, 900, START, 3600) if event["event_type"] == "transitioned"]
    assert len(moves) > 100
    index(applied, moves)
    report = answer(applied, OVERVIEW, start=START, end=END)
    assert "Shows the latest 100; there may be more." in _printed(report)
    panel = next(panel for panel in to_json(report)["panels"] if panel["id"] == "stage-transition-audit")
    assert panel["top"] == "the latest 100"
    assert len(panel["rows"]) == 100


def test_a_name_cannot_mark_up_or_steer_the_terminal(applied: Elasticsearch) -> None:
    events = predictions(5, 20, START, 3600)
    for event in events:
        event["model_name"] = "[red]evil[/red]\x1b[2J"
    index(applied, events)
    text = _printed(answer(applied, OVERVIEW, start=START, end=END))
    assert "[red]evil[/red]\\x1b[2J" in text
    assert "\x1b" not in text


def _rows_over_time(panel_id: str, rows: list[tuple[Any, ...]]) -> tuple[Any, Answer]:
    panel = next(panel for panel in OVERVIEW.panels if panel.id == panel_id)
    columns = tuple(Column(name, "double") for name in panel.needs)
    return panel, Answer(columns, rows, 10_000, START, END)


def test_a_slot_without_predictions_counts_as_zero() -> None:
    names = next(panel for panel in OVERVIEW.panels if panel.id == "throughput-per-model").needs
    row = {"time": START + timedelta(minutes=7), "model_name": "a", "per_minute": 3.0, "predictions": 3}
    row |= {"width_ms": 60_000.0, "rows_per_minute": 9.0, "rows": 9}
    panel, found = _rows_over_time("throughput-per-model", [tuple(row[name] for name in names)])
    (line,) = over_time(panel, found)
    assert [line.measure.title for line in over_time(panel, found, details=True)][1:] == ["Rows per minute"]
    assert len(line.points) == 60
    assert [value for _, value in line.points] == [0] * 7 + [3.0] + [0] * 52
    assert line.points[7][0] == START + timedelta(minutes=7)


def test_a_bucket_without_predictions_breaks_the_line() -> None:
    names = next(panel for panel in OVERVIEW.panels if panel.id == "prediction-latency").needs
    rows = []
    for minute in (0, 1, 5):
        row = {
            "time": START + timedelta(minutes=minute),
            "model_name": "a",
            "p50_ms": 1.0,
            "p95_ms": 2.0,
            "p99_ms": 3.0,
        }
        rows.append(tuple(row[name] for name in names))
    panel, found = _rows_over_time("prediction-latency", rows)
    lines = over_time(panel, found)
    assert [line.measure.title for line in lines] == ["p50", "p95", "p99"]
    assert [value for _, value in lines[2].points] == [3.0, 3.0, None, 3.0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "yesterday"], "no span of time"),
        (["--since", "99999999w"], "longer than a hundred years"),
        (["--from", "noon"], "no moment"),
        (["--since", "1h", "--from", "2026-01-01"], "--since or --from, not both"),
        (["--from", "2026-01-02", "--to", "2026-01-01"], "time range is empty"),
        (["--output", "yaml"], "'yaml' is not one of"),
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: list[str], said: str) -> None:
    done = _command(*arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert done.stdout == ""


def test_without_rich_the_message_names_the_extra(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(ModelLogsError, match=r"pip install 'model-logs\[report\]', or ask for --output json"):
        print_report(report)


@pytest.mark.slow
def test_nothing_listening_is_one_message_with_the_next_step() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "report", "--url", NOWHERE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Next step:" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_narrow_terminal_breaks_no_word_and_leaves_out_no_value(
    report: Report, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    print_report(report, stream)
    text = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    words = text.split()
    assert max(len(line) for line in text.splitlines()) <= width
    for row in report.answers["model-version-comparison"].records():
        assert {row["model"], row["env"], f"{row['predictions']:,}"} <= set(words)
    assert {"production", "Predictions", "transitioned"} <= set(words)


@pytest.mark.parametrize(
    ("option", "name", "meant"),
    [("--model", "chrun", "churn"), ("--model", "Churn", "churn"), ("--environment", "stagign", "staging")],
)
def test_a_name_that_no_event_bears_is_said_with_the_one_that_was_meant(
    loaded: Elasticsearch, es_url: str, option: str, name: str, meant: str
) -> None:
    done = _command(*RANGE, "--url", es_url, option, name)
    assert done.exit_code == 2
    assert f"There is no event of the {option[2:]} '{name}'" in done.stderr
    assert f"Did you mean {meant}" in done.stderr


def test_a_model_without_events_in_the_range_is_no_mistake_and_pictures_of_nothing_are_said(
    loaded: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    words = ("--from", "2001-01-01", "--to", "2001-01-02", "--url", es_url, "--model", "churn")
    done = _command(*words, "--pictures", str(tmp_path / "pictures"))
    assert done.exit_code == 0
    assert "No events of a model called churn in this time" in done.stdout
    assert "They show nothing: no panel of model-overview has data" in done.stderr
