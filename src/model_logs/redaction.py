"""Replaces secrets in text: the logger before a line leaves the process, the shipper in what it could not understand.

What a secret looks like stands in `mappings/redaction.yml`; here is only how it is looked for, quickly. It takes time
in proportion to the length of the text, whatever stands in it.
"""

from __future__ import annotations

import re
from functools import cache
from operator import itemgetter

from model_logs.tables.redaction import NAMES, PATTERNS, UNLESS, tried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_REMEMBERED", "is_secret", "redact"]


# Where a name in camel case has a new word: dbPassword.
_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])")


class _Rule:
    """A pattern; its expression is compiled when a text comes to it, since it is large and most texts do not."""

    __slots__ = ("gates", "put", "regex", "source")

    def __init__(self, gates: tuple[str, ...], regex: str, put: str) -> None:
        self.gates = [re.compile(gate, re.ASCII).search for gate in gates]
        self.source = regex
        self.put = _filled(put)
        self.regex: re.Pattern[str] | None = None

    def replaced(self, text: str) -> str:
        # ASCII, so that \b, \w and \s mean what they mean in Java and Ruby.
        regex = self.regex = self.regex or re.compile(self.source, re.ASCII)
        replaced, hits = regex.subn(self.put, text)
        return replaced if hits and replaced != text else text


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(_Rule(gates, regex, put) for _, _, _, gates, regex, put in PATTERNS)


# Functions, since for a template Python 3.11 hashes the whole expression at each call: 50 µs for a large one.
def _filled(put: str) -> Callable[[re.Match[str]], str] | str:
    pieces = re.split(r"\\([0-9])", put)
    if len(pieces) == 1:
        return put
    # Every other piece is the number of a group; texts stand behind the groups.
    texts = tuple(pieces[::2])
    order = [int(piece) - 1 if at % 2 else at // 2 - len(texts) for at, piece in enumerate(pieces) if piece]
    chosen = itemgetter(*order)

    def fill(found: re.Match[str]) -> str:
        return "".join(chosen(found.groups("") + texts))

    return fill


_NAMES = frozenset(NAMES)
_UNLESS = frozenset(UNLESS)


# Long texts that were found without secrets, since the same error has the same traceback again and again.
_LONG, _LONGEST, MOST_REMEMBERED = 256, 8192, 128
_innocent: set[str] = set()


def redact(text: str) -> str:
    """Return the text without secrets; the same object when there is none in it."""
    long = len(text) >= _LONG
    if long and text in _innocent:
        return text
    found, lower, rules = text, text.lower(), _rules()
    for number in tried(text, lower):
        rule = rules[number]
        if not rule.gates:
            found = rule.replaced(found)
            continue
        for gate in rule.gates:
            if gate(lower):
                found = rule.replaced(found)
                break
    if long and found is text and len(text) <= _LONGEST:
        if len(_innocent) >= MOST_REMEMBERED:
            _innocent.clear()
        _innocent.add(text)
    return found


def is_secret(name: str) -> bool:
    """Return whether a label of this name holds a secret, whatever its value looks like."""
    words = _HUMP.sub("_", name).lower().replace("-", "_").replace(".", "_").split("_")
    # "db_password" ends in "password", "aws_secret_key" in "secret_key"; no name has more than three words.
    ends = ["_".join(words[-n:]) for n in (1, 2, 3)]
    return not _NAMES.isdisjoint(ends) and _UNLESS.isdisjoint(ends)
