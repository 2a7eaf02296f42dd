"""How many bytes an event takes on disk: our templates against the plain daily index of the source document.

The same events, as the shipper sends them, go into `logs-model.prediction-production` under our templates, and into
`model-logs-<day>` as Elasticsearch makes it by itself: dynamic mapping, strings as text and keyword, ids of its own.
Both are force-merged to one segment, as the warm phase does. The plain index is filled twice, as the control.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.blocks import quiet
from benchmarks.section import Section
from model_logs import install
from model_logs.cluster import Connection
from model_logs.parse import Origin, Parser
from model_logs.ship.sending.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

    from model_logs.parse import Document

__all__ = ["storage"]

_STREAM = "logs-model.prediction-production"
_BATCH = 5_000
# A shard counts its files anew only every ten seconds (`index.store.stats_refresh_interval`).
_UNTIL_COUNTED_AGAIN = 11
_MODELS = (("fraud-detection-model", "3"), ("churn", "v3.2.1"), ("recommender", "17"), ("pricing", "2"))


def _lines(count: int) -> Iterator[bytes]:
    """Yield lines as four models in six processes on three hosts write them, twenty milliseconds apart."""
    made = random.Random(11)  # noqa: S311 - the same events in each run
    writers = [f"{made.getrandbits(96):024x}" for _ in range(6)]
    sequences = [0] * len(writers)
    begin = int(time.time()) - count // 50
    for number in range(count):
        of = made.randrange(len(writers))
        sequences[of] += 1
        model, version = made.choice(_MODELS)
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(begin + number // 50))
        event = {
            "@timestamp": f"{at}.{number % 50 * 20:03}Z",
            "event": {"id": f"{writers[of]}-{sequences[of]}", "sequence": sequences[of]},
            "event_type": "predict",
            "status": made.choices(("success", "error", "timeout"), (0.98, 0.015, 0.005))[0],
            "model_name": model,
            "model_version": version,
            "stage": "production",
            "process": {"entity_id": writers[of], "pid": 4000 + of},
            "host": {"name": f"serving-{of % 3}"},
            "service": {"name": "scoring", "version": "1.4.0"},
            "environment": "production",
            "request_id": f"{made.getrandbits(128):032x}",
            "latency_ms": made.lognormvariate(2.5, 0.6),
            "prediction_label": made.choice(("legitimate", "suspicious")),
            "prediction_score": made.random(),
        }
        yield orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


def _documents(count: int) -> list[Document]:
    parser, offset, found = Parser(), 0, []
    for line in _lines(count):
        origin = Origin("/var/log/models/serving.jsonl", 66305, 1311, "5f" * 32, offset)
        found.append(parser.parse(line, origin, ingested=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())))
        offset += len(line)
    return found


def _fill_stream(client: Elasticsearch, url: str, documents: list[Document]) -> None:
    install.install(client)
    wire = Wire(Connection(url))
    for begin in range(0, len(documents), _BATCH):
        answer = wire.bulk(b"".join([document.entry for document in documents[begin : begin + _BATCH]]))
        if not answer.startswith(b'{"errors":false'):
            raise SystemExit(f"our stream refused events: {answer[:500]!r}")


def _fill_plain(client: Elasticsearch, index: str, documents: list[Document]) -> None:
    """Index each document as it is, by the second line of its bulk entry."""
    for begin in range(0, len(documents), _BATCH):
        operations: list[Any] = []
        for document in documents[begin : begin + _BATCH]:
            operations += [b'{"create":{}}', document.body]
        answer = client.options(request_timeout=120).bulk(index=index, operations=operations)
        if answer["errors"]:
            raise SystemExit(f"the plain index refused events: {str(answer)[:500]}")


def _bytes(client: Elasticsearch, target: str, expected: int) -> float:
    """Return bytes for each event after a merge to one segment, once the size has settled."""
    client.options(request_timeout=600).indices.forcemerge(index=target, max_num_segments=1)
    client.indices.flush(index=target, force=True, wait_if_ongoing=True)
    client.indices.refresh(index=target)
    found = client.count(index=target)["count"]
    if found != expected:
        raise SystemExit(f"{target} holds {found} of {expected} events")
    before = -1
    # Merged segments are deleted when nothing reads them any more.
    for _ in range(12):
        primaries: dict[str, Any] = client.indices.stats(index=target, metric="store,segments")["_all"]["primaries"]
        size: int = primaries["store"]["size_in_bytes"]
        if size == before and primaries["segments"]["count"] == 1:
            return size / expected
        before = size
        time.sleep(_UNTIL_COUNTED_AGAIN)
    raise SystemExit(f"{target} was not merged to one segment")


def storage(client: Elasticsearch, url: str, *, quick: bool) -> Section:
    """Return bytes for each event, in our stream and in the plain index, of the same events.

    Args:
        client: Of a cluster whose streams and indices of these names may be deleted.
        url: Where it is.
        quick: Take fewer events.
    """
    documents = _documents(20_000 if quick else 100_000)
    count = len(documents)
    day = time.strftime("%Y.%m.%d", time.gmtime())
    plain = {
        "plain": (f"model-logs-{day}", {}),
        "control": (f"model-logs-{day}-again", {}),
        "compressed": (f"model-logs-{day}-compressed", {"index.codec": "best_compression"}),
    }
    client.indices.delete_data_stream(name="logs-model.*")
    _fill_stream(client, url, documents)
    sizes = {"ours": _bytes(client, _STREAM, count)}
    for name, (index, settings) in plain.items():
        client.options(ignore_status=404).indices.delete(index=index)
        client.indices.create(index=index, settings={"index.number_of_replicas": 0, **settings})
        _fill_plain(client, index, documents)
        sizes[name] = _bytes(client, index, count)
        client.indices.delete(index=index)
    source = sum(len(document.body) for document in documents) / count
    client.indices.delete_data_stream(name="logs-model.*")
    names = {
        "plain": "the source document's plain index, dynamic mapping",
        "control": "the same, filled again",
        "compressed": "the same with `index.codec: best_compression`",
        "ours": "model-logs: logsdb, stored source",
    }
    rows: list[dict[str, Any]] = [
        {"variant": text, "bytes": sizes[name], "times_plain": sizes[name] / sizes["plain"]}
        for name, text in names.items()
    ]
    control = sizes["control"] / sizes["plain"]
    figures = {"events": count, "bytes_as_json": source, "rows": rows}
    return Section(figures, control, quiet(control), [])
