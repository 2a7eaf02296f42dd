"""What `query.run` refuses, and what it says."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch
from tests.support.events import index, predictions

from model_logs import assets, query
from model_logs.errors import ClusterError, QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
END = START + timedelta(hours=1)
IN_RANGE = "WHERE @timestamp >= ?_tstart AND @timestamp < ?_tend"


def run(client: Elasticsearch, text: str, **options: Any) -> query.Answer:
    return query.run(client, text, start=START, end=END, **options)


def test_an_answer_has_names_types_and_aware_dates(applied: Elasticsearch) -> None:
    index(applied, predictions(1, 10, START, 3600))
    answer = run(applied, f"FROM logs-model.prediction-* | {IN_RANGE} | KEEP @timestamp, latency_ms | LIMIT 100")
    assert answer.columns == (query.Column("@timestamp", "date"), query.Column("latency_ms", "double"))
    assert all(START <= moment < END for moment in answer.values("@timestamp"))
    assert answer.records()[0].keys() == {"@timestamp", "latency_ms"}
    assert not answer.limit_reached


def test_an_answer_that_reaches_its_limit_is_an_error(applied: Elasticsearch) -> None:
    index(applied, predictions(1, 50, START, 3600))
    text = f'FROM logs-model.prediction-* | {IN_RANGE} AND event_type == "predict" | KEEP request_id | LIMIT 50'
    with pytest.raises(QueryError, match=r"reached its LIMIT of 50 rows(?s:.*)Next step: .*--model"):
        run(applied, text)
    assert run(applied, text, allow_top_n=True).limit_reached
    assert len(run(applied, text.replace("LIMIT 50", "LIMIT 51")).rows) == 50


@pytest.mark.parametrize(
    "text",
    [
        "ROW a = 1",
        "ROW a = 1 | LIMIT 10001",
        "ROW a = 1 | LIMIT 0",
        "FROM x | LIMIT 10 | LIMIT 5",
        "FROM x | LIMIT 10 | SORT a",
        'ROW a = "| LIMIT 5"',
        "ROW a = 1 // | LIMIT 5",
        "ROW a = 1 /* | LIMIT 5 */",
        'ROW a = """x" | LIMIT 5"""',
    ],
)
def test_a_query_without_one_limit_at_its_end_is_refused_before_it_is_sent(text: str) -> None:
    with pytest.raises(QueryError, match="must end with one LIMIT of 1 to 10,000"):
        query.limit_of(text)


@pytest.mark.parametrize(
    "text", ["ROW a = 1 | LIMIT 7", "ROW a = 1\n| limit 7\n", 'ROW a = "// \\" | LIMIT 5" | LIMIT 7 // end']
)
def test_the_limit_is_read_past_comments_and_quotes(text: str) -> None:
    assert query.limit_of(text) == 7


def test_an_unknown_column_is_named(applied: Elasticsearch) -> None:
    with pytest.raises(QueryError, match=r"Unknown column \[latency\](?s:.*)Correct the name in the query"):
        run(applied, "FROM logs-model.prediction-* | STATS a = AVG(latency) | LIMIT 5")


def test_a_column_that_a_panel_needs_and_the_query_lacks_is_named(applied: Elasticsearch) -> None:
    with pytest.raises(QueryError, match="gives no column b; it gives a"):
        run(applied, "ROW a = 1 | LIMIT 5").values("b")


def test_a_cluster_without_our_streams_is_told_to_apply(clean_es: Elasticsearch) -> None:
    with pytest.raises(QueryError, match=r"Unknown index(?s:.*)elk-bootstrap apply"):
        run(clean_es, "FROM logs-model.prediction-* | STATS a = COUNT(*) | LIMIT 5")


def test_a_query_that_cannot_be_read_shows_reason_and_text(applied: Elasticsearch) -> None:
    with pytest.raises(QueryError, match=r"extraneous input(?s:.*)ROW a = = 1"):
        run(applied, "ROW a = = 1 | LIMIT 5")


def test_parameters_are_values_and_never_text(applied: Elasticsearch) -> None:
    nasty = '" | LIMIT 1 | DROP a //'
    assert run(applied, "ROW a = ?name, b = ?n | LIMIT 5", params={"name": nasty, "n": 3}).rows == [(nasty, 3)]


def test_several_values_in_a_field_are_a_list(applied: Elasticsearch) -> None:
    dates = '["2026-03-14T06:00:00Z", "2026-03-14T07:00:00Z"]'
    answer = run(applied, f"ROW a = [1, 2], b = TO_DATETIME({dates}) | LIMIT 5")
    assert answer.rows == [([1, 2], [START, END])]


def test_what_the_server_remarks_is_kept_with_the_answer(applied: Elasticsearch) -> None:
    answer = run(applied, "ROW a = 1, b = 0 | EVAL c = a / b | LIMIT 5")
    assert answer.rows == [(1, 0, None)]
    assert any("/ by zero" in warning for warning in answer.warnings)


def test_an_empty_time_range_is_refused(applied: Elasticsearch) -> None:
    with pytest.raises(QueryError, match="The time range is empty"):
        query.run(applied, "ROW a = 1 | LIMIT 5", start=END, end=END)


