"""`model-logs drift check` as a whole: references of each kind, exit codes, and the alert that it sets off."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.support.events import index

from model_logs import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from elasticsearch import Elasticsearch

BEFORE = datetime(2026, 10, 5, 12, tzinfo=UTC)
NOW = datetime(2026, 10, 6, 12, tzinfo=UTC)
STREAMS = "logs-model.prediction-production,logs-model.lifecycle-production"


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def rows(seed: int, shift: float, number: int = 600) -> list[dict[str, Any]]:
    dice = np.random.default_rng(seed)
    return [
        {"amount": float(dice.normal(shift)), "country": str(dice.choice(["de", "fr"])), "member": bool(n % 2)}
        for n in range(number)
    ]


@pytest.fixture
def checked(
    applied: Elasticsearch, es_url: str, with_features: Callable[..., list[dict[str, Any]]]
) -> Callable[..., tuple[int, Any, list[dict[str, Any]]]]:
    """Run the command over two days of predictions; return exit code, JSON, and the events that it wrote."""
    index(applied, with_features(rows(1, 0.0), BEFORE))
    index(applied, with_features(rows(2, 2.0), NOW))

    def run(*options: str) -> tuple[int, Any, list[dict[str, Any]]]:
        end = (NOW + timedelta(hours=1)).isoformat()
        command = ["drift", "check", "--url", es_url, "--model", "churn", "--window", "1h", "--end", end, *options]
        done = CliRunner().invoke(cli.model_logs, [*command, "--output", "json"])
        applied.indices.refresh(index=STREAMS)
        query = {"term": {"service.name": "model-logs-drift"}}
        hits = applied.search(index=STREAMS, query=query, size=100, sort="event_type")["hits"]["hits"]
        return done.exit_code, json.loads(done.stdout), [hit["_source"] for hit in hits]

    return run


@pytest.mark.parametrize("reference", ["2d", "2026-10-05T12:00:00Z..2026-10-05T13:00:00Z"])
def test_drift_is_exit_3_and_recorded_once_however_often_it_is_asked(checked: Any, reference: str) -> None:
    for _ in range(2):
        code, found, events = checked("--reference", reference, "--version", "3")
        assert code == 3
        assert found["drifted"] is True
        assert {each["name"]: each["state"] for each in found["features"]} == {
            "amount": "drifted",
            "country": "stable",
            "member": "stable",
        }
        assert [event["event_type"] for event in events] == ["drift_detected", "quality"]
        assert events[0]["reason"].startswith("PSI of amount ")
        assert events[0]["drift_score"] == pytest.approx(found["score"])
        assert events[1]["metrics"].keys() == {"psi", "ks"}


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_a_file_is_a_reference_and_no_drift_is_exit_0(checked: Any, tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame(rows(3, 2.0))
    path = tmp_path / f"training.{kind}"
    match kind:
        case "csv":
            frame.to_csv(path, index=False)
        case "ndjson":
            frame.to_json(path, orient="records", lines=True)
        case "parquet":
            frame.to_parquet(path)
    code, found, events = checked("--reference", str(path))
    assert code == 0, found
    assert {each["name"]: (each["kind"], each["state"]) for each in found["features"]} == {
        "amount": ("number", "stable"),
        "country": ("text", "stable"),
        "member": ("text", "stable"),
    }
    assert [event["event_type"] for event in events] == ["quality"]


def test_a_dry_run_writes_nothing(checked: Any) -> None:
    code, _, events = checked("--reference", "2d", "--dry-run")
    assert (code, events) == (3, [])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--reference", "2d", "--min-rows", "601"), 4),
        (("--reference", "2d", "--version", "9"), 4),
        (("--reference", "1h"), 4),
        (("--reference", "nothing.csv"), 2),
        (("--reference", "b..a"), 2),
        (("--reference", "2026-10-05..2026-10-04"), 2),
        (("--reference", ""), 2),
        (("--reference", "2d", "--environment", "*"), 2),
        (("--reference", "2d", "--threshold", "0"), 2),
    ],
)
def test_too_little_to_judge_by_or_a_slip_writes_nothing(checked: Any, options: tuple[str, ...], code: int) -> None:
    found, document, events = checked(*options)
    assert (found, events) == (code, [])
    assert document["error"]["next_step"] or code == 2
