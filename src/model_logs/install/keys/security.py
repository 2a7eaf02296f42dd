"""Sends requests to the security API of one cluster, and turns refusals into errors for people."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs.cluster import reason_of, translated
from model_logs.errors import ClusterError, ConfigurationError
from model_logs.install.keys.records import MadeKey, NewKey, SecurityRequest
from model_logs.install.keys.requests import MANAGED_BY, PREFIX
from model_logs.install.keys.roles import NATIVE, Role, load_roles, narrowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from elasticsearch import ApiError, Elasticsearch

__all__ = ["Security"]

_OWN_KEYS = "manage_own_api_key, or manage_api_key for those of others"
_LIST = SecurityRequest("GET", f"/_security/api_key?name={PREFIX}*")


class Security:
    """The API keys and roles of one cluster, as far as they are ours.

    Args:
        client: Of the cluster; made with a user's own credentials, since a key cannot make keys.
    """

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def create(self, request: SecurityRequest) -> NewKey:
        """Create a key; its secret is in the returned record alone.

        Raises:
            ClusterError: The cluster refuses, or has no security.
        """
        body = request.body or {}
        # The client's own logger writes whole answers for whoever listens to it, and this one holds the secret.
        with _silent("elastic_transport.node", "elastic_transport.transport"):
            made = self._send(request, doing=f"making the key {body['name']}", needs=_OWN_KEYS)
        return NewKey(
            id=made["id"],
            name=made["name"],
            role=body["metadata"]["role"],
            expires=_moment(made.get("expiration")),
            secret=made["api_key"],
            encoded=made["encoded"],
        )

    def ours(self) -> list[MadeKey]:
        """Return the keys that were made by us and that the user may see, the newest first.

        Raises:
            ClusterError: The cluster refuses, or has no security.
        """
        found = self._send(_LIST, doing="listing API keys", needs="manage_own_api_key, or read_security for all keys")
        roles = load_roles()
        ours = [each for each in found["api_keys"] if (each.get("metadata") or {}).get("managed_by") == MANAGED_BY]
        return sorted((_key(each, roles) for each in ours), key=lambda key: key.created, reverse=True)

    def end(self, request: SecurityRequest) -> None:
        """Set the end of a key.

        Raises:
            ClusterError: The cluster refuses; only the owner may.
        """
        self._send(request, doing="setting the end of a key", needs=_OWN_KEYS)

    def revoke(self, request: SecurityRequest) -> list[str]:
        """End keys at once and return the ids of those that were valid until now.

        Raises:
            ClusterError: The cluster refuses, or could not end all of them.
        """
        done = self._send(request, doing="revoking keys", needs=_OWN_KEYS)
        if done.get("error_count"):
            reasons = "; ".join(str(each.get("reason")) for each in done.get("error_details", []))
            raise ClusterError(
                f"{done['error_count']} of the keys could not be revoked: {reasons}",
                next_step="List the remaining keys with `elk-bootstrap keys list`, then try again.",
            )
        return list(done["invalidated_api_keys"])

    def install(self, request: SecurityRequest) -> bool:
        """Install a role for users, or replace it; return whether it is new."""
        done = self._send(
            request, doing=f"installing the role {request.path.rpartition('/')[2]}", needs="manage_security"
        )
        return bool(done["role"]["created"])

    def installed(self, roles: Iterable[Role]) -> dict[str, str]:
        """Return for each role whether it is installed: current, outdated or missing."""
        wanted = {NATIVE.format(role.name): role for role in roles}
        asked = SecurityRequest("GET", f"/_security/role/{','.join(wanted)}")
        found = self._send(asked, doing="looking for roles", needs="read_security", absent={})
        return {
            role.name: "missing"
            if name not in found
            else ("current" if _grants(found[name]) == _grants(role.descriptor()) else "outdated")
            for name, role in wanted.items()
        }

    def _send(
        self, request: SecurityRequest, *, doing: str, needs: str, absent: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {"accept": "application/json"}
        if request.body is not None:
            headers["content-type"] = "application/json"
        # Once only: a key that was made by a lost request would be known to nobody.
        client = self._client.options(max_retries=0, ignore_status=404 if absent is not None else ())
        with _explained(doing, needs):
            response = client.perform_request(request.method, request.path, headers=headers, body=request.body)
        return absent if absent is not None and response.meta.status == 404 else dict(response.body)  # noqa: PLR2004


def _key(found: Mapping[str, Any], roles: Mapping[str, Role]) -> MadeKey:
    said = found["metadata"]
    environments, streams = tuple(said.get("environments", ())), tuple(said.get("streams", ()))
    space = said.get("kibana_space", "")
    granted = [_grants(each) for each in (found.get("role_descriptors") or {}).values()]
    return MadeKey(
        id=found["id"],
        name=found["name"],
        role=said.get("role", "?"),
        environments=environments,
        streams=streams,
        kibana_space=space,
        owner=found.get("username", "?"),
        created=datetime.fromtimestamp(found["creation"] / 1000, UTC),
        expires=_moment(found.get("expiration")),
        invalidated=bool(found.get("invalidated")),
        outdated=granted != [_today(roles.get(said.get("role", "")), environments, streams, space)],
    )


def _today(role: Role | None, environments: tuple[str, ...], streams: tuple[str, ...], space: str) -> Any:
    """Return the rights of a new key with these limits; None where no such key would be made."""
    if role is None:
        return None
    try:
        limited = narrowed(role, environments=environments, streams=streams, kibana_space=space)
    except ConfigurationError:
        return None
    return _grants(limited.descriptor())


def _grants(descriptor: Mapping[str, Any]) -> Any:
    """Return the grants of a role, independent of their order and of defaults that the server writes out."""
    return (
        frozenset(descriptor.get("cluster") or ()),
        frozenset(
            (frozenset(each["names"]), frozenset(each["privileges"])) for each in descriptor.get("indices") or ()
        ),
        frozenset(
            (each["application"], frozenset(each["privileges"]), frozenset(each["resources"]))
            for each in descriptor.get("applications") or ()
        ),
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


@contextmanager
def _silent(*names: str) -> Iterator[None]:
    loggers = [logger for logger in map(logging.getLogger, names) if not logger.disabled]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger in loggers:
            logger.disabled = False


@contextmanager
def _explained(doing: str, needs: str) -> Iterator[None]:
    """Say why the security API refuses, with the next step for that reason."""
    from elasticsearch import ApiError

    try:
        with translated(doing):
            yield
    except ClusterError as error:
        cause = error.__cause__
        better = _reason(cause, doing, needs) if isinstance(cause, ApiError) else None
        if better is None:
            raise
        raise better from cause


def _reason(error: ApiError, doing: str, needs: str) -> ClusterError | None:
    reason = reason_of(error)
    if "no handler found for uri" in reason or "Incorrect HTTP method for uri" in reason:
        return ClusterError(
            f"Security is not enabled on this cluster ({doing}): it knows neither keys nor roles.",
            next_step="Set xpack.security.enabled: true in elasticsearch.yml. The development node has no security:"
            " there every command works without a key.",
        )
    for sign, message, step in _REASONS:
        if sign in reason:
            return ClusterError(f"{message} ({doing}): {reason}", next_step=step)
    if error.status_code == 403:  # noqa: PLR2004  # HTTP: forbidden
        return ClusterError(
            f"This user lacks the right for it ({doing}): {reason}",
            next_step=f"Ask as a user with the cluster privilege {needs}.",
        )
    return None


_AS_A_USER = "Give a user and a password instead: --username, and MODEL_LOGS_PASSWORD in the environment."
# What the reason says → what it means, and the next step.
_REASONS = (
    ("creating derived api keys requires", "A key cannot make keys that may do something", _AS_A_USER),
    ("authentication via API key not supported", "A key cannot change keys", _AS_A_USER),
    (
        "api keys are not enabled",
        "API keys are turned off on this cluster",
        "Set xpack.security.authc.api_key.enabled: true in elasticsearch.yml, and TLS for HTTP.",
    ),
    (
        "current license is non-compliant",
        "The cluster's licence does not cover security",
        "Look at GET /_license: security with keys and roles is part of the basic licence; an expired trial is not.",
    ),
    (
        "no API key owned by requesting user",
        "The key belongs to another user",
        "Ask as its owner (`elk-bootstrap keys list` says who), or end it at once with `elk-bootstrap keys revoke`.",
    ),
)
