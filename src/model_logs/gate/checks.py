"""From the table of blocks to one check for each objective; no cluster is asked, so evidence can be recomputed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from model_logs.gate import method
from model_logs.gate.blocks import AGAINST, LEAST_PAIRED, Limits
from model_logs.gate.verdict import FAILED, INCONCLUSIVE, NOT_JUDGED, PASSED, Check
from model_logs.objectives import Objective

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_logs.gate.blocks import Table

__all__ = ["Setting", "judge", "limits_of", "surely_failed"]

# Indicator → the column of bad predictions, that of all, and what such a prediction has.
_SHARES = {
    "latency": ("slow", "timed", "a latency"),
    "errors": ("failures", "judged", "success or failure"),
    "fallback": ("fallbacks", "predictions", "a prediction"),
    "freshness": ("stale", "dated", "feature_freshness_s"),
}
_LEVELS = {
    "drift": ("drifts", "highest_drift", max),
    "quality": ("qualities", "lowest_quality", min),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What the checks depend on beside the counts.

    Attributes:
        objectives: What is judged.
        block_s: The length of a block, in seconds.
        paired: What the version is compared with, block by block; empty for nothing.
        baseline_ms: The 99th percentile of the stored baseline; None where it is not compared with.
        load: Declared predictions a second; None where none is declared.
        p99_ms: The 99th percentile of latency over the whole window, to be shown.
        tails: How steep the latency is in the tail: the version's, and that of the other.
        early: The title of the objective by which a watch ended before its window did; empty for none.
    """

    objectives: tuple[Objective, ...]
    block_s: float
    paired: str = ""
    baseline_ms: float | None = None
    load: float | None = None
    p99_ms: float | None = None
    tails: tuple[float, float] = (0.0, 0.0)
    early: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for evidence."""
        return {**asdict(self), "objectives": [each.as_dict() for each in self.objectives]}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Setting:
        """Return the setting that `as_dict` gave."""
        members = tuple(Objective.from_dict(each) for each in said["objectives"])
        return cls(**{**said, "objectives": members, "tails": tuple(said["tails"])})


def limits_of(setting: Setting) -> Limits:
    """Return the limits that the blocks are to be counted by."""
    found = Limits()
    for each in setting.objectives:
        if each.name == "latency" and each.value is not None:
            found = replace(found, slow_ms=Limits.above(each.op, each.value))
            if setting.baseline_ms is not None:
                found = replace(found, baseline_ms=Limits.above("lte", setting.baseline_ms * each.allowed_ratio))
        if each.name == "freshness" and each.value is not None:
            found = replace(found, stale_s=Limits.above(each.op, each.value))
    return found


def judge(table: Table, setting: Setting) -> list[Check]:
    """Return a check for each objective, in their order.

    A failure of one of several objectives is a failure of the version, so the probability of a wrong one is divided
    among them. A pass needs all of them, and is not made likelier by their number.
    """
    parts = list(_parts(table, setting))
    alpha = method.ALPHA / max(1, sum(not isinstance(part, Check) for part in parts))
    found = [part if isinstance(part, Check) else part.check(table, setting, alpha) for part in parts]
    if setting.early and setting.early in surely_failed(table, setting):
        found = [_ended_early(each, setting.early) for each in found]
    return found


def surely_failed(table: Table, setting: Setting) -> list[str]:
    """Return the titles of the objectives that a confidence sequence shows to be missed, however often one looks.

    Each objective has its own part of the probability of error.
    """
    counted = [each for each in setting.objectives if each.name in _SHARES]
    found = []
    for each in counted:
        bad, all_of, _ = _SHARES[each.name]
        if method.surely_over(table.column(bad), table.column(all_of), each.limit, alpha=method.ALPHA / len(counted)):
            found.append(each.title)
    return found


def _ended_early(check: Check, title: str) -> Check:
    if check.title == title:
        return replace(check, verdict=FAILED, reason="over the limit, however often one looks", missing=None)
    if check.verdict == NOT_JUDGED:
        return check
    return replace(check, verdict=INCONCLUSIVE, reason="the window was not over", missing=None)


@dataclass(frozen=True, slots=True)
class _Part:
    """What is to be judged: an objective, by itself, against the baseline or against the other arm."""

    objective: Objective
    kind: str

    def check(self, table: Table, setting: Setting, alpha: float) -> Check:
        return {
            "share": _share,
            "baseline": _baseline,
            "ratio": _ratio,
            "rate": _rate,
            "level": _level,
        }[self.kind](self.objective, table, setting, alpha)


def _parts(table: Table, setting: Setting) -> list[_Part | Check]:
    found: list[_Part | Check] = []
    for each in setting.objectives:
        if each.name == "throughput" and each.when == "declared" and setting.load is None:
            found.append(_not_judged(each, "no load is declared"))
        elif each.when == "logged" and not table.total(_measured(each)):
            found.append(_not_judged(each, "not logged"))
        else:
            kind = {"beyond": "share", "share": "share", "rate": "rate", "level": "level"}[each.indicator.kind]
            found.append(_Part(each, kind))
            if each.name == "latency" and setting.paired:
                found.append(_Part(each, "ratio"))
            if each.name == "latency" and setting.baseline_ms is not None:
                found.append(_Part(each, "baseline"))
    return found


def _measured(objective: Objective) -> str:
    """Return the column that counts what was measured for an objective."""
    name = objective.name
    return _SHARES[name][1] if name in _SHARES else _LEVELS[name][0] if name in _LEVELS else "predictions"


def _not_judged(objective: Objective, why: str) -> Check:
    return _made(objective, NOT_JUDGED, why)


def _made(objective: Objective, verdict: str, reason: str = "", missing: int | None = None, **more: Any) -> Check:
    """Return a check of an objective; `more` are the fields of `Check` that are not the objective's own."""
    own: dict[str, Any] = {
        "indicator": objective.name,
        "title": objective.title,
        "kind": "share" if objective.name in _SHARES else objective.indicator.kind,
        "unit": "" if objective.name in _SHARES else objective.indicator.unit,
        "limit": objective.limit,
        "value": None,
        "low": None,
        "high": None,
        "events": 0,
    }
    return Check(**{**own, **more}, verdict=verdict, reason=reason, missing=missing)


