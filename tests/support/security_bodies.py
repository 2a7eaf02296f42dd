"""What the stand-in for the security API takes as a role or a key, and what it says to anything else."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["RefusedError", "checked_key", "checked_role", "milliseconds"]

_SPAN = re.compile(r"(\d+)(d|h|m|s|ms|micros|nanos)")
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1, "micros": 1e-3, "nanos": 1e-6}
_LONGEST_NAME = 256
_KEY = {"name", "expiration", "role_descriptors", "metadata"}
_ROLE = {"cluster", "indices", "index", "applications", "run_as", "metadata", "global", "restriction"}
_ROLE |= {"remote_indices", "remote_cluster", "transient_metadata"}
_ENTRY = {"names", "privileges", "field_security", "query", "allow_restricted_indices"}


class RefusedError(Exception):
    """What Elasticsearch answers in place of doing it."""

    def __init__(self, status: int, type_: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.type = type_


@cache
def _privileges() -> dict[str, list[str]]:
    """Return the names that exist; the file is held to Elastic's own classes by a test."""
    path = Path(__file__).with_name("security_privileges.json")
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def milliseconds(span: str) -> int:
    """Return a span of time in milliseconds."""
    match = _SPAN.fullmatch(span.strip().lower())
    if match is None:
        message = f"failed to parse setting [expiration] with value [{span}] as a time value"
        raise RefusedError(400, "illegal_argument_exception", message)
    return int(int(match[1]) * _UNITS[match[2]])


def checked_key(body: Any, *, update: bool = False) -> dict[str, Any]:
    """Return the body of a request for a key, or refuse it."""
    known = _KEY - {"name"} if update else _KEY
    body = _of(body, dict, "api_key_request")
    _refuse_unknown(body, known, "api_key_request")
    if not update:
        _check_name(body)
    if "expiration" in body:
        milliseconds(_of(body["expiration"], str, "expiration"))
    for descriptor in _of(body.get("role_descriptors", {}), dict, "role_descriptors").values():
        _check_role(_of(descriptor, dict, "role_descriptors"))
    _check_metadata(body, "API key metadata")
    return dict(body)


def checked_role(body: Any) -> dict[str, Any]:
    """Return the body of a role, or refuse it."""
    body = _of(body, dict, "role")
    described = {name: value for name, value in body.items() if name != "description"}
    _check_role(described)
    _check_metadata(body, "role metadata")
    return dict(body)


def _check_name(body: dict[str, Any]) -> None:
    if "name" not in body:
        raise RefusedError(400, "illegal_argument_exception", "Required [name]")
    name = _of(body["name"], str, "name")
    if not name:
        raise _invalid("api key name is required")
    if len(name) > _LONGEST_NAME:
        raise _invalid("api key name may not be more than 256 characters long")
    if name != name.strip():
        raise _invalid("api key name may not begin or end with whitespace")
    if name.startswith("_"):
        raise _invalid("api key name may not begin with an underscore")


def _check_role(descriptor: dict[str, Any]) -> None:
    _refuse_unknown(descriptor, _ROLE, "role_descriptors")
    for name in _names(descriptor.get("cluster", []), "cluster"):
        if name not in _privileges()["cluster"] and not name.startswith("cluster:"):
            raise _invalid(
                f"unknown cluster privilege [{name}]. a privilege must be either one of the predefined ones"
            )
    for entry in _of(descriptor.get("indices", []), list, "indices"):
        _check_entry(entry)
    for entry in _of(descriptor.get("applications", []), list, "applications"):
        if set(_of(entry, dict, "applications")) != {"application", "privileges", "resources"}:
            raise _parse("failed to parse application privileges")


def _check_entry(entry: Any) -> None:
    """Refuse what names no indices or privileges that exist."""
    _refuse_unknown(_of(entry, dict, "indices"), _ENTRY, "indices")
    if not entry.get("names") or "privileges" not in entry:
        raise _parse("failed to parse indices privileges: names and privileges are required")
    for name in _names(entry["names"], "names"):
        if "::" in name:
            raise _invalid(f"selectors [::] are not allowed in the index name expression [{name}]")
    for name in _names(entry["privileges"], "privileges"):
        if name not in _privileges()["indices"] and not name.startswith("indices:"):
            raise _invalid(f"unknown index privilege [{name}]. a privilege must be either one of the predefined ones")


def _check_metadata(body: dict[str, Any], what: str) -> None:
    if any(name.startswith("_") for name in _of(body.get("metadata") or {}, dict, "metadata")):
        raise _invalid(f"{what} keys may not start with [_]")


def _names(value: Any, where: str) -> list[str]:
    return [_of(each, str, where) for each in _of(value, list, where)]


def _of(value: Any, kind: type, where: str) -> Any:
    if not isinstance(value, kind):
        raise _parse(f"[{where}] doesn't support values of type: {type(value).__name__}")
    return value


def _refuse_unknown(body: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(body) - known):
        raise _parse(f"[1:2] [{where}] unknown field [{unknown[0]}]")


def _invalid(reason: str) -> RefusedError:
    return RefusedError(400, "action_request_validation_exception", f"Validation Failed: 1: {reason};")


def _parse(reason: str) -> RefusedError:
    return RefusedError(400, "x_content_parse_exception", reason)
