"""The statistics of a gate: intervals for shares, rates and paired ratios over blocks of time, and nothing else.

Traffic comes in bursts, and a slow minute is followed by another one. So the counts of a window are worth less than
as many independent predictions, and how much less is estimated from its blocks: `phi` by how far the blocks scatter,
`inflation` by how alike neighbours are. Shares are judged by exact binomial bounds (Clopper and Pearson) on counts
divided by both, with Student's t in place of the normal distribution. docs/gates.md holds the simulated error rates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ALPHA",
    "ALPHA_RATIO",
    "LEAST_EFFECTIVE",
    "VERSION",
    "Interval",
    "everywhere_over",
    "everywhere_under",
    "least_events",
    "mean_interval",
    "missing_events",
    "share_interval",
    "surely_over",
    "tail_of",
    "whole_p99",
]

# Named in each evidence: a verdict is computed again by the method that made it.
VERSION = "1"
# For each side. Ratios of blocks are about normal, so their interval errs as often as it says; counts err more often.
ALPHA = 0.025
ALPHA_RATIO = 0.05
# Fewer blocks than ten independent ones tell too little about their own scatter. Then only what lies far from a limit
# is decided: effective blocks → the probability of error that must exclude the limit.
LEAST_EFFECTIVE = 10.0
_FAR = ((5.0, 0.01), (0.0, 0.001))
_FAR_TIMES, _WITHIN_TIMES = 2, 3
# The correlation of neighbours is itself an estimate. Shares are skewed, so half of its standard error is added for
# them; the simulation shows that means need none.
_SAFETY = 0.5
_MOST_RHO = 0.98
# The least part of the scatter that is taken to be the service's own, once it is more than chance.
_LEAST_OWN = 0.5
_CHANCE = 0.025
_SMALLEST = 1e-12
_MOST_DOUBLINGS = 20
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds for a value, each with its own probability of error.

    Attributes:
        value: The estimate.
        low: The value is hardly less.
        high: The value is hardly more.
        events: What it rests on: predictions for a share, blocks for a mean.
        phi: How many times further than by chance the blocks scatter.
        rho: Correlation of neighbouring blocks, corrected for its bias, with a margin.
        effective: How many independent blocks the blocks are worth.
    """

    value: float
    low: float
    high: float
    events: int
    phi: float
    rho: float
    effective: float


def share_interval(
    bad: Sequence[int], all_of: Sequence[int], *, alpha_low: float = ALPHA, alpha_high: float = ALPHA
) -> Interval:
    """Return the interval of a share from its counts by block.

    Args:
        bad: Bad predictions of each block.
        all_of: All predictions of each block; a block without any is left out.
        alpha_low: Probability that the share is less than `low`.
        alpha_high: Probability that the share is more than `high`.
    """
    from scipy import special

    pairs = [(x, n) for x, n in zip(bad, all_of, strict=True) if n]
    x, n, blocks = sum(one for one, _ in pairs), sum(one for _, one in pairs), len(pairs)
    if blocks < 2 or not n:  # noqa: PLR2004  # one block has no scatter
        return Interval(x / n if n else math.nan, 0.0, 1.0, n, 1.0, 0.0, float(blocks))
    share = x / n
    chance = share * (1 - share)
    residuals = [(one - of * share) / math.sqrt(of * chance) if chance else 0.0 for one, of in pairs]
    scatter = sum(each * each for each in residuals) / (blocks - 1)
    phi = max(1.0, scatter)
    by_chance = float(special.chdtri(blocks - 1, _CHANCE)) / (blocks - 1)
    own = max((phi - 1) / phi, _LEAST_OWN) if scatter > by_chance else 1.0
    rho, inflation = _correlation(residuals, own, _SAFETY)
    effective = blocks / inflation
    low, high = _bounds(share, n / (phi * inflation), effective, alpha_low, alpha_high)
    return Interval(share, low, high, n, phi, rho, effective)


def mean_interval(values: Sequence[float], *, alpha_low: float = ALPHA, alpha_high: float = ALPHA) -> Interval:
    """Return the interval of the mean of a series, a value a block: of rates, or of logarithms of ratios."""
    from scipy import special

    blocks = len(values)
    mean = sum(values) / blocks if blocks else math.nan
    if blocks < 2:  # noqa: PLR2004  # one block has no scatter
        return Interval(mean, -math.inf, math.inf, blocks, 1.0, 0.0, float(blocks))
    residuals = [value - mean for value in values]
    variance = sum(each * each for each in residuals) / (blocks - 1)
    rho, inflation = _correlation(residuals, 1.0, 0.0)
    effective = blocks / inflation
    error = math.sqrt(variance * inflation / blocks)
    low, high = (
        error * float(special.stdtrit(max(effective - 1, 1.0), 1 - _strict(alpha, effective)))
        for alpha in (alpha_low, alpha_high)
    )
    return Interval(mean, mean - low, mean + high, blocks, 1.0, rho, effective)


def everywhere_over(bad: Sequence[int], all_of: Sequence[int], limit: float) -> bool:
    """Tell whether each block is over the limit, and all together over twice of it.

    Then it matters little how alike neighbours are: no span of the window was within the limit.
    """
    shares = [x / n for x, n in zip(bad, all_of, strict=True) if n]
    over = len(shares) >= LEAST_EFFECTIVE and min(shares) > limit
    return over and sum(bad) > _FAR_TIMES * limit * sum(all_of)


def everywhere_under(bad: Sequence[int], all_of: Sequence[int], limit: float) -> bool:
    """Tell whether each block is within the limit, and all together within a third of it; see `everywhere_over`."""
    shares = [x / n for x, n in zip(bad, all_of, strict=True) if n]
    under = len(shares) >= LEAST_EFFECTIVE and max(shares) <= limit
    return under and sum(bad) * _WITHIN_TIMES <= limit * sum(all_of)


