"""Compares the sealed events with those in the cluster now, event by event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.errors import InconclusiveError
from model_logs.seals import trail
from model_logs.seals.seal import read_seals

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

__all__ = ["Verdict", "verify_seals"]

_DAY = timedelta(days=1)


@dataclass
class Verdict:
    """The result of a comparison: sealed events that were changed, added or deleted.

    Attributes:
        first: The first sealed day.
        last: The last one.
        head: The head of the last seal: compare it with the one that you keep elsewhere.
        sealed: How many events are sealed.
        changed: Those whose content is another one now: id, what it is now.
        added: Those that stand in a sealed day without a seal, though they claim to have been there.
        deleted: Those that are gone: id, the day.
        late: Those that came after the seal of their day; the next seal takes them in.
        expired: How many sealed events are older than the oldest one of the cluster: retention deleted them.
    """

    first: date
    last: date
    head: str
    sealed: int = 0
    changed: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    expired: int = 0

    @property
    def intact(self) -> bool:
        """Whether every sealed event is unchanged."""
        return not (self.changed or self.added or self.deleted)

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        named = {name: getattr(self, name) for name in ("changed", "added", "deleted", "late")}
        days = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {
            **days,
            "head": self.head,
            "intact": self.intact,
            "sealed": self.sealed,
            "expired": self.expired,
        } | named


def verify_seals(client: Elasticsearch, folder: Path, *, retention_days: int | None = None) -> Verdict:
    """Compare the seals of a folder with the cluster.

    Args:
        client: The cluster.
        folder: Where the seals are.
        retention_days: Events older than this may have been deleted by their policy; None: none may.

    Raises:
        ClusterError: The cluster refused, or answered in part.
        AssetError: A seal was changed, or one is missing in their chain.
        InconclusiveError: There is no seal.
    """
    seals = read_seals(folder) if folder.is_dir() else []
    if not seals:
        raise InconclusiveError(
            f"{folder} holds no seal.", next_step="`model-logs audit seal --to FOLDER` makes them."
        )
    verdict = Verdict(seals[0].day, seals[-1].day, seals[-1].head)
    sealed = {key: digest for seal in seals for key, digest in (*seal.events.items(), *seal.late.items())}
    met: set[str] = set()
    for seal in seals:
        verdict.sealed += len(seal.events) + len(seal.late)
        for found in trail.documents(client, seal.day):
            met.add(found.id)
            if found.id not in sealed:
                came_later = found.ingested is not None and found.ingested > seal.sealed_at
                (verdict.late if came_later else verdict.added)[found.id] = found.about
            elif sealed[found.id] != found.digest:
                verdict.changed[found.id] = found.about
    gone = {key: str(seal.day) for seal in seals for key in (*seal.events, *seal.late) if key not in met}
    if retention_days is not None:
        oldest = str(seals[-1].day - retention_days * _DAY)
        verdict.expired = sum(day < oldest for day in gone.values())
        gone = {key: day for key, day in gone.items() if day >= oldest}
    verdict.deleted = gone
    return verdict
