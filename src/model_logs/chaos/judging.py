"""Judging an experiment by its journal: what the Chaos Toolkit says and its exit code are not enough.

The toolkit ends with `completed` and 0 although the steady state was never met, an action raised, or a program that
it started ended with 1. So every one of these is looked for, and a run passes only if all that was to be shown was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from model_logs.chaos.load import Answers

__all__ = ["ABORTED", "DEVIATED", "INTERRUPTED", "NOT_SHOWN", "PASSED", "Verdict", "judge"]

PASSED = "passed"
DEVIATED = "deviated"
NOT_SHOWN = "not shown"
ABORTED = "aborted"
INTERRUPTED = "interrupted"
_ENDED_EARLY = {"interrupted": INTERRUPTED, "aborted": ABORTED}
# The contract's words for the end of an experiment.
_OUTCOME = {
    PASSED: "completed",
    DEVIATED: "deviated",
    NOT_SHOWN: "failed",
    ABORTED: "aborted",
    INTERRUPTED: "interrupted",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement.

    Attributes:
        word: passed, deviated, not shown, aborted or interrupted.
        reasons: Each as a sentence; none where it passed.
    """

    word: str
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all that was to be shown was."""
        return self.word == PASSED

    @property
    def outcome(self) -> str:
        """The contract's word for it, `experiment.outcome`."""
        return _OUTCOME[self.word]


def judge(journal: Mapping[str, Any], answers: Answers | None, *, needs_load: bool) -> Verdict:
    """Judge one run.

    Args:
        journal: Of the Chaos Toolkit.
        answers: What the load was answered while the method ran; None where there was no load.
        needs_load: Whether the experiment names a load.
    """
    reasons = list(_not_shown(journal, answers, needs_load=needs_load))
    early = _ENDED_EARLY.get(str(journal.get("status")))
    if early:
        return Verdict(early, (f"The run was {early}.", *reasons))
    deviations = list(_deviations(journal))
    if deviations:
        return Verdict(DEVIATED, tuple(deviations + reasons))
    return Verdict(NOT_SHOWN, tuple(reasons)) if reasons else Verdict(PASSED)


def _not_shown(journal: Mapping[str, Any], answers: Answers | None, *, needs_load: bool) -> Iterator[str]:
    states = journal.get("steady_states") or {}
    before = states.get("before")
    if not before:
        yield "No steady state was looked at before the method."
    elif not before.get("steady_state_met"):
        yield f"The steady state was not met before the method: {_unmet(before)}."
    yield from _not_done(journal.get("run") or [])
    if needs_load and (answers is None or not answers.sent):
        yield "No load was on while the method ran."
    for run in journal.get("rollbacks") or []:
        if run.get("status") != "succeeded":
            yield f"The rollback {run['activity'].get('name')} failed: {_first(run.get('exception'))}."
    if not states.get("after") and before and before.get("steady_state_met"):
        yield "No steady state was looked at after the method."


def _not_done(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not any(run["activity"].get("type") == "action" for run in runs):
        yield "No action ran."
    for run in runs:
        name = run["activity"].get("name", "an activity")
        if run.get("status") != "succeeded":
            yield f"{name} did not succeed: {_first(run.get('exception'))}."
        elif (code := _exit_code(run)) not in {None, 0}:
            yield f"The program of {name} ended with {code}."


def _deviations(journal: Mapping[str, Any]) -> Iterator[str]:
    states = journal.get("steady_states") or {}
    if not (states.get("before") or {}).get("steady_state_met"):
        return
    during = [state for state in states.get("during") or [] if not state.get("steady_state_met")]
    if during:
        yield f"The steady state was not met {len(during)} times during the method, at first: {_unmet(during[0])}."
    after = states.get("after")
    if after and not after.get("steady_state_met"):
        yield f"The steady state was not met after the method: {_unmet(after)}."
    if journal.get("deviated") and not during and after and after.get("steady_state_met"):
        yield "The Chaos Toolkit says that the steady state deviated."


def _unmet(state: Mapping[str, Any]) -> str:
    for probe in state.get("probes") or []:
        if probe.get("status") != "succeeded" or probe.get("tolerance_met") is False:
            activity = probe.get("activity", {})
            if probe.get("exception"):
                return f"{activity.get('name')}: {_first(probe['exception'])}"
            return (
                f"{activity.get('name')} was {_short(probe.get('output'))}, {_tolerance(activity.get('tolerance'))}"
            )
    return "no probe says why"


def _tolerance(tolerance: Any) -> str:
    if isinstance(tolerance, dict) and "range" in tolerance:
        low, high = tolerance["range"]
        return f"not within {low:g} to {high:g}"
    return f"not {_short(tolerance)}"


def _exit_code(run: Mapping[str, Any]) -> int | None:
    if run["activity"].get("provider", {}).get("type") != "process":
        return None
    output = run.get("output")
    return output.get("status") if isinstance(output, dict) else None


def _first(exception: Any) -> str:
    """Return the last line of a traceback, which names the error."""
    lines = (
        [str(line).strip() for line in exception]
        if isinstance(exception, list)
        else str(exception or "").splitlines()
    )
    lines = [line for line in lines if line]
    return _short(lines[-1] if lines else "no reason given")


def _short(value: Any, most: int = 300) -> str:
    if isinstance(value, dict) and "status" in value:
        value = value["status"]
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return (text if len(text) <= most else text[:most] + "…").rstrip(".")
