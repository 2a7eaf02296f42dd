"""The error rates of gates, simulated: `python -m tests.support.gate_simulation` writes the tables of docs/gates.md.

Seeded, so that each run gives the same figures. The rate of bad predictions of a block is drawn from a distribution
whose mean lies exactly at the limit, or at half of it; neighbours are correlated through normal numbers behind it (a
Gaussian copula), and the counts are binomial given the rate. Each verdict is that of `model_logs.gate` itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special, stats

from model_logs.gate import checks, method
from model_logs.gate.blocks import Table
from model_logs.gate.checks import Setting
from model_logs.gate.verdict import FAILED, PASSED, conclude
from model_logs.objectives import Objective
from model_logs.objectives.objective import INDICATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["CELLS", "Cell", "Rates", "paired", "rivals", "sequence", "shares", "whole"]

PAGE = Path(__file__).parents[2] / "docs" / "gates.md"
BEGIN = "<!-- Written by `python -m tests.support.gate_simulation`: do not edit. -->\n"
END = "<!-- End of what is written. -->\n"
LIMIT = 0.01
EVENTS = (10**3, 10**4, 10**5, 10**6)
BLOCKS = (15, 30, 60, 90)
CORRELATIONS = (0.0, 0.5, 0.8, 0.95)
# Traffic → the standard deviation of a block's rate over its mean, and the distribution.
TRAFFIC = {"independent": (0.0, "gamma"), "bursty": (0.5, "gamma"), "very bursty": (1.0, "lognormal")}
RUNS = 2_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of windows.

    Attributes:
        events: Predictions in the window, on average.
        blocks: Blocks of the window.
        traffic: A key of `TRAFFIC`.
        rho: Correlation of the normal numbers behind neighbouring blocks.
    """

    events: int
    blocks: int
    traffic: str
    rho: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Per cent of the windows that passed, and that failed."""

    passed: float
    failed: float


CELLS = tuple(
    Cell(events, blocks, traffic, rho)
    for events in EVENTS
    for traffic in TRAFFIC
    for rho in (CORRELATIONS if TRAFFIC[traffic][0] else (0.0,))
    for blocks in BLOCKS
)


def _normal(dice: np.random.Generator, runs: int, blocks: int, rho: float) -> np.ndarray:
    found = np.empty((runs, blocks))
    found[:, 0] = dice.standard_normal(runs)
    for block in range(1, blocks):
        found[:, block] = rho * found[:, block - 1] + math.sqrt(1 - rho * rho) * dice.standard_normal(runs)
    return found


def counts(cell: Cell, mean: float, runs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bad predictions and all predictions, by run and block."""
    dice = np.random.default_rng(
        [seed, cell.events, cell.blocks, int(100 * cell.rho), list(TRAFFIC).index(cell.traffic)]
    )
    spread, form = TRAFFIC[cell.traffic]
    behind = _normal(dice, runs, cell.blocks, cell.rho)
    if not spread:
        rates = np.full_like(behind, mean)
    elif form == "gamma":
        shape = 1 / spread**2
        rates = stats.gamma.ppf(stats.norm.cdf(behind), shape) / shape * mean
    else:
        sigma = math.sqrt(math.log(1 + spread * spread))
        rates = np.exp(sigma * behind - sigma * sigma / 2) * mean
    served = np.maximum(dice.poisson(cell.events / cell.blocks, behind.shape), 1)
    return dice.binomial(served, np.minimum(rates, 1)), served


def _objective(name: str, **more: Any) -> Objective:
    said = {"title": name, "target": 1 - LIMIT, **more}
    return Objective(indicator=INDICATORS[name], **said)


_ERRORS = Setting((_objective("errors"),), 30.0)


def shares(cell: Cell, mean: float = LIMIT, runs: int = RUNS, seed: int = 1) -> Rates:
    """Return how often a gate of one objective passed and failed windows of a cell."""
    bad, served = counts(cell, mean, runs, seed)
    found = [
        checks.judge(_table(cell.blocks, failures=x, judged=n, predictions=n), _ERRORS)[0].verdict
        for x, n in zip(bad.tolist(), served.tolist(), strict=True)
    ]
    return _rates(found)


