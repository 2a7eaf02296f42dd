"""Foreign text where people read it: the one way in which names reach a terminal, a mail or a message.

Names of models, hosts, services and files come from events, clusters and disks, so anybody may choose them. A
terminal obeys control characters, a chat turns a line break into a second message, and U+202E reverses what follows.
Here each such character becomes its escape (`\\x1b`, `\\n`, `\\u202e`): harmless, on one line, and still to be told
from others. It knows no colours and no tables, and prints nothing itself.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from model_logs.times import iso

__all__ = ["printable", "printable_json", "printable_lines"]

# Characters that Python calls printable and that show nothing: fillers, invisible vowels, variation selectors. Two
# names that differ by one of them look the same.
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
# So many marks may stand upon a letter; a tower of them covers the lines above.
_MOST_MARKS = 4
_MARKS = frozenset({"Mn", "Me"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TAB = "    "
# What JSON may hold as it is and a terminal may obey; below U+0020 JSON writes escapes by itself.
_IN_JSON = re.compile(r"[^\x20-\x7e\n]")
_SHORTENED = "…"


def printable(value: object, *, most: int = 0) -> str:
    """Return foreign text as one harmless line: what is no visible character becomes its escape.

    Args:
        value: A name, or any other value of an event, a cluster or a file.
        most: The number of characters after which the text is cut, with a sign; 0 for no limit.
    """
    text = value if isinstance(value, str) else _text(value)
    if most and len(text) > most:
        # Cut before the escapes are made, so that none is cut in two; and once more, since they are longer.
        text = text[:most] + _SHORTENED
    if not (text.isascii() and text.isprintable()):
        text = _escaped(text)
    if most and len(text) > most + len(_SHORTENED):
        text = text[: most - 1] + _SHORTENED
    return text


def printable_lines(value: object, *, indent: str = "") -> str:
    """Return foreign text of several lines, such as a log or a reason, each line harmless.

    Args:
        value: The text.
        indent: Put before each line but the first, so that no foreign line looks like one of ours.
    """
    text = (value if isinstance(value, str) else _text(value)).replace("\r\n", "\n").replace("\t", _TAB)
    return f"\n{indent}".join(printable(line) for line in text.split("\n"))


def printable_json(value: Any, *, indent: int | None = 2) -> str:
    """Return a value as JSON for programs that a terminal may show too: the same value, with more escapes.

    Args:
        value: Values of JSON; times become text in ISO 8601, other objects their text, NaN and infinity null.
        indent: As in `json.dumps`.
    """
    text = json.dumps(_for_json(value), indent=indent, ensure_ascii=False, allow_nan=False)
    return _IN_JSON.sub(_json_escape, text)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001  # a foreign object may raise anything; its text is not worth a failure
        return f"<{type(value).__name__} raised {type(error).__name__}>"


def _escaped(text: str) -> str:
    found, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        harmless = character.isprintable() and not _UNSEEN.match(character) and marks <= _MOST_MARKS
        found.append(character if harmless else _escape(character))
    return "".join(found)


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:  # noqa: PLR2004  # what two digits can say
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # four, and eight


def _json_escape(match: re.Match[str]) -> str:
    character = match[0]
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    code = ord(character)
    if code <= 0xFFFF:  # noqa: PLR2004  # what one escape of JSON can say
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _for_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _for_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_for_json(inner) for inner in value]
    return iso(value, "auto") if isinstance(value, datetime) else _text(value)
