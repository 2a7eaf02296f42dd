"""A disk sample of each data node, once a minute, into `metrics-model.node-default`.

Logstash writes the same where it runs; two samples of one minute do no harm. Used is what Elasticsearch's watermarks
count: everything but what is available to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.state.documents import nested
from model_logs.times import iso

if TYPE_CHECKING:
    from datetime import datetime

    from elasticsearch import Elasticsearch

__all__ = ["STREAM", "sample", "write_disk_samples"]

STREAM = "metrics-model.node-default"


def sample(client: Elasticsearch, at: datetime) -> list[dict[str, Any]]:
    """Return one document for each node that holds data."""
    with translated("reading the disks of the nodes"):
        nodes = client.nodes.stats(metric="fs")["nodes"]
    documents = []
    for id_, node in nodes.items():
        roles = node.get("roles") or []
        total = node["fs"]["total"].get("total_in_bytes")
        if not total or not any(role.startswith("data") for role in roles):
            continue
        available = node["fs"]["total"]["available_in_bytes"]
        documents.append(
            nested(
                {
                    "@timestamp": iso(at),
                    "node.id": id_,
                    "node.name": node["name"],
                    "node.roles": roles,
                    "disk.total_bytes": total,
                    "disk.available_bytes": available,
                    "disk.used_pct": round(100 * (total - available) / total, 2),
                }
            )
        )
    return documents


def write_disk_samples(client: Elasticsearch, at: datetime) -> int:
    """Write the samples of this minute and return how many; a second time in a minute nothing is added."""
    operations: list[Any] = []
    for document in sample(client, at):
        id_ = f"{document['node']['id']}-{at:%Y%m%d%H%M}"
        operations += [{"create": {"_index": STREAM, "_id": id_}}, document]
    if not operations:
        return 0
    with translated(f"writing disk samples to {STREAM}"):
        answer = client.bulk(operations=operations)
    return sum(1 for item in answer["items"] if item["create"]["status"] < 300)  # noqa: PLR2004  # HTTP
