"""Plans of a gate: how long a verdict takes for a model, tried on its own traffic of the last days.

Windows of several lengths are laid over the traffic and judged as a gate judges them, with no cluster asked but for
counts. What the service did then is taken for what it will do; a canary's part is drawn from the counts by chance.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs import assets, query
from model_logs.errors import InconclusiveError
from model_logs.gate import checks as checking
from model_logs.gate import method
from model_logs.gate.blocks import CANDIDATE, Table
from model_logs.gate.judging import objectives_of
from model_logs.gate.question import Question, window_before
from model_logs.gate.verdict import NOT_JUDGED, PASSED, conclude
from model_logs.printing import printable
from model_logs.times import short_span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch import Elasticsearch

    from model_logs.gate.verdict import Check

__all__ = ["WINDOWS", "ObjectivePlan", "Plan", "make_plan"]

WINDOWS = tuple(timedelta(minutes=each) for each in (15, 30, 60, 120, 240, 480, 1440))
_HOUR = timedelta(hours=1)
_BLOCK = timedelta(seconds=30)
# A day of blocks is one answer.
_PART = timedelta(days=1)
_MOST_TRIES = 30
# In so many of the tries there must be a verdict for it to be expected.
_EXPECTED = 0.9
_COUNTS = ("predictions", "judged", "failures", "timed", "slow", "fallbacks", "dated", "stale", "drifts", "qualities")
# Bad ones and all they are among: drawn from each other, so that a part of the traffic has no more bad ones than all.
_WITHIN = {"failures": "judged", "slow": "timed", "stale": "dated"}
_SEED = 15

Blocks = dict[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ObjectivePlan:
    """One objective over the windows that were tried.

    Attributes:
        indicator: What is measured.
        title: For people.
        limit: What it may be.
        kind: share, rate or level.
        decided: Length of a window → the share of tries that ended in passed or failed.
        takes: The shortest window that is expected to decide; None where none was.
        within_hour: The tightest limit that an hour can be expected to confirm; None where an hour decides the
            objective itself, or no limit.
        least: How many predictions are needed at least, without a single bad one.
        why: The commonest reason for no verdict within an hour.
    """

    indicator: str
    title: str
    limit: float
    kind: str
    decided: Mapping[timedelta, float]
    takes: timedelta | None
    within_hour: float | None
    least: int
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "indicator": self.indicator,
            "title": self.title,
            "limit": self.limit,
            "decided": {short_span(window, days=False): share for window, share in self.decided.items()},
            "takes_s": self.takes.total_seconds() if self.takes else None,
            "limit_within_an_hour": self.within_hour,
            "least_events": self.least,
            "why": self.why or None,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be expected of a gate.

    Attributes:
        question: About which model, environment and objectives.
        since: Begin of the traffic that was looked at.
        until: Its end.
        predictions: How many it has.
        share: The part of it that the new version will answer.
        verdicts: Length of a window → the shares of tries that passed, failed and were inconclusive.
        takes: The shortest window in which every objective is expected to be decided.
        objectives: One by one.
    """

    question: Question
    since: datetime
    until: datetime
    predictions: int
    share: float
    verdicts: Mapping[timedelta, Mapping[str, float]]
    takes: timedelta | None
    objectives: tuple[ObjectivePlan, ...]

    @property
    def per_minute(self) -> float:
        """Predictions a minute of the new version."""
        return self.share * self.predictions / ((self.until - self.since) / timedelta(minutes=1))


def make_plan(
    client: Elasticsearch, question: Question, *, since: timedelta, share: float = 1.0, now: datetime | None = None
) -> Plan:
    """Return what can be expected of a gate.

    Args:
        client: The cluster.
        question: About which model; a version of `` stands for all.
        since: How far to look back.
        share: The part of the traffic that the new version will answer, above 0 and at most 1.
        now: The moment of the question.

    Raises:
        ConfigurationError: An objective file cannot be meant.
        InconclusiveError: The model did not predict.
        QueryError: An answer is not whole.
    """
    objectives, load = objectives_of(question)
    until = (now or datetime.now(UTC)).replace(microsecond=0) - question.settle
    blocks = _traffic(client, question, until - since, until, checking.Setting(objectives.members, 1.0))
    predictions = sum(row["predictions"] for row in blocks.values())
    if not predictions:
        raise InconclusiveError(
            f"{printable(question.model)} did not predict in {printable(question.environment)} since"
            f" {until - since:%Y-%m-%d %H:%M} UTC: nothing to plan by.",
            next_step="Look at the names (`model-logs report`), or further back (--since 4w).",
        )
    if share < 1:
        blocks = _part_of(blocks, share)
    setting = checking.Setting(objectives.members, 1.0, load=load)
    tries = {window: _tries(blocks, setting, window, since) for window in WINDOWS if window <= since}
    named = dict.fromkeys(check.indicator for found in tries.values() for each in found for check in each)
    plans = [_objective(name, tries, setting) for name in named]
    judged = tuple(plan for plan in plans if plan is not None)
    takes = [plan.takes for plan in judged]
    return Plan(
        question=question,
        since=until - since,
        until=until,
        predictions=predictions,
        share=share,
        verdicts={window: _verdicts(found) for window, found in tries.items()},
        takes=max((each for each in takes if each), default=None) if all(takes) and takes else None,
        objectives=judged,
    )