def missing_events(found: Interval, limit: float, blocks: int) -> int | None:
    """Return how many more events would decide, if the share and its scatter stayed as they are; None if too many.

    Args:
        found: The interval of now, which holds the limit.
        limit: The limit.
        blocks: How many blocks it rests on.
    """
    if not found.events or not found.effective or not blocks:
        return least_events(limit)
    worth = found.phi * blocks / found.effective

    def decided(times: float) -> bool:
        low, high = _bounds(found.value, found.events * times / worth, found.effective * times, ALPHA, ALPHA)
        enough = found.events * times >= least_events(limit)
        return bool(enough and (high <= limit or low > limit))

    most = next((2.0**power for power in range(1, _MOST_DOUBLINGS) if decided(2.0**power)), None)
    if most is None:
        return None
    least = most / 2
    while most - least > 0.01 * most:
        middle = (least + most) / 2
        least, most = (least, middle) if decided(middle) else (middle, most)
    return math.ceil(found.events * (most - 1))


def least_events(limit: float) -> int:
    """Return the least number of predictions by which a share can be within a limit: without a single bad one."""
    return math.ceil(math.log(2 * ALPHA) / math.log1p(-limit)) if 0 < limit < 1 else 0


def tail_of(p95: float, p99: float) -> float:
    """Return how steeply the logarithm of latency rises in its tail, per standard deviation of a normal one."""
    return math.log(p99 / p95) / (_NORMAL.inv_cdf(0.99) - _NORMAL.inv_cdf(0.95)) if 0 < p95 <= p99 else 0.0


def whole_p99(p99: float, events: int, tail: float) -> float:
    """Return the logarithm of a 99th percentile without the part by which a small sample puts it too low.

    The slowest of few predictions lie below the slowest of many: of two arms of different size the smaller would look
    faster. The position of the percentile among the sorted values is compared with that in a large sample (Blom's).

    Args:
        p99: The 99th percentile of a sample, interpolated between its neighbours as Elasticsearch does.
        events: How many the sample holds.
        tail: As `tail_of` gives it.
    """
    rank = 0.99 * (events - 1) + 1
    position = (rank - 0.375) / (events + 0.25)
    return math.log(p99) + tail * (_NORMAL.inv_cdf(0.99) - _NORMAL.inv_cdf(position))


def surely_over(bad: Sequence[int], all_of: Sequence[int], limit: float, *, alpha: float = ALPHA) -> bool:
    """Tell whether a share is over its limit, however often one looks: a confidence sequence (beta-binomial mixture).

    The counts are divided as those of an interval are, so that a burst is not taken for a trend; with too few
    effective blocks nothing is sure.
    """
    from scipy import special

    found = share_interval(bad, all_of)
    if found.effective < LEAST_EFFECTIVE or not found.value > limit:
        return False
    worth = found.phi * sum(1 for each in all_of if each) / found.effective
    x, n = found.value * found.events / worth, found.events / worth
    prior_x, prior_n = 1.0, 1.0 / limit
    evidence = special.betaln(prior_x + x, prior_n - prior_x + n - x) - special.betaln(prior_x, prior_n - prior_x)
    return bool(evidence - x * math.log(limit) - (n - x) * math.log1p(-limit) > -math.log(alpha))


def _bounds(share: float, worth: float, effective: float, alpha_low: float, alpha_high: float) -> tuple[float, float]:
    """Return the bounds of a share that was found in so many independent predictions."""
    from scipy import special

    bad = share * worth
    tail_low, tail_high = (
        _normal_tail(_strict(alpha, effective), effective - 1) for alpha in (alpha_low, alpha_high)
    )
    low = float(special.betaincinv(bad, worth - bad + 1, tail_low)) if share else 0.0
    high = float(special.betaincinv(bad + 1, worth - bad, 1 - tail_high)) if share < 1 else 1.0
    return low, high


def _correlation(residuals: Sequence[float], own: float, safety: float) -> tuple[float, float]:
    """Return the correlation of neighbours, and how many times larger it makes the variance of the mean.

    Chance scatters within each block and hides how alike the blocks are: `own` is the part of the scatter that is the
    service's own, whose correlation decides how far a slow spell reaches.
    """
    blocks = len(residuals)
    total = sum(each * each for each in residuals)
    # Without a single bad prediction, or a good one, nothing scatters; the correction for bias divides by blocks - 4.
    if total < _SMALLEST * blocks or blocks < 5:  # noqa: PLR2004
        return 0.0, 1.0
    found = sum(one * other for one, other in pairwise(residuals)) / total
    # Marriott and Pope: around an estimated mean it comes out too small by about (1 + 4 rho) / blocks.
    rho = (blocks * found + 1) / (blocks - 4)
    rho += safety * math.sqrt(max(1 - min(rho * rho, 1.0), 0.05) / blocks)
    rho = min(max(rho, 0.0), _MOST_RHO)
    reach = min(max(rho / own, rho), _MOST_RHO)
    return rho, 1 + 2 * rho / (1 - reach)


def _strict(alpha: float, effective: float) -> float:
    if effective >= LEAST_EFFECTIVE:
        return alpha
    return min(alpha, next(strict for least, strict in _FAR if effective >= least))


def _normal_tail(alpha: float, freedom: float) -> float:
    """Return the tail of the normal distribution that lies where Student's t leaves `alpha`."""
    from scipy import special

    return float(special.ndtr(-special.stdtrit(max(freedom, 1.0), 1 - alpha)))
