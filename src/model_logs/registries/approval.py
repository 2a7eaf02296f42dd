"""Approval of a version: the tag or alias of a registry that means approval or rejection.

MLflow knows no approval of its own, and teams write one as a tag (`approval=approved`) or move an alias. The event of
the registry stays as it is; one that means approval is followed by an event `approved` or `rejected`, with the same
person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError
from model_logs.registries.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEFAULT", "Approval"]

DEFAULT = "approval=approved|rejected"
_ALIAS = "alias:"


@dataclass(frozen=True, slots=True)
class Approval:
    """The tag or alias that means approval.

    Attributes:
        tag: The key of the tag; empty where an alias means it.
        approved: The tag's value, or the alias, that approves, in small letters.
        rejected: The one that rejects; empty where none does.
    """

    tag: str
    approved: str
    rejected: str

    @classmethod
    def of(cls, text: str) -> Approval:
        """Return the approval of a setting: `approval=approved|rejected`, or `alias:approved|rejected`.

        Raises:
            ConfigurationError: It is neither.
        """
        tag, _, values = text.partition("=")
        if text.startswith(_ALIAS):
            tag, values = "", text.removeprefix(_ALIAS)
        approved, _, rejected = (part.strip().lower() for part in values.partition("|"))
        if not approved or (not tag.strip() and not text.startswith(_ALIAS)):
            raise ConfigurationError(
                f"{text!r} says neither a tag nor an alias that means approval.",
                next_step=f"Write TAG=APPROVED|REJECTED, such as {DEFAULT}, or alias:NAME|NAME.",
            )
        return cls(tag.strip(), approved, rejected)

    def with_verdict(self, change: Change) -> Iterator[Change]:
        """Yield a change, and behind it the approval or rejection that it means."""
        yield change
        fields = change.fields
        if fields.get("status", "success") != "success":
            # Who only tried has not approved.
            return
        if change.event_type == "tag_set" and self.tag and fields.get("tag.key") == self.tag:
            said = fields.get("tag.value")
        elif change.event_type == "alias_set" and not self.tag:
            said = fields.get("alias")
        else:
            return
        verdict = {self.approved: "approved", self.rejected or None: "rejected"}.get(str(said).strip().lower())
        if verdict:
            kept = {name: value for name, value in fields.items() if name not in {"tag.value", "previous_version"}}
            yield Change(verdict, kept, change.at, f"{change.record_id}.{verdict}" if change.record_id else None)
