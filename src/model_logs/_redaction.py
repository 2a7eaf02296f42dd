"""Replaces secrets in text: the logger before a line leaves the process, the shipper in what it could not understand.

What a secret looks like stands in `mappings/redaction.yml`; here is only how it is looked for, quickly. It takes time
in proportion to the length of the text, whatever stands in it.
"""

from __future__ import annotations

import re
from functools import cache

from model_logs._redaction_table import NAMES, PATTERNS, REPLACEMENT

__all__ = ["is_secret", "redact"]


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    _Replacement: TypeAlias = str | Callable[[re.Match[str]], str]


@cache
def _rules() -> tuple[tuple[tuple[str, ...], re.Pattern[str], _Replacement], ...]:
    # ASCII, so that \b, \w and \s mean what they mean in Java and Ruby. Compiled at the first use, not at import.
    compiled = [(needs, re.compile(regex, re.ASCII)) for _, needs, regex in PATTERNS]
    return tuple((needs, regex, _after_name if regex.groups else REPLACEMENT) for needs, regex in compiled)


# A function, since Python 3.11 takes twice as long to fill a template.
def _after_name(found: re.Match[str]) -> str:
    return (found[1] or "") + REPLACEMENT


_NAMES = frozenset(NAMES)


def redact(text: str) -> str:
    """Return the text without secrets; the same object when there is none in it."""
    lower = text.lower()
    for needs, regex, replacement in _rules():
        for need in needs:
            if need in lower:
                replaced, hits = regex.subn(replacement, text)
                if hits:
                    text = replaced
                break
    return text


def is_secret(name: str) -> bool:
    """Return whether a label of this name holds a secret, whatever its value looks like."""
    words = name.lower().replace("-", "_").replace(".", "_").split("_")
    # "db_password" ends in "password", "aws_secret_key" in "secret_key"; no name has more than three words.
    return any("_".join(words[-n:]) in _NAMES for n in (1, 2, 3))