def test_a_moment_without_a_zone_is_utc_and_cut_to_milliseconds(applied: Elasticsearch) -> None:
    answer = query.run(
        applied,
        "ROW a = TO_DATETIME(?_tstart), b = TO_DATETIME(?_tend) | LIMIT 5",
        start=datetime(2026, 3, 14, 6, 0, 0, 1999),  # noqa: DTZ001  # that is the point
        end=datetime(2026, 3, 14, 9, tzinfo=UTC).astimezone(),
    )
    assert answer.rows == [(START + timedelta(milliseconds=1), START + timedelta(hours=3))]
    assert answer.start == START + timedelta(milliseconds=1)


@contextmanager
def _cluster_that_says(status: int, body: dict[str, Any], delay: threading.Event | None = None) -> Iterator[str]:
    """A fake on loopback for what a healthy node never does: a part of an answer, no answer, a refusal."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if delay:
                delay.wait(10)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        if delay:
            delay.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _error(kind: str, reason: str) -> dict[str, Any]:
    return {"error": {"type": kind, "reason": reason, "root_cause": []}, "status": 0}


def test_a_partial_answer_is_an_error() -> None:
    body = {"is_partial": True, "columns": [{"name": "a", "type": "long"}], "values": [[1]]}
    with (
        _cluster_that_says(200, body) as url,
        Elasticsearch(url) as client,
        pytest.raises(QueryError, match="Only a part of the shards answered"),
    ):
        run(client, "FROM logs-model.prediction-* | STATS a = COUNT(*) | LIMIT 5")


def test_a_query_that_takes_too_long_is_given_up() -> None:
    with (
        _cluster_that_says(200, {}, threading.Event()) as url,
        Elasticsearch(url) as client,
        pytest.raises(QueryError, match=r"no answer within 0\.2 s(?s:.*)--timeout"),
    ):
        run(client, "ROW a = 1 | LIMIT 5", timeout=0.2)


def test_a_cluster_without_memory_for_it_says_to_ask_for_less() -> None:
    body = _error("circuit_breaking_exception", "Data too large")
    with (
        _cluster_that_says(429, body) as url,
        Elasticsearch(url) as client,
        pytest.raises(QueryError, match=r"429: circuit_breaking_exception(?s:.*)shorter time range"),
    ):
        run(client, "ROW a = 1 | LIMIT 5")


def test_a_denied_right_is_the_clusters_error() -> None:
    body = _error("security_exception", "action [indices:data/read/esql] is unauthorized for user [reader]")
    with (
        _cluster_that_says(403, body) as url,
        Elasticsearch(url) as client,
        pytest.raises(ClusterError, match=r"unauthorized for user \[reader\]"),
    ):
        run(client, "ROW a = 1 | LIMIT 5")


def test_the_failure_fragment_stands_word_for_word_wherever_outcomes_are_judged() -> None:
    fragment = assets.path("dashboards/queries/_failure.esql").read_text(encoding="utf-8").splitlines()[-1]
    assert fragment.startswith("| EVAL failure = ")
    judged = 0
    for folder in ("dashboards", "alerts"):
        for file in assets.path(folder).rglob("*.*"):
            if file.suffix not in {".esql", ".yml"} or file.name == "_failure.esql":
                continue
            lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
            here = [line for line in lines if not line.startswith(("#", "//"))]
            if any(" failure" in line and line.startswith("|") for line in here):
                judged += 1
                assert fragment in here, f"{file} judges outcomes in its own words"
            assert not any("status IN" in line and line != fragment for line in here), file
    assert judged >= 2


def test_the_attested_fragment_stands_word_for_word_wherever_decisions_are_judged() -> None:
    fragment = assets.path("dashboards/queries/_attested.esql").read_text(encoding="utf-8").splitlines()[-1]
    judged = 0
    for folder in ("dashboards", "alerts"):
        for file in assets.path(folder).rglob("*.esql"):
            text = file.read_text(encoding="utf-8")
            if "attestation" in text and file.name != "_attested.esql":
                judged += 1
                assert fragment in text.splitlines(), f"{file} judges decisions in its own words"
    assert judged >= 1


def test_the_served_fragment_stands_word_for_word_wherever_predictions_are_counted() -> None:
    """Shadow traffic leaves the figures, or has rows of its own."""
    fragment = assets.path("dashboards/queries/_served.esql").read_text(encoding="utf-8").splitlines()[-1]
    condition = fragment.removeprefix("| WHERE ")
    assert condition == 'variant IS NULL OR variant != "shadow"'
    counted = []
    for file in (
        *assets.path("dashboards/queries").glob("[!_]*.esql"),
        *assets.path("alerts/queries").glob("*.esql"),
    ):
        lines = file.read_text(encoding="utf-8").splitlines()
        text = " ".join(line.strip() for line in lines if not line.startswith("//"))
        if 'event_type == "predict"' in text:
            counted.append(file.stem)
            split = re.search(r"\bBY\b[^|]*\bvariant\b", text)
            assert f"({condition})" in text or split, f"{file.name} mixes shadow traffic into its figures"
    assert len(counted) >= 7
