"""What `elk-bootstrap` does: compares what should be in a cluster with what is there, and changes only what differs.

The commands are in `model_logs.cli`; here is what they call. Which objects there are comes from the assets
(`_objects`), how each is read and written from its kind (`_kinds`). Nothing here starts or configures a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.bootstrap._apply import Report, Result, apply
from model_logs.bootstrap._backup import default_folder
from model_logs.bootstrap._objects import Object, desired, stream_names, templates_of
from model_logs.bootstrap._pace import Pace, paces
from model_logs.bootstrap._plan import Plan, State, Step, plan
from model_logs.bootstrap._remove import Doomed, Removal, removal
from model_logs.bootstrap._status import Status, status
from model_logs.bootstrap._streams import Held
from model_logs.environments import DEFAULT
from model_logs.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from elasticsearch import Elasticsearch

__all__ = [
    "Doomed",
    "Held",
    "Object",
    "Pace",
    "Plan",
    "Removal",
    "Report",
    "Result",
    "State",
    "Status",
    "Step",
    "apply",
    "default_folder",
    "desired",
    "install",
    "paces",
    "plan",
    "removal",
    "status",
    "stream_names",
    "templates_of",
]


def install(client: Elasticsearch, environments: Iterable[str] = DEFAULT, busy: Collection[str] = ()) -> Report:
    """Install everything that is missing or outdated, or raise: for programs and tests that need it to be there.

    Raises:
        ClusterError: Something was refused or failed; the message names it.
    """
    report = apply(client, plan(client, environments, busy=busy))
    if not report.complete:
        problems = [
            f"{r.kind} {r.name}: {r.outcome}: {r.detail}"
            for r in report.results
            if r.outcome in {"refused", "failed"}
        ]
        raise ClusterError(
            "model-logs could not be installed. " + "; ".join(problems),
            next_step="Run `elk-bootstrap plan` and look at the differences.",
        )
    return report
