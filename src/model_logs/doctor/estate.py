"""The installation under examination: each part is asked once, by the first check that needs it, and its answer kept.

A part that does not answer is asked once, too: the failure is raised again for every check that needs it. Nothing
here judges, and nothing is written anywhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from model_logs import install, monitoring
from model_logs.cluster import Connection, authorization, connect, translated
from model_logs.doctor.findings import NotAskedError
from model_logs.doctor.host import filebeat_configuration, log_files
from model_logs.environments import DEFAULT
from model_logs.errors import ClusterError, ModelLogsError
from model_logs.files.reading import read_json
from model_logs.install.stream_contents import patterns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from elasticsearch import Elasticsearch

    from model_logs.doctor.host.filebeat_configuration import Filebeat
    from model_logs.doctor.host.log_files import LogFile

__all__ = ["Estate", "Where"]

_T = TypeVar("_T")
Body = dict[str, Any]
_OK = 200
_DENIED = {401, 403}


@dataclass(frozen=True)
class Where:
    """The parts of an installation to examine, with their addresses.

    Attributes:
        connection: The cluster, and who asks.
        environments: Those that have data streams.
        busy: Those of them whose predictions follow the policy of busy environments.
        logstash_url: Of Logstash's monitoring API; None for no look at it.
        logs: Log files: folders or globs. Without any, those that Filebeat's configuration names.
        filebeat_config: Filebeat's configuration.
        filebeat_user: Who reads the log files: `user`, or `user:group,group`; None for whoever asks.
        logrotate: Configurations of logrotate, files or folders.
        ship_state: The state folder of `model-logs ship`.
        since: How far back events are looked at.
    """

    connection: Connection = field(default_factory=Connection)
    environments: tuple[str, ...] = DEFAULT
    busy: tuple[str, ...] = ()
    logstash_url: str | None = None
    logs: tuple[str, ...] = ()
    filebeat_config: Path | None = None
    filebeat_user: str | None = None
    logrotate: tuple[Path, ...] = ()
    ship_state: Path | None = None
    since: timedelta = timedelta(days=1)


class _once(Generic[_T]):  # noqa: N801  # a decorator, named as `property` is
    """A property that is computed once; an error of ours, or that there is nothing, is remembered as well."""

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, estate: None, owner: type) -> Self: ...
    @overload
    def __get__(self, estate: Estate, owner: type) -> _T: ...
    def __get__(self, estate: Estate | None, owner: type) -> Self | _T:
        if estate is None:
            return self
        known = estate.remembered
        if self._name not in known:
            try:
                known[self._name] = (self._compute(estate), None)
            except (ModelLogsError, NotAskedError) as error:
                known[self._name] = (None, error)
        value, failure = known[self._name]
        if failure is not None:
            raise failure
        found: _T = value
        return found


class Estate:
    """A running installation, as one run of the doctor sees it.

    Args:
        where: The parts of an installation to examine, with their addresses.
    """

    def __init__(self, where: Where) -> None:
        self.where = where
        self.remembered: dict[str, tuple[Any, ModelLogsError | NotAskedError | None]] = {}
        self._client: Elasticsearch | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()

    @_once
    def info(self) -> Body:
        """The answer to `GET /`, asked in a form that a server of any version understands."""
        connection = self.where.connection
        self._client = connect(connection, check=False)
        headers = {"accept": "application/json"}
        if proof := authorization(connection):
            headers["authorization"] = proof
        with translated(f"asking {connection.shown} for its version"):
            answer = self._client.transport.perform_request("GET", "/", headers=headers)
        if answer.meta.status in _DENIED:
            raise ClusterError(
                f"{connection.shown} does not let this user in ({answer.meta.status}).",
                next_step="Give an API key (--api-key) or a user and password (--username, --password).",
            )
        if answer.meta.status != _OK or not isinstance(answer.body, dict):
            raise ClusterError(
                f"The server at {connection.shown} is not Elasticsearch ({answer.meta.status}).",
                next_step="Give the URL of Elasticsearch itself (port 9200), not of Kibana or of another product.",
            )
        return answer.body

    @_once
    def client(self) -> Elasticsearch:
        """A client of a cluster that answers."""
        _ = self.info
        assert self._client is not None  # noqa: S101  # `info` made it
        return self._client

    @_once
    def streams(self) -> list[Body]:
        """Every data stream of ours, as the cluster describes it."""
        with translated("looking for the data streams of model-logs"):
            found: list[Body] = self.client.indices.get_data_stream(
                name=",".join(patterns()), expand_wildcards="all"
            ).body["data_streams"]
        if not found:
            raise NotAskedError("there is no data stream of model-logs yet")
        return found

    @property
    def ours(self) -> str:
        """The patterns of our streams, which are there: names of many environments would not fit into a URL."""
        _ = self.streams
        return ",".join(patterns())

    @property
    def events(self) -> str:
        """The patterns of the streams that hold events."""
        return ",".join(pattern for pattern in self.ours.split(",") if pattern.startswith("logs-"))

    @_once
    def explained(self) -> dict[str, Body]:
        """Backing index → where it stands in its lifecycle."""
        ours = self.ours
        with translated("asking for the lifecycle of the indices"):
            found: dict[str, Body] = self.client.ilm.explain_lifecycle(index=ours).body["indices"]
        return found

    @_once
    def settings(self) -> dict[str, Body]:
        """Backing index → its settings, flat."""
        ours = self.ours
        with translated("reading the settings of the indices"):
            found = self.client.indices.get_settings(index=ours, flat_settings=True).body
        return {index: body["settings"] for index, body in found.items()}

    @_once
    def cluster_settings(self) -> Body:
        """Run-time settings of the whole cluster, flat."""
        with translated("reading the settings of the cluster"):
            found = self.client.cluster.get_settings(flat_settings=True).body
        return {**found["persistent"], **found["transient"]}

    @_once
    def plan(self) -> install.Plan:
        """The plan: the installed objects compared with the assets."""
        return install.make_plan(self.client, self.where.environments, busy=self.where.busy)

    @_once
    def nodes(self) -> tuple[dict[str, Body], tuple[float, float]]:
        """Each node with its disks and its clock; this machine's time in seconds before and after they were asked."""
        with translated("asking the nodes for their disks"):
            before = time.time()
            found: dict[str, Body] = self.client.nodes.stats(metric="fs").body["nodes"]
            after = time.time()
        return found, (before, after)

    @_once
    def logstash(self) -> Body:
        """The answer of Logstash about its pipelines."""
        if not self.where.logstash_url:
            raise NotAskedError("no Logstash is named (--logstash-url http://127.0.0.1:9600)")
        return monitoring.pipelines(
            self.where.logstash_url, ca_certs=self.where.connection.ca_certs, timeout=self.where.connection.timeout
        )

    @_once
    def filebeat(self) -> Filebeat:
        """Filebeat's configuration."""
        if self.where.filebeat_config is None:
            raise NotAskedError("no configuration of Filebeat is named (--filebeat-config)")
        return filebeat_configuration.read_filebeat_configuration(self.where.filebeat_config)

    @_once
    def files(self) -> list[LogFile]:
        """The log files that Filebeat or `ship` would read."""
        named = self.where.logs
        if not named and self.where.filebeat_config is not None:
            named = self.filebeat.paths
        if not named:
            raise NotAskedError("no log folder is named (--logs, or --filebeat-config)")
        return log_files.find_log_files(named)

    @_once
    def checkpoints(self) -> list[Body]:
        """The checkpoints of `model-logs ship`, one a cluster; not by its own class, which puts a bad one aside."""
        folder = self.where.ship_state
        if folder is None:
            raise NotAskedError("no state folder of `model-logs ship` is named (--state)")
        found: list[Body] = []
        for path in sorted(folder.glob("checkpoint-*.json")):
            try:
                document = read_json(path)
                found.append({"path": str(path), "files": [*document["files"]], "left_out": document.get("left_out")})
            except (KeyError, TypeError, AttributeError) as error:
                raise ModelLogsError(f"The checkpoint {path} holds no files.") from error
        return found

    @property
    def checkpoint(self) -> list[Body]:
        """What `model-logs ship` has noted of each file."""
        return [entry for document in self.checkpoints for entry in document["files"]]
