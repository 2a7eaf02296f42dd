"""From a request to the people and verdicts behind what answered it, on the real node."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.support.events import index

from model_logs.catalog.facts import ModelFacts
from model_logs.catalog.models_file import Catalog, Entry
from model_logs.cli import model_logs
from model_logs.lineage.story import lineage, trace
from model_logs.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


class Story:
    """Events one after the other, a minute apart."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(self, event_type: str, model: str = "fraud", **fields: Any) -> Story:
        number = len(self.events)
        self.events.append(
            {
                "@timestamp": iso(NOON + timedelta(minutes=number)),
                "event": {"id": f"e-{number}", "sequence": number + 1},
                "event_type": event_type,
                "status": "success",
                "environment": "production",
                "model_name": model,
                **fields,
            }
        )
        return self


def life() -> list[dict[str, Any]]:
    jane, joe = {"name": "jane"}, {"name": "joe"}
    story = Story()
    story.add("registered", "fraud-old", user=jane)
    story.add("version_created", "fraud-old", model_version="1", user=jane, run_id="run-1")
    story.add("renamed", previous_name="fraud-old", user=jane)
    run = {"run_author": "jim", "run_datasets": "payments@d1, cards@d2", "param_lr": "0.1"}
    story.add("version_created", model_version="2", user=jane, run_id="run-2", labels=run, metrics={"auc": 0.97})
    story.add("gate_passed", model_version="2", gate={"id": "g", "name": "slo"})
    story.add("approved", model_version="2", user=joe)
    story.add("alias_set", model_version="2", previous_version="1", alias="champion", user=joe)
    story.add("predict", model_version="2", request_id="r-1", latency_ms=3.0, trace={"id": "t-1"})
    story.add("predict", "rules", model_version="7", request_id="r-1-inner", latency_ms=1.0, trace={"id": "t-1"})
    story.add("alert_fired", alert={"rule": "high-error-rate", "id": "a"})
    story.add("alert_fired", "churn", alert={"rule": "high-error-rate", "id": "b"})
    story.add("version_created", model_version="3", user=joe, run_id="run-3")
    story.add("approved", model_version="3", user=joe)
    story.add("predict", model_version="3", request_id="r-2", latency_ms=3.0)
    return story.events


def test_a_request_leads_to_every_service_and_to_who_made_and_approved_what_answered(applied: Elasticsearch) -> None:
    index(applied, life())
    found = trace(applied, "r-1")
    assert [(each["model_name"], each["request_id"]) for each in found.predictions] == [
        ("fraud", "r-1"),
        ("rules", "r-1-inner"),
    ]
    fraud = found.lineages[0]
    assert (fraud.author, fraud.approver, fraud.run_id, fraud.approved_by_its_author) == (
        "jane",
        "joe",
        "run-2",
        False,
    )
    assert [each["event_type"] for each in fraud.gates] == ["gate_passed"]
    # What came after the prediction has nothing to do with it.
    assert "run-3" not in str(fraud.document())
    assert [each["model_name"] for each in found.alerts] == ["fraud"]


def test_the_owner_and_the_training_run_are_told_with_whatever_states_them(
    applied: Elasticsearch, es_url: str
) -> None:
    tag = {"key": "owner", "value": "tagged"}
    index(applied, [*life(), *Story().add("tag_set", "fraud-old", tag=tag, event={"id": "t"}).events])
    first = lineage(applied, "fraud", "2")
    assert first.facts == ModelFacts("tagged")
    assert first.run == {
        "run_id": "run-2",
        "author": "jim",
        "datasets": ["payments@d1", "cards@d2"],
        "metrics": {"auc": 0.97},
        "parameters": {"lr": "0.1"},
    }
    catalog = Catalog((Entry("fr*", None, ModelFacts("file", tier="1")),))
    assert lineage(applied, "fraud", catalog=catalog).facts == ModelFacts("file", tier="1")
    about = {"model_environment": "fraud|production", "model_name": "fraud", "environment": "production"}
    place: dict[str, Any] = {"index": "model-logs-models", "id": "fraud|production", "refresh": True}
    applied.index(**place, document={**about, "@timestamp": iso(NOON), "owner": "row"})
    assert lineage(applied, "fraud", catalog=catalog).facts == ModelFacts("row", tier="1")
    said = CliRunner().invoke(model_logs, ["trace", "r-1", "--url", es_url])
    applied.delete(**place)
    for line in (
        "owner: row",
        "run's datasets: payments@d1, cards@d2",
        "run's metrics: auc 0.97",
        "run's author: jim",
    ):
        assert line in said.output


def test_a_model_is_followed_through_its_names(applied: Elasticsearch) -> None:
    index(applied, life())
    whole = lineage(applied, "fraud")
    assert [each["event_type"] for each in whole.history][:3] == ["registered", "version_created", "renamed"]
    assert lineage(applied, "fraud", "1").author == "jane"


def test_an_approver_who_is_the_author_is_said(applied: Elasticsearch, es_url: str) -> None:
    index(applied, life())
    said = CliRunner().invoke(model_logs, ["lineage", "fraud", "3", "--url", es_url])
    assert said.exit_code == 0, said.output
    assert "approver and author are the same person" in said.output
    assert "author: joe" in said.output


def test_the_commands_answer_in_text_json_and_html_and_say_what_nobody_knows(
    applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    index(applied, life())
    told = CliRunner().invoke(model_logs, ["trace", "r-1", "--url", es_url])
    assert told.exit_code == 0, told.output
    for word in ("fraud 2", "author: jane", "approved by: joe", "run: run-2", "high-error-rate"):
        assert word in told.output
    asked = CliRunner().invoke(model_logs, ["trace", "r-1", "--url", es_url, "--output", "json"])
    assert json.loads(asked.stdout)["lineages"][0]["approver"] == "joe"
    for command in (["trace", "r-1"], ["lineage", "fraud", "2"]):
        drawn = CliRunner().invoke(model_logs, [*command, "--url", es_url, "--html", str(tmp_path / "page.html")])
        assert drawn.exit_code == 0, drawn.output
        assert "Wrote" in drawn.stderr
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert all(word in page for word in ("Time line", "jane", "joe", "payments"))
    for command in (["trace", "no\x1bsuch"], ["lineage", "nosuch"]):
        unknown = CliRunner().invoke(model_logs, [*command, "--url", es_url])
        assert unknown.exit_code == 1
        assert "Next step" in unknown.output
        assert "\x1b" not in unknown.output
