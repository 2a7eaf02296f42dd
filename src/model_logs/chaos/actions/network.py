"""Faults of the network between two services, by Toxiproxy: slow, narrow, reset, silent, gone.

Each goes to a proxy that stands between them. Toxiproxy's address is `TOXIPROXY_URL`, or http://127.0.0.1:8474.
Lost packets need `tc netem` or a Kubernetes cluster (`chaos/mesh`).
"""

from __future__ import annotations

import os
from typing import Any

from model_logs.chaos.faults import fault, wait
from model_logs.chaos.tools.toxiproxy import Toxiproxy
from model_logs.errors import ConfigurationError

__all__ = ["cut", "delay", "limit_bandwidth", "reset", "silence", "toxic"]

_DEFAULT = "http://127.0.0.1:8474"


def toxic(
    proxy: str,
    type: str,  # noqa: A002 - Toxiproxy's own name
    for_s: float,
    attributes: dict[str, Any] | None = None,
    stream: str = "downstream",
) -> dict[str, Any]:
    """Add any of Toxiproxy's toxics for a while.

    Args:
        proxy: The proxy's name.
        type: latency, bandwidth, slow_close, timeout, reset_peer, slicer or limit_data.
        for_s: How long, in seconds.
        attributes: The toxic's own: `{"latency": 5000}`.
        stream: downstream (answers) or upstream (requests).
    """
    server = _server(proxy)
    name = f"model-logs-{type}-{stream}"
    what = f"the proxy {proxy} has the toxic {type}"
    with fault(what, "remove_toxic", api=_api(), proxy=proxy, toxic=name):
        server.add_toxic(proxy, name=name, type=type, stream=stream, attributes=attributes or {})
        wait(for_s)
    return {"proxy": proxy, "toxic": type, "attributes": attributes or {}, "for_s": for_s}


def delay(proxy: str, latency_ms: float, for_s: float, jitter_ms: float = 0) -> dict[str, Any]:
    """Let answers come late.

    Args:
        proxy: The proxy's name.
        latency_ms: By so many milliseconds.
        for_s: How long, in seconds.
        jitter_ms: More or less by up to so many.
    """
    return toxic(proxy, "latency", for_s, {"latency": int(latency_ms), "jitter": int(jitter_ms)})


def limit_bandwidth(proxy: str, kb_per_s: float, for_s: float) -> dict[str, Any]:
    """Let answers pass at so many kilobytes a second."""
    return toxic(proxy, "bandwidth", for_s, {"rate": int(kb_per_s)})


def reset(proxy: str, for_s: float) -> dict[str, Any]:
    """Reset each connection (TCP RST)."""
    return toxic(proxy, "reset_peer", for_s, {"timeout": 0})


def silence(proxy: str, for_s: float) -> dict[str, Any]:
    """Let nothing through, and leave connections open: what a firewall that drops packets looks like."""
    return toxic(proxy, "timeout", for_s, {"timeout": 0})


def cut(proxy: str, for_s: float) -> dict[str, Any]:
    """Refuse connections and end those that are open: the service behind the proxy is gone."""
    server = _server(proxy)
    with fault(f"the proxy {proxy} is off", "enable_proxy", api=_api(), proxy=proxy):
        server.enable(proxy, enabled=False)
        wait(for_s)
    return {"cut": proxy, "for_s": for_s}


def _api() -> str:
    return os.environ.get("TOXIPROXY_URL") or _DEFAULT


def _server(proxy: str) -> Toxiproxy:
    server = Toxiproxy(_api())
    known = server.proxies()
    if proxy not in known:
        raise ConfigurationError(
            f"Toxiproxy has no proxy {proxy!r}; it has {', '.join(sorted(known)) or 'none'}.",
            next_step=f"Create it: toxiproxy-cli create --listen HOST:PORT --upstream HOST:PORT {proxy}",
        )
    return server
