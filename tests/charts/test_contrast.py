"""Colours: whatever is drawn stands out from what it is drawn on, in both schemes, by the formula of WCAG 2."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from model_logs.dashboards.charts.theme import SCHEMES, colours

# Success criteria 1.4.3 for text and 1.4.11 for what must be seen to understand a chart.
TEXT, GRAPHIC = 4.5, 3.0
SURFACES = ("surface", "page", "tint", "grid")
WORDS = {
    "ink": SURFACES,
    "muted": SURFACES,
    "good": ("surface", "tint", "good_tint"),
    "accent": ("surface",),
    "bad": ("surface", "tint", "bad_tint"),
}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_is_the_one_of_the_standard() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    # The colour that was here, and that nobody saw.
    assert _contrast("#a9c6f6", "#ffffff") == pytest.approx(1.74, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_lines_areas_and_bars_stand_out_from_their_card(scheme: str) -> None:
    theme: dict[str, Any] = colours(scheme)
    drawn = [
        *theme["series"],
        *theme["kinds"],
        *theme["levels"],
        theme["other"],
        theme["bar"],
        theme["bad"],
        theme["accent"],
    ]
    pale = {colour: round(_contrast(colour, theme["surface"]), 2) for colour in drawn}
    assert {colour: found for colour, found in pale.items() if found < GRAPHIC} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_can_be_read_wherever_it_stands(scheme: str) -> None:
    theme: dict[str, Any] = colours(scheme)
    found = {
        (word, on): round(_contrast(theme[word], theme[on]), 2) for word, places in WORDS.items() for on in places
    }
    assert {where: contrast for where, contrast in found.items() if contrast < TEXT} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_lines_of_one_chart_can_be_told_apart_without_colour(scheme: str) -> None:
    """By a reader who sees none, and on a printer that has none: each level is lighter or darker than the next."""
    for one, other in combinations(colours(scheme)["levels"], 2):
        assert _contrast(one, other) >= 1.3, (one, other)
