"""Writes our own events into the audit trail: alerts that fired and recovered, baselines that were recorded.

They go straight to the data stream, because what people were told must be on record where no shipper runs. They take
the shipper's parser on the way, so the contract holds for them as for all others, and their ids are derived from what
they report, so a repeat changes nothing.
"""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.cluster import translated
from model_logs.environments import DEFAULT, allowed
from model_logs.errors import ClusterError, ContractError
from model_logs.parse import Origin, Parser
from model_logs.state.documents import nested
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from elasticsearch import Elasticsearch

__all__ = ["Recorder"]

_KNOWN = 409
_FAILED = 300


class Recorder:
    """Writes events of one kind of program.

    Args:
        client: Of the cluster.
        service: The name of the program.
        environments: The environments that have data streams; anything else is `unknown`.
        default_environment: For an event about no environment.
    """

    def __init__(
        self,
        client: Elasticsearch,
        service: str,
        *,
        environments: Iterable[str] = DEFAULT,
        default_environment: str = "production",
    ) -> None:
        self._client = client
        self._default = default_environment
        # No line of a file: only a key of ours that may write here comes this way.
        self._parser = Parser(
            environments=allowed(tuple(environments)), default_environment=default_environment, attested=True
        )
        self._about = {
            "service.name": service,
            "service.version": version("model-logs"),
            "host.name": socket.gethostname(),
        }

    def record(self, event_type: str, id_: str, at: datetime, fields: Mapping[str, Any]) -> None:
        """Write one event; writing it again is harmless.

        Args:
            event_type: One of the contract.
            id_: Derived from what it reports.
            at: When it happened.
            fields: Dotted name → value; what is None is left out.

        Raises:
            ContractError: The event does not fit the contract.
            ClusterError: The cluster did not take it.
        """
        given = {name: value for name, value in fields.items() if value is not None}
        line = nested(
            {
                "@timestamp": iso(at),
                "event.id": id_,
                "event_type": event_type,
                "status": "success",
                "environment": self._default,
                **self._about,
                **given,
            }
        )
        document = self._parser.parse(
            orjson.dumps(line), Origin("model-logs", 0, 0, id_, 0), ingested=iso(datetime.now(UTC))
        )
        if document.unparsed:
            reason = orjson.loads(document.body).get("reason")
            raise ContractError(
                f"The event {event_type} does not fit the contract: {reason}.",
                next_step="This is a mistake in model-logs; please report it.",
            )
        body = orjson.loads(document.body)
        # It never stood in a file.
        body.pop("log", None)
        with translated(f"recording {event_type}"):
            operations: list[Any] = [{"create": {"_index": document.data_stream, "_id": document.id}}, body]
            answer = self._client.bulk(operations=operations)
        done = answer["items"][0]["create"]
        if done["status"] == _KNOWN:
            return
        if done["status"] >= _FAILED or done.get("failure_store") == "used":
            # The failure store is no audit trail: what stands there was not recorded.
            where = "put it into its failure store" if "failure_store" in done else "did not take it"
            raise ClusterError(
                f"The event {event_type} was not recorded: {document.data_stream} {where}: {done.get('error')}.",
                next_step="Run `elk-bootstrap status`; the streams of the environment must exist and be writable.",
            )
