"""Running experiments: the guards before, the load and the toolkit during, the verdict after.

The Chaos Toolkit runs as a process of its own, by its own command line, with the file as it is. Everything that a run
leaves stands in one folder: the toolkit's journal and output, the load's answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs.chaos import expectations, load
from model_logs.chaos.controls import JUDGED_BY_RUNNER, RUN_ID, record_end
from model_logs.chaos.experiment import target_of
from model_logs.chaos.faults import undo_all, unfinished
from model_logs.chaos.guards import Guards, check_needs, toolkit
from model_logs.chaos.judging import ABORTED, DEVIATED, INTERRUPTED, NOT_SHOWN, Verdict, judge
from model_logs.chaos.probes import LOAD
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from model_logs.chaos.experiment import Experiment

__all__ = ["Run", "clean_up", "in_order", "run", "seconds_of"]

# How long its process may take to start on a busy machine.
_LOAD_BEGINS_S = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """A run that ended.

    Attributes:
        experiment: What was run.
        id: The field `experiment.id` of its events.
        verdict: How it is judged.
        journal: The toolkit's; empty where it wrote none.
        answers: What the load was answered while the method ran.
        folder: Where everything of the run stands.
        seconds: How long it took.
    """

    experiment: Experiment
    id: str
    verdict: Verdict
    journal: dict[str, Any]
    answers: load.Answers | None
    folder: Path
    seconds: float


def clean_up(say: Callable[[str], None]) -> None:
    """Undo what an earlier run left behind, because it was killed."""
    if not unfinished():
        return
    for what in undo_all():
        say(f"An earlier run was killed and had left this: {what}. It is undone.")


def run(experiment: Experiment, guards: Guards, folder: Path, say: Callable[[str], None]) -> Run:
    """Run one experiment and judge it.

    Args:
        experiment: As `experiment.read` returns it.
        guards: What is allowed.
        folder: For everything that the run leaves.
        say: Called with each line of progress.

    Raises:
        ConfigurationError: It is not allowed here and now, or the machine lacks what it needs; nothing was done.
    """
    guards.check()
    program = toolkit()
    check_needs(experiment)
    folder.mkdir(parents=True, exist_ok=True)
    run_id, begin = uuid.uuid4().hex, time.time()
    environment = {
        **os.environ,
        RUN_ID: run_id,
        JUDGED_BY_RUNNER: "yes",
        "MODEL_LOGS_ENVIRONMENT": guards.environment,
        "MODEL_LOGS_PATH": os.environ.get("MODEL_LOGS_PATH") or str(folder / "events.log"),
    }
    with _load_on(experiment, folder, environment, say):
        stopped = _toolkit_run(experiment, folder, program, environment, say)
    journal = _journal(folder)
    answers = _answers(experiment, journal, folder)
    verdict = _verdict(experiment, journal, answers, stopped)
    undo_all()
    if verdict.passed or verdict.word == DEVIATED:
        scope = expectations.Scope(
            model=str(target_of(experiment.content).get("model")),
            environment=guards.environment,
            begin=begin,
            answers=folder / "answers.ndjson" if experiment.load is not None else None,
            prefix=_request_ids(run_id),
        )
        verdict = _expected(experiment, scope, verdict)
    seconds = time.time() - begin
    record_end(experiment.content, verdict, seconds, environment)
    return Run(experiment, run_id, verdict, journal, answers, folder, seconds)


def in_order(experiments: Sequence[Experiment]) -> list[Experiment]:
    """Return experiments in the order in which they are to run: the smallest blast radius first."""
    return sorted(experiments, key=lambda each: (each.blast_radius, each.name))


@contextlib.contextmanager
def _load_on(
    experiment: Experiment, folder: Path, environment: dict[str, str], say: Callable[[str], None]
) -> Iterator[None]:
    wanted = experiment.load
    if wanted is None:
        yield
        return
    from model_logs.files.reading import read_text

    bodies = [json.loads(line) for line in read_text(experiment.path.parent / wanted["bodies"]).splitlines() if line]
    plan = load.Plan(
        url=wanted["url"],
        rate=float(wanted["rate"]),
        bodies=bodies,
        timeout_ms=float(wanted.get("timeout_ms", 1000)),
        name=_request_ids(environment[RUN_ID]),
        shift_file=str(folder / "shift.json"),
        headers=dict(wanted.get("headers") or {}),
    )
    (folder / "plan.json").write_text(plan.as_json(), encoding="utf-8")
    environment[LOAD] = str(folder)
    settle = float(wanted.get("settle_s", 8))
    say(f"load: {plan.rate:g} requests a second to {plan.url}, {settle:g} s before the first look")
    command = [
        sys.executable,
        "-m",
        "model_logs.chaos.load",
        str(folder / "plan.json"),
        str(folder / "answers.ndjson"),
    ]
    with (folder / "load.out").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)  # noqa: S603  # this Python
    try:
        # The load has begun with its first answer, not with its process.
        begin = time.monotonic()
        while not load.read(folder / "answers.ndjson").sent and process.poll() is None:
            if time.monotonic() - begin > _LOAD_BEGINS_S:
                break
            time.sleep(0.05)
        time.sleep(settle)
        if process.poll() is not None:
            said = (folder / "load.out").read_text("utf-8", "replace").strip()
            raise ConfigurationError(
                f"The load ended at once: {said[-300:]}", next_step="Look at load: in the experiment."
            )
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(plan.timeout_ms / 1000 + 10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _toolkit_run(
    experiment: Experiment, folder: Path, program: str, environment: dict[str, str], say: Callable[[str], None]
) -> str | None:
    """Run the toolkit; return why it was ended early, or None."""
    controls = folder / "controls.json"
    controls.write_text(
        json.dumps({"model-logs": {"provider": {"type": "python", "module": "model_logs.chaos.controls"}}}),
        encoding="utf-8",
    )
    every_s = float(target_of(experiment.content).get("every_s", 2))
    command = [
        program, "--no-version-check", "--log-file", str(folder / "toolkit.log"), "run",
        "--journal-path", str(folder / "journal.json"), "--rollback-strategy", "always",
        "--hypothesis-strategy", "continuously", "--hypothesis-frequency", str(every_s),
        "--control-file", str(controls), str(experiment.path.absolute()),
    ]  # fmt: skip
    with (folder / "toolkit.out").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # the Chaos Toolkit
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    say(f"{experiment.name}: running")
    stopped: list[str] = []

    def stop(number: int, _: Any) -> None:
        stopped.append(f"it was interrupted by {signal.Signals(number).name}")
        process.send_signal(signal.SIGTERM)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        low_since: float | None = None
        while process.poll() is None:
            time.sleep(0.2)
            low_since, why = _abort(experiment, folder, low_since)
            if why and not stopped:
                stopped.append(why)
                say(f"{experiment.name}: {why}")
                process.send_signal(signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return stopped[0] if stopped else None


def _abort(experiment: Experiment, folder: Path, low_since: float | None) -> tuple[float | None, str | None]:
    """Return since when too few requests are answered, and why to end the run now."""
    condition = experiment.abort
    if condition is None or experiment.load is None:
        return None, None
    until = time.time() - float(experiment.load.get("timeout_ms", 1000)) / 1000
    answers = load.read(folder / "answers.ndjson", since=until - 3, until=until)
    if not answers.sent or answers.ok / answers.sent >= condition["answered_below"]:
        return None, None
    since = low_since or time.monotonic()
    if time.monotonic() - since < condition["for_s"]:
        return since, None
    return (
        since,
        f"aborted: under {condition['answered_below']:.0%} of requests were answered for {condition['for_s']:g} s",
    )


def _expected(experiment: Experiment, scope: expectations.Scope, verdict: Verdict) -> Verdict:
    """Add to a verdict what was expected to be logged or told and was not."""
    found = expectations.missing(target_of(experiment.content).get("expect", ()), scope)
    return Verdict(DEVIATED, (*verdict.reasons, *found)) if found else verdict


def _request_ids(run_id: str) -> str:
    """Return what the ids of the load's requests begin with."""
    return f"chaos-{run_id[:8]}"