def _share(objective: Objective, table: Table, setting: Setting, alpha: float) -> Check:
    bad, all_of, _ = _SHARES[objective.name]
    return _of_counts(
        objective,
        table.column(bad),
        table.column(all_of),
        alpha,
        title=objective.title,
        shown=f"p99 {setting.p99_ms:,.4g} ms" if objective.name == "latency" and setting.p99_ms is not None else "",
    )


def _baseline(objective: Objective, table: Table, setting: Setting, alpha: float) -> Check:
    limit_ms = (setting.baseline_ms or 0) * objective.allowed_ratio
    return _of_counts(
        objective,
        table.column("slower"),
        table.column("timed"),
        alpha,
        title=f"{objective.title} against the baseline",
        shown=f"the baseline allows {limit_ms:,.4g} ms",
    )


def _of_counts(
    objective: Objective, bad: Sequence[int], all_of: Sequence[int], alpha: float, *, title: str, shown: str
) -> Check:
    limit = objective.limit
    found = method.share_interval(bad, all_of, alpha_low=alpha)
    blocks = sum(1 for each in all_of if each)
    verdict, reason, missing = INCONCLUSIVE, "", None
    least = method.least_events(limit)
    if not found.events:
        reason, missing = f"no prediction names {_SHARES[objective.name][2]}", least
    elif found.events < least:
        reason = f"{found.events:,} of at least {least:,} events"
        missing = max(least - found.events, method.missing_events(found, limit, blocks) or 0)
    elif found.high <= limit:
        verdict = PASSED
    elif found.low > limit:
        verdict = FAILED
    elif method.everywhere_under(bad, all_of, limit):
        verdict, reason = PASSED, "each block is within the limit"
    elif method.everywhere_over(bad, all_of, limit):
        verdict, reason = FAILED, "each block is over the limit"
    else:
        reason = _undecided(found, blocks)
        missing = method.missing_events(found, limit, blocks)
    return _made(
        *(objective, verdict, reason, missing),
        title=title,
        value=None if math.isnan(found.value) else found.value,
        low=found.low,
        high=found.high,
        events=found.events,
        shown=shown,
    )


