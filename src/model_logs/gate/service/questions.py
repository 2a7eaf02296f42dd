"""Requests to the service, read from a query or a JSON body, with bounds: which gate is asked for, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs.errors import ConfigurationError
from model_logs.gate.question import Question
from model_logs.printing import printable
from model_logs.times import read_span
from model_logs.web.messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Asked", "asked_in"]

_LONGEST = 256
_NEEDED = ("model", "version", "environment")
_OPTIONAL = ("objective", "window", "variant", "against", "against_variant", "baseline", "begin", "run")
_KNOWN = (*_NEEDED, *_OPTIONAL)
_MOST_NAMED = 5
_CHOICES = {"begin": ("past", "now"), "baseline": ("true", "false")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; two that are equal share one run.

    Attributes:
        question: To the gate.
        from_now: Whether the window begins with the first request, and is judged when it is over; else it ends there.
        run: A name of the asker's own, so that a later release is not answered by an earlier one.
    """

    question: Question
    from_now: bool = False
    run: str = ""


def asked_in(said: Mapping[str, Any]) -> Asked:
    """Return what a request asks for.

    Args:
        said: Name → value, each a text.

    Raises:
        Refusal: A name is unknown or missing, or a value cannot be meant; the words say what to write.
    """
    if unknown := [printable(name) for name in said if name not in _KNOWN]:
        raise _wrong(f"{', '.join(unknown[:_MOST_NAMED])} is not known here; known: {', '.join(_KNOWN)}")
    for name, value in said.items():
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise _wrong(f"{name} is a text of at most {_LONGEST} characters")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise _wrong(f"{name} is {' or '.join(_CHOICES[name])}")
    if missing := [name for name in _NEEDED if not said.get(name)]:
        raise _wrong(f"{', '.join(missing)} is missing: /verdict?model=churn&version=4&environment=production")
    objective = said.get("objective", "slo")
    if "/" in objective or objective.endswith((".yml", ".yaml")):
        raise _wrong("objective is the name of a file of objectives, such as slo, and no path")
    try:
        question = Question(
            **{name: said[name] for name in _NEEDED},
            objective=objective,
            window=read_span(said["window"]) if "window" in said else timedelta(minutes=15),
            variant=said.get("variant", ""),
            against_version=said.get("against", ""),
            against_variant=said.get("against_variant", ""),
            baseline=said.get("baseline") == "true",
        )
        question.check()
    except ValueError as error:
        raise _wrong(f"window: {error}") from None
    except ConfigurationError as error:
        raise _wrong(error.what) from None
    return Asked(question, from_now=said.get("begin") == "now", run=said.get("run", ""))


def _wrong(why: str) -> Refusal:
    return Refusal(400, "malformed", why)
