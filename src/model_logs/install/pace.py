"""How much each environment brings, and which lifecycle policy fits that. It only reads.

Every backing index costs a shard, however little is in it, and a node holds 1,000 shards unless it is told otherwise.
Elastic advises shards of 10 to 50 GB. So an index a day is worth it where a day brings 10 GB; elsewhere a day is a
small part of an index of 30 days, and 365 of them for each environment fill a cluster within a year.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from model_logs import contract
from model_logs.cluster import translated
from model_logs.environments import DEFAULT, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from elasticsearch import Elasticsearch

__all__ = ["Pace", "paces"]

# Elastic's advice for shards of logs: between 10 and 50 GB.
_WORTH_A_SHARD = 10 * 1000**3
_DAYS = 7
_DAY_MS = 86_400_000
_GB = 1000**3


@dataclass(frozen=True, slots=True)
class Pace:
    """The events and bytes a day of an environment's prediction stream, and the policy for it.

    Attributes:
        environment: Its name.
        busy: Whether it is set to be a busy one.
        policy: What it follows by that setting, from the next backing index on.
        other: What it would follow otherwise.
        events_a_day: Of the last seven days, or since the first event in them; None where no rate is known.
        bytes_a_day: What these take in the primary shard, by the size of what is stored.
        unknown: Why there is no rate; empty where there is one.
        data_class: The class of its data, whose policy it follows whatever its rate; empty for most.
    """

    environment: str
    busy: bool
    policy: str
    other: str
    events_a_day: float | None = None
    bytes_a_day: float | None = None
    unknown: str = ""
    data_class: str = ""

    @property
    def fits(self) -> bool:
        """Whether the setting agrees with the rate; without a known rate the setting stands."""
        return bool(self.data_class) or self.bytes_a_day is None or self.busy == (self.bytes_a_day >= _WORTH_A_SHARD)

    @property
    def why(self) -> str:
        """The reason for the policy, with figures, and the suggested change."""
        if self.data_class:
            return f"it is of the data class {self.data_class}, which has policies of its own"
        if self.events_a_day is None or self.bytes_a_day is None:
            return f"{self.unknown}, so its rate is not known and the setting stands"
        size = f"{self.bytes_a_day / _GB:,.1f} GB" if self.bytes_a_day >= _GB / 10 else "less than 0.1 GB"
        because = (
            f"{self.events_a_day:,.0f} events and {size} a day; an index a day is worth its shard from"
            f" {_WORTH_A_SHARD // _GB} GB on, so {self.policy if self.fits else self.other} fits"
        )
        if self.fits:
            return because
        change = "take it out of" if self.busy else "add it to"
        return f"{because}; {change} busy_environments (--busy-environments)"

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {**asdict(self), "fits": self.fits, "why": self.why}


def paces(
    client: Elasticsearch, environments: Iterable[str] = DEFAULT, busy: Collection[str] = ()
) -> tuple[Pace, ...]:
    """Return the pace of each environment, `unknown` included, by two requests.

    Raises:
        ClusterError: The cluster cannot be asked. A right that is missing is no error: the rate is then unknown.
    """
    from elasticsearch import AuthorizationException

    rates: dict[str, tuple[float, float]] = {}
    unknown = f"no event came in the last {_DAYS} days"
    loaded = contract.load_contract()
    stream = next(each for each in loaded.streams.values() if each.busy_policy)
    with translated("asking how many events each environment brings"):
        try:
            rates = _rates(client, stream.in_environment("*"))
        except AuthorizationException:
            unknown = "its events may not be counted (read and monitor on the streams)"
    found = []
    for environment in dict.fromkeys([*environments, UNKNOWN]):
        data_class = loaded.class_of(environment)
        is_busy = environment in busy
        policies = (stream.busy_policy, stream.policy) if is_busy else (stream.policy, stream.busy_policy)
        if data_class is not None and stream.name in data_class.policies:
            policies = (data_class.policies[stream.name],) * 2
        rate = rates.get(stream.in_environment(environment))
        events, size = rate or (None, None)
        named = data_class.name if data_class else ""
        found.append(Pace(environment, is_busy, *policies, events, size, "" if rate else unknown, named))
    return tuple(found)


def _rates(client: Elasticsearch, pattern: str) -> dict[str, tuple[float, float]]:
    """Return data stream → events and bytes a day."""
    counted = client.search(
        index=pattern,
        size=0,
        query={"range": {"@timestamp": {"gte": f"now-{_DAYS}d", "lte": "now"}}},
        aggregations={
            "indices": {
                "terms": {"field": "_index", "size": 10_000},
                "aggregations": {"first": {"min": {"field": "@timestamp"}}},
            },
            "now": {"max": {"field": "@timestamp"}},
        },
        allow_no_indices=True,
        ignore_unavailable=True,
    ).body.get("aggregations")
    if not counted or not counted["indices"]["buckets"]:
        return {}
    stats = client.indices.stats(index=pattern, metric="docs,store").body["indices"]
    streams: dict[str, list[Mapping[str, Any]]] = {}
    for bucket in counted["indices"]["buckets"]:
        streams.setdefault(_stream_of(bucket["key"]), []).append(bucket)
    return {stream: _rate(buckets, stats, counted["now"]["value"]) for stream, buckets in streams.items() if stream}


def _stream_of(index: str) -> str:
    """Return the data stream of a backing index, such as `.ds-logs-model.prediction-production-2026.11.30-000001`."""
    return index.partition(".ds-")[2].rsplit("-", 2)[0]


def _rate(buckets: list[Mapping[str, Any]], stats: Mapping[str, Any], now: float) -> tuple[float, float]:
    events = sum(bucket["doc_count"] for bucket in buckets)
    first = min(bucket["first"]["value"] for bucket in buckets)
    days = min(max((now - first) / _DAY_MS, 1.0), _DAYS)
    primaries = [stats[bucket["key"]]["primaries"] for bucket in buckets if bucket["key"] in stats]
    stored = sum(each["docs"]["count"] for each in primaries)
    size = sum(each["store"]["size_in_bytes"] for each in primaries)
    return events / days, events / days * size / max(stored, 1)
