"""The requests to the security API, as they are sent: bodies and paths, no sending."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from model_logs.errors import ConfigurationError
from model_logs.install.keys.records import SecurityRequest
from model_logs.install.keys.roles import NATIVE, Role, narrowed
from model_logs.times import short_span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

__all__ = ["MANAGED_BY", "PREFIX", "create_request", "expire_request", "revoke_request", "role_request"]

MANAGED_BY = "model-logs"
PREFIX = "model-logs-"
_SUFFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)


def create_request(
    role: Role,
    *,
    suffix: str = "",
    expires: timedelta | None,
    environments: Iterable[str] = (),
    streams: Iterable[str] = (),
    kibana_space: str = "",
    replaces: str = "",
) -> SecurityRequest:
    """Return the request that makes a key.

    Args:
        role: The whole role.
        suffix: Put after the name of the role, to tell keys apart.
        expires: How long it is valid; None for ever.
        environments: What it is limited to; nothing for all.
        streams: What it is limited to; nothing for all.
        kibana_space: The space of Kibana that it reaches too.
        replaces: The id of the key that it takes the place of.

    Raises:
        ConfigurationError: The name or a limit makes no sense.
    """
    if suffix and not _SUFFIX.fullmatch(suffix):
        raise ConfigurationError(
            f"{suffix!r} cannot be part of a key's name.",
            next_step="Use 1 to 100 of A-Z, a-z, 0-9, _, . and -, beginning with a letter or a digit.",
        )
    environments, streams = tuple(environments), tuple(streams)
    limited = narrowed(role, environments=environments, streams=streams, kibana_space=kibana_space)
    metadata: dict[str, Any] = {"managed_by": MANAGED_BY, "version": version("model-logs"), "role": role.name}
    limits = {"environments": list(environments), "streams": list(streams), "kibana_space": kibana_space}
    metadata |= {name: value for name, value in limits.items() if value}
    if replaces:
        metadata["replaces"] = replaces
    body: dict[str, Any] = {"name": f"{PREFIX}{role.name}{'-' if suffix else ''}{suffix}"}
    if expires is not None:
        body["expiration"] = short_span(expires)
    body["role_descriptors"] = {NATIVE.format(role.name): limited.descriptor()}
    return SecurityRequest("POST", "/_security/api_key", body | {"metadata": metadata})


def expire_request(id_: str, after: timedelta) -> SecurityRequest:
    """Return the request that sets the end of a key; only its owner may send it, and not with a key."""
    return SecurityRequest("PUT", f"/_security/api_key/{quote(id_, safe='')}", {"expiration": short_span(after)})


def revoke_request(ids: Iterable[str]) -> SecurityRequest:
    """Return the request that ends keys at once."""
    return SecurityRequest("DELETE", "/_security/api_key", {"ids": list(ids)})


def role_request(role: Role) -> SecurityRequest:
    """Return the request that installs a role for users; keys do not need it."""
    body = role.descriptor() | {
        "description": role.meaning,
        "metadata": {"managed_by": MANAGED_BY, "version": version("model-logs")},
    }
    return SecurityRequest("PUT", f"/_security/role/{NATIVE.format(role.name)}", body)
