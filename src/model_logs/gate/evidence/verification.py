"""`verify_evidence`: tells an altered evidence from late events, and both from events that expired."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.errors import InconclusiveError, QueryError
from model_logs.gate.blocks import Table, ask_with
from model_logs.gate.checks import judge
from model_logs.gate.evidence.document import hash_of
from model_logs.gate.method import VERSION
from model_logs.gate.trail import event_of_gate
from model_logs.gate.verdict import conclude

if TYPE_CHECKING:
    from datetime import datetime

    from elasticsearch import Elasticsearch

    from model_logs.gate.evidence.document import Evidence

__all__ = ["Verification", "verify_evidence"]

_TIMEOUT = 60.0
# Of a figure that is computed again by another release of a library.
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification.

    Attributes:
        result: confirmed, altered, late events, events gone, expired or unproved.
        verdict: The verdict as the evidence has it.
        verdict_now: The verdict by the events of now; empty where they were not asked or expired.
        lines: What was found, in sentences.
    """

    result: str
    verdict: str
    verdict_now: str
    lines: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return asdict(self)


def verify_evidence(client: Elasticsearch, evidence: Evidence) -> Verification:
    """Hold an evidence against itself, the audit trail and the events of now.

    Raises:
        ClusterError: The cluster cannot be asked.
    """
    lines: list[str] = []
    altered = list(_contradictions(evidence))
    proved = False
    try:
        event = event_of_gate(client, evidence.id)
        proved = True
        gate = event.get("gate") or {}
        if gate.get("evidence_sha256") != evidence.sha256:
            altered.append(
                f"its SHA-256 is {evidence.sha256}, and the audit trail says {gate.get('evidence_sha256')}"
            )
        if event["event_type"] != f"gate_{evidence.verdict}":
            altered.append(f"it says {evidence.verdict}, and the audit trail says {event['event_type']}")
    except InconclusiveError as error:
        lines.append(error.what)
    if altered:
        return Verification("altered", evidence.verdict, "", tuple(f"Altered: {each}." for each in altered))
    result, verdict_now = _by_events(client, evidence, lines)
    if not proved:
        result = "unproved"
    return Verification(result, evidence.verdict, verdict_now, tuple(lines))


def _contradictions(evidence: Evidence) -> list[str]:
    """Return what the evidence says about itself and is not so."""
    document = evidence.document
    found = []
    if hash_of(str(document["query"]["text"]).encode()) != document["hashes"]["query"]:
        found.append("its query is not the one that was hashed")
    if document["method"] == VERSION:
        checks = tuple(judge(evidence.table, evidence.setting))
        if len(checks) != len(evidence.checks) or not all(
            one.verdict == other.verdict and one.events == other.events and _same(one.high, other.high)
            for one, other in zip(checks, evidence.checks, strict=True)
        ):
            found.append("its checks do not follow from its counts")
        elif conclude(checks, evidence.doubts) != evidence.verdict:
            found.append("its verdict does not follow from its checks")
    return found


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_CLOSE)


def _by_events(client: Elasticsearch, evidence: Evidence, lines: list[str]) -> tuple[str, str]:
    """Return the result by the events of now, and the verdict by them."""
    params = evidence.document["query"]["params"]
    if not params:
        lines.append("The gate got no counts, so there is nothing to ask for again.")
        return "confirmed", ""
    try:
        now = ask_with(client, evidence.window, params, timeout=_TIMEOUT)
    except QueryError as error:
        lines.append(f"The events could not be counted again: {error.what}")
        return "unproved", ""
    before, after = (_counts(table) for table in (evidence.table, now))
    if before == after:
        lines.append("The events of now give the same counts.")
        return "confirmed", conclude(judge(now, evidence.setting), evidence.doubts)
    verdict = conclude(judge(now, evidence.setting), evidence.doubts)
    change = sum(after.values()) - sum(before.values())
    if all(after.get(key, 0) >= count for key, count in before.items()):
        lines.append(f"{change:,} events arrived since; by those of now it is {verdict}.")
        return "late events", verdict
    oldest = _oldest(client, str(params["environment"]))
    if oldest is None or oldest > evidence.window.start + evidence.window.block:
        lines.append(
            "Its events were deleted by their retention; the verdict was computed again from its own counts."
        )
        return "expired", ""
    lines.append(f"{-change:,} events are gone, and older ones are there; by those of now it is {verdict}.")
    return "events gone", verdict


def _counts(table: Table) -> dict[tuple[str, int], int]:
    return {(row["arm"], row["block"]): row["predictions"] for row in table.rows()}


def _oldest(client: Elasticsearch, environment: str) -> datetime | None:
    """Return the time of the oldest event of an environment."""
    from datetime import datetime as moment

    with translated("looking for the oldest event"):
        found = client.search(
            index="logs-model.prediction-*",
            size=0,
            query={"term": {"environment": environment}},
            aggs={"oldest": {"min": {"field": "@timestamp"}}},
            allow_partial_search_results=False,
        )
    value = found["aggregations"]["oldest"].get("value_as_string")
    return moment.fromisoformat(value) if value else None
