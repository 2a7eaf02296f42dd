"""The parts of all charts: a drawing, the entries of its legend, its colours and its tooltip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.theme import colours

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SCHEMA", "Chart", "LegendEntry", "base", "colour", "tooltip"]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of a legend: the words, the list of the theme, and which of its colours."""

    title: str
    palette: str
    index: int = 0

    def colour(self, scheme: str) -> str:
        """Return the colour in `light`, in `dark`, or as the page's style sheet names it."""
        found = colours(scheme)[self.palette]
        return str(found[self.index % len(found)] if isinstance(found, list) else found)


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing of a panel.

    Attributes:
        title: Empty where the panel's own title says it all.
        keys: The legend.
        rows: The data, under the name `answer` in the specification.
        spec: A scheme → the specification without its data, as wide as its container.
        height: Of the plot, in pixels.
        left_out: What is not drawn, in words.
        stretches: Whether it may be drawn higher, where its card is.
    """

    title: str
    keys: tuple[LegendEntry, ...]
    rows: list[dict[str, Any]]
    spec: Callable[[str], dict[str, Any]]
    height: int
    left_out: str = ""
    stretches: bool = True


def base(height: int) -> dict[str, Any]:
    """Return the common beginning of every specification."""
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"name": "answer"},
    }


def tooltip(*titles: tuple[str, str]) -> list[dict[str, str]]:
    """Return the tooltip channel: columns of the row that is hovered, and what a reader calls them."""
    return [{"field": field, "title": title, "type": "nominal"} for field, title in titles]


def colour(keys: tuple[LegendEntry, ...], scheme: str) -> dict[str, Any]:
    """Return the colour channel: each name of the legend in its colour."""
    scale = {"domain": [key.title for key in keys], "range": [key.colour(scheme) for key in keys]}
    return {"field": "name", "type": "nominal", "scale": scale, "legend": None}
