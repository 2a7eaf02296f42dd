"""Applies a plan, object by object, and reports each, so that a half-applied state is always reported.

What is replaced is kept first (`backup`). The first failure ends the run: later objects need earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from model_logs.errors import ModelLogsError
from model_logs.install.backup import default_backup_folder, save
from model_logs.install.canonical import hashed
from model_logs.install.elasticsearch import DataStream
from model_logs.install.installation import object_kinds
from model_logs.install.planning import OWNER, ObjectState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana import Kibana
    from model_logs.install.model import Body, ObjectKind
    from model_logs.install.planning import Plan, Step

__all__ = ["ApplyReport", "ObjectResult", "apply_plan"]

_WRITTEN = frozenset({"created", "updated", "rolled over", "removed"})
_UNDONE = frozenset({"refused", "failed", "not attempted"})


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """The result for one object.

    Attributes:
        outcome: created, updated, unchanged, rolled over, removed, kept, refused, failed or not attempted.
        detail: Why, for people; empty where the outcome says it all.
    """

    kind: str
    name: str
    outcome: str
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it for `--output json`."""
        return {"kind": self.kind, "name": self.name, "outcome": self.outcome, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """The results of one run.

    Attributes:
        results: One for each object, in order.
        backup: The folder that holds what was replaced.
    """

    results: tuple[ObjectResult, ...]
    backup: Path | None = None

    @property
    def complete(self) -> bool:
        """Whether every wanted change was made."""
        return not any(result.outcome in _UNDONE for result in self.results)

    @property
    def written(self) -> int:
        """How many objects were written."""
        return sum(result.outcome in _WRITTEN for result in self.results)

    def count(self) -> dict[str, int]:
        """Return outcome → how many objects, in the order in which they came up."""
        counts: dict[str, int] = {}
        for result in self.results:
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
        return counts

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {
            "complete": self.complete,
            "written": self.written,
            "backup": str(self.backup) if self.backup else None,
            "objects": [result.as_dict() for result in self.results],
        }


def apply_plan(
    client: Elasticsearch,
    plan: Plan,
    *,
    force: bool = False,
    rollover: bool = False,
    backup_folder: Path | None = None,
    kibana: Kibana | None = None,
    told: Callable[[ObjectResult], None] = lambda _: None,
) -> ApplyReport:
    """Carry out a plan.

    An object that was edited is kept and reported as refused while the rest goes on. One that someone else installed
    under our name, or that cannot be replaced at all, stops the run before anything is written.

    Args:
        client: The cluster that the plan was made for.
        plan: What to do.
        force: Replace what was edited or is not ours.
        rollover: Give each stream that is behind a new write index.
        backup_folder: Where to keep what is replaced; the user's state folder by default.
        kibana: The Kibana that the plan was made for.
        told: Called with each result as it comes.

    Raises:
        ConfigurationError: What would be replaced cannot be kept.
    """
    run = _Run(object_kinds(client, kibana), force=force, rollover=rollover)
    replaced = [step for step in plan.steps if run.writes(step) and step.installed is not None]
    stops = plan.of_state(ObjectState.BLOCKED) + (() if force else plan.of_state(ObjectState.FOREIGN))
    saved = None
    if not stops:
        requests = [_kept(run.kinds[step.object.kind], step) for step in replaced]
        saved = save(backup_folder or default_backup_folder(), requests)
    results: list[ObjectResult] = []
    stopped = bool(stops)
    for step in plan.steps:
        result = run.without_writing(step) if stopped else run.do(step)
        stopped = stopped or result.outcome == "failed"
        results.append(result)
        told(result)
    return ApplyReport(tuple(results), saved)


class _Run:
    def __init__(self, bound: dict[str, ObjectKind], *, force: bool, rollover: bool) -> None:
        self.kinds = bound
        self.force = force
        self.rollover = rollover

    def writes(self, step: Step) -> bool:
        """Return whether the object is to be created or replaced."""
        return step.action in {"create", "update"} or (
            self.force and step.state in {ObjectState.EDITED, ObjectState.FOREIGN}
        )

    def without_writing(self, step: Step) -> ObjectResult:
        """Return what is said of a step that comes after the end."""
        if step.action == "refuse" and not (self.force and step.state is not ObjectState.BLOCKED):
            return _result(step, "refused", _refusal(step))
        return _result(step, "unchanged" if step.action == "keep" else "not attempted", step.note)

    def do(self, step: Step) -> ObjectResult:
        kind = self.kinds[step.object.kind]
        try:
            if self.writes(step):
                _write(kind, step)
                return _result(step, "created" if step.installed is None else "updated")
            if step.state is ObjectState.BEHIND and self.rollover and isinstance(kind, DataStream):
                return _result(step, "rolled over", f"writes to {kind.rollover(step.object.name)}")
        except ModelLogsError as error:
            return _result(step, "failed", str(error))
        return self.without_writing(step)


def _result(step: Step, outcome: str, detail: str = "") -> ObjectResult:
    return ObjectResult(step.object.kind, step.object.name, outcome, detail)


def _refusal(step: Step) -> str:
    if step.state is ObjectState.BLOCKED:
        return step.note
    return f"{step.note}; look at it with `elk-bootstrap plan`, replace it with --force"


def _kept(kind: ObjectKind, step: Step) -> tuple[str, Body]:
    """Return the request that would restore the replaced object."""
    return kind.request(step.object.name), kind.restorable(step.installed or {})


def _write(kind: ObjectKind, step: Step) -> None:
    body = dict(step.object.body)
    mark = {"managed_by": OWNER, "version": version("model-logs"), "hash": hashed(kind.canonical(body))}
    kind.write(step.object.name, body, mark, step.installed)