def _journal(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "journal.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _answers(experiment: Experiment, journal: dict[str, Any], folder: Path) -> load.Answers | None:
    """Return what was answered between the beginning of the first and the end of the last step of the method."""
    if experiment.load is None:
        return None
    runs = journal.get("run") or []
    if not runs:
        return load.Answers(0, 0, 0, {})
    return load.read(folder / "answers.ndjson", since=seconds_of(runs[0]["start"]), until=seconds_of(runs[-1]["end"]))


def seconds_of(text: str) -> float:
    """Return a time of the journal in seconds since 1970."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _verdict(
    experiment: Experiment, journal: dict[str, Any], answers: load.Answers | None, stopped: str | None
) -> Verdict:
    if not journal:
        if stopped:
            return Verdict(
                ABORTED if stopped.startswith("aborted") else INTERRUPTED, (f"The run was ended: {stopped}.",)
            )
        return Verdict(NOT_SHOWN, ("The Chaos Toolkit wrote no journal; its output is in toolkit.out.",))
    verdict = judge(journal, answers, needs_load=experiment.load is not None)
    if stopped and verdict.word == INTERRUPTED:
        word = ABORTED if stopped.startswith("aborted") else INTERRUPTED
        return Verdict(word, (f"The run was ended: {stopped}.", *verdict.reasons[1:]))
    return verdict
