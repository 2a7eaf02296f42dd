"""A request's identity: its id by the precedence of the serving frameworks, made safe, and its W3C trace context.

Precedence: `X-Request-ID`, then `Ce-Requestid` and `Ce-Id` (KServe, MLServer), then the `id` of a body of the V2
inference protocol, then the trace id of `traceparent`, then a new one. See docs/serving.md.
"""

from __future__ import annotations

import os
from hashlib import sha256

import orjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BODY_LIMIT", "REQUEST_ID", "id_of_body", "request_identity"]

REQUEST_ID = b"x-request-id"
# How much of a body is looked at for its id, in bytes.
BODY_LIMIT = 262_144
_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"
_LONGEST = 128
_KEPT = 1024
_BY_PRECEDENCE = (REQUEST_ID, b"ce-requestid", b"ce-id")
_HEX = frozenset(b"0123456789abcdef")
_TRACE, _SPAN = 32, 16
_NEWEST_KNOWN = b"00"


def request_identity(headers: Mapping[bytes, bytes], body_id: bytes | None = None) -> tuple[str, dict[str, object]]:
    """Return the id of a request, and the fields that its identity adds to the event.

    An id that is no plain text of 1 to 128 bytes is replaced by its hash, and stands whole in the label `request_id`.

    Args:
        headers: Names in lower case to values; of a name that came twice the first that is not empty.
        body_id: The `id` of the request's body, where one was looked for.
    """
    fields: dict[str, object] = {}
    trace = _trace_context(headers.get(b"traceparent", b""))
    if trace is not None:
        fields["trace_id"], fields["span_id"] = trace
    for name in _BY_PRECEDENCE:
        if given := headers.get(name, b"").strip():
            break
    else:
        given = (body_id or b"").strip()
        if not given:
            return (trace[0] if trace is not None else os.urandom(16).hex()), fields
    if len(given) <= _LONGEST and not given.translate(None, _SAFE):
        return given.decode("ascii"), fields
    fields["labels"] = {"request_id": given[:_KEPT].decode("utf-8", "backslashreplace")}
    return sha256(given).hexdigest()[:32], fields


def id_of_body(body: bytes) -> bytes | None:
    """Return the `id` of a JSON object, as the V2 inference protocol has it; None where there is none."""
    if b'"id"' not in body:
        return None
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    value = found.get("id") if isinstance(found, dict) else None
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) and value else None


def _trace_context(header: bytes) -> tuple[str, str] | None:
    """Return the trace id and the caller's span id of a `traceparent` header; None where it is none."""
    version, _, rest = header.strip().partition(b"-")
    parts = rest.split(b"-")
    if len(version) != len(_NEWEST_KNOWN) or version == b"ff" or len(parts) < 3:  # noqa: PLR2004  # trace, span, flags
        return None
    if version == _NEWEST_KNOWN and len(parts) != 3:  # noqa: PLR2004  # as above
        return None
    trace, span = parts[0], parts[1]
    if len(trace) != _TRACE or len(span) != _SPAN or not _HEX.issuperset(version + trace + span):
        return None
    if not trace.strip(b"0") or not span.strip(b"0"):
        return None
    return trace.decode(), span.decode()
