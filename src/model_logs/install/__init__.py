"""Installation by `elk-bootstrap`: compares a cluster's objects with the assets, and changes the difference.

The commands are in `model_logs.cli`; here are the functions that they call. Which objects there are comes from the
assets (`wanted`), how each is read and written from its kind (`elasticsearch`, `kibana`). Nothing here starts or
configures a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.environments import DEFAULT
from model_logs.errors import ClusterError
from model_logs.install.applying import ApplyReport, ObjectResult, apply_plan
from model_logs.install.backup import default_backup_folder
from model_logs.install.installation import desired
from model_logs.install.inventory import Status, take_inventory
from model_logs.install.model import Object
from model_logs.install.pace import Pace, paces
from model_logs.install.planning import ObjectState, Plan, Step, make_plan
from model_logs.install.removing import Doomed, Removal, removal
from model_logs.install.stream_contents import StreamContents
from model_logs.install.wanted import stream_names, templates_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from elasticsearch import Elasticsearch

__all__ = [
    "ApplyReport",
    "Doomed",
    "Object",
    "ObjectResult",
    "ObjectState",
    "Pace",
    "Plan",
    "Removal",
    "Status",
    "Step",
    "StreamContents",
    "apply_plan",
    "default_backup_folder",
    "desired",
    "install",
    "make_plan",
    "paces",
    "removal",
    "stream_names",
    "take_inventory",
    "templates_of",
]


def install(client: Elasticsearch, environments: Iterable[str] = DEFAULT, busy: Collection[str] = ()) -> ApplyReport:
    """Install missing and outdated objects, or raise: for programs and tests that need an installed cluster.

    Raises:
        ClusterError: Something was refused or failed; the message names it.
    """
    report = apply_plan(client, make_plan(client, environments, busy=busy))
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


if not TYPE_CHECKING:  # a type checker is to see the present names alone

    def __getattr__(name):  # noqa: ANN001, ANN202
        from model_logs.old_paths import renamed

        return renamed(__name__, name)
