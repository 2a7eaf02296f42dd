"""Random events of several models, and the way into a cluster that `ship` takes: for tests that count.

The events are plain dictionaries, so that a test can compute from them what a query must answer. They stand in a time
of their own choosing, which keeps them apart from whatever else a shared cluster holds.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.parse import Origin, Parser
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from elasticsearch import Elasticsearch

__all__ = ["index", "life_cycle", "moment", "predictions"]

_ORIGIN = Origin(path="tests/events.log", device=1, inode=1, fingerprint="0", offset=0)
_MODELS = (("churn", 0.5, 8.0), ("fraud", 0.3, 20.0), ("search-ranking", 0.2, 3.0))
_STATUSES = ("success", "error", "timeout", "failed", "cancelled", "invalid")
_WEIGHTS = {"1": (96, 1, 1, 0, 1, 1), "2": (85, 6, 3, 2, 2, 2)}
_ENVIRONMENTS = ("production", "staging")
_AT_ONCE = 5_000
_STAGES = ("none", "staging", "production", "archived")


def moment(event: dict[str, Any]) -> datetime:
    """Return when an event happened."""
    return datetime.fromisoformat(event["@timestamp"])


def _event(dice: random.Random, number: int, start: datetime, seconds: int, **fields: Any) -> dict[str, Any]:
    when = start + timedelta(milliseconds=dice.randrange(seconds * 1000))
    return {
        "@timestamp": iso(when),
        "event": {"id": f"{dice.getrandbits(96):024x}-{number}", "sequence": number},
        **fields,
    }


def predictions(seed: int, number: int, start: datetime, seconds: int) -> list[dict[str, Any]]:
    """Return so many predictions within so many seconds, and a tenth as many measurements that are none."""
    dice = random.Random(seed)  # test data
    found = []
    for at in range(1, number + 1):
        name, _, typical = dice.choices(_MODELS, [share for _, share, _ in _MODELS])[0]
        version = dice.choice(("1", "2"))
        subject = {"model_name": name, "model_version": version, "environment": dice.choice(_ENVIRONMENTS)}
        fields = {
            "event_type": "predict",
            "status": dice.choices(_STATUSES, _WEIGHTS[version])[0],
            "request_id": f"r-{seed}-{at}",
            # In steps that a 32-bit float holds exactly, so that a sum here is the sum there.
            "latency_ms": round(dice.lognormvariate(0, 0.7) * typical * 64) / 64,
        }
        found.append(_event(dice, at, start, seconds, **fields, **subject))
        if at % 10 == 0:
            quality = {"event_type": "quality", "status": "error", "drift_score": dice.random()}
            found.append(_event(dice, number + at, start, seconds, **quality, **subject))
    return found


def life_cycle(seed: int, number: int, start: datetime, seconds: int) -> list[dict[str, Any]]:
    """Return so many events of registries, of types that the timeline shows and of others."""
    dice = random.Random(seed)  # test data
    types = ("registered", "transitioned", "deployed", "approved", "tag_set")
    found = []
    for at in range(1, number + 1):
        event_type = dice.choice(types)
        before, after = dice.sample(_STAGES, 2)
        fields: dict[str, Any] = {
            "event_type": event_type,
            "status": dice.choice(("success", "success", "failed")),
            "model_name": dice.choice(_MODELS)[0],
            "model_version": dice.choice(("1", "2")),
            "environment": dice.choice(_ENVIRONMENTS),
            "user": {"name": dice.choice(("alice", "bob", "carol"))},
        }
        if event_type == "transitioned":
            fields |= {"previous_stage": before, "stage": after}
        if event_type == "tag_set":
            fields["tag"] = {"key": "team"}
        found.append(_event(dice, at, start, seconds, **fields))
    return found


def index(
    client: Elasticsearch,
    events: Iterable[dict[str, Any]],
    *,
    lag: timedelta = timedelta(0),
    unparsed: bool = False,
    attested: bool = True,
) -> int:
    """Store events as `ship` would, and make them visible; return how many.

    Args:
        client: Of the cluster.
        events: As plain dictionaries.
        lag: How long after they happened they arrive.
        unparsed: Whether some may be such that they cannot be understood.
        attested: Whether decisions come by the road of registries and gates.

    Raises:
        AssertionError: An event does not fit the contract, or was refused.
    """
    parser = Parser(attested=attested)
    entries: list[bytes] = []
    for event in events:
        arrived = iso(moment(event) + lag)
        document = parser.parse(orjson.dumps(event), _ORIGIN, ingested=arrived)
        if document.unparsed and not unparsed:
            raise AssertionError(f"does not fit the contract: {document.body.decode()}")
        target = f'{{"create":{{"_index":"{document.data_stream}","_id":"{document.id}"}}}}\n'
        entries.append(target.encode() + document.body + b"\n")
    for begin in range(0, len(entries), _AT_ONCE):
        answer = client.perform_request(
            "POST",
            "/_bulk?filter_path=errors,items.*.error,items.*.failure_store",
            headers={"content-type": "application/x-ndjson", "accept": "application/json"},
            body=b"".join(entries[begin : begin + _AT_ONCE]),
        )
        if answer.body["errors"]:
            raise AssertionError(f"refused: {str(answer.body)[:500]}")
    client.indices.refresh(index="logs-model.*")
    return len(entries)
