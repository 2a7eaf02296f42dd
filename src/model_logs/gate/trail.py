"""Verdicts and overrides as events of the audit trail, in one form for every road that they take there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.errors import ConfigurationError, InconclusiveError
from model_logs.gate.verdict import FAILED, INCONCLUSIVE, PASSED
from model_logs.tables.contract import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch import Elasticsearch

    from model_logs.gate.judging import Judgement
    from model_logs.journal import Journal
    from model_logs.state.audit_trail import Recorder

__all__ = ["event_of_gate", "fields_of", "override", "record_verdict"]

_STATUS = {PASSED: "success", FAILED: "failed", INCONCLUSIVE: "cancelled"}
_MOST_REASON = 1_000
_KEYWORD_OF = {name: keyword for keyword, name in KEYWORDS.items()}


def fields_of(found: Judgement, *, id_: str, sha256: str, by: str) -> dict[str, Any]:
    """Return the fields of the event about a verdict.

    Args:
        found: The verdict.
        id_: The gate's id.
        sha256: Of the file with the evidence; empty where none was written.
        by: Who asked.
    """
    check = found.deciding
    reason = "; ".join(found.reasons)
    return {
        "model_name": found.question.model,
        "model_version": found.question.version,
        "environment": found.question.environment,
        "status": _STATUS[found.verdict],
        "user.name": by,
        "reason": reason[:_MOST_REASON] or None,
        "gate.id": id_,
        "gate.name": found.objectives.name,
        "gate.objective": check.title if check else None,
        "gate.value": check.value if check else None,
        "gate.threshold": check.limit if check else None,
        "gate.events": check.events if check else None,
        "gate.evidence_sha256": sha256 or None,
        "gate.window_s": found.question.window.total_seconds(),
        "message": f"{found.question.subject}: {found.verdict}",
    }


def record_verdict(
    found: Judgement,
    *,
    id_: str,
    sha256: str,
    by: str,
    recorder: Recorder | None = None,
    journal: Journal | None = None,
) -> None:
    """Put a verdict into the audit trail: straight into the cluster, or into a file that is shipped.

    Raises:
        ModelLogsError: It was not taken.
    """
    fields = fields_of(found, id_=id_, sha256=sha256, by=by)
    _record(f"gate_{found.verdict}", id_, found.at, fields, (recorder, journal))


def override(
    client: Elasticsearch,
    id_: str,
    *,
    reason: str,
    by: str,
    recorder: Recorder | None = None,
    journal: Journal | None = None,
) -> dict[str, Any]:
    """Record that a person goes on in spite of a gate, and return the event about that gate.

    Raises:
        ConfigurationError: The gate passed, so there is nothing to override, or the reason says nothing.
        InconclusiveError: The audit trail does not know the gate.
    """
    if not reason.strip():
        raise ConfigurationError("An override needs a reason.", next_step='Write --reason "why it is safe to go on".')
    event = event_of_gate(client, id_)
    if event["event_type"] == "gate_passed":
        raise ConfigurationError(f"The gate {id_} passed.", next_step="There is nothing to override.")
    at = datetime.now(UTC)
    gate = event.get("gate") or {}
    fields = {
        "model_name": event.get("model_name"),
        "model_version": event.get("model_version"),
        "environment": event.get("environment"),
        "user.name": by,
        "reason": reason.strip()[:_MOST_REASON],
        "gate.id": id_,
        "gate.name": gate.get("name"),
        "message": f"{by} goes on in spite of {event['event_type']}",
    }
    _record("gate_overridden", f"{id_}.override-{at:%Y%m%dT%H%M%S%f}", at, fields, (recorder, journal))
    return event


def event_of_gate(client: Elasticsearch, id_: str) -> dict[str, Any]:
    """Return the event about a verdict that came by the road of registries and gates.

    Raises:
        InconclusiveError: There is none: it has not arrived, it expired, or it was never recorded.
        ClusterError: The cluster cannot be asked.
    """
    from model_logs.lineage.approvals import ATTESTED

    verdicts = [f"gate_{verdict}" for verdict in _STATUS]
    named, judged = {"term": {"gate.id": id_}}, {"terms": {"event_type": verdicts}}
    with translated("looking for the event about a gate"):
        found = client.search(
            index="logs-model.lifecycle-*",
            query={"bool": {"filter": [named, judged, ATTESTED]}},
            size=1,
            sort=["@timestamp"],
            allow_partial_search_results=False,
            allow_no_indices=True,
        )
    hits = found["hits"]["hits"]
    if not hits:
        raise InconclusiveError(
            f"The audit trail holds no attested event about the gate {id_}.",
            next_step="Look whether its file was shipped (`model-logs ship --attested`), and at the id.",
        )
    return dict(hits[0]["_source"])


def _record(
    event_type: str,
    event_id: str,
    at: datetime,
    fields: Mapping[str, Any],
    roads: tuple[Recorder | None, Journal | None],
) -> None:
    said = {name: value for name, value in fields.items() if value is not None}
    recorder, journal = roads
    if recorder is not None:
        recorder.record(event_type, event_id, at, said)
    if journal is not None:
        keywords = {_KEYWORD_OF.get(name, name): value for name, value in said.items()}
        journal.write(event_type, {**keywords, "event_id": event_id, "timestamp": at})
