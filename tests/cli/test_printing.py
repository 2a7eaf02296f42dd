"""Foreign text: whatever a name holds, a reader sees one line of it and a terminal obeys none of it."""

from __future__ import annotations

import json
import sys
import unicodedata
from datetime import UTC, datetime

import pytest

from model_logs.printing import printable, printable_json, printable_lines

HOSTILE = {
    "escape": "a\x1b[2Jb",
    "operating system command": "a\x1b]0;owned\x07b",
    "link": "a\x1b]8;;http://evil.example\x1b\\b",
    "one byte escape": "a\x9b2Jb",
    "one byte command": "a\x9d0;owned\x9cb",
    "next line": "a\x85b",
    "line break": "fraud\nP1 fake",
    "carriage return": "fraud\rP1 fake",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "vertical tab": "a\x0bb",
    "form feed": "a\x0cb",
    "tab": "a\tb",
    "backspace": "secret\b\b\b",
    "bell": "a\x07",
    "zero": "a\x00b",
    "delete": "a\x7fb",
    **{f"U+{code:04X}": f"a{chr(code)}b" for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F))},
    **{f"isolate U+{code:04X}": f"a{chr(code)}b" for code in range(0x2066, 0x206A)},
    **{f"unseen U+{code:04X}": f"a{chr(code)}b" for code in (0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x180E)},
    **{f"filler U+{code:04X}": f"a{chr(code)}b" for code in (0x034F, 0x115F, 0x2800, 0x3164, 0xFFA0, 0xFE0F)},
    **{f"blank U+{code:04X}": f"a{chr(code)}b" for code in (0xA0, 0x2003, 0x3000)},
    "tag": "a\U000e0041\U000e0042",
    "private": "a\ue000",
    "low surrogate": "a\udc9bb",
    "high surrogate": "a\ud800",
    "tower": "a" + "\u0300" * 40,
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_becomes_one_visible_line(name: str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    assert shown != name
    assert shown.encode()
    assert len(shown.splitlines()) == 1
    assert not any(unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"} for c in shown)
    assert unicodedata.normalize("NFC", shown).count("\u0300") <= 4


@pytest.mark.parametrize(
    "name", ["fraud", "fraud v2 (eu-west)", "größe", "詐欺検出", "модель", "نموذج", "🚀", "é", "C:\\m"]
)
def test_an_honest_name_stays_as_it_is(name: str) -> None:
    assert printable(name) == name
    assert json.loads(printable_json(name)) == name


def test_no_character_at_all_passes_that_a_terminal_may_obey() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        assert printable(character).isprintable(), hex(code)
    assert len({printable(chr(code)) for code in range(0x3000)}) == 0x3000, "two characters look the same"


def test_a_long_name_is_cut_with_a_sign_and_stays_within_its_bound() -> None:
    assert printable("a" * 1_025, most=100) == "a" * 100 + "…"
    assert len(printable("\x1b" * 1_025, most=100)) <= 100
    assert printable("a" * 100, most=100) == "a" * 100


def test_other_values_are_shown_by_their_text_and_never_raise() -> None:
    class Angry:
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert printable(None) == "None"
    assert printable(Angry()) == "<Angry raised RuntimeError>"


def test_several_lines_stay_lines_and_no_foreign_one_begins_where_ours_do() -> None:
    assert printable_lines("a\r\nb\x1b\tc\u2028d\re", indent="  ") == "a\n  b\\x1b    c\\u2028d\\re"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_json_says_the_same_value_in_characters_that_a_terminal_may_show(name: str) -> None:
    text = printable_json({name: [name, 1.5, float("nan"), datetime(2026, 1, 1, tzinfo=UTC), {1: (2,)}]})
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.encode()
    assert json.loads(text) == {name: [name, 1.5, None, "2026-01-01T00:00:00Z", {"1": [2]}]}
