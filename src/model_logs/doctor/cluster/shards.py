"""Counts the shards that the next year brings, day by day, and compares them with what the cluster may hold.

Each backing index costs a shard for each copy, whatever is in it. The count follows the policies as they are:
the next index of a stream gets its policy from the template, what is there keeps its own. Streams are taken to get
events every day, since one without any is not rolled over at all; so it is an upper bound.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.doctor.findings import ok, problem, warning
from model_logs.doctor.traps import trap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

__all__ = ["YEAR", "Backing", "Course", "LifeCyclePolicy", "shards_of_days"]

YEAR = 365
_SOON = 30
_LIMIT = "cluster.max_shards_per_node"
_DAY_MS = 86_400_000
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_DAYS = {"d": 1.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86_400, "ms": 1 / _DAY_MS, "micros": 0.0, "nanos": 0.0}
_BYTES = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}


@dataclass(frozen=True, slots=True)
class LifeCyclePolicy:
    """What of a lifecycle policy decides how many indices there are.

    Attributes:
        rollover_days: The age at which a write index is rolled over; None for never by age.
        rollover_bytes: The size of a primary shard at which it is; None for never by size.
        delete_days: The age, since the rollover, at which an index is deleted; None for never.
    """

    rollover_days: float | None = None
    rollover_bytes: float | None = None
    delete_days: float | None = None

    @classmethod
    def of(cls, phases: Mapping[str, Any]) -> LifeCyclePolicy:
        """Return it as `GET _ilm/policy` describes it."""
        hot = (phases.get("hot") or {}).get("actions", {}).get("rollover", {})
        delete = phases.get("delete") or {}
        gone = "delete" in delete.get("actions", {})
        return cls(
            rollover_days=_amount(hot.get("max_age"), _DAYS),
            rollover_bytes=_amount(hot.get("max_primary_shard_size"), _BYTES),
            delete_days=_amount(delete.get("min_age", "0d"), _DAYS) if gone else None,
        )

    def period(self, bytes_a_day: float) -> float:
        """Return how many days a write index lives; infinite where nothing rolls it over."""
        by_age = math.inf if self.rollover_days is None else self.rollover_days
        by_size = self.rollover_bytes / bytes_a_day if self.rollover_bytes and bytes_a_day else math.inf
        return min(by_age, by_size)


@dataclass(frozen=True, slots=True)
class Backing:
    """One backing index that is there.

    Attributes:
        age: Days since its rollover, or since it was made when it is the write index.
        policy: Its own.
    """

    age: float
    policy: LifeCyclePolicy


@dataclass(frozen=True, slots=True)
class Course:
    """One data stream, as far as its shards are concerned.

    Attributes:
        name: Of the stream.
        indices: The oldest first; the last one is the write index.
        policy: What the next index gets.
        shards: Of each index, all copies.
        bytes_a_day: What comes into one primary shard of the write index.
        failures: Indices of its failure store.
        failures_later: Indices that the failure store has once it got failures every day for its whole retention.
    """

    name: str
    indices: tuple[Backing, ...]
    policy: LifeCyclePolicy
    shards: int = 1
    bytes_a_day: float = 0.0
    failures: int = 0
    failures_later: int = 0

    def days(self, days: int = YEAR) -> list[int]:
        """Return how many shards it has at the begin, and after each day."""
        *rolled, write = self.indices
        gone = [
            (0.0, math.inf if each.policy.delete_days is None else max(each.policy.delete_days - each.age, 0.0))
            for each in rolled
        ]
        begin, period, policy = 0.0, max(write.policy.period(self.bytes_a_day) - write.age, 0.0), write.policy
        while begin <= days:
            end = begin + period
            gone.append((begin, math.inf if policy.delete_days is None else end + policy.delete_days))
            # Two rollovers are at least a poll of ILM apart.
            begin, period, policy = end, max(self.policy.period(self.bytes_a_day), 1 / 144), self.policy
        alive = [sum(made <= day < end for made, end in gone) for day in range(days + 1)]
        later = [max(self.failures, self.failures_later if day else 0) for day in range(days + 1)]
        return [self.shards * (count + failed) for count, failed in zip(alive, later, strict=True)]


def shards_of_days(courses: Sequence[Course], days: int = YEAR) -> list[int]:
    """Return how many shards all of them have together at the begin, and after each day."""
    return [sum(counts) for counts in zip(*(course.days(days) for course in courses), strict=True)]


@trap("shards-to-come")
def shards_to_come(estate: Estate) -> list[Finding]:
    """Find policies that bring more shards within a year than the cluster may hold."""
    courses = _courses(estate)
    with translated("asking how many shards the cluster has and may have"):
        health = estate.client.cluster.health().body
        settings = estate.client.cluster.get_settings(include_defaults=True, filter_path=f"*.{_LIMIT}").body
    # The nearest place that says it; the health report learns of a change only later.
    said = [settings[place]["cluster"] for place in ("transient", "persistent", "defaults") if place in settings]
    limit = int(said[0]["max_shards_per_node"]) * int(health["number_of_data_nodes"])
    ours = shards_of_days(courses)
    now = sum(health[f"{state}_shards"] for state in ("active", "initializing", "unassigned"))
    days = [max(now - ours[0], 0) + count for count in ours]
    over = next((day for day, count in enumerate(days) if count > limit), None)
    seen = (
        f"{now:,} shards now, at most {max(days):,} within a year if every stream gets events daily; {limit:,} may be"
    )
    if over is None:
        return ok(seen)
    most = sorted(courses, key=lambda course: max(course.days()), reverse=True)[:3]
    named = ", ".join(f"{course.name} {max(course.days()):,}" for course in most)
    when = f"over the limit in about {over} days" if over else "over the limit already"
    finding = problem if over <= _SOON else warning
    return [finding(f"{seen}: {when}; most for {named}", _LIMIT)]


def _courses(estate: Estate) -> list[Course]:
    with translated("reading the lifecycle policies"):
        policies = {
            name: LifeCyclePolicy.of(body["policy"]["phases"])
            for name, body in estate.client.ilm.get_lifecycle().body.items()
        }
    with translated("asking how large the indices are"):
        stats = estate.client.indices.stats(index=estate.ours, metric="store").body["indices"]
    return [_course(estate, stream, policies, stats) for stream in estate.streams]


def _course(
    estate: Estate, stream: dict[str, Any], policies: Mapping[str, LifeCyclePolicy], stats: Mapping[str, Any]
) -> Course:
    now = time.time() * 1000
    nothing = LifeCyclePolicy()
    backing = []
    for index in stream["indices"]:
        explained = estate.explained.get(index["index_name"], {})
        since = float(explained.get("lifecycle_date_millis") or explained.get("index_creation_date_millis") or now)
        policy = policies.get(str(explained.get("policy", index.get("ilm_policy"))), nothing)
        backing.append(Backing(max(now - since, 0) / _DAY_MS, policy))
    name = stream["indices"][-1]["index_name"]
    settings = estate.settings.get(name, {})
    primaries = int(settings.get("index.number_of_shards", 1))
    size = stats.get(name, {}).get("primaries", {}).get("store", {}).get("size_in_bytes", 0)
    failure_store = stream.get("failure_store") or {}
    failures = len(failure_store.get("indices") or [])
    return Course(
        name=stream["name"],
        indices=tuple(backing),
        policy=policies.get(str(stream.get("ilm_policy")), nothing),
        shards=primaries * (1 + int(settings.get("index.number_of_replicas", 0))),
        bytes_a_day=size / primaries / max(backing[-1].age, 1.0),
        failures=failures,
        failures_later=_failure_indices(failure_store) if failures else 0,
    )


def _failure_indices(failure_store: Mapping[str, Any]) -> int:
    """Return how many indices a failure store has that gets failures daily.

    Its lifecycle is that of data streams: `max_age` of a rollover is `auto`, which follows from the retention.
    """
    retention = _amount((failure_store.get("lifecycle") or {}).get("data_retention", "30d"), _DAYS) or YEAR
    age = next((age for until, age in ((1, 1 / 24), (14, 1), (90, 7)) if retention <= until), 30)
    return math.ceil(retention / age) + 1


def _amount(text: Any, units: Mapping[str, float]) -> float | None:
    """Return an age in days or a size in bytes, as Elasticsearch writes both; None for nothing."""
    found = _AMOUNT.fullmatch(str(text).lower()) if text is not None else None
    return float(found[1]) * units[found[2]] if found and found[2] in units else None
