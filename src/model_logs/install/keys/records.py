"""Records of a request, a key and a new key; the secret is in `NewKey` alone, and never in its repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["MadeKey", "NewKey", "SecurityRequest"]


@dataclass(frozen=True, slots=True)
class SecurityRequest:
    """One request, as it is sent and as `--dry-run` shows it.

    Attributes:
        method: GET, POST, PUT or DELETE.
        path: From `/_security` on.
        body: Sent as JSON; none for a GET.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: the only moment at which its secret is known.

    Attributes:
        id: Names it, and is no secret.
        name: Several may have the same.
        role: Of `mappings/roles.yml`.
        expires: When it stops to be valid; None is never.
        secret: What proves it.
        encoded: Base64 of `id:secret`, as the header `Authorization: ApiKey` takes it.
    """

    id: str
    name: str
    role: str
    expires: datetime | None
    secret: str = field(repr=False)
    encoded: str = field(repr=False)

    @property
    def pair(self) -> str:
        """`id:secret`, as Logstash and Filebeat take it."""
        return f"{self.id}:{self.secret}"


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was made here before.

    Attributes:
        id: Names it.
        name: Several may have the same.
        role: Of `mappings/roles.yml`.
        environments: What it was limited to; empty for all.
        streams: What it was limited to; empty for all.
        kibana_space: The space of Kibana that it reaches; empty for none.
        owner: The user who made it; only that one can set its end.
        created: When.
        expires: When it stops to be valid; None is never.
        invalidated: Whether somebody revoked it.
        outdated: Whether the role has changed since.
    """

    id: str
    name: str
    role: str
    environments: tuple[str, ...]
    streams: tuple[str, ...]
    kibana_space: str
    owner: str
    created: datetime
    expires: datetime | None
    invalidated: bool
    outdated: bool

    def state(self, now: datetime) -> str:
        """Return active, outdated, expired or revoked."""
        if self.invalidated:
            return "revoked"
        if self.expires is not None and self.expires <= now:
            return "expired"
        return "outdated" if self.outdated else "active"
