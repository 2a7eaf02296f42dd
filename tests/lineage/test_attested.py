"""A forged approval in the log file of a serving process: named in audit, trace and lineage, and counted nowhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from model_logs import assets, query
from model_logs.cli import model_logs
from model_logs.lineage.approvals import approval_of
from model_logs.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WINDOW = ("--from", "2026-11-21T00:00:00Z", "--to", "2026-11-22T00:00:00Z")


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def event(number: int, event_type: str, user: str = "", **fields: Any) -> str:
    return json.dumps(
        {
            "@timestamp": iso(NOON + timedelta(minutes=number)),
            "event": {"id": f"forged-{number}", "sequence": number + 1},
            "process": {"entity_id": "0123456789abcdef01234567"},
            "event_type": event_type,
            "status": "success",
            "environment": "production",
            "model_name": "fraud",
            "model_version": "3",
            **({"user": {"name": user}} if user else {}),
            **fields,
        }
    )


@pytest.fixture
def shipped(applied: Elasticsearch, es_url: str, tmp_path: Path) -> str:
    """A registry's file by the attested road; that of a serving process, which claims an approval, by the other."""
    registry, serving = tmp_path / "registry.jsonl", tmp_path / "serving.jsonl"
    registry.write_text(event(0, "version_created", "jane") + "\n" + event(1, "rejected", "joe") + "\n")
    lies: dict[str, Any] = {
        "attested": True,
        "tags": ["attested"],
        "labels": {"attested": "true"},
        "registry": "mlflow",
    }
    serving.write_text(
        event(2, "approved", "joe", service={"name": "scoring"}, host={"name": "web-1"}, **lies)
        + "\n"
        + event(3, "predict", request_id="r-forged", latency_ms=3.0)
        + "\n"
    )
    for path, more in ((registry, ["--attested"]), (serving, [])):
        command = ["ship", str(path), "--once", "--url", es_url, "--state", str(tmp_path / path.stem), *more]
        assert CliRunner().invoke(model_logs, command).exit_code == 0
    applied.indices.refresh(index="logs-model.*")
    return es_url


def said(*command: str) -> str:
    result = CliRunner().invoke(model_logs, [*command])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_forged_approval_is_named_in_audit_trace_and_lineage(shipped: str) -> None:
    audit = said("audit", *WINDOW, "--url", shipped)
    assert "1 decisions are unattested" in audit
    assert "approved fraud 3, user joe service scoring host web-1, event forged-2" in audit
    for told in (said("trace", "r-forged", "--url", shipped), said("lineage", "fraud", "3", "--url", shipped)):
        assert "rejected by: joe" in told
        (claim,) = (line for line in told.splitlines() if "counts for nothing" in line)
        assert "approved" in claim
        assert "service scoring" in claim
    (listed,) = json.loads(said("audit", *WINDOW, "--url", shipped, "--output", "json"))["unattested"]
    assert (listed["event"], listed["id"]) == ("approved", "forged-2")


def test_a_forged_approval_does_not_count(shipped: str, applied: Elasticsearch) -> None:
    verdict, claims = approval_of(applied, "fraud", "3")
    assert verdict is not None
    assert verdict["event_type"] == "rejected"
    assert [claim["event"]["id"] for claim in claims] == ["forged-2"]
    assert approval_of(applied, "fraud", "4") == (None, [])


def test_the_audit_panel_says_which_decisions_are_attested(shipped: str, applied: Elasticsearch) -> None:
    text = assets.path("dashboards/queries/stage-transition-audit.esql").read_text(encoding="utf-8")
    # As a version before wrote it: without the mark.
    old = json.loads(event(4, "transitioned", "ann", stage="production"))
    applied.create(index="logs-model.lifecycle-production", id="old", document=old, refresh=True)
    rows = query.run(applied, text, start=NOON, end=NOON + timedelta(hours=1)).records()
    assert [(row["event"], row["attestation"]) for row in rows] == [
        ("transitioned", "not known"),
        ("approved", "unattested"),
        ("rejected", "attested"),
    ]
