"""Synthetic documents for the tests of rules, made from the batches of a case.

Events go through the parser of `ship`, so a test cannot contain what the contract would refuse. They are written to
the real data streams; that is why `runs` takes a cluster that holds nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from model_logs import contract
from model_logs.cluster import translated
from model_logs.errors import AssetError, ClusterError
from model_logs.parse import Origin, Parser
from model_logs.state.documents import nested
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from elasticsearch import Elasticsearch

    from model_logs.alerts.ruletests.cases import Case, EventBatch

__all__ = ["lookup_rows", "write_synthetic_events"]

_CHUNK = 2_000
_OUTCOMES = "model-logs-outcomes"


def write_synthetic_events(client: Elasticsearch, cases: Mapping[str, tuple[Case, datetime]]) -> None:
    """Write the events of all cases, each from its own begin.

    Args:
        client: Of a cluster that holds nothing else.
        cases: A short word for each case, unique, which becomes part of the ids → the case and its begin.

    Raises:
        AssetError: An event of a case does not fit the contract.
        ClusterError: The cluster refused a document.
    """
    operations: list[Any] = []
    for word, (case, begin) in cases.items():
        for stream, id_, body in _documents(case, word, begin):
            operations += [{"create": {"_index": stream, "_id": id_}}, body]
            if len(operations) >= 2 * _CHUNK:
                _bulk(client, operations)
                operations = []
    if operations:
        _bulk(client, operations)
    for word, (case, begin) in cases.items():
        _refuse(client, case, word, begin)
    with translated("making the synthetic events visible"):
        client.indices.refresh(index=f"logs-model.*,metrics-model.*,{_OUTCOMES}*", expand_wildcards="all")


def lookup_rows(case: Case, begin: datetime) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield index, id and document of each row that the case wants in a lookup index."""
    for index, rows in (("model-logs-models", case.models), ("model-logs-baselines", case.baselines)):
        for row in rows:
            key = f"{row['model_name']}|{row['environment']}"
            document = {
                "model_environment": key,
                **{name: _moment(name, value, begin) for name, value in row.items()},
            }
            if index == "model-logs-models":
                document.setdefault("@timestamp", iso(begin))
            yield index, key, document


def _moment(name: str, value: Any, begin: datetime) -> Any:
    from model_logs.alerts.ruletests.cases import offset

    return iso(begin + offset(value)) if name in {"@timestamp", "since", "last_seen"} else value


def _times(batch: EventBatch, begin: datetime) -> Iterator[tuple[int, datetime]]:
    for number in range(batch.count):
        yield number, begin + batch.start + number * batch.step


def _events(case: Case, word: str, begin: datetime) -> Iterator[tuple[str, str, bytes]]:
    parser = Parser()
    origin = Origin(str(case.source.name), 0, 0, word, 0)
    for which, batch in enumerate(case.events):
        for number, moment in _times(batch, begin):
            id_ = f"{word}-{which}-{number}"
            fields: dict[str, Any] = {"@timestamp": iso(moment), "event.id": id_, "request_id": id_, **batch.fields}
            if batch.first_sequence is not None:
                fields["event.sequence"] = batch.first_sequence + number
            line = orjson.dumps(nested(fields))
            document = parser.parse(line, origin, ingested=iso(moment + batch.lag))
            if document.unparsed and batch.fields.get("event_type") != "unparsed":
                reason = orjson.loads(document.body).get("reason")
                raise AssetError(
                    f"{case.source}, {case.name}: an event does not fit the contract: {reason}.",
                    next_step="Correct its fields; docs/reference/events.md lists them.",
                )
            yield document.data_stream, document.id, document.body


def _disk(case: Case, word: str, begin: datetime) -> Iterator[tuple[str, str, bytes]]:
    for which, batch in enumerate(case.disk):
        for number, moment in _times(batch, begin):
            fields = {"@timestamp": iso(moment), "node.roles": ["data_hot"], **batch.fields}
            yield "metrics-model.node-default", f"{word}-disk-{which}-{number}", orjson.dumps(nested(fields))


def _documents(case: Case, word: str, begin: datetime) -> Iterator[tuple[str, str, bytes]]:
    yield from _events(case, word, begin)
    yield from _disk(case, word, begin)
    yield from _outcomes(case, word, begin)


def _outcomes(case: Case, word: str, begin: datetime) -> Iterator[tuple[str, str, bytes]]:
    family = contract.load_contract().indices[_OUTCOMES]
    for which, batch in enumerate(case.outcomes):
        for number, moment in _times(batch, begin):
            id_ = f"{word}-outcome-{which}-{number}"
            fields = {"@timestamp": iso(moment), "state": "resolved", "prediction_id": id_, **batch.fields}
            index = family.of(str(batch.fields.get("environment", "production")), f"{moment:%Y.%m}")
            yield index, id_, orjson.dumps(nested(fields))


def _refuse(client: Elasticsearch, case: Case, word: str, begin: datetime) -> None:
    """Write documents that a mapping refuses, then give them the time of the case.

    A document in the failure store carries the time of its arrival, which is now; the test needs that of the case.
    """
    for which, batch in enumerate(case.refused):
        for number, moment in _times(batch, begin):
            stream = f"logs-model.prediction-{batch.fields.get('environment', 'production')}"
            bad = {"@timestamp": iso(moment), "latency_ms": "not a number", "event_type": "predict"}
            operations: list[Any] = [
                {"create": {"_index": stream, "_id": f"{word}-refused-{which}-{number}"}},
                bad,
            ]
            with translated("writing a document that is to be refused"):
                done = client.bulk(operations=operations, refresh=True).body["items"][0]["create"]
                if done.get("failure_store") != "used":
                    raise ClusterError(
                        f"{stream} has no failure store, or took what it should refuse: {done}.",
                        next_step="Run `elk-bootstrap apply` on this cluster first.",
                    )
                found = client.get(index=done["_index"], id=done["_id"])
                client.index(
                    index=done["_index"],
                    id=done["_id"],
                    document={**found["_source"], "@timestamp": iso(moment)},
                    if_seq_no=found["_seq_no"],
                    if_primary_term=found["_primary_term"],
                    refresh=True,
                )


def _bulk(client: Elasticsearch, operations: list[Any]) -> None:
    with translated("writing synthetic events"):
        answer = client.bulk(operations=operations).body
    refused = [item["create"] for item in answer["items"] if item["create"]["status"] >= 300]  # noqa: PLR2004  # HTTP
    if refused:
        raise ClusterError(
            f"{len(refused)} synthetic events were refused; the first: {refused[0].get('error')}.",
            next_step="Use a cluster that holds no events of an earlier test run.",
        )
