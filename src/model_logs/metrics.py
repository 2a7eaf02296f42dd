"""`/metrics` of the daemons, for Prometheus: figures that are asked for when they are read.

The extra `metrics` brings prometheus-client; without `--metrics` nothing of it is imported. Which figures there are
is for the daemons to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["MetricSample", "address", "serve"]

_PREFIX = "model_logs_"
_MOST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class MetricSample:
    """One figure at one moment.

    Attributes:
        name: Its name without `model_logs_`; one that only grows ends with `_total`.
        meaning: One sentence.
        value: The figure.
        labels: What it is about.
    """

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def address(text: str) -> tuple[str, int]:
    """Return host and port of an address such as 127.0.0.1:9464, :9464 or 9464; without a host, this machine alone.

    Raises:
        ConfigurationError: It is none.
    """
    host, _, port = text.strip().rpartition(":")
    if not (port.isascii() and port.isdecimal() and 0 <= int(port[:6]) <= _MOST_PORT):
        raise ConfigurationError(
            f"{text!r} is no address for --metrics.", next_step="Write it as 127.0.0.1:9464, or as a port alone."
        )
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


def serve(where: tuple[str, int], samples: Callable[[], Iterable[MetricSample]]) -> tuple[int, Callable[[], None]]:
    """Answer at /metrics, and return the port and the function that ends it.

    Args:
        where: Host and port; port 0 takes a free one.
        samples: Gives the figures, from a thread of the server.

    Raises:
        ConfigurationError: Nothing can listen there.
    """
    from prometheus_client import start_http_server
    from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily
    from prometheus_client.registry import Collector

    class Figures(Collector):
        def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
            families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
            for each in samples():
                family = families.get(each.name)
                if family is None:
                    kind = CounterMetricFamily if each.name.endswith("_total") else GaugeMetricFamily
                    family = kind(_PREFIX + each.name, each.meaning, labels=list(each.labels))
                    families[each.name] = family
                family.add_metric(list(each.labels.values()), each.value)
            return families.values()

        def describe(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
            # Nothing is asked before somebody reads.
            return ()

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    host, port = where
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"Nothing can listen for /metrics at {host}:{port}: {error}.",
            next_step="Give another address with --metrics.",
        ) from error

    def stop() -> None:
        server.shutdown()
        thread.join()
        server.server_close()

    return int(server.server_port), stop
