"""The page of release gates: verdicts and overrides by the road of gates, and what is claimed by another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index

from model_logs import dashboards, query
from model_logs.times import iso

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START = datetime(2026, 9, 7, 9, tzinfo=UTC)


def _gate(number: int, verdict: str, **fields: Any) -> dict[str, Any]:
    return {
        "@timestamp": iso(START + timedelta(hours=number)),
        "event": {"id": f"gate-{number}"},
        "event_type": f"gate_{verdict}",
        "status": "success",
        "environment": "production",
        "model_name": "churn",
        "model_version": "7",
        "user": {"name": "jane"},
        "gate": {"id": f"gate-{number}", "name": "slo", "objective": "Error rate", "value": 0.02, "threshold": 0.001},
        **fields,
    }


@pytest.fixture
def panels(applied: Elasticsearch) -> dict[str, list[dict[str, Any]]]:
    """Answers to the page about three gates, an override, and a verdict that a serving process claims."""
    verdicts = [_gate(0, "inconclusive"), _gate(1, "failed"), _gate(2, "passed", model_name="fraud")]
    index(applied, [*verdicts, _gate(3, "overridden", reason="the load test was stopped by hand")])
    index(applied, [_gate(4, "passed", model_version="8")], attested=False)
    page = dashboards.load_dashboard("release-gates")
    end = START + timedelta(hours=6)
    return {
        each.id: query.run(applied, each.text, start=START, end=end, allow_top_n=True).records()
        for each in page.panels
    }


def test_the_page_counts_gates_and_names_what_is_only_claimed(panels: dict[str, list[dict[str, Any]]]) -> None:
    counted = {(row["verdict"], row["gates"]) for row in panels["gate-verdicts"]}
    assert counted == {("inconclusive", 1), ("failed", 1), ("passed", 1)}
    by_model = {row["model_name"]: row for row in panels["inconclusive-gates"]}
    assert [row["model_name"] for row in panels["inconclusive-gates"]] == ["churn", "fraud"]
    assert by_model["churn"]["inconclusive_pct"] == 50
    assert (by_model["churn"]["gates"], by_model["churn"]["overridden"], by_model["fraud"]["passed"]) == (2, 1, 1)
    history = [(row["id"], row["verdict"], row["attestation"]) for row in panels["gate-history"]]
    assert history == [
        ("gate-4", "passed", "unattested"),
        ("gate-2", "passed", "attested"),
        ("gate-1", "failed", "attested"),
        ("gate-0", "inconclusive", "attested"),
    ]
    (override,) = panels["gate-overrides"]
    assert (override["user"], override["reason"]) == ("jane", "the load test was stopped by hand")
