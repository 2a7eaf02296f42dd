"""Wrappers that other programs put around a line: container runtimes, process managers, launchers, progress bars.

The forms stand in `pipelines/wrappers.yml`, which Logstash reads too. What is left is an event, a text, or a reason
why it is neither; nothing here knows what an event means.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from model_logs import assets
from model_logs.parse import json_line
from model_logs.parse.leading import Times, compiled, expanded
from model_logs.parse.text.lines import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.parse.text.vocabulary import Words

__all__ = ["EMPTY", "WRAPPED", "Reading", "Wrappers"]

WRAPPED: Final = "wrapped"
# The problem of a line in which nothing stands, but perhaps a wrapper: it says nothing, and is no event.
EMPTY: Final = "empty line"
_DEEPEST: Final = 6
# Objects of a line that are looked at, in search of an event.
_MOST_TRIES: Final = 32
_OPENS: Final = re.compile(r'\{[ \t]*"')
_OURS: Final = '{"@timestamp":"'
_LIST: Final = re.compile(r'[ \t]*\[[ \t]*[\[{"]')
# In characters. A longer text is none that the patterns read, with or without a wrapper.
_LONGEST_WRAPPED: Final = LONGEST_TEXT + 1024
_LONGEST_SUFFIX: Final = 512
_JSON: Final = json.JSONDecoder()


class Reading(NamedTuple):
    """The content of a line without its wrappers.

    Attributes:
        text: What is left of it when its wrappers are off.
        event: The event that it stands for; None for a text.
        problem: Why it is neither; empty when it is.
        time: When it was written, as its wrappers say; empty when they do not.
        wrapped: Something was taken off.
        cut: It is the beginning or the middle of a line that a container runtime cut.
    """

    text: str
    event: dict[str, Any] | None = None
    problem: str = ""
    time: str = ""
    wrapped: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Carrier:
    line: str
    beside: str
    time: str
    cut: int


class Wrappers:
    """The wrappers of `pipelines/wrappers.yml`.

    Args:
        words: Which names hold the type and the time of an event.
    """

    def __init__(self, words: Words) -> None:
        raw = _raw()
        parts = raw["parts"]
        self._prefixes = [compiled(each["regex"], parts) for each in raw["prefixes"]]
        self._suffixes = [re.compile(f"(?:{expanded(each['regex'], parts)})\\Z") for each in raw["suffixes"]]
        self._carriers = [
            _Carrier(each["line"], each["beside"], each["time"], each.get("cut", 0)) for each in raw["carriers"]
        ]
        self._of_events = tuple(raw["carriers_of_events"])
        names = {each.line for each in self._carriers} | {*self._of_events}
        self._carrying = re.compile(rf'"(?:{"|".join(sorted(map(re.escape, names)))})"[ \t]*:')
        types = [other for other, name in words.aliases.items() if name == "event_type"]
        self._types = ("event_type", *types)
        self._times = ("@timestamp", *(other for other, name in words.names.items() if name == "@timestamp"))
        self._hints = tuple(f'{name.rpartition(".")[2]}"' for name in self._types)
        self.times = Times(raw)

    def read(self, text: str, arrived: str) -> Reading:
        """Take off what stands around a line, and around what is left, until it is an event, a text, or nothing.

        Args:
            text: A clean line.
            arrived: When it came, ISO 8601.
        """
        time, wrapped, cut = "", False, False
        for _ in range(_DEEPEST):
            reading = self._looked_at(text)
            inner = self._unwrapped(text, arrived) if reading is None else self._carried(text, reading.event, arrived)
            if inner is None:
                found = reading or Reading(text)
                event = found.event
                if event is not None and wrapped and not found.wrapped:
                    event = json_line.with_mark(event, WRAPPED)
                return found._replace(event=event, time=time, wrapped=wrapped or found.wrapped, cut=cut)
            text, wrapped, cut, time = inner.text, True, inner.cut, inner.time or time
        return Reading(text, time=time, wrapped=wrapped, cut=cut)

    def _looked_at(self, text: str) -> Reading | None:
        """Return the event of a text, or why it can be none; None for a text that may be wrapped."""
        first = text.lstrip()[:1]
        if not first:
            return Reading(text, problem=EMPTY)
        problem = ""
        if first in "{[":
            event, problem = _loaded(text)
            if problem != "no JSON":
                return Reading(text, event, problem)
        found = self._events_in(text)
        if len(found) == 1:
            event, problem = _loaded(found[0])
            return Reading(found[0], event and json_line.with_mark(event, WRAPPED), problem, wrapped=True)
        if first == "{" or (first == "[" and _LIST.match(text)):
            return Reading(text, problem=problem)
        return Reading(text, problem="more than one event") if found else None

    def _events_in(self, text: str) -> list[str]:
        """Return the whole events in a text of other things, two at most.

        Where an object of somebody else's is broken, what stands behind it may lie within it, and is left alone.
        """
        found: list[str] = []
        if not self.hints_at_an_event(text):
            return found
        at, first = 0, True
        for _ in range(_MOST_TRIES):
            opens = _OPENS.search(text, at)
            if opens is None:
                break
            at = opens.start()
            try:
                value, end = _JSON.raw_decode(text, at)
            except (ValueError, RecursionError):
                behind = text[at : at + len(_OURS)]
                torn = any(
                    behind.startswith(_OURS[:size]) and behind[size : size + 1] == "{" for size in range(2, 15)
                )
                if not (torn or behind == _OURS) or (first and not text[:at].strip()):
                    break
                at += 1
                continue
            finally:
                first = False
            if self._is_event(value):
                found.append(text[at:end])
                if len(found) > 1:
                    break
            at = end
        return found

    def hints_at_an_event(self, text: str) -> bool:
        """Tell whether the name of an event's type stands somewhere in a text."""
        return any(hint in text for hint in self._hints)

    def elsewhere(self, text: str) -> str:
        """Return where an event is looked for, of an object that names a type elsewhere; empty for any other."""
        # In a text within JSON the quotes are escaped.
        if not any(f"event_type{escape}" in text for escape in ('"', '\\"')):
            return ""
        names = ", ".join(self._of_events)
        return f"event_type stands in it, but neither at its root nor in a text under one of these names: {names}"

    def _is_event(self, value: Mapping[str, Any]) -> bool:
        """Tell whether an object says what happened and when."""
        return any(_has(value, name) for name in self._types) and any(name in value for name in self._times)

    def _unwrapped(self, text: str, arrived: str) -> Reading | None:
        """Return what is left of a text behind one prefix, or before one suffix; None when it has neither.

        Of a line that was written over, a terminal shows what stands behind the last return or backspace.
        """
        shown = text[max(text.rfind("\r"), text.rfind("\b")) + 1 :]
        if len(shown) < len(text) and shown.strip():
            return Reading(shown)
        if len(text) > _LONGEST_WRAPPED:
            return None
        tail = text[-_LONGEST_SUFFIX:]
        for suffix in self._suffixes:
            if (found := suffix.search(tail)) and len(found[0]) < len(text):
                return Reading(text[: len(text) - len(found[0])])
        for prefix in self._prefixes:
            if found := prefix.match(text):
                groups = found.groupdict()
                written = groups.get("time")
                return Reading(
                    text[found.end() :],
                    time=self.times.leading(written, arrived) if written else "",
                    cut=groups.get("part") == "P",
                )
        return None

    def _carried(self, text: str, value: dict[str, Any] | None, arrived: str) -> Reading | None:
        """Return the line that an object of another program carries; None for any other object."""
        if value is None or text.startswith(_OURS) or self._carrying.search(text) is None:
            return None
        if any(_has(value, name) for name in self._types):
            return None
        for carrier in self._carriers:
            line = _text_of(value.get(carrier.line))
            if line is not None and carrier.beside in value:
                return Reading(
                    json_line.clean(line.encode("utf-8", "replace")),
                    time=self._time_of(value.get(carrier.time), arrived),
                    cut=bool(carrier.cut)
                    and not line.endswith("\n")
                    and len(line.encode("utf-8", "replace")) >= carrier.cut,
                )
        for name in self._of_events:
            line = _text_of(value.get(name))
            if line is not None and self._holds_an_event(line):
                return Reading(json_line.clean(line.encode("utf-8", "replace")))
        return None

    def _holds_an_event(self, text: str) -> bool:
        return len(self._events_in(text)) == 1

    def _time_of(self, value: Any, arrived: str) -> str:
        return self.times.leading(str(value), arrived) if isinstance(value, str | int) else ""


def _loaded(text: str) -> tuple[dict[str, Any] | None, str]:
    """Return the event of a JSON text, or why it is none."""
    try:
        return json_line.load(text), ""
    except json_line.UnreadableError as error:
        return None, str(error)


def _has(value: Mapping[str, Any], name: str) -> bool:
    """Tell whether an object has a dotted name, as it stands or nested."""
    head, _, tail = name.partition(".")
    inner = value.get(head)
    return name in value or (bool(tail) and isinstance(inner, dict) and tail in inner)


def _text_of(value: Any) -> str | None:
    """Return a carried line; journald writes one with control characters as a list of its bytes."""
    if isinstance(value, list) and value and all(type(item) is int and 0 <= item < 256 for item in value):  # noqa: PLR2004 - a byte
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str) else None


@cache
def _raw() -> dict[str, Any]:
    from model_logs.files.reading import read_yaml

    raw: dict[str, Any] = read_yaml(assets.path("pipelines/wrappers.yml"), schema="wrappers")
    # A copy that nobody can change, since it is shared.
    return dict(orjson.loads(orjson.dumps(raw)))
