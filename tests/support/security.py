"""A stand-in for the security API of Elasticsearch on this machine's loopback: the development node has none.

It keeps users, roles and API keys, and refuses what the real one refuses: unknown fields and privileges, bad names
and spans of time, a key that would make keys, a user without the right. The tests hold its parser to Elastic's own
classes. What it answers besides is what Elasticsearch documents; whether a cluster agrees, only a cluster can say.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.security_bodies import RefusedError, checked_key, checked_role, milliseconds
from tests.support.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SecuredCluster", "secured_cluster"]

_LICENSED = "current license is non-compliant for [security]"
_OWN = ("manage_own_api_key", "manage_api_key", "manage_security", "all")
_ANY = ("manage_api_key", "manage_security", "all")
_SEE = ("read_security", *_ANY)
_ROLES = ("manage_security", "all")


@dataclass
class SecuredCluster:
    """What a test sees of it and may change.

    Attributes:
        url: Where it listens.
        version: What it claims to be.
        users: Name → password and cluster privileges.
        keys: Id → the key as `GET /_security/api_key` tells it, with what proves it under `secret`.
        roles: Name → body.
        license_valid: Whether the licence covers security.
        api_keys: Whether API keys are turned on.
        requests: What was asked: method, path and body.
        clock: Milliseconds since 1970; moved by tests that wait for an end.
        failures: Answered first, one for each request that is no GET: the status.
    """

    url: str = ""
    version: str = "9.5.2"
    users: dict[str, tuple[str, frozenset[str]]] = field(
        default_factory=lambda: {"elastic": ("changeme", frozenset({"all"}))}
    )
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    license_valid: bool = True
    api_keys: bool = True
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    clock: int = field(default_factory=lambda: int(time.time() * 1000))
    failures: list[int] = field(default_factory=list)

    @property
    def writes(self) -> list[tuple[str, str, Any]]:
        """The requests that were no questions."""
        return [asked for asked in self.requests if asked[0] != "GET"]

    def valid(self, key: dict[str, Any]) -> bool:
        """Whether a key would be let in now."""
        return not key["invalidated"] and key.get("expiration", self.clock + 1) > self.clock


@contextmanager
def secured_cluster(**given: Any) -> Iterator[SecuredCluster]:
    """Run one; `given` are attributes of `SecuredCluster`."""
    state = SecuredCluster(**given)
    handler = type("_Bound", (_Handler,), {"state": state})
    with serving(handler) as state.url:
        yield state


@dataclass(frozen=True)
class _Call:
    state: SecuredCluster
    user: str
    by_key: bool
    privileges: frozenset[str]
    query: dict[str, str]
    body: Any

    def need(self, action: str, granting: tuple[str, ...]) -> None:
        if not self.privileges & set(granting):
            raise RefusedError(
                403,
                "security_exception",
                f"action [{action}] is unauthorized for user [{self.user}], this action is granted by the cluster"
                f" privileges [{','.join(granting)}]",
            )

    def only(self, *names: str) -> None:
        """Refuse parameters that the API does not know."""
        if unknown := sorted(set(self.query) - {"refresh", *names}):
            message = f"request [{self.query}] contains unrecognized parameter: [{unknown[0]}]"
            raise RefusedError(400, "illegal_argument_exception", message)


class _Handler(Quiet):
    state: SecuredCluster

    def _handle(self) -> None:
        content = self.content()
        try:
            status, answer = self._answer(content)
        except RefusedError as error:
            cause = {"type": error.type, "reason": str(error)}
            status, answer = error.status, {"error": {"root_cause": [cause], **cause}, "status": error.status}
        self.reply(status, json.dumps(answer).encode(), product="Elasticsearch")

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815  # http.server asks for these names

    def _answer(self, content: bytes) -> tuple[int, Any]:
        state = self.state
        address = urlsplit(self.path)
        body = json.loads(content) if content else None
        state.requests.append((self.command, self.path, body))
        if self.command != "GET" and state.failures:
            raise RefusedError(state.failures.pop(0), "unavailable_shards_exception", "not now")
        user, by_key, privileges = self._who()
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        call = _Call(state, user, by_key, privileges, query, body)
        for method, pattern, answer in _ROUTES:
            if method == self.command and (match := re.fullmatch(pattern, address.path)):
                if address.path.startswith("/_security/") and not state.license_valid:
                    raise RefusedError(403, "security_exception", _LICENSED)
                return answer(call, *map(unquote, match.groups()))
        raise RefusedError(400, "illegal_argument_exception", f"no handler found for uri [{self.path}]")

    def _who(self) -> tuple[str, bool, frozenset[str]]:
        kind, _, proof = (self.headers.get("authorization") or "").partition(" ")
        first, _, second = base64.b64decode(proof).decode().partition(":") if proof else ("", "", "")
        if kind == "Basic" and self.state.users.get(first, ("", frozenset()))[0] == second and second:
            return first, False, self.state.users[first][1]
        if (
            kind == "ApiKey"
            and (key := self.state.keys.get(first))
            and key["secret"] == second
            and self.state.valid(key)
        ):
            descriptors = key["role_descriptors"].values()
            return key["username"], True, frozenset(each for one in descriptors for each in one.get("cluster", ()))
        raise RefusedError(401, "security_exception", "missing authentication credentials for REST request")


def _info(call: _Call) -> tuple[int, Any]:
    call.need("cluster:monitor/main", ("monitor", "manage", "all"))
    version = {"number": call.state.version, "build_flavor": "default"}
    return 200, {"name": "stand-in", "version": version, "tagline": "You Know, for Search"}


def _need_api_keys(call: _Call) -> None:
    if not call.state.api_keys:
        raise RefusedError(400, "feature_not_enabled_exception", "api keys are not enabled")


def _create(call: _Call) -> tuple[int, Any]:
    call.only()
    call.need("cluster:admin/xpack/security/api_key/create", _OWN)
    body = checked_key(call.body)
    _need_api_keys(call)
    grants = any(each for each in (body.get("role_descriptors") or {"": True}).values())
    if call.by_key and grants:
        message = "creating derived api keys requires an explicit role descriptor that is empty (has no privileges)"
        raise RefusedError(400, "illegal_argument_exception", message)
    state = call.state
    state.clock += 1
    # The real ones may begin with -, which a command line takes for an option: a test that means it sets it itself.
    id_, secret = f"V{secrets.token_urlsafe(14)}", secrets.token_urlsafe(16)
    told = {"id": id_, "name": body["name"]}
    if body.get("expiration") is not None:
        told["expiration"] = state.clock + milliseconds(body["expiration"])
    state.keys[id_] = told | {
        "type": "rest",
        "creation": state.clock,
        "invalidated": False,
        "username": call.user,
        "realm": "native",
        "metadata": body.get("metadata") or {},
        "role_descriptors": body.get("role_descriptors") or {},
        "secret": secret,
    }
    encoded = base64.b64encode(f"{id_}:{secret}".encode()).decode()
    return 200, told | {"api_key": secret, "encoded": encoded}


def _written_out(descriptor: dict[str, Any]) -> dict[str, Any]:
    """Return a role as the server tells it, with what was left out."""
    indices = [{**each, "allow_restricted_indices": False} for each in descriptor.get("indices", [])]
    empty: dict[str, Any] = {"cluster": [], "applications": [], "run_as": [], "metadata": {}}
    return {**empty, **descriptor, "indices": indices, "transient_metadata": {"enabled": True}}


def _list(call: _Call) -> tuple[int, Any]:
    call.only("id", "name", "owner", "realm_name", "username", "active_only", "with_limited_by", "with_profile_uid")
    call.need("cluster:admin/xpack/security/api_key/get", ("manage_own_api_key", *_SEE))
    _need_api_keys(call)
    found = []
    for key in call.state.keys.values():
        seen = key["username"] == call.user or call.privileges & set(_SEE)
        named = fnmatchcase(key["name"], call.query.get("name") or "*") and call.query.get("id") in {None, key["id"]}
        if seen and named and (call.query.get("active_only") != "true" or call.state.valid(key)):
            told = {name: value for name, value in key.items() if name != "secret"}
            told["role_descriptors"] = {n: _written_out(d) for n, d in key["role_descriptors"].items()}
            found.append(told)
    return 200, {"api_keys": found}


def _update(call: _Call, id_: str) -> tuple[int, Any]:
    call.need("cluster:admin/xpack/security/api_key/update", _OWN)
    body = checked_key(call.body, update=True)
    if call.by_key:
        message = "authentication via API key not supported: only the owner user can update an API key"
        raise RefusedError(400, "illegal_argument_exception", message)
    key = call.state.keys.get(id_)
    if key is None or key["username"] != call.user:
        message = f"no API key owned by requesting user found for ID [{id_}]"
        raise RefusedError(404, "resource_not_found_exception", message)
    if not call.state.valid(key):
        what = "invalidated" if key["invalidated"] else "expired"
        raise RefusedError(400, "illegal_argument_exception", f"cannot update {what} API key [{id_}]")
    if body.get("expiration") is not None:
        key["expiration"] = call.state.clock + milliseconds(body["expiration"])
    key |= {name: body[name] for name in ("metadata", "role_descriptors") if body.get(name) is not None}
    return 200, {"updated": True}


def _invalidate(call: _Call) -> tuple[int, Any]:
    call.need("cluster:admin/xpack/security/api_key/invalidate", _OWN)
    body = call.body or {}
    if unknown := sorted(set(body) - {"id", "ids", "name", "owner", "realm_name", "username"}):
        message = f"[1:2] [invalidate_api_key] unknown field [{unknown[0]}]"
        raise RefusedError(400, "x_content_parse_exception", message)
    if not body.get("ids") and not body.get("name"):
        message = (
            "Validation Failed: 1: One of [api key id(s), api key name, username, realm name] must be specified;"
        )
        raise RefusedError(400, "action_request_validation_exception", message)
    done, errors = [], []
    for id_, key in call.state.keys.items():
        if id_ in body.get("ids", ()) or key["name"] == body.get("name"):
            if key["username"] != call.user and not call.privileges & set(_ANY):
                errors.append({"type": "security_exception", "reason": f"[{id_}] belongs to [{key['username']}]"})
            elif not key["invalidated"]:
                key["invalidated"] = True
                done.append(id_)
    answer = {"invalidated_api_keys": done, "previously_invalidated_api_keys": [], "error_count": len(errors)}
    return 200, answer | ({"error_details": errors} if errors else {})


def _put_role(call: _Call, name: str) -> tuple[int, Any]:
    call.need("cluster:admin/xpack/security/role/put", _ROLES)
    new = name not in call.state.roles
    call.state.roles[name] = checked_role(call.body)
    return 200, {"role": {"created": new}}


def _get_roles(call: _Call, names: str) -> tuple[int, Any]:
    call.need("cluster:admin/xpack/security/role/get", ("read_security", *_ROLES))
    found = {name: _written_out(call.state.roles[name]) for name in names.split(",") if name in call.state.roles}
    return (200 if found else 404), found


def _password(call: _Call, name: str) -> tuple[int, Any]:
    call.need("cluster:admin/xpack/security/user/change_password", _ROLES)
    if set(call.body) - {"password", "password_hash"}:
        raise RefusedError(400, "x_content_parse_exception", "unknown field")
    call.state.users[name] = (call.body["password"], call.state.users.get(name, ("", frozenset()))[1])
    return 200, {}


def _put_user(call: _Call, name: str) -> tuple[int, Any]:
    call.need("cluster:admin/xpack/security/user/put", _ROLES)
    if set(call.body) - {"password", "password_hash", "roles", "full_name", "email", "metadata", "enabled"}:
        raise RefusedError(400, "x_content_parse_exception", "unknown field")
    granted = (call.state.roles.get(role, {}).get("cluster", ()) for role in call.body["roles"])
    new = name not in call.state.users
    call.state.users[name] = (call.body["password"], frozenset(each for one in granted for each in one))
    return 200, {"created": new}


_NAME = r"([^/]+)"
_ROUTES: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
    ("GET", "/", _info),
    *((method, "/_security/api_key", _create) for method in ("POST", "PUT")),
    ("GET", "/_security/api_key", _list),
    ("DELETE", "/_security/api_key", _invalidate),
    ("PUT", f"/_security/api_key/{_NAME}", _update),
    *((method, f"/_security/role/{_NAME}", _put_role) for method in ("POST", "PUT")),
    ("GET", f"/_security/role/{_NAME}", _get_roles),
    *((method, f"/_security/user/{_NAME}/_password", _password) for method in ("POST", "PUT")),
    *((method, f"/_security/user/{_NAME}", _put_user) for method in ("POST", "PUT")),
]
