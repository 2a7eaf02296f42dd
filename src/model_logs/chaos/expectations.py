"""What must have been logged or told by the end of a run: events, alerts, a quality that held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from model_logs.chaos import probes
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["missing"]

_EVERY_S = 1.0
_WITHIN_S = 30.0


def missing(expected: Sequence[Mapping[str, Any]], *, model: str, environment: str, begin: float) -> list[str]:
    """Return a sentence for each expectation that was not met in time.

    Args:
        expected: Of the experiment's extension.
        model: The model's name.
        environment: Its environment.
        begin: When the run began, in seconds since 1970.
    """
    method_ended = time.monotonic()
    return [
        said
        for each in expected
        if (said := _wait(each, model, environment, begin, method_ended + each.get("within_s", _WITHIN_S)))
    ]


def _wait(each: Mapping[str, Any], model: str, environment: str, begin: float, deadline: float) -> str | None:
    while True:
        last_s = time.time() - begin
        try:
            said = _look(each, model, environment, last_s)
        except ModelLogsError as error:
            said = error.what
        if said is None or time.monotonic() >= deadline:
            return said
        time.sleep(_EVERY_S)


def _look(each: Mapping[str, Any], model: str, environment: str, last_s: float) -> str | None:
    if "event" in each:
        status = each.get("status", "any")
        seen = probes.events_seen(each["event"], model, environment, last_s, status)
        of_status = f" with status {status}" if "status" in each else ""
        return None if seen else f"No event {each['event']}{of_status} of {model} was logged."
    if "alert" in each:
        return (
            None if probes.alerts_fired(each["alert"], model, last_s) else f"The alert {each['alert']} did not fire."
        )
    lowest = probes.query_value("prediction-quality", model, environment, last_s, 1)
    above = each["quality_above"]
    return None if lowest > above else f"The quality was {lowest:.3g}, not above {above:g}."
