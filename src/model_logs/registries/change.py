"""One change of a model, as a registry tells it: an event of the audit trail that is not written yet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.redaction import is_secret, redact
from model_logs.tables.contract import KEYWORDS
from model_logs.tables.redaction import REPLACEMENT

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Change", "change_id", "told_value"]

# A letter has up to four bytes, and the logger cuts behind 8,191 of them.
_LONGEST_VALUE = 2_000

_KEYWORD_OF = {name: keyword for keyword, name in KEYWORDS.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """One event of the audit trail.

    Attributes:
        event_type: Of the contract.
        fields: Field of the contract, dotted → value; labels under `labels`.
        at: When it happened; None where the delivery does not say it.
        record_id: The registry's id of it; None where only the delivery has one.
    """

    event_type: str
    fields: dict[str, Any]
    at: datetime | None = None
    record_id: str | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        """The fields by the logger's keywords, with the id and the time of the event where the registry has them."""
        fields = self.fields
        if "tag.value" in fields:
            fields = {**fields, "tag.value": told_value(fields.get("tag.key"), fields["tag.value"])}
        found = {_KEYWORD_OF.get(name, name): value for name, value in fields.items()}
        own = {"event_id": self.record_id or None, "timestamp": self.at}
        return found | {name: value for name, value in own.items() if value is not None}


def told_value(key: Any, value: Any) -> str | None:
    """Return the value of a tag as the trail has it: without secrets, and cut where it is long.

    Args:
        key: The tag's name; under the name of a secret no value is kept.
        value: As the registry has it.
    """
    if value is None:
        return None
    if is_secret(str(key)):
        return REPLACEMENT
    text = str(value)
    return redact(text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…")


def change_id(registry: str, workspace: str | None, event_type: str, *parts: object) -> str:
    """Return the id of a change, which follows from the change itself: whoever finds it gives it the same id.

    Args:
        registry: The registry.
        workspace: Its workspace; None where it has none.
        event_type: Of the contract.
        parts: What tells this change from all others: the model, the version, the registry's own time of it.
    """
    said = "\0".join(("" if part is None else str(part)) for part in (registry, workspace, event_type, *parts))
    return f"{registry}-{hashlib.sha256(said.encode()).hexdigest()[:40]}"