def rivals(cell: Cell, runs: int = RUNS, seed: int = 1) -> dict[str, float]:
    """Return the per cent of windows at the limit that pass by other methods."""
    bad, served = counts(cell, LIMIT, runs, seed)
    x, n = bad.cumsum(1), served.cumsum(1)
    upper = special.betaincinv(x + 1, np.maximum(n - x, 1), 0.95)
    looks = upper[:, 2:] <= LIMIT
    return {
        "point estimate": 100 * float((x[:, -1] / n[:, -1] <= LIMIT).mean()),
        "binomial": 100 * float((upper[:, -1] <= LIMIT).mean()),
        "repeated looks": 100 * float(looks.any(1).mean()),
    }


def paired(blocks: int, rho: float, ratio: float, runs: int = RUNS, seed: int = 1, *, scatter: float = 0.15) -> Rates:
    """Return how often a version of a ratio of speed passed and failed, against 1.10."""
    dice = np.random.default_rng([seed, blocks, int(100 * rho)])
    series = math.log(ratio) + scatter * _normal(dice, runs, blocks, rho)
    setting = Setting((_objective("latency", op="lt", value=1e9),), 30.0, paired="6")
    found = []
    for row in np.exp(series).tolist():
        ours = {block: {"timed": 10**6, "slow": 0, "p99_ms": value} for block, value in enumerate(row)}
        theirs = {block: {"timed": 10**6, "slow": 0, "p99_ms": 1.0} for block in range(blocks)}
        found.append(checks.judge(Table(blocks, {"candidate": ours, "against": theirs}), setting)[1].verdict)
    return _rates(found)


def sequence(cell: Cell, runs: int = 500, seed: int = 1) -> float:
    """Return the per cent of windows at the limit that a watch ends early, as failed, at any of its looks."""
    bad, served = counts(cell, LIMIT, runs, seed)
    ended = sum(
        any(method.surely_over(x[:at], n[:at], LIMIT) for at in range(10, cell.blocks + 1))
        for x, n in zip(bad.tolist(), served.tolist(), strict=True)
    )
    return 100 * ended / runs


def whole(cell: Cell, *, at_limit: Sequence[str], runs: int = RUNS, seed: int = 1) -> Rates:
    """Return how often a verdict of six objectives passed and failed, some of them at their limit, the others well.

    Args:
        cell: Of each share; the ratio and the rate are correlated alike.
        at_limit: latency, errors, fallback, freshness, ratio, throughput.
        runs: Windows.
        seed: Of the dice.
    """
    columns = {
        "latency": ("slow", "timed"),
        "errors": ("failures", "judged"),
        "fallback": ("fallbacks", "predictions"),
        "freshness": ("stale", "dated"),
    }
    drawn = {
        name: counts(cell, LIMIT if name in at_limit else LIMIT / 4, runs, seed + at)
        for at, name in enumerate(columns)
    }
    dice = np.random.default_rng([seed, 99, cell.blocks])
    ratio = 1.1 if "ratio" in at_limit else 0.95
    ratios = np.exp(math.log(ratio) + 0.1 * _normal(dice, runs, cell.blocks, cell.rho))
    served = cell.events / cell.blocks
    rate = served if "throughput" in at_limit else served * 0.8
    load = np.maximum(served * (1 + 0.1 * _normal(dice, runs, cell.blocks, cell.rho)), 1)
    setting = Setting(
        (
            _objective("latency", op="lt", value=1e9),
            *(_objective(name) for name in ("errors", "fallback")),
            _objective("freshness", op="lt", value=1e9),
            _objective("throughput", op="gt", value=rate, target=None),
        ),
        1.0,
        paired="6",
    )
    found = []
    for run in range(runs):
        ours: dict[int, dict[str, Any]] = {
            block: {
                **{
                    column: int(values[run, block])
                    for name, pair in columns.items()
                    for column, values in zip(pair, drawn[name], strict=True)
                    if column != "predictions"
                },
                "p99_ms": float(ratios[run, block]),
                "predictions": int(drawn["fallback"][1][run, block]),
            }
            for block in range(cell.blocks)
        }
        theirs = {block: {"timed": 10**6, "p99_ms": 1.0} for block in range(cell.blocks)}
        for row in ours.values():
            row["timed"] = max(row["timed"], 100)
        if "throughput" in at_limit:
            for block, row in ours.items():
                row["predictions"] = int(load[run, block])
        judged = checks.judge(Table(cell.blocks, {"candidate": ours, "against": theirs}), setting)
        found.append(conclude(judged, ()))
    return _rates(found)


