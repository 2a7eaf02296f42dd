"""Asks Logstash's monitoring API and Filebeat's HTTP endpoint for their counters, and a port for a connection.

Counters say that events passed since the probe was written, not which: on a busy path they prove little, on a quiet
one enough. The cluster has the last word.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from model_logs import monitoring
from model_logs.errors import ClusterError, ConfigurationError
from model_logs.verify.shipper import Sight

__all__ = ["CounterReading", "Counters", "filebeat_counters", "logstash", "reachable"]

# The pipeline of pipelines/pipelines.yml that takes lines; elsewhere every one with a Beats input.
_MAIN = "model-logs"
_INPUTS = frozenset({"beats", "elastic_agent"})
_SECONDS = 5.0


@dataclass(frozen=True)
class Counters:
    """What a program has counted since it started."""

    taken: int = 0
    sent: int = 0
    refused: int = 0
    dead: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class CounterReading:
    """Counters, or why there are none."""

    counters: Counters | None
    problem: str = ""


def logstash(url: str, ca_certs: str | None = None) -> CounterReading:
    """Return what the pipelines that take lines have counted, together."""
    try:
        pipelines = monitoring.pipelines(url, ca_certs=ca_certs, timeout=_SECONDS)["pipelines"]
    except ClusterError as error:
        return CounterReading(None, error.what)
    ours = [pipelines[_MAIN]] if _MAIN in pipelines else [each for each in pipelines.values() if _takes_beats(each)]
    if not ours:
        return CounterReading(None, f"neither the pipeline {_MAIN} nor one with a Beats input runs")
    return CounterReading(
        Counters(
            taken=sum(_number(each, "events", "in") for each in ours),
            sent=sum(_number(each, "events", "out") for each in ours),
            refused=sum(
                _number(plugin, "documents", "non_retryable_failures")
                for each in ours
                for plugin in _plugins(each, "outputs")
            ),
            dead=sum(_number(each, "dead_letter_queue", "queue_size_in_bytes") for each in ours),
            dropped=sum(_number(each, "dead_letter_queue", "dropped_events") for each in ours),
        )
    )


def filebeat_counters(url: str, ca_certs: str | None = None) -> CounterReading:
    """Return what Filebeat has counted: events of its inputs, and those that its output acknowledged."""
    try:
        answer = monitoring.ask(url, "/stats", "Filebeat's HTTP endpoint", ca_certs=ca_certs, timeout=_SECONDS)
    except ClusterError as error:
        return CounterReading(None, error.what)
    if "libbeat" not in answer:
        return CounterReading(
            None, f"what answers at {monitoring.printable_url(url)} is not Filebeat's HTTP endpoint"
        )
    return CounterReading(
        Counters(
            taken=_number(answer, "filebeat", "events", "added"),
            sent=_number(answer, "libbeat", "output", "events", "acked"),
            refused=_number(answer, "libbeat", "output", "events", "failed"),
            dropped=_number(answer, "libbeat", "output", "events", "dropped"),
        )
    )


def reachable(beats: str) -> Sight:
    """Tell whether something takes connections at `HOST:PORT`.

    Raises:
        ConfigurationError: It has another form.
    """
    host, _, port = beats.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigurationError(f"{beats!r} is not HOST:PORT.", next_step="Write --beats as logstash.example:5044.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()
    except OSError as error:
        why = error.strerror or str(error)
        return Sight(
            False,
            f"nothing takes connections at {beats} ({why})",
            "Start Logstash, or open the port: BEATS_HOST, BEATS_PORT, firewalls.",
        )
    return Sight(True, f"{beats} takes connections")


def _takes_beats(pipeline: Any) -> bool:
    return any(plugin.get("name") in _INPUTS for plugin in _plugins(pipeline, "inputs"))


def _plugins(pipeline: Any, kind: str) -> list[dict[str, Any]]:
    found = pipeline.get("plugins", {}).get(kind) if isinstance(pipeline, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _number(tree: Any, *path: str) -> int:
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree if isinstance(tree, int) else 0
