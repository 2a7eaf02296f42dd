"""Removes the objects of apply, in the opposite order, and data only where its deletion was asked for by name.

Two steps: `removal` reads the cluster and decides, `Removal.carry_out` deletes. What a kept stream needs is kept too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.environments import UNKNOWN
from model_logs.errors import ConfigurationError, ModelLogsError, UnknownNameError
from model_logs.install import backup, stream_contents
from model_logs.install.applying import ApplyReport, ObjectResult
from model_logs.install.canonical import flat_settings
from model_logs.install.elasticsearch import (
    ComponentTemplate,
    DataStream,
    IndexTemplate,
    Lookup,
    Memory,
    Policy,
)
from model_logs.install.installation import desired, object_kinds
from model_logs.install.model import Object
from model_logs.install.planning import ObjectState, steps
from model_logs.install.wanted import templates_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana import Kibana
    from model_logs.install.model import Body
    from model_logs.install.planning import Step
    from model_logs.install.stream_contents import StreamContents

__all__ = ["Doomed", "Removal", "removal"]


@dataclass(frozen=True, slots=True)
class _Decision:
    object: Object
    outcome: str
    """`remove`, or what the report says instead."""
    detail: str = ""
    installed: Body | None = None


@dataclass(frozen=True, slots=True)
class Doomed:
    """Data that a removal deletes for ever; no backup holds it.

    Attributes:
        name: Of the data stream or the index.
        environment: Of the stream, or of the outcomes; empty for an index that serves all environments.
        documents: In it.
        failures: In the stream's failure store; None when that may not be read.
        audit: Whether it is the audit trail.
    """

    name: str
    environment: str
    documents: int
    failures: int | None = 0
    audit: bool = False

    @property
    def events(self) -> int:
        """The known number of events in the data."""
        return self.documents + (self.failures or 0)

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return {"name": self.name, "documents": self.documents, "failures": self.failures}


@dataclass(frozen=True, slots=True)
class Removal:
    """The objects that a removal deletes, and those that it keeps.

    Attributes:
        decisions: One for each object that exists, in the order of removal.
        holding: The streams and lookup indices that hold data and are kept for that.
        audit: The streams of the audit trail that hold data: their names must be typed.
        data: What is deleted for ever, by name.
    """

    decisions: tuple[_Decision, ...]
    holding: tuple[str, ...]
    audit: tuple[str, ...]
    data: tuple[Doomed, ...] = ()

    def results(self) -> list[ObjectResult]:
        """Return the results that the removal would report."""
        return [
            ObjectResult(
                d.object.kind, d.object.name, "would be removed" if d.outcome == "remove" else d.outcome, d.detail
            )
            for d in self.decisions
        ]

    def carry_out(
        self,
        client: Elasticsearch,
        *,
        backup_folder: Path | None = None,
        kibana: Kibana | None = None,
        told: Callable[[ObjectResult], None] = lambda _: None,
    ) -> ApplyReport:
        """Delete, stopping at the first failure, and report each object.

        Raises:
            ConfigurationError: The objects cannot be kept before they are deleted.
        """
        known = object_kinds(client, kibana)
        doomed = [d for d in self.decisions if d.outcome == "remove"]
        saved = backup.save(
            backup_folder or backup.default_backup_folder(),
            [
                (known[d.object.kind].request(d.object.name), known[d.object.kind].restorable(d.installed))
                for d in doomed
                if d.installed and d.object.kind != DataStream.name
            ],
        )
        results: list[ObjectResult] = []
        stopped = False
        for decision in self.decisions:
            each = decision.object
            result = ObjectResult(each.kind, each.name, decision.outcome, decision.detail)
            if decision.outcome == "remove":
                result = ObjectResult(each.kind, each.name, "not attempted" if stopped else "removed")
                if not stopped:
                    try:
                        known[each.kind].delete(each.name)
                    except ModelLogsError as error:
                        result = ObjectResult(each.kind, each.name, "failed", str(error))
                        stopped = True
            results.append(result)
            told(result)
        return ApplyReport(tuple(results), saved)


def removal(
    client: Elasticsearch,
    *,
    with_data: bool = False,
    with_audit: bool = False,
    confirmed: Collection[str] = (),
    environments: Collection[str] = (),
    force: bool = False,
    kibana: Kibana | None = None,
) -> Removal:
    """Return the removal: the objects to delete and those to keep.

    Args:
        client: The cluster.
        with_data: Delete streams that hold data, the audit trail excepted, and lookup indices that hold some.
        with_audit: Delete the audit trail too; each stream of it that holds data must be in `confirmed`.
        confirmed: Names that a person typed.
        environments: Remove the data streams and outcomes of these alone, and nothing that all environments share;
            all when empty.
        force: Remove what was edited since we installed it.
        kibana: Remove the dashboards there, too.

    Raises:
        ConfigurationError: A typed name is no stream of the audit trail that holds data, or one is missing.
        UnknownNameError: No stream is of one of the environments.
    """
    streams = stream_contents.find_streams(client, fresh=True)
    families = stream_contents.family_documents(client, fresh=True)
    there = sorted({environment_of(held.name) for held in streams} | {each for each, _ in families.values()})
    for environment in environments:
        if environment not in there:
            raise UnknownNameError("data stream of the environment", environment, there)
    meant = [held for held in streams if not environments or environment_of(held.name) in environments]
    audit = tuple(held.name for held in meant if held.audit and not held.empty)
    if with_audit:
        _check_names(audit, confirmed)
    reasons = {held.name: _why_kept(held, with_data=with_data, with_audit=with_audit) for held in meant}
    rows = {
        name: (environment, count)
        for name, (environment, count) in families.items()
        if not environments or environment in environments
    }
    for name, (_, count) in rows.items():
        reasons[name] = "" if with_data or not count else f"it holds {count:,} documents (--with-data)"
    lookups = {} if environments else stream_contents.lookup_documents(client, fresh=True)
    for name, count in lookups.items():
        reasons[name] = "" if with_data or not count else f"it holds {count:,} documents (--with-data)"
    holding = tuple(name for name, reason in reasons.items() if reason)
    data = [
        Doomed(held.name, environment_of(held.name), held.documents, held.failures, held.audit)
        for held in meant
        if not held.empty and not reasons[held.name]
    ]
    data += [Doomed(name, each, count) for name, (each, count) in rows.items() if count and not reasons[name]]
    data += [Doomed(name, "", count) for name, count in lookups.items() if count and not reasons[name]]
    decisions = [
        _Decision(
            Object(DataStream.name, held.name, {}), "kept" if reasons[held.name] else "remove", reasons[held.name]
        )
        for held in meant
    ]
    decisions += [
        _Decision(Object(Memory.name, name, {}), "kept" if reasons[name] else "remove", reasons[name])
        for name in rows
    ]
    # The index templates of single environments go with them; what serves all of them stays with the last one.
    only = {held.name for held in meant} if environments else None
    decisions += _definitions(client, reasons, only, kibana=kibana, force=force)
    if environments:
        return Removal(tuple(decisions), holding, audit, tuple(data))
    left = any(decision.outcome != "remove" for decision in decisions)
    for decision, held_count in _memory(client, left=left, with_data=with_data, with_kibana=kibana is not None):
        decisions.append(decision)
        if held_count and decision.outcome == "remove":
            data.append(Doomed(decision.object.name, "", held_count))
    return Removal(tuple(decisions), holding, audit, tuple(data))


def _definitions(
    client: Elasticsearch,
    reasons: Mapping[str, str],
    only: Collection[str] | None,
    *,
    kibana: Kibana | None,
    force: bool,
) -> Iterator[_Decision]:
    """Yield the decision for each installed object that is no stream.

    Args:
        client: The cluster.
        reasons: Stream or lookup index → why it is kept; empty for one that goes.
        only: The names of index templates that are meant; None for every object.
        kibana: Where dashboards and rules are looked for, too.
        force: Remove what was edited since we installed it.
    """
    environments = _environments(client)
    kept = {template for name, reason in reasons.items() if reason for template in templates_of(name)}
    needed = _needed_by(kept, environments)
    wanted = [each for each in desired(environments, kibana) if each.kind != DataStream.name]
    if only is not None:
        wanted = [each for each in wanted if each.kind == IndexTemplate.name and each.name in only]
    for step in reversed(steps(object_kinds(client, kibana), wanted)):
        if step.installed is not None:
            each = step.object
            holds = reasons.get(each.name, "") if each.kind == Lookup.name else ""
            outcome, detail = _decide(step, needed.get(each.kind, set()), holds, force=force)
            yield _Decision(each, outcome, detail, step.installed)


def environment_of(stream: str) -> str:
    """Return the environment of a data stream: the last part of its name, which holds no hyphen itself."""
    return stream.rpartition("-")[2]


def _memory(
    client: Elasticsearch, *, left: bool, with_data: bool, with_kibana: bool
) -> Iterator[tuple[_Decision, int]]:
    """Yield objects made at run time: the state of the evaluator and of `apply`, and Kibana's own copies.

    Each with the number of its documents.

    It goes last, so that a removal that is cut short can be taken up again, and only when nothing is left that it
    belongs to.
    """
    from model_logs.install.kibana.rule_bodies import ALERTS_INDEX
    from model_logs.state.store import INDEX

    ours = {"term": {"kind": "kibana_object"}}
    for name in (ALERTS_INDEX, INDEX):
        with translated(f"looking into {name}"):
            if not client.indices.exists(index=name):
                continue
            client.indices.refresh(index=name)
            installed = client.count(index=name, query=ours)["count"]
            held = client.count(index=name)["count"] - installed
        reason = ""
        if left:
            reason = "the remaining objects may need it"
        elif installed and not with_kibana:
            reason = "it records the objects installed in Kibana (--kibana-url)"
        elif held and not with_data:
            reason = f"it holds {held:,} documents (--with-data)"
        yield _Decision(Object(Memory.name, name, {}), "kept" if reason else "remove", reason), held


def _decide(step: Step, needed: Collection[str], holds: str, *, force: bool) -> tuple[str, str]:
    """Return the decision for an installed object that is no stream, and its reason."""
    if step.state in {ObjectState.FOREIGN, ObjectState.BLOCKED}:
        return "kept", "it was not installed by model-logs"
    if step.object.name in needed:
        return "kept", "a stream that is kept needs it"
    if holds:
        return "kept", holds
    if step.state is ObjectState.EDITED and not force:
        return "refused", f"{step.note} (--force)"
    return "remove", ""


def _check_names(audit: Collection[str], confirmed: Collection[str]) -> None:
    if wrong := sorted(set(confirmed) - set(audit)):
        raise ConfigurationError(
            f"{', '.join(wrong)}: no stream of the audit trail that holds data has this name. Nothing was removed.",
            next_step=f"Streams that do: {', '.join(audit) or 'none'}.",
        )
    if missing := sorted(set(audit) - set(confirmed)):
        raise ConfigurationError(
            f"The audit trail is deleted only by its name; missing: {', '.join(missing)}. Nothing was removed.",
            next_step="Type the name when asked, or give " + " ".join(f"--confirm {name}" for name in missing),
        )


def _why_kept(held: StreamContents, *, with_data: bool, with_audit: bool) -> str:
    if held.empty or (with_audit if held.audit else with_data):
        return ""
    holds = f"it holds {held.documents:,} documents"
    if held.failures is None:
        holds += " and failed ones that may not be counted"
    elif held.failures:
        holds += f" and {held.failures:,} failed ones"
    return f"{holds} (--with-{'audit' if held.audit else 'data'})"


def _environments(client: Elasticsearch) -> list[str]:
    """Return the environments that have an index template of their own, whoever listed them when it was installed."""
    with translated("looking for the index templates of environments"):
        # Elasticsearch answers 404 to a pattern that fits none.
        answer = client.options(ignore_status=404).indices.get_index_template(name="logs-model.*").body
        found = answer.get("index_templates", [])
    return sorted({each["name"].rpartition("-")[2] for each in found if "-" in each["name"].removeprefix("logs-")})


def _needed_by(templates: Collection[str], environments: Collection[str]) -> Mapping[str, set[str]]:
    """Return kind → names of the objects that these index templates use, themselves included.

    Older backing indices may follow the policy of busy environments or that of quiet ones, so both are kept.
    """
    either = [*desired(environments), *desired(environments, busy=[*environments, UNKNOWN])]
    objects = {(each.kind, each.name): each for each in either}
    components = {
        component
        for each in either
        if each.kind == IndexTemplate.name and each.name in templates
        for component in each.body["composed_of"]
    }
    policies = {
        policy
        for kind, names in ((ComponentTemplate.name, components), (IndexTemplate.name, templates))
        for name in names
        if (policy := _policy_in(objects.get((kind, name))))
    }
    return {
        IndexTemplate.name: set(templates),
        ComponentTemplate.name: components,
        Policy.name: policies,
        Lookup.name: set(),
    }


def _policy_in(template: Object | None) -> Any:
    settings = template.body["template"].get("settings", {}) if template else {}
    return flat_settings(settings).get("index.lifecycle.name")
