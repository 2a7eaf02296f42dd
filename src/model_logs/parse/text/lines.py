"""A text line → an event in the contract's names, by the grok patterns and the words of `pipelines/`.

Holds no pattern, no unit and no rename of its own. Needs the extra `text`; without it no line is understood and
`missing` says why.
"""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING, Any, Final

from model_logs import assets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.parse.text.vocabulary import Words

__all__ = ["LONGEST_TEXT", "PATTERN_FILE", "TextLines", "field_name", "unquoted"]

PATTERN_FILE: Final = "pipelines/patterns/model_logs"
# In characters: nobody writes such a line by hand, and no pattern has to run over it.
LONGEST_TEXT: Final = 65_536
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SCRATCH: Final = "[@metadata]"
_MISSING: Final = "text lines need the extra: pip install 'model-logs[text]'"
# A key and its value: quoted, or up to the next key. The value of one word ends at its first blank.
_PAIR: Final = re.compile(
    r"""[ \t]([A-Za-z_][A-Za-z0-9_.]*)=((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?=[ \t]|\Z)"""
    r"""|[^ \t]*(?:[ \t]+(?![A-Za-z_][A-Za-z0-9_.]*=)[^ \t]+)*)"""
)
# What looks like a blank and is none to the patterns.
_ODD: Final = "[\u000b-\u000d\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_HIDDEN_WORD: Final = re.compile(rf"\A[^ \t]*?({_ODD})(?!{_ODD}*(?:[ \t]|\Z))")
_HIDDEN_KEY: Final = re.compile(rf"({_ODD}){_ODD}*[A-Za-z_][A-Za-z0-9_.]*=")
# Fields whose values may hold blanks without quotes.
_WITH_BLANKS: Final = frozenset({"user.name", "reason", "error.message"})


def field_name(capture: str) -> str:
    """Return the dotted name of a capture: `[user][name]` is `user.name`."""
    return capture.strip("[]").replace("][", ".")


def unquoted(value: str) -> str:
    """Return a captured value without its quotes and the backslashes inside them."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return _ESCAPED.sub(r"\1", value[1:-1])
    return value


class TextLines:
    """The patterns for text lines, compiled when the first one comes.

    Attributes:
        missing: Why no text line can be understood here; empty when the extra is installed.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._groks: list[Any] | None = None
        there = importlib.util.find_spec("onigurumacffi") is not None
        self.missing = "" if there else _MISSING

    def read(self, line: str) -> dict[str, Any] | None:
        """Return dotted name → value of one clean line; None when no pattern fits.

        An access line of a web server has neither type nor time yet.
        """
        if self.missing or len(line) > LONGEST_TEXT:
            return None
        for grok in self._compiled():
            captures = grok.captures(line)
            if captures is not None:
                return self._event(captures)
        return None

    def doubts(self, line: str) -> dict[str, str]:
        """Return field → why its value in a line that a pattern took is in doubt.

        The patterns take the last value of a key that stands twice, and a no-break space or a control character
        between two words for a part of the first.
        """
        found: dict[str, str] = {}
        values: dict[str, str] = {}
        for key, value in _PAIR.findall(line):
            field = self._words.text_keys.get(key)
            if field is None or not value:
                continue
            if unquoted(values.setdefault(field, value)) != unquoted(value):
                found[field] = "is given twice, with two values"
            elif unquoted(value) == value and (
                odd := (_HIDDEN_KEY if field in _WITH_BLANKS else _HIDDEN_WORD).search(value)
            ):
                found[field] = f"has U+{ord(odd[1]):04X} where a blank should part two words"
        return found

    def _compiled(self) -> list[Any]:
        if self._groks is None:
            try:
                from model_logs.parse.text.grok import Grok, read_patterns
            except ImportError as error:  # installed, and yet it cannot be loaded
                self.missing = f"{_MISSING} ({error})"
                return []
            patterns = read_patterns(assets.path(PATTERN_FILE))
            self._groks = [Grok(patterns, expression) for expression in self._words.text_patterns]
        return self._groks

    def _event(self, captures: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: unquoted(value) if isinstance(value, str) else value for name, value in captures.items()}
        event = {field_name(name): value for name, value in values.items() if not name.startswith(_SCRATCH)}
        if "event_type" in event:
            event["@timestamp"] = values[self._words.text_time]
            event["event_type"] = self._words.event_type(event["event_type"])
        for quantity in self._words.quantities:
            if quantity.number in values:
                factor = quantity.factors[values.get(quantity.unit, quantity.unit_if_none)]
                number = float(values[quantity.number])
                event[quantity.field] = number if factor == 1 else round(number * factor, 9)
        return event
