"""The comparison of two samples, feature by feature: population stability index and Kolmogorov and Smirnov's test.

The index (PSI) decides, by one threshold that is the alert's own: unlike a p-value it does not grow with the number
of rows. The test's statistic and p-value, scipy's, stand beside it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log
from typing import TYPE_CHECKING, Any

from model_logs.errors import InconclusiveError

if TYPE_CHECKING:
    from model_logs.drift.sample import Column, Sample

__all__ = ["LEAST_ROWS", "THRESHOLD", "Comparison", "FeatureDrift", "compare", "psi"]

# As `max_drift_score` of alerts/rules/data-drift.yml; the usual reading of the index: from 0.2 on, a shift.
THRESHOLD = 0.2
LEAST_ROWS = 500
# The index of a share that is zero would be infinite.
_LEAST_SHARE = 1e-4
_BINS = 10
# Numbers of so few different values are classes, such as months, and bins between them would hide a shift.
_MOST_CLASSES = 20
# Of more texts, or of texts that came seldom, the rest is one class: ids have thousands, each of them once.
_MOST_TEXTS = 100
_LEAST_TIMES = 5


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """The result for one feature.

    Attributes:
        name: The feature.
        state: stable, drifted, missing (no row has it any more), new (no row had it), or retyped (numbers became
            texts or the other way round).
        kind: number or text, as it is now; as it was, where it is missing.
        psi: Population stability index, rows without a value being a class of their own; None where it has none.
        ks: The statistic of Kolmogorov and Smirnov, of numbers.
        p_value: That test's.
        missing: Share of rows without a value now.
        missing_before: The same in the reference.
    """

    name: str
    state: str
    kind: str
    psi: float | None = None
    ks: float | None = None
    p_value: float | None = None
    missing: float = 0.0
    missing_before: float = 0.0

    @property
    def alarming(self) -> bool:
        """Whether the result counts as drift: a new feature does not."""
        return self.state in {"drifted", "missing", "retyped"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result for all features.

    Attributes:
        reference: Where the reference is from.
        current: Where the rows of now are from.
        reference_rows: How many rows the reference has.
        rows: How many rows there are now.
        threshold: From which index on a feature has drifted.
        features: Each of them, the worst first.
    """

    reference: str
    current: str
    reference_rows: int
    rows: int
    threshold: float
    features: tuple[FeatureDrift, ...]

    @property
    def drifted(self) -> tuple[FeatureDrift, ...]:
        """The features that drifted, are missing, or changed their type."""
        return tuple(each for each in self.features if each.alarming)

    @property
    def score(self) -> float | None:
        """The highest index; None where no feature has one."""
        return max((each.psi for each in self.features if each.psi is not None), default=None)

    @property
    def ks(self) -> float | None:
        """The highest statistic of the test."""
        return max((each.ks for each in self.features if each.ks is not None), default=None)

    @property
    def reason(self) -> str:
        """Which features drifted and how, for people; empty when none did."""
        parts = [
            f"PSI of {each.name} {each.psi:.3f}" if each.state == "drifted" else f"{each.name} is {each.state}"
            for each in self.drifted[:5]
        ]
        more = len(self.drifted) - len(parts)
        return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {
            "drifted": bool(self.drifted),
            "score": self.score,
            "threshold": self.threshold,
            "reference": {"about": self.reference, "rows": self.reference_rows},
            "current": {"about": self.current, "rows": self.rows},
            "features": [asdict(each) for each in self.features],
        }


def compare(
    reference: Sample, current: Sample, *, threshold: float = THRESHOLD, least: int = LEAST_ROWS
) -> Comparison:
    """Compare each feature of two samples.

    Args:
        reference: What is normal.
        current: What is judged.
        threshold: From which index on a feature has drifted.
        least: How many rows it takes of each.

    Raises:
        InconclusiveError: One of them has fewer rows, or no features.
    """
    for sample in (reference, current):
        if sample.rows < least or not sample.columns:
            raise InconclusiveError(
                f"There are {sample.rows:,} rows with features of {sample.about}; it takes {least:,} to judge by.",
                next_step="Take a longer window, a larger features_sample, and check the names of model and version.",
            )
    names = {**dict.fromkeys(reference.columns), **dict.fromkeys(current.columns)}
    found = [_feature(name, reference, current, threshold) for name in names]
    found.sort(key=lambda each: (not each.alarming, -(each.psi if each.psi is not None else float("inf")), each.name))
    return Comparison(reference.about, current.about, reference.rows, current.rows, threshold, tuple(found))


