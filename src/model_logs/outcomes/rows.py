"""Rows of outcomes as they are written: where they stand, which version they have, and those that wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from model_logs import contract
from model_logs.outcomes.truths import Truth
from model_logs.times import iso

__all__ = ["FAMILY", "action", "deletion", "pending", "pending_id", "truth_key", "truth_of"]

FAMILY = "model-logs-outcomes"


def truth_key(truth: Truth) -> tuple[str, str | None]:
    """Return the key of a truth: the request, and the model where it names one."""
    return truth.request_id, truth.model


def action(
    identifier: str, environment: str, month_of: datetime, truth: Truth, row: dict[str, Any]
) -> dict[str, Any]:
    """Return the request that stores a row, unless a later truth did already."""
    index = contract.load_contract().indices[FAMILY].of(environment, f"{month_of:%Y.%m}")
    return {
        "_op_type": "index",
        "_index": index,
        "_id": identifier,
        "version": int(truth.at.timestamp() * 1000),
        "version_type": "external_gte",
        "_source": row,
    }


def pending(truth: Truth, environment: str, *, first_seen: datetime) -> dict[str, Any]:
    """Return the request that stores a truth which waits; it stands in the month in which it came first."""
    given = {
        "model_name": truth.model,
        "actual_label": truth.label,
        "actual_value": truth.value,
    }
    row = {
        "@timestamp": iso(truth.at),
        "state": "pending",
        "environment": environment,
        "request_id": truth.request_id,
        "outcome_at": iso(truth.at),
        "first_seen": iso(first_seen),
        **{name: value for name, value in given.items() if value is not None},
    }
    return action(pending_id(truth), environment, first_seen, truth, row)


def pending_id(truth: Truth) -> str:
    """Return the id of the row of a truth that waits."""
    return "pending-" + sha256(f"{truth.request_id}\0{truth.model or ''}".encode()).hexdigest()[:40]


def deletion(hit: dict[str, Any]) -> dict[str, Any]:
    """Return the request that deletes a row."""
    return {"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]}


def truth_of(row: dict[str, Any]) -> Truth:
    """Return the truth of a row that waits."""
    found = Truth(row["request_id"], datetime.fromisoformat(row["outcome_at"]), row.get("actual_label"))
    return replace(found, value=row.get("actual_value"), model=row.get("model_name"))
