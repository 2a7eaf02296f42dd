"""The inventory: installed objects and the contents of the streams, for people and as JSON. It only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.environments import DEFAULT
from model_logs.install import stream_contents
from model_logs.install.elasticsearch import DataStream
from model_logs.install.installation import object_kinds
from model_logs.install.planning import OWNER, make_plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana import Kibana
    from model_logs.install.stream_contents import StreamContents

__all__ = ["Installed", "Status", "take_inventory"]


@dataclass(frozen=True, slots=True)
class Installed:
    """One object and its state.

    Attributes:
        state: As in `State`.
        version: Of the model-logs that installed it; empty when it is not ours.
        hash: Of what was installed, shortened.
    """

    kind: str
    name: str
    state: str
    version: str = ""
    hash: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A cluster from the point of view of model-logs."""

    cluster: str
    version: str
    objects: tuple[Installed, ...]
    streams: tuple[StreamContents, ...]
    lookups: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {
            "cluster": self.cluster,
            "version": self.version,
            "objects": [
                {
                    "kind": o.kind,
                    "name": o.name,
                    "state": o.state,
                    "version": o.version,
                    "hash": o.hash,
                    "note": o.note,
                }
                for o in self.objects
            ],
            "streams": [held.as_dict() for held in self.streams],
            "lookups": self.lookups,
        }


def take_inventory(
    client: Elasticsearch,
    environments: Iterable[str] = DEFAULT,
    kibana: Kibana | None = None,
    busy: Collection[str] = (),
) -> Status:
    """Return the inventory of a cluster.

    Raises:
        ClusterError: The cluster cannot be asked.
    """
    with translated("asking for the cluster's name"):
        info = client.info().body
    known = object_kinds(client, kibana)
    objects = []
    for step in make_plan(client, environments, kibana, busy).steps:
        each = step.object
        marked = step.installed is not None and each.kind != DataStream.name
        mark = known[each.kind].mark(step.installed or {}) if marked else {}
        ours = mark if mark.get("managed_by") == OWNER else {}
        objects.append(
            Installed(
                kind=each.kind,
                name=each.name,
                state=str(step.state),
                version=str(ours.get("version", "")),
                hash=str(ours.get("hash", ""))[:12],
                note=step.note,
            )
        )
    return Status(
        cluster=str(info["cluster_name"]),
        version=str(info["version"]["number"]),
        objects=tuple(objects),
        streams=tuple(stream_contents.find_streams(client)),
        lookups=stream_contents.lookup_documents(client),
    )
