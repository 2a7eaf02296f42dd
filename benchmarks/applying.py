"""What `elk-bootstrap apply` costs the first time and the second: seconds, and requests to the cluster.

Each round begins with nothing of ours in the cluster. The control is a third `apply` against the second; what a bare
request costs in the same round is measured beside them, so that the cluster's own share can be seen.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.blocks import quiet
from benchmarks.section import Section
from model_logs import install
from model_logs.testing.node import remove_everything_of_ours

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

__all__ = ["applying"]


class _Counted:
    """Counts the requests of a client, by method, while it is in its place."""

    def __init__(self, client: Elasticsearch) -> None:
        self._transport = client.transport
        self._perform = client.transport.perform_request
        self.methods: Counter[str] = Counter()

    def __enter__(self) -> Counter[str]:
        def counting(method: str, *rest: Any, **named: Any) -> Any:
            self.methods[method] += 1
            return self._perform(method, *rest, **named)

        self._transport.perform_request = counting  # type: ignore[method-assign]
        return self.methods

    def __exit__(self, *_: object) -> None:
        self._transport.perform_request = self._perform  # type: ignore[method-assign]


def _apply(client: Elasticsearch) -> tuple[float, dict[str, int], dict[str, int]]:
    """Return seconds, requests by method, and objects by outcome."""
    with _Counted(client) as methods:
        began = time.perf_counter()
        report = install.install(client)
        took = time.perf_counter() - began
    return took, dict(methods), report.count()


def _bare(client: Elasticsearch, count: int = 50) -> float:
    began = time.perf_counter()
    for _ in range(count):
        client.info()
    return (time.perf_counter() - began) / count


def applying(client: Elasticsearch, *, quick: bool) -> Section:
    """Return what the first, the second and a third `apply` took, in rounds from nothing.

    Args:
        client: Of a cluster in which everything of ours may be removed.
        quick: Take fewer rounds.
    """
    seconds: dict[str, list[float]] = {"first": [], "second": [], "third": [], "bare": []}
    last: dict[str, Any] = {}
    for _ in range(3 if quick else 5):
        remove_everything_of_ours(client)
        for which in ("first", "second", "third"):
            took, methods, outcomes = _apply(client)
            seconds[which].append(took)
            last[which] = {"requests": sum(methods.values()), "methods": methods, "outcomes": outcomes}
        seconds["bare"].append(_bare(client))
    remove_everything_of_ours(client)
    rows = [
        {
            "variant": f"{which} apply",
            "seconds": statistics.median(seconds[which]),
            "times_second": _median_ratio(seconds[which], seconds["second"]),
            "bare_requests": _median_ratio(seconds[which], seconds["bare"]),
            **last[which],
        }
        for which in ("first", "second", "third")
    ]
    control = _median_ratio(seconds["third"], seconds["second"])
    return Section(
        {"bare_request_seconds": statistics.median(seconds["bare"]), "rows": rows}, control, quiet(control), []
    )


def _median_ratio(some: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(some, others, strict=True))
