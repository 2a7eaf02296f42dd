"""Payments as they are asked about, and made-up ones to train with: the data set of the example is synthetic.

A payment has an amount, which the caller tells, and two features of its card, which the feature job computes: how
many payments the card made within a day, and how many hours ago the last one was. Fraud is drawn by a formula of the
three in which they act together, so that a boosted forest sees more than a linear model does.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MODEL, SIMPLE_MODEL = "fraud", "fraud-simple"
DAY_H = 24.0
_CARDS = 500
_SEED = 7


class Row(NamedTuple):
    """What a model is asked about; a feature that is not known is None."""

    amount: float
    frequency: float | None
    recency: float | None

    def numbers(self) -> list[float]:
        """Return the row as the models take it: NaN for what is not known."""
        return [float("nan") if value is None else value for value in self]


def training_data(rows: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return so many rows (amount, frequency, recency), and whether each was fraud."""
    dice = np.random.default_rng(_SEED)
    frequency, recency = _cards(dice, rows)
    amount = dice.lognormal(3.2, 1.0, rows)
    drained = (amount > 60) & (recency < 1)  # noqa: PLR2004  # a large payment straight after another one
    hurried = (frequency > 5) & (recency < 2)  # noqa: PLR2004  # many within a day
    logit = -5 + 0.9 * (np.log(amount) - 3.2) + 0.2 * frequency + 5 * drained + 3 * hurried
    fraud = dice.random(rows) < 1 / (1 + np.exp(-logit))
    missing = dice.random(rows) < 0.05  # noqa: PLR2004  # cards that the feature job has not seen yet
    frequency[missing] = recency[missing] = np.nan
    return np.column_stack([amount, frequency, recency]), fraud.astype(np.int64)


def _cards(dice: np.random.Generator, cards: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    recency = dice.exponential(8.0, cards)
    frequency = np.where(recency < DAY_H, 1 + dice.poisson(2.0, cards), 0).astype(float)
    return frequency, recency


def write_payments(file: Path) -> None:
    """Write a file of payments as an upstream system delivers it: `card,hours_ago`, a line for each payment."""
    dice = np.random.default_rng(_SEED + 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    with draft.open("w", newline="", encoding="utf-8") as stream:
        lines = csv.writer(stream)
        lines.writerow(["card", "hours_ago"])
        for number, (frequency, last) in enumerate(zip(*_cards(dice, _CARDS), strict=True), 1):
            earlier = dice.uniform(min(last, DAY_H), DAY_H, max(0, int(frequency) - 1))
            lines.writerows([f"card-{number:04d}", f"{hours:.3f}"] for hours in sorted([last, *earlier]))
    draft.replace(file)