def _table(blocks: int, **columns: Sequence[int]) -> Table:
    rows = {block: {name: values[block] for name, values in columns.items()} for block in range(blocks)}
    return Table(blocks, {"candidate": rows})


def _rates(found: Sequence[str]) -> Rates:
    return Rates(*(100 * sum(each == verdict for each in found) / len(found) for verdict in (PASSED, FAILED)))


def _of_shares(runs: int) -> Iterator[str]:
    yield _heads(
        "events", "traffic", "correlation", *_BLOCKS, "power", "point estimate", "binomial", "repeated looks"
    )
    for first in CELLS[:: len(BLOCKS)]:
        cells = [Cell(first.events, blocks, first.traffic, first.rho) for blocks in BLOCKS]
        found = [shares(cell, runs=runs) for cell in cells]
        power = shares(cells[1], LIMIT / 2, runs)
        other = rivals(cells[1], runs)
        figures = [f"{each.passed:.1f} / {each.failed:.1f}" for each in found]
        figures += [f"{power.passed:.0f}", *(f"{value:.0f}" for value in other.values())]
        yield f"| {first.events:,} | {first.traffic} | {first.rho:g} | {' | '.join(figures)} |"


def _of_ratios(runs: int) -> Iterator[str]:
    yield _heads("correlation", *_BLOCKS, "equal speed passes", "30 % slower fails")
    for rho in CORRELATIONS:
        found = [paired(blocks, rho, 1.1, runs) for blocks in BLOCKS]
        figures = [f"{each.passed:.1f} / {each.failed:.1f}" for each in found]
        figures.append(f"{paired(30, rho, 1.0, runs).passed:.0f}")
        figures.append(f"{paired(30, rho, 1.3, runs).failed:.0f}")
        yield f"| {rho:g} | {' | '.join(figures)} |"


def _of_verdicts(runs: int) -> Iterator[str]:
    runs //= 4
    every = ("latency", "errors", "fallback", "freshness", "ratio", "throughput")
    yield _heads(
        *("events", "traffic", "correlation", "one at its limit: passes", "all at their limits: fails"),
        *("none: passes", "a watch ends early at the limit"),
    )
    for events in (10**4, 10**5):
        for traffic in TRAFFIC:
            for rho in CORRELATIONS[:2] if TRAFFIC[traffic][0] else (0.0,):
                cell = Cell(events, 30, traffic, rho)
                figures = (
                    whole(cell, at_limit=["errors"], runs=runs).passed,
                    whole(cell, at_limit=every, runs=runs).failed,
                    whole(cell, at_limit=[], runs=runs).passed,
                    sequence(cell, runs // 2),
                )
                yield f"| {events:,} | {traffic} | {rho:g} | {' | '.join(f'{value:.1f}' for value in figures)} |"


def _heads(*names: str) -> str:
    return f"| {' | '.join(names)} |\n|{'|'.join('---' if name == 'traffic' else '--:' for name in names)}|"


_BLOCKS = tuple(f"{blocks} blocks" for blocks in BLOCKS)
_SHARES = """\
A share at its limit of 1 %: passed / failed, in per cent of the windows. *Power* is what passes at half of the
limit, in 30 blocks. Beside it stands what passes at the limit, in 30 blocks, by the share alone, by an exact binomial
bound of 5 %, and by that bound after each block."""
_RATIOS = """\
A p99 at the allowed ratio of 1.10 against a version of the same time: passed / failed. The last two columns are for
30 blocks."""
_VERDICTS = "The whole verdict of six objectives (four shares, a ratio, a rate), in 30 blocks."
TABLES: tuple[tuple[str, Callable[[int], Iterator[str]]], ...] = (
    (_SHARES, _of_shares),
    (_RATIOS, _of_ratios),
    (_VERDICTS, _of_verdicts),
)


def write(runs: int = RUNS) -> None:
    """Write the tables into the page, between its marks."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin
    assert end
    parts = [f"{words}\n\n" + "\n".join(rows(runs)) for words, rows in TABLES]
    made = "\n\n".join(parts)
    PAGE.write_text(f"{before}{begin}\n{made}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
