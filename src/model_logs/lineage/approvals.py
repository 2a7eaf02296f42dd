"""The approval of a version as it stands: the last verdict that came by the road of registries and gates.

Whoever writes a log file can write `approved` into it. The shippers mark each decision by the road that it came
(`attested`), and only an attested verdict counts; what an earlier version shipped carries no mark, and does not count
either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from model_logs.lineage import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from elasticsearch import Elasticsearch

__all__ = ["ATTESTED", "approval_of", "is_attested", "mark_of", "standing"]

# For a search: the decisions that count. In ES|QL the line of dashboards/queries/_attested.esql says the same.
ATTESTED: Final = {"term": {"attested": True}}
_VERDICTS: Final = ("approved", "rejected")


def is_attested(event: Mapping[str, Any]) -> bool:
    """Tell whether a decision came by the road of registries and gates."""
    return event.get("attested") is True


def mark_of(event: Mapping[str, Any]) -> str:
    """Return what to write beside an event: `unattested` where its road proves nothing, empty for any other."""
    return "unattested" if event.get("attested") is False else ""


def standing(events: Iterable[dict[str, Any]]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return the verdict that counts, and the claims behind it that do not.

    Args:
        events: Of one version, the oldest first.
    """
    verdict: dict[str, Any] | None = None
    claims: list[dict[str, Any]] = []
    for event in events:
        if event["event_type"] not in _VERDICTS or event.get("status") not in {None, "success"}:
            continue
        if is_attested(event):
            verdict, claims = event, []
        else:
            claims.append(event)
    return verdict, claims


def approval_of(
    client: Elasticsearch, model: str, version: str, *, until: datetime | None = None
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return the verdict about one version that counts, and later claims that do not: what a gate asks.

    Args:
        client: The cluster.
        model: The model; names that it had before are followed.
        version: The version.
        until: Only what happened before.

    Raises:
        ClusterError: The cluster refused, or answered in part.
    """
    events = reading.of_model(client, model, until=until, event_types=_VERDICTS)
    return standing(event for event in events if event.get("model_version") == version)