def _feature(name: str, reference: Sample, current: Sample, threshold: float) -> FeatureDrift:
    before, now = reference.columns.get(name), current.columns.get(name)
    missing = 1.0 if now is None else 1 - now.count / current.rows
    missing_before = 1.0 if before is None else 1 - before.count / reference.rows
    if now is None or not now.count:
        kind = before.kind if before is not None else "text"
        return FeatureDrift(name, "missing", kind, missing=1.0, missing_before=missing_before)
    if before is None or not before.count:
        return FeatureDrift(name, "new", now.kind, missing=missing, missing_before=1.0)
    if before.kind != now.kind:
        return FeatureDrift(name, "retyped", now.kind, missing=missing, missing_before=missing_before)
    ks = p_value = None
    if now.kind == "number":
        counts = _binned(before, now)
        ks, p_value = _two_sample_test(before, now)
    else:
        counts = _classes(before, now)
    # Rows without a value, and strays of the other type, are a class too: a feature that fails to come is a drift.
    counts.append((reference.rows - sum(a for a, _ in counts), current.rows - sum(b for _, b in counts)))
    index = psi(counts)
    state = "drifted" if index > threshold else "stable"
    return FeatureDrift(name, state, now.kind, index, ks, p_value, missing, missing_before)


def psi(counts: list[tuple[int, int]]) -> float:
    """Return the population stability index of two distributions: Σ (now - before) · ln(now / before) of the shares.

    Args:
        counts: Of each class, how many before and how many now; a class that neither has counts for nothing.
    """
    before, now = sum(a for a, _ in counts), sum(b for _, b in counts)
    total = 0.0
    for a, b in counts:
        if a or b:
            was, is_now = max(a / before, _LEAST_SHARE), max(b / now, _LEAST_SHARE)
            total += (is_now - was) * log(is_now / was)
    return total


def _binned(before: Column, now: Column) -> list[tuple[int, int]]:
    """Return how many numbers lie in each tenth of the reference; of few different numbers, how many are each."""
    import numpy as np

    was, is_now = np.frombuffer(before.numbers), np.frombuffer(now.numbers)
    classes = np.unique(was)
    if len(classes) <= _MOST_CLASSES:
        # What is none of them is a class of its own.
        known = [(int((was == value).sum()), int((is_now == value).sum())) for value in classes]
        return [*known, (0, len(is_now) - sum(b for _, b in known))]
    edges = np.unique(np.quantile(was, np.arange(1, _BINS) / _BINS))
    sides = [
        np.bincount(np.searchsorted(edges, side, side="right"), minlength=len(edges) + 1) for side in (was, is_now)
    ]
    return [(int(a), int(b)) for a, b in zip(*sides, strict=True)]


def _classes(before: Column, now: Column) -> list[tuple[int, int]]:
    """Return the count of each text; texts that are rare in the reference form one class."""
    known = [text for text, times in before.texts.most_common(_MOST_TEXTS) if times >= _LEAST_TIMES]
    counts = [(before.texts[text], now.texts.get(text, 0)) for text in known]
    rest = before.texts.total() - sum(a for a, _ in counts), now.texts.total() - sum(b for _, b in counts)
    return [*counts, rest]


def _two_sample_test(before: Column, now: Column) -> tuple[float, float]:
    import numpy as np
    from scipy.stats import ks_2samp

    found = ks_2samp(np.frombuffer(before.numbers), np.frombuffer(now.numbers))
    return float(found.statistic), float(found.pvalue)
