"""Texts that a regular expression fits, made from its own tree: each of its branches is walked, sooner or later."""

from __future__ import annotations

import functools
import random
import re

# The standard library's own parser: what it reads is what runs.
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# What is taken of a class that says only what it is not.
_PLAIN = "abcXYZ019"


def samples(regex: str, count: int, seed: int = 0) -> list[str]:
    """Return texts that fit an expression, lookarounds aside: whether they do is the caller's to ask."""
    tree = parser.parse(regex, re.ASCII)
    source = random.Random(seed)
    return [_walk(tree, source) for _ in range(count)]


def _walk(tree: Any, source: random.Random) -> str:
    return "".join(_one(kind, value, source) for kind, value in tree)


def _one(kind: Any, value: Any, source: random.Random) -> str:  # noqa: PLR0911 - one answer for each kind
    if kind is kinds.LITERAL:
        return chr(value)
    if kind is kinds.IN:
        return source.choice(_letters(tuple(value)))
    if kind is kinds.BRANCH:
        return _walk(source.choice(value[1]), source)
    if kind is kinds.SUBPATTERN:
        text = _walk(value[3], source)
        return source.choice((str, str.upper))(text) if value[1] & re.IGNORECASE else text
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        low, high, inner = value
        times = low if low > 1 else source.randint(low, min(int(high), 8))
        if len(inner) == 1 and inner[0][0] is kinds.IN:  # the most common one: drawn at once, which is quicker
            return "".join(source.choices(_letters(tuple(inner[0][1])), k=times))
        return "".join(_walk(inner, source) for _ in range(times))
    if kind in (kinds.ANY, kinds.NOT_LITERAL):
        return "x"
    return ""  # a place, such as a lookaround


@functools.cache
def _letters(items: tuple[Any, ...]) -> str:
    found = ""
    for kind, value in items:
        if kind is kinds.NEGATE:
            return _PLAIN
        if kind is kinds.LITERAL:
            found += chr(value)
        elif kind is kinds.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        else:
            found += _PLAIN if "NOT" in str(value) else " "
    return found
