"""What our commands ask of a cluster: recorded as actions on a real node, by the plugin in tests/java.

The development node answers a few routes itself, without an action; for those, and for those alone, the action of a
whole Elasticsearch stands in a table here. A route that is in no table is an error, so that a new request is seen.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from elasticsearch import Elasticsearch

# Method and path → the action of a whole Elasticsearch, and whether it is one of indices, which are then the group.
ANSWERED_BY_THE_NODE = [
    (r"(?:GET|HEAD) /", "cluster:monitor/main"),
    (r"GET /_ilm/policy(?:/.*)?", "cluster:admin/ilm/get"),
    (r"PUT /_ilm/policy/.*", "cluster:admin/ilm/put"),
    (r"DELETE /_ilm/policy/.*", "cluster:admin/ilm/delete"),
    (r"GET /_ilm/status", "cluster:admin/ilm/operation_mode/get"),
    (r"GET /_license", "cluster:monitor/xpack/license/get"),
    (r"GET /_data_stream/(.*)", "indices:admin/data_stream/get"),
    (r"DELETE /_data_stream/(.*)", "indices:admin/data_stream/delete"),
    (r"GET /(.*)/_ilm/explain", "indices:admin/ilm/explain"),
]
# Those that pass as actions, which are recorded with their indices.
RECORDED = [
    r"(?:GET|HEAD|PUT|DELETE) /(?:model-logs-|logs-model\.|metrics-model\.)[^/]*",
    r"PUT /_data_stream/.*",
    r"(?:GET|PUT|DELETE) /_(?:component|index)_template(?:/.*)?",
    r"POST /_index_template/_simulate/.*",
    r"(?:GET|PUT) /[^/]+/_(?:mapping|settings)(?:/.*)?",
    r"(?:GET|PUT|POST|DELETE) /[^/]+/_(?:doc|create)/.*",
    r"(?:POST|PUT) (?:/[^/]+)?/_bulk",
    r"(?:GET|POST) (?:/[^/]+)?/_(?:search|count|refresh|field_caps|stats(?:/.*)?)",
    r"(?:POST|DELETE) (?:/[^/]+)?/_pit",
    r"POST /[^/]+/_(?:rollover|forcemerge)",
    r"POST /_query",
    r"GET /_nodes(?:/.*)?",
    r"GET /_cluster/.*",
    r"GET /_cat/.*",
    r"GET /_resolve/index/.*",
    r"GET /_health_report.*",
]
_BACKING = re.compile(r"\.[df]s-(.+)-\d{4}\.\d\d\.\d\d-\d{6}")


@dataclass(frozen=True, order=True)
class Asked:
    """One action.

    Attributes:
        action: Its name, which privileges are patterns of.
        index: A name or a pattern; empty for an action of the cluster.
        failures: Whether it is about the failure store.
    """

    action: str
    index: str = ""
    failures: bool = False

    def check(self) -> dict[str, Any]:
        """Return the question to Elastic's classes."""
        return {"action": self.action, "index": self.index or None, "failures": self.failures}


def _of_indices(action: str, names: list[str]) -> set[Asked]:
    found = set()
    # A query names its indices in the actions that it takes; what security asks first is whether there are any.
    for name in names or ["logs-model.prediction-production"]:
        index, _, part = name.partition("::")
        failures = part == "failures" or index.startswith(".fs-")
        # Backing indices belong to their stream.
        found.add(Asked(action, _BACKING.sub(r"\1", index), failures))
    return found


def _is_of_cluster(action: str) -> bool:
    """Decide as `ClusterPrivilegeResolver.isClusterAction` does."""
    return action.startswith(("cluster:", "indices:admin/template/", "indices:admin/index_template/"))


class Recorder:
    """Runs things and tells what they asked.

    Args:
        client: Of a node with the plugin.
    """

    def __init__(self, client: Elasticsearch, url: str) -> None:
        self.client = client
        self.url = url

    def command(self, group: click.Command, *arguments: str, exits: tuple[int, ...] = (0,)) -> set[Asked]:
        """Run a command of ours and return what it asked."""
        with self.asked() as asked:
            done = CliRunner().invoke(group, [*arguments, "--url", self.url])
        assert done.exit_code in exits, f"{arguments}: {done.output[-2000:]}"
        return asked

    @contextmanager
    def asked(self) -> Iterator[set[Asked]]:
        """Give the set that holds what was asked inside, when it ends."""
        found: set[Asked] = set()
        self._taken()
        with _paths() as paths:
            yield found
        for each in self._taken():
            action, indices = each["action"], each["indices"]
            found |= {Asked(action)} if _is_of_cluster(action) else _of_indices(action, indices)
        for path in paths:
            found |= _of_path(path)

    def _taken(self) -> list[dict[str, Any]]:
        headers = {"accept": "application/json"}
        actions: list[dict[str, Any]] = self.client.perform_request("GET", "/_recorded", headers=headers).body[
            "actions"
        ]
        return actions


def _of_path(path: str) -> set[Asked]:
    for pattern, action in ANSWERED_BY_THE_NODE:
        if match := re.fullmatch(pattern, path):
            return _of_indices(action, match[1].split(",")) if match.groups() else {Asked(action)}
    assert any(re.fullmatch(pattern, path) for pattern in RECORDED), f"{path} is in no table: say what it needs"
    return set()


@contextmanager
def _paths() -> Iterator[list[str]]:
    """Collect method and path of every request that the client's connections send."""
    from urllib.parse import unquote

    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if match := re.match(r"> ([A-Z]+) (\S+) HTTP/", record.getMessage()):
                found.append(f"{match[1]} {unquote(match[2].partition('?')[0])}")

    logger = logging.getLogger("elastic_transport.node")
    before = logger.level, logger.propagate
    collector = Collector()
    logger.addHandler(collector)
    logger.setLevel(logging.DEBUG)
    # Whole bodies: a test that fails would print them all.
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(collector)
        logger.setLevel(before[0])
        logger.propagate = before[1]
