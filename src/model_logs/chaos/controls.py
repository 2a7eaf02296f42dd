"""The control that records experiments: `chaos_started` and `chaos_finished` in the audit trail.

So dashboards show when chaos was on, and alerts of that time carry the experiment. It also undoes the faults that are
on when the experiment ends. Its file is `MODEL_LOGS_PATH`; a line is on the disk before the experiment begins.
"""

from __future__ import annotations

import getpass
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.chaos.experiment import load_of, target_of
from model_logs.chaos.faults import undo_all
from model_logs.chaos.judging import DEVIATED, Verdict, judge
from model_logs.chaos.load import read
from model_logs.chaos.probes import LOAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.journal import Journal

__all__ = [
    "JUDGED_BY_RUNNER",
    "RUN_ID",
    "after_experiment_control",
    "before_experiment_control",
    "event_fields",
    "journal_of_events",
    "name_of",
    "record_end",
]

RUN_ID = "MODEL_LOGS_CHAOS_RUN"
JUDGED_BY_RUNNER = "MODEL_LOGS_CHAOS_JUDGED_BY_RUNNER"
_MESSAGE = 2000
_DEFAULT_PATH = "model-logs-chaos.log"


def before_experiment_control(context: Mapping[str, Any], **_: Any) -> None:
    """Record that the experiment begins; it does not begin where that cannot be recorded."""
    os.environ.setdefault(RUN_ID, uuid.uuid4().hex)
    events = journal_of_events()
    try:
        events.write("chaos_started", event_fields(context) | {"status": "success"})
    finally:
        events.close()


def after_experiment_control(context: Mapping[str, Any], state: Mapping[str, Any], **_: Any) -> None:
    """Undo what is still on, and record how the experiment ended, unless `model-logs chaos run` will."""
    undo_all()
    if os.environ.get(JUDGED_BY_RUNNER):
        return
    folder = os.environ.get(LOAD)
    answers = read(Path(folder) / "answers.ndjson") if folder else None
    verdict = judge(state, answers, needs_load=load_of(context) is not None)
    record_end(context, verdict, float(state.get("duration") or 0))


def record_end(experiment: Mapping[str, Any], verdict: Verdict, seconds: float) -> None:
    """Write `chaos_finished` with a verdict."""
    events = journal_of_events()
    try:
        events.write(
            "chaos_finished",
            event_fields(experiment)
            | {
                "status": "success" if verdict.passed else "failed",
                "experiment_outcome": verdict.outcome,
                "experiment_deviated": verdict.word == DEVIATED,
                "experiment_duration_s": seconds,
                "message": " ".join(verdict.reasons)[:_MESSAGE] or None,
            },
        )
    finally:
        events.close()


def journal_of_events() -> Journal:
    """Return the file of events that the experiment is recorded in."""
    from model_logs.journal import Journal

    return Journal(os.environ.get("MODEL_LOGS_PATH") or _DEFAULT_PATH, service="model-logs-chaos")


def event_fields(experiment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that both events of a run have."""
    target = target_of(experiment)
    return {
        "model_name": target.get("model"),
        "experiment_id": os.environ[RUN_ID],
        "experiment_name": name_of(experiment),
        "experiment_target": target.get("service"),
        "user": os.environ.get("MODEL_LOGS_USER") or getpass.getuser(),
    }


def name_of(experiment: Mapping[str, Any]) -> str:
    """Return the experiment's name: that of its extension, or its title."""
    return str(target_of(experiment).get("name") or experiment.get("title") or "experiment")
