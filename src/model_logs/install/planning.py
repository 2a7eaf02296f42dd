"""Compares the assets with the installed objects: one step for each object, and nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from model_logs.environments import DEFAULT
from model_logs.install.canonical import difference, hashed
from model_logs.install.elasticsearch import MADE_FROM, DataStream
from model_logs.install.installation import desired, object_kinds
from model_logs.install.wanted import templates_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana import Kibana
    from model_logs.install.model import Body, Object, ObjectKind

__all__ = ["OWNER", "ObjectState", "Plan", "Step", "make_plan", "steps"]

OWNER = "model-logs"


class ObjectState(StrEnum):
    """The state of an object in the cluster, compared with its asset."""

    MISSING = "missing"
    CURRENT = "current"
    OUTDATED = "outdated"
    """Installed by us, untouched since, and the assets have changed."""
    BEHIND = "behind"
    """A data stream whose write index was made before the template of today."""
    EDITED = "edited"
    """Installed by us and changed by someone since."""
    FOREIGN = "foreign"
    """Of this name, and not installed by us."""
    BLOCKED = "blocked"
    """Something is in its place that nothing can replace."""


_ACTIONS = {
    ObjectState.MISSING: "create",
    ObjectState.CURRENT: "keep",
    ObjectState.OUTDATED: "update",
    ObjectState.BEHIND: "keep",
    ObjectState.EDITED: "refuse",
    ObjectState.FOREIGN: "refuse",
    ObjectState.BLOCKED: "refuse",
}


@dataclass(frozen=True, slots=True)
class Step:
    """The step for one object.

    Attributes:
        object: What should be there.
        state: How what is there compares.
        installed: What is there, as it would be written; None when nothing is.
        diff: A unified diff, empty when nothing differs.
        note: A sentence for people, where the state needs one.
    """

    object: Object
    state: ObjectState
    installed: Body | None
    diff: str = ""
    note: str = ""

    @property
    def action(self) -> str:
        """`create`, `update`, `keep` or `refuse`: what apply does without being forced."""
        return _ACTIONS[self.state]

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {
            "kind": self.object.kind,
            "name": self.object.name,
            "state": str(self.state),
            "action": self.action,
            "note": self.note,
            "diff": self.diff,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of an installation, in their order."""

    steps: tuple[Step, ...]

    @property
    def differs(self) -> bool:
        """Whether an object in the cluster differs; streams that are merely behind do not count."""
        return any(step.action != "keep" for step in self.steps)

    def of_state(self, *states: ObjectState) -> tuple[Step, ...]:
        """Return the steps whose object is in one of these states."""
        return tuple(step for step in self.steps if step.state in states)


def make_plan(
    client: Elasticsearch,
    environments: Iterable[str] = DEFAULT,
    kibana: Kibana | None = None,
    busy: Collection[str] = (),
) -> Plan:
    """Return the plan of `apply`, after reading every object once.

    Args:
        client: The cluster.
        environments: Those that get data streams.
        kibana: The Kibana that gets the dashboards and rules.
        busy: The environments whose predictions follow the policy of busy ones.

    Raises:
        ClusterError: The cluster or Kibana cannot be asked.
        AssetError: An asset cannot be read.
    """
    return Plan(tuple(steps(object_kinds(client, kibana), desired(environments, kibana, busy))))


def steps(known: Mapping[str, ObjectKind], wanted: Iterable[Object]) -> list[Step]:
    """Return the step for each object, in the order given; objects of one kind are read together."""
    wanted = list(wanted)
    by_kind: dict[str, list[str]] = {}
    for each in wanted:
        by_kind.setdefault(each.kind, []).append(each.name)
    found = {kind: known[kind].find(names) for kind, names in by_kind.items()}
    return [_compare(known[each.kind], each, found[each.kind].get(each.name)) for each in wanted]


def _compare(kind: ObjectKind, wanted: Object, installed: Body | None) -> Step:
    if obstacle := kind.obstacle(wanted.name, installed):
        return Step(wanted, ObjectState.BLOCKED, installed, note=obstacle)
    if wanted.kind == DataStream.name:
        return _compare_stream(wanted, installed)
    goal = kind.canonical(dict(wanted.body))
    present = None if installed is None else kind.canonical(installed)
    state, note = (ObjectState.MISSING, "") if installed is None else _state(kind.mark(installed), present, goal)
    shown = kind.changes(installed, dict(wanted.body))
    diff = difference(f"{wanted.kind} {wanted.name}", *shown) if state is not ObjectState.CURRENT else ""
    return Step(wanted, state, installed, diff, note)


def _state(mark: Body, present: Any, goal: Any) -> tuple[ObjectState, str]:
    if mark.get("managed_by") != OWNER:
        return ObjectState.FOREIGN, "it was not installed by model-logs"
    if hashed(present) not in {mark.get("hash"), mark.get("stored_as"), hashed(goal)}:
        return ObjectState.EDITED, "it was changed since model-logs installed it"
    return (ObjectState.CURRENT if mark.get("hash") == hashed(goal) else ObjectState.OUTDATED), ""


def _compare_stream(wanted: Object, installed: Body | None) -> Step:
    if installed is None:
        return Step(wanted, ObjectState.MISSING, None)
    if installed["template"] != wanted.body["template"] and installed["template"] in templates_of(wanted.name):
        note = "it gets an index template of its own, which the next backing index follows (--rollover)"
        return Step(wanted, ObjectState.BEHIND, installed, note=note)
    if installed["template"] != wanted.body["template"]:
        note = f"its index template is {installed['template']}, not {wanted.body['template']}"
        return Step(
            wanted,
            ObjectState.BEHIND,
            installed,
            note=f"{note}; a rollover takes the template of the highest priority",
        )
    if installed[MADE_FROM] != wanted.body[MADE_FROM]:
        note = "its write index was made from an older template; a change reaches the next one (--rollover)"
        return Step(wanted, ObjectState.BEHIND, installed, note=note)
    return Step(wanted, ObjectState.CURRENT, installed)
