"""Bytes of one line → clean text, and JSON text → an object.

Tolerant where writers are careless: a byte-order mark, CR, terminal colours, bytes that are no UTF-8, lone
surrogates, integers beyond 64 bits. What is no JSON by its grammar stays no JSON.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NoReturn

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DEEPEST",
    "MOST_VALUES",
    "Twice",
    "UnreadableError",
    "clean",
    "is_utf16",
    "load",
    "may_repeat_names",
    "too_big",
    "with_mark",
    "without_end",
]

# Elasticsearch's own limit for the depth of a mapping.
DEEPEST: Final = 20
# Names and list items of one event; bounds the time that one line can take.
MOST_VALUES: Final = 10_000

# How every event of the logger begins; inside a JSON text its quotes are escaped.
_BEGIN: Final = '{"@timestamp":"'
# Where one may begin behind a whole one, with a blank, a comma or the like between them.
_BEHIND_A_WHOLE: Final = re.compile(r'\}(?:[^"{},]*\{|[^"{}]*\{"@timestamp":")')
_EVENT: Final = re.compile(r'\{"@timestamp":"[0-9T:.-]{23}Z","event":\{"id":"')
_TORN: Final = "torn"

# What a program writes for a terminal: colours, moves of the cursor, titles of the window.
_COLOUR: Final = re.compile(
    r"\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78cDEHM])"
)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# What orjson takes as a whole number; beyond it, it reads a float.
_LOWEST, _HIGHEST = -(1 << 63), (1 << 64) - 1
_BLANK_BEFORE_COLON: Final = re.compile(rb'"[ \t\r\n]+:')
_LONGEST_INTEGER: Final = len(str(_HIGHEST))


class Twice(list[Any]):
    """The values of a name that stands twice in one object, where they differ."""


class UnreadableError(ValueError):
    """The text is no event; the message is the reason that stands in the document."""


def without_end(line: bytes) -> bytes:
    """Return the line without its line break: what Filebeat ships, and what ids are made from.

    Zeros before it are what a loss of power leaves, or a writer without O_APPEND after a truncation.
    """
    return line.lstrip(b"\0").rstrip(b"\r\n")


def clean(line: bytes) -> str:
    """Return a line as text without byte-order mark, colours and line break; bad bytes become U+FFFD."""
    text = line.decode("utf-8", "replace").lstrip("\0").removeprefix("\ufeff")
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    return text.rstrip("\r\n")


def is_utf16(text: str) -> bool:
    """Tell whether a line is of a file in UTF-16: every other byte of it is zero."""
    return "\0" in text and 3 * text.count("\0") >= len(text)


def load(text: str) -> dict[str, Any]:
    """Return the object that a JSON text stands for; of an event behind the torn begin of others, the event.

    Raises:
        UnreadableError: It is no JSON (broken, NaN), no object, too deep or too large.
    """
    try:
        return _whole(text)
    except UnreadableError:
        behind = _behind_torn(text)
        if not behind:
            raise
    return with_mark(_whole(behind), _TORN)


def with_mark(event: dict[str, Any], mark: str) -> dict[str, Any]:
    """Return an event with a mark among its tags."""
    tags = event.get("tags")
    return event | {"tags": [*(tags if isinstance(tags, list) else [] if tags is None else [tags]), mark]}


def _behind_torn(text: str) -> str:
    """Return the last event of a line that begins with half of another one; empty when this is no such line.

    A process that is killed while it writes, or has no room, leaves half a line. Another one that writes to the same
    file appends its event to it, and that event is whole.
    """
    head, begin, _ = text.partition(_BEGIN)
    if not begin or not _BEGIN.startswith(head):
        return ""
    last = text.rfind(_BEGIN)
    # Where a whole event may stand before the last, taking the last alone would drop it.
    if last <= 0 or _BEHIND_A_WHOLE.search(text, 0, last + len(_BEGIN)) or not _EVENT.match(text, last):
        return ""
    return text[last:]


def _whole(text: str) -> dict[str, Any]:
    odd = False
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        # The standard library takes lone surrogates and large numbers, which orjson refuses.
        odd = True
        value = _by_the_standard_library(text)
    if not isinstance(value, dict):
        raise UnreadableError("no JSON object")
    if problem := too_big(value):
        raise UnreadableError(problem)
    if not odd and may_repeat_names(text.encode(), value):
        odd = True
        value = _by_the_standard_library(text)
    return {_printable(name): _without_surrogates(item) for name, item in value.items()} if odd else value


def _by_the_standard_library(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_float,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableError("no JSON") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object in which a name that stands twice holds both its values, where they differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        values: dict[str, list[Any]] = {}
        for name, value in pairs:
            known = values.setdefault(name, [])
            if value not in known:
                known.append(value)
        found = {name: Twice(items) if len(items) > 1 else items[0] for name, items in values.items()}
    return found


def may_repeat_names(line: bytes, value: dict[str, Any]) -> bool:
    """Tell whether a name may stand twice in one object of a line that stands for `value`.

    Each name is followed by `":`; the same within a text is taken for a doubt, which costs a slower look.
    """
    if line.count(b'":') != _names_in(value):
        return True
    # One character is found much quicker than the expression; compact JSON has no blank before a colon.
    blank = b" :" in line or b"\t" in line or b"\n" in line or b"\r" in line
    return blank and _BLANK_BEFORE_COLON.search(line) is not None


def _names_in(value: dict[str, Any]) -> int:
    count = len(value)
    waiting = [item for item in value.values() if type(item) is dict or type(item) is list]
    # It grows while it is walked.
    for container in waiting:
        items: Iterable[Any] = container
        if type(container) is dict:
            count += len(container)
            items = container.values()
        for item in items:
            if type(item) is dict or type(item) is list:
                waiting.append(item)  # noqa: PERF401 - a generator costs more than what it hands over here
    return count


def too_big(value: Any) -> str:
    """Return why a JSON value is too deep or too large for an event; empty when it is neither."""
    count = 0
    waiting = [(value, 1)]
    while waiting:
        container, depth = waiting.pop()
        if depth > DEEPEST:
            return f"nested deeper than {DEEPEST} levels"
        count += len(container)
        if count > MOST_VALUES:
            return f"more than {MOST_VALUES} values"
        items = container.values() if type(container) is dict else container
        waiting.extend((item, depth + 1) for item in items if type(item) is dict or type(item) is list)
    return ""


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _integer(digits: str) -> int | float | str:
    if len(digits) <= _LONGEST_INTEGER and _LOWEST <= (number := int(digits)) <= _HIGHEST:
        return number
    return _float(digits)


def _float(digits: str) -> float | str:
    number = float(digits)
    # No JSON number stands for infinity: its name does, since Logstash's reader keeps no digits.
    return number if isfinite(number) else "-Infinity" if number < 0 else "Infinity"


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _printable(value)
    if isinstance(value, Twice):
        return Twice(_without_surrogates(item) for item in value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_printable(name): _without_surrogates(item) for name, item in value.items()}
    return value


def _printable(text: str) -> str:
    return _SURROGATES.sub("\ufffd", text)
