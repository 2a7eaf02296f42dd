"""Grok over Oniguruma: the engine's family that Logstash and Elasticsearch use, so that one pattern file serves all.

A small part of grok on purpose: `%{PATTERN}`, `%{PATTERN:field}` and `%{PATTERN:field:int|float}` from one file of
patterns. No built-in patterns, no captures by raw `(?<name>...)`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import onigurumacffi

from model_logs.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Grok", "read_patterns"]

_REFERENCE: Final = re.compile(r"%\{(?P<pattern>[A-Z0-9_]+)(?::(?P<field>[^:{}]+)(?::(?P<type>[a-z]+))?)?\}")
_TYPES: Final[dict[str, Callable[[str], object]]] = {"": str, "int": int, "float": float}
_DEEPEST: Final = 20


def read_patterns(path: Path) -> dict[str, str]:
    """Return the patterns of a file, name → expression; lines that begin with `#` are comments."""
    patterns: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, expression = line.partition(" ")
        if name in patterns or not expression:
            raise AssetError(
                f"{path}, line {number}: {name} " + ("stands there twice." if expression else "has no expression."),
                next_step="Write each pattern once: NAME expression.",
            )
        patterns[name] = expression
    return patterns


class Grok:
    """One compiled grok expression.

    Args:
        patterns: What `%{NAME}` may refer to.
        expression: The expression, such as `%{ML_EVENT}`.

    Raises:
        AssetError: It refers to a pattern that is not there or to itself, captures a field twice, names an unknown
            type, or is no regular expression.
    """

    def __init__(self, patterns: Mapping[str, str], expression: str) -> None:
        self._patterns = patterns
        self._expression = expression
        self._captures: list[tuple[str, Callable[[str], object]]] = []
        expanded = self._expand(expression, 0)
        try:
            self._regex = onigurumacffi.compile(expanded)
        except onigurumacffi.OnigError as error:
            raise self._broken(f"is no regular expression: {error}") from error

    def captures(self, text: str) -> dict[str, object] | None:
        """Return field → value; None when the text does not fit. Empty captures are not set.

        The engine gives up a match after ten million steps back, which counts as no fit.
        """
        try:
            match = self._regex.search(text)
        except onigurumacffi.OnigError:
            return None
        if match is None:
            return None
        found: dict[str, object] = {}
        for number, (field, convert) in enumerate(self._captures, 1):
            if captured := match.group(number):
                found[field] = convert(captured)
        return found

    def _expand(self, expression: str, depth: int) -> str:
        if depth > _DEEPEST:
            raise self._broken("refers to itself")
        return _REFERENCE.sub(lambda reference: self._group(reference, depth), expression)

    def _group(self, reference: re.Match[str], depth: int) -> str:
        pattern, field, kind = reference["pattern"], reference["field"], reference["type"] or ""
        if pattern not in self._patterns:
            raise self._broken(f"refers to %{{{pattern}}}, which is not defined")
        if field is None:
            return f"(?:{self._expand(self._patterns[pattern], depth + 1)})"
        if kind not in _TYPES:
            raise self._broken(f"asks for the type {kind}; known are int and float")
        if any(field == known for known, _ in self._captures):
            raise self._broken(f"captures {field} twice")
        self._captures.append((field, _TYPES[kind]))
        number = len(self._captures)
        return f"(?<c{number}>{self._expand(self._patterns[pattern], depth + 1)})"

    def _broken(self, why: str) -> AssetError:
        return AssetError(f"The grok expression {self._expression} {why}.", next_step="Correct the pattern file.")
