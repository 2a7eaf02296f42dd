"""Bytes of one line → clean text, and JSON text → an object.

Tolerant where writers are careless: a byte-order mark, CR, terminal colours, bytes that are no UTF-8, lone
surrogates, integers beyond 64 bits. What is no JSON by its grammar stays no JSON.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

import orjson

__all__ = ["DEEPEST", "MOST_VALUES", "NotJsonError", "clean", "load", "too_big", "without_end"]

# Elasticsearch's own limit for the depth of a mapping.
DEEPEST: Final = 20
# Names and list items of one event; bounds the time that one line can take.
MOST_VALUES: Final = 10_000

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_LONG: Final = 1 << 63
_LONGEST_INTEGER: Final = len(str(-_LONG))


class NotJsonError(ValueError):
    """The text is no JSON."""


def without_end(line: bytes) -> bytes:
    """Return the line without its line break: what Filebeat ships, and what ids are made from."""
    return line.rstrip(b"\r\n")


def clean(line: bytes) -> str:
    """Return a line as text without byte-order mark, colours and line break; bad bytes become U+FFFD."""
    text = line.decode("utf-8", "replace").removeprefix("\ufeff")
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    return text.rstrip("\r\n")


def load(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        NotJsonError: It is none: broken, NaN, or nested beyond what a parser takes.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    # The standard library takes lone surrogates and large numbers, which orjson refuses.
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=_integer, parse_float=_float)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error
    return _without_surrogates(value)


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
    raise NotJsonError(f"{constant} is no JSON")


def _integer(digits: str) -> int | float | str:
    if len(digits) <= _LONGEST_INTEGER and -_LONG <= (number := int(digits)) < _LONG:
        return number
    return _float(digits)


def _float(digits: str) -> float | str:
    number = float(digits)
    # No JSON number stands for infinity: the text is kept.
    return digits if number in (float("inf"), float("-inf")) else number


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_SURROGATES.sub("\ufffd", name): _without_surrogates(item) for name, item in value.items()}
    return value
