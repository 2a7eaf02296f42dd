"""`gate plan`: what a gate would have said of the last hours, and of a canary's part of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.support.events import index
from tests.support.gates import START, traffic

from model_logs.cli import model_logs
from model_logs.errors import InconclusiveError
from model_logs.gate.planning import Plan, make_plan
from model_logs.gate.question import Question

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

HOURS = 4
NOW = START + timedelta(hours=HOURS, seconds=30)
QUARTER, HALF, HOUR, TWO = (timedelta(minutes=each) for each in (15, 30, 60, 120))


@pytest.fixture
def stored(applied: Elasticsearch) -> Elasticsearch:
    index(applied, traffic(11, minutes=HOURS * 60, per_minute=120))
    return applied


def _plan(client: Elasticsearch, **more: Any) -> Plan:
    share = more.pop("share", 1.0)
    return make_plan(
        client,
        Question(more.pop("model", "churn"), more.pop("version", ""), "production", **more),
        since=timedelta(hours=HOURS),
        share=share,
        now=NOW,
    )


def test_a_plan_says_which_window_decides_which_objective(stored: Elasticsearch) -> None:
    found = _plan(stored)
    errors, latency = (
        next(each for each in found.objectives if each.indicator == name) for name in ("errors", "latency")
    )
    # 120 a minute are 3,600 in half an hour. 2,995 are the least for 0.1 %, 3,688 do without a single failure.
    assert errors.least == 2_995
    assert errors.decided[QUARTER] == 0
    assert 0 < errors.decided[HALF] < 0.9
    assert (errors.decided[HOUR], errors.takes) == (1, HOUR)
    assert latency.takes == QUARTER
    assert found.takes == max(each.takes for each in found.objectives if each.takes)
    assert found.predictions == HOURS * 60 * 120
    assert found.per_minute == pytest.approx(120)
    assert set(found.verdicts) == {QUARTER, HALF, HOUR, TWO, timedelta(hours=4)}
    assert {each.indicator for each in found.objectives}.isdisjoint({"throughput", "quality"})


def test_a_canarys_part_takes_longer_and_the_plan_says_what_an_hour_can_confirm(stored: Elasticsearch) -> None:
    found = _plan(stored, share=0.05)
    (errors,) = [each for each in found.objectives if each.indicator == "errors"]
    assert found.per_minute == pytest.approx(6)
    assert errors.takes is None
    assert found.takes is None
    # 360 predictions in an hour without a single failure: an upper bound of about 1 %.
    assert errors.within_hour == pytest.approx(0.011, rel=0.3)
    assert errors.why == "too few events"
    assert found == _plan(stored, share=0.05)


def test_a_model_without_traffic_has_no_plan(stored: Elasticsearch) -> None:
    for question in ({"model": 'churn "x" | LIMIT 1'}, {"version": "8"}):
        with pytest.raises(InconclusiveError, match="did not predict"):
            _plan(stored, **question)


def test_the_command_shows_the_windows_and_what_can_be_done(applied: Elasticsearch, es_url: str) -> None:
    start = datetime.now(UTC) - timedelta(hours=2)
    index(applied, traffic(12, start=start, minutes=120, per_minute=60))
    asked = ["gate", "plan", "--url", es_url, "--model", "churn", "--since", "2h"]
    shown = CliRunner().invoke(model_logs, asked, catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    assert "all of them" in shown.stdout
    assert "an hour confirms" in CliRunner().invoke(model_logs, [*asked, "--share", "5"]).output
    document = json.loads(CliRunner().invoke(model_logs, [*asked, "--output", "json"]).stdout)
    assert {"15m", "30m", "1h", "2h"} == set(document["verdicts"])
    missing = CliRunner().invoke(model_logs, [*asked[:4], "--model", "other", "--output", "json"])
    assert missing.exit_code == 4
    assert json.loads(missing.stdout)["error"]["type"] == "InconclusiveError"
