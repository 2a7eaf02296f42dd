"""Replaces secrets in text: the logger before a line leaves the process, the shipper in what it could not understand.

What a secret looks like stands in `mappings/redaction.yml`; here is only how it is looked for, quickly. It takes time
in proportion to the length of the text, whatever stands in it.
"""

from __future__ import annotations

import re
from functools import cache

from model_logs.tables.redaction import NAMES, PATTERNS, REPLACEMENT, UNLESS, tried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_secret", "redact"]


_AFTER_NAME = f"\\1{REPLACEMENT}"
# Where a name in camel case has a new word: dbPassword.
_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])")


class _Rule:
    """A pattern; its expression is compiled when a text comes to it, since it is large and most texts do not."""

    __slots__ = ("gate", "put", "regex", "source")

    def __init__(self, gate: str, regex: str, put: str) -> None:
        self.gate = re.compile(gate, re.ASCII).search if gate else None
        self.source = regex
        self.put = _after_name if put == _AFTER_NAME else _filled(put)
        self.regex: re.Pattern[str] | None = None

    def replaced(self, text: str) -> str:
        # ASCII, so that \b, \w and \s mean what they mean in Java and Ruby.
        regex = self.regex = self.regex or re.compile(self.source, re.ASCII)
        replaced, hits = regex.subn(self.put, text)
        return replaced if hits and replaced != text else text


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(_Rule(gate, regex, put) for _, _, _, gate, regex, put in PATTERNS)


# Functions, since for a template Python 3.11 hashes the whole expression at each call: 50 µs for a large one.
def _filled(put: str) -> Callable[[re.Match[str]], str]:
    *parts, last = re.split(r"\\([0-9])", put)
    pairs = tuple((text, int(group)) for text, group in zip(parts[::2], parts[1::2], strict=True))

    def fill(found: re.Match[str]) -> str:
        return "".join([text + (found[group] or "") for text, group in pairs]) + last

    return fill


def _after_name(found: re.Match[str]) -> str:
    return (found[1] or "") + REPLACEMENT


_NAMES = frozenset(NAMES)
_UNLESS = frozenset(UNLESS)


def redact(text: str) -> str:
    """Return the text without secrets; the same object when there is none in it."""
    lower = text.lower()
    rules = _rules()
    for number in tried(text, lower):
        rule = rules[number]
        if rule.gate is None or rule.gate(lower):
            text = rule.replaced(text)
    return text


def is_secret(name: str) -> bool:
    """Return whether a label of this name holds a secret, whatever its value looks like."""
    words = _HUMP.sub("_", name).lower().replace("-", "_").replace(".", "_").split("_")
    # "db_password" ends in "password", "aws_secret_key" in "secret_key"; no name has more than three words.
    ends = ["_".join(words[-n:]) for n in (1, 2, 3)]
    return not _NAMES.isdisjoint(ends) and _UNLESS.isdisjoint(ends)