def _ratio(objective: Objective, table: Table, setting: Setting, alpha: float) -> Check:
    limit, logarithms = objective.allowed_ratio, table.ratios(setting.tails)
    events = min(table.total("timed"), table.total("timed", AGAINST))
    found = method.mean_interval(logarithms, alpha_low=alpha, alpha_high=method.ALPHA_RATIO)
    verdict, reason, missing = INCONCLUSIVE, "", None
    if len(logarithms) < table.blocks / 2:
        reason = f"both have {LEAST_PAIRED} predictions in {len(logarithms)} of {table.blocks} blocks"
        missing = max(LEAST_PAIRED * table.blocks - events, 1)
    elif found.high <= math.log(limit):
        verdict = PASSED
    elif found.low > math.log(limit):
        verdict = FAILED
    else:
        reason = _undecided(found, len(logarithms))
        missing = _more(found, math.log(limit), events)
    return _made(
        *(objective, verdict, reason, missing),
        title=f"{objective.title} against {setting.paired}",
        kind="ratio",
        unit="x",
        limit=limit,
        value=math.exp(found.value) if logarithms else None,
        low=_exp(found.low),
        high=_exp(found.high),
        events=events,
    )


def _rate(objective: Objective, table: Table, setting: Setting, alpha: float) -> Check:
    limit = objective.limit
    counts = table.column("predictions")
    found = method.mean_interval([count / setting.block_s for count in counts], alpha_high=alpha)
    verdict, reason = INCONCLUSIVE, _undecided(found, len(counts))
    # The rate of a window is counted, and not estimated from a sample: no block needs another one's word for it.
    rates = [count / setting.block_s for count in counts]
    if found.low > limit or min(rates) > limit:
        verdict, reason = PASSED, ""
    elif found.high < limit or max(rates) < limit:
        verdict, reason = FAILED, ""
    measured: dict[str, Any] = {"value": found.value, "low": found.low, "high": found.high, "events": sum(counts)}
    return _made(objective, verdict, reason, **measured)


def _level(objective: Objective, table: Table, _setting: Setting, _alpha: float) -> Check:
    """Judge the worst value that was logged: each of them is a measurement already, over many predictions."""
    counted, column, worst_of = _LEVELS[objective.name]
    values = table.extreme(column)
    count, worst = table.total(counted), worst_of(values) if values else None
    verdict, reason = INCONCLUSIVE, "not logged"
    if worst is not None:
        stored = Limits.above("lte", objective.limit)
        beyond = (
            worst > Limits.above(objective.op, objective.limit)
            if objective.name == "drift"
            else worst < stored or (worst == stored and objective.op == "gt")
        )
        verdict, reason = (FAILED if beyond else PASSED), ""
    shown = "the worst that was logged" if values else ""
    return _made(objective, verdict, reason, value=worst, low=worst, high=worst, events=count, shown=shown)


def _undecided(found: method.Interval, blocks: int) -> str:
    if found.effective >= method.LEAST_EFFECTIVE:
        return "the interval holds the limit"
    return (
        f"{blocks} blocks are worth {found.effective:.1f} independent ones, so alike are neighbours; it takes"
        f" {method.LEAST_EFFECTIVE:g}, unless the limit is far away"
    )


def _more(found: method.Interval, limit: float, events: int) -> int | None:
    """Return how many more events would narrow the interval of a mean down to its distance from the limit."""
    distance = abs(limit - found.value)
    width = max(found.high - found.value, found.value - found.low)
    times = (width / distance) ** 2 if distance else math.inf
    return math.ceil(events * (times - 1)) if times < 1e6 else None  # noqa: PLR2004  # nobody waits for so many


def _exp(value: float) -> float | None:
    return math.exp(value) if math.isfinite(value) else None