def _traffic(
    client: Elasticsearch, question: Question, start: datetime, end: datetime, setting: checking.Setting
) -> Blocks:
    """Return the counts by block; a day is asked at a time, so that no answer reaches its LIMIT."""
    limits = checking.limits_of(setting)
    params = {
        "model": question.model,
        "environment": question.environment,
        "version": question.version,
        "block_ms": int(_BLOCK.total_seconds() * 1000),
        "slow_ms": limits.slow_ms,
        "stale_s": limits.stale_s,
    }
    file = assets.path("dashboards/gate/traffic.esql")
    found: Blocks = {}
    begin = start
    while begin < end:
        stop = min(begin + _PART, end)
        answer = query.run(client, file, start=begin, end=stop, params=params, timeout=question.timeout)
        first = (begin - start) // _BLOCK
        for row in answer.records():
            found[first + int(row["block"])] = row
        begin = stop
    return found


def _part_of(blocks: Blocks, share: float) -> Blocks:
    """Return the counts of a part of the traffic, drawn by chance, the same at each call."""
    from numpy.random import default_rng

    dice = default_rng(_SEED)
    found: Blocks = {}
    for block, row in sorted(blocks.items()):
        drawn = dict(row)
        for name in _COUNTS:
            if name in _WITHIN:
                good = int((row[_WITHIN[name]] or 0) - (row[name] or 0))
                drawn[name] = int(dice.binomial(int(row[name] or 0), share))
                drawn[_WITHIN[name]] = drawn[name] + int(dice.binomial(good, share))
            elif name not in _WITHIN.values():
                drawn[name] = int(dice.binomial(int(row[name] or 0), share))
        found[block] = drawn
    return found


def _tries(blocks: Blocks, setting: checking.Setting, length: timedelta, since: timedelta) -> list[list[Check]]:
    """Return the checks of windows of one length that lie beside each other, at most `_MOST_TRIES` of them."""
    window = window_before(datetime.fromtimestamp(0, UTC), length, datetime.now(UTC))
    merged = window.block // _BLOCK
    whole = since // length
    numbers = range(whole) if whole <= _MOST_TRIES else [whole * each // _MOST_TRIES for each in range(_MOST_TRIES)]
    setting = replace(setting, block_s=window.block.total_seconds())
    found = []
    for number in numbers:
        first = number * (length // _BLOCK)
        rows = {
            block: row
            for block in range(window.blocks)
            if (row := _merged([blocks.get(first + block * merged + each) for each in range(merged)]))
        }
        found.append(checking.judge(Table(window.blocks, {CANDIDATE: rows}), setting))
    return found


def _merged(rows: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    there = [row for row in rows if row]
    if not there:
        return {}
    made: dict[str, Any] = {name: sum(int(row.get(name) or 0) for row in there) for name in _COUNTS}
    for name, worst in (("highest_drift", max), ("lowest_quality", min)):
        values = [row[name] for row in there if row.get(name) is not None]
        made[name] = worst(values) if values else None
    return made


def _objective(
    name: str, tries: Mapping[timedelta, list[list[Check]]], setting: checking.Setting
) -> ObjectivePlan | None:
    by_window = {
        window: [check for each in found for check in each if check.indicator == name and check.verdict != NOT_JUDGED]
        for window, found in tries.items()
    }
    checks = [check for found in by_window.values() for check in found]
    if not checks:
        return None
    objective = next(each for each in setting.objectives if each.name == name)
    decided = {window: _share(found) for window, found in by_window.items() if found}
    takes = next((window for window, share in sorted(decided.items()) if share >= _EXPECTED), None)
    hour = by_window.get(_HOUR, [])
    kind = checks[0].kind
    reasons = Counter(_kind_of_reason(check.reason) for check in hour if check.reason)
    return ObjectivePlan(
        indicator=name,
        title=objective.title,
        limit=objective.limit,
        kind=kind,
        decided=decided,
        takes=takes,
        within_hour=_confirmed(hour) if kind == "share" and not (takes and takes <= _HOUR) else None,
        least=method.least_events(objective.limit) if kind == "share" else 0,
        why=reasons.most_common(1)[0][0] if reasons else "",
    )


def _share(found: Sequence[Check]) -> float:
    return sum(check.verdict in {PASSED, "failed"} for check in found) / len(found)


def _kind_of_reason(reason: str) -> str:
    """Return a reason without its own figures, so that equal ones are counted together."""
    return "too few events" if " of at least " in reason else "blocks too alike" if "blocks are" in reason else reason


def _confirmed(hour: Sequence[Check]) -> float | None:
    """Return the tightest limit on a share that nine of ten hours would have confirmed."""
    bounds = sorted(
        max(check.high, 3 / check.events) if check.high is not None and check.events else 1.0 for check in hour
    )
    if not bounds:
        return None
    found = bounds[min(len(bounds) - 1, int(_EXPECTED * len(bounds)))]
    return found if found < 1 else None


def _verdicts(found: Sequence[Sequence[Check]]) -> dict[str, float]:
    counted = Counter(conclude(checks, ()) for checks in found)
    return {verdict: count / len(found) for verdict, count in counted.items()} if found else {}
