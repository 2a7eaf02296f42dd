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

__all__ = [
    "JUDGED_BY_RUNNER",
    "RUN_ID",
    "after_experiment_control",
    "before_experiment_control",
    "event_fields",
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
    _write("chaos_started", event_fields(context, os.environ) | {"status": "success"}, os.environ)


def after_experiment_control(context: Mapping[str, Any], state: Mapping[str, Any], **_: Any) -> None:
    """Undo what is still on, and record how the experiment ended, unless `model-logs chaos run` will."""
    undo_all()
    if os.environ.get(JUDGED_BY_RUNNER):
        return
    folder = os.environ.get(LOAD)
    answers = read(Path(folder) / "answers.ndjson") if folder else None
    verdict = judge(state, answers, needs_load=load_of(context) is not None)
    record_end(context, verdict, float(state.get("duration") or 0), os.environ)


def record_end(
    experiment: Mapping[str, Any], verdict: Verdict, seconds: float, environment: Mapping[str, str]
) -> None:
    """Write `chaos_finished` with a verdict.

    Args:
        experiment: As the toolkit takes it.
        verdict: How the run is judged.
        seconds: How long it took.
        environment: The variables of the toolkit's process, which name the run, the file and the environment.
    """
    ended = {
        "status": "success" if verdict.passed else "failed",
        "experiment_outcome": verdict.outcome,
        "experiment_deviated": verdict.word == DEVIATED,
        "experiment_duration_s": seconds,
        "message": " ".join(verdict.reasons)[:_MESSAGE] or None,
    }
    _write("chaos_finished", event_fields(experiment, environment) | ended, environment)


def _write(event_type: str, fields: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Write one event into the file that the experiment is recorded in."""
    from model_logs.journal import Journal

    path = environment.get("MODEL_LOGS_PATH") or _DEFAULT_PATH
    events = Journal(path, service="model-logs-chaos", environment=environment.get("MODEL_LOGS_ENVIRONMENT"))
    try:
        events.write(event_type, fields)
    finally:
        events.close()


def event_fields(experiment: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that both events of a run have."""
    target = target_of(experiment)
    return {
        "model_name": target.get("model"),
        "experiment_id": environment[RUN_ID],
        "experiment_name": name_of(experiment),
        "experiment_target": target.get("service"),
        "user": environment.get("MODEL_LOGS_USER") or getpass.getuser(),
    }


def name_of(experiment: Mapping[str, Any]) -> str:
    """Return the experiment's name: that of its extension, or its title."""
    return str(target_of(experiment).get("name") or experiment.get("title") or "experiment")
