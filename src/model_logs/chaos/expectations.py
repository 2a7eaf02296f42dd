"""What must have been logged or told by the end of a run: events, alerts, a quality that held."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.chaos import load, probes
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Scope", "missing"]

_EVERY_S = 1.0
_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Scope:
    """What expectations are about.

    Attributes:
        model: The model's name.
        environment: Its environment.
        begin: When the run began, in seconds since 1970.
        answers: The file of the load's answers; None without a load.
        prefix: What the ids of the load's requests begin with.
    """

    model: str
    environment: str
    begin: float
    answers: Path | None = None
    prefix: str = ""


def missing(expected: Sequence[Mapping[str, Any]], scope: Scope) -> list[str]:
    """Return a sentence for each expectation that was not met in time.

    Args:
        expected: Of the experiment's extension.
        scope: What they are about.
    """
    method_ended = time.monotonic()
    return [said for each in expected if (said := _wait(each, scope, method_ended + each.get("within_s", _WITHIN_S)))]


def _wait(each: Mapping[str, Any], scope: Scope, deadline: float) -> str | None:
    while True:
        try:
            said = _look(each, scope)
        except ModelLogsError as error:
            said = error.what
        if said is None or time.monotonic() >= deadline:
            return said
        time.sleep(_EVERY_S)


def _look(each: Mapping[str, Any], scope: Scope) -> str | None:
    model, last_s = scope.model, time.time() - scope.begin
    if each.get("logged"):
        return _unlogged(scope)
    if "event" in each:
        status = each.get("status", "any")
        seen = probes.events_seen(each["event"], model, scope.environment, last_s, status)
        of_status = f" with status {status}" if "status" in each else ""
        return None if seen else f"No event {each['event']}{of_status} of {model} was logged."
    if "alert" in each:
        return (
            None if probes.alerts_fired(each["alert"], model, last_s) else f"The alert {each['alert']} did not fire."
        )
    lowest = probes.query_value("prediction-quality", model, scope.environment, last_s, 1)
    above = each["quality_above"]
    return None if lowest > above else f"The quality was {lowest:.3g}, not above {above:g}."


def _unlogged(scope: Scope) -> str | None:
    """Compare the requests that were answered with those that have an event."""
    if scope.answers is None:
        return "Without a load nobody knows which requests were answered."
    statuses = load.read(scope.answers).statuses
    answered = sum(count for status, count in statuses.items() if status.isdigit())
    logged, events = probes.requests_logged(scope.prefix, scope.begin)
    if logged < answered:
        return f"{answered - logged} of {answered} answered requests have no event."
    return None if events == logged else f"{logged} requests have {events} events."
