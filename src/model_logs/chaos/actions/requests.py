"""Requests that no client should send: malformed, of other types, without fields, oversized.

They are sent one after the other; what was answered is returned, by kind and status. That a service answers them with
a 4xx, stays alive and logs them as `invalid` is for the probes to see.
"""

from __future__ import annotations

import collections
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from model_logs.errors import ConfigurationError

__all__ = ["send_malformed", "send_oversized"]

_TIMEOUT_S = 30.0


def send_malformed(url: str, example: dict[str, Any], rounds: int = 5) -> dict[str, Any]:
    """Send requests with a broken body.

    Args:
        url: Where predictions are asked for.
        example: A body that is right; broken ones are made of it.
        rounds: How often each kind is sent.
    """
    right = json.dumps(example).encode()
    kinds = {
        "cut": right[: len(right) // 2],
        "empty": b"",
        "not json": b"<payment/>",
        "not utf-8": b"\xff\xfe\x00" + right,
        "list": json.dumps([example]).encode(),
        "no fields": b"{}",
        "nested": b"[" * 5000 + b"]" * 5000,
        "other types": json.dumps({key: {"not": "expected"} for key in example}).encode(),
        "not finite": json.dumps(dict.fromkeys(example, float("nan"))).encode(),
    }
    return _send(url, {kind: body for kind, body in kinds.items() for _ in range(1)}, rounds)


def send_oversized(url: str, mb: float = 32, rounds: int = 1) -> dict[str, Any]:
    """Send requests with a very large body.

    Args:
        url: Where predictions are asked for.
        mb: Its size in MiB.
        rounds: How many.
    """
    return _send(url, {"oversized": b'{"filler": "' + b"x" * int(mb * (1 << 20)) + b'"}'}, rounds)


def _send(url: str, bodies: dict[str, bytes], rounds: int) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ConfigurationError(f"{url!r} is no address.", next_step="Write http://HOST:PORT/PATH.")
    answers: dict[str, collections.Counter[str]] = {kind: collections.Counter() for kind in bodies}
    for _ in range(rounds):
        for kind, body in bodies.items():
            connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=_TIMEOUT_S)
            try:
                connection.request("POST", parts.path or "/", body, {"Content-Type": "application/json"})
                answers[kind][str(connection.getresponse().status)] += 1
            except ConnectionRefusedError as error:
                raise ConfigurationError(f"{url} does not answer.", next_step="Start the service first.") from error
            except (OSError, http.client.HTTPException) as error:
                # A server may hang up on a body that it does not want.
                answers[kind][type(error).__name__] += 1
            finally:
                connection.close()
    return {kind: dict(counted) for kind, counted in answers.items()}
