"""Requests and answers of an ASGI application: a body with bounds in size and time, a refusal, an answer in JSON."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["CLOSE", "Refusal", "answer_with", "live", "read_body"]

# After an answer to half a request the connection is of no use.
CLOSE = (b"connection", b"close")
_JSON = (b"content-type", b"application/json")
_BODY_S = 10.0
# Of a body that is too large, so many times the most is read away: a sender that is still sending would not read the
# answer.
_READ_AWAY = 8


class Refusal(Exception):  # noqa: N818 - an answer, and no error of ours
    """A request that is refused.

    Args:
        status: Of the answer.
        counted: The word that it is counted under.
        why: What the sender is told.
        headers: Of the answer.
    """

    def __init__(self, status: int, counted: str, why: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(why)
        self.status, self.counted, self.why, self.headers = status, counted, why, headers


async def read_body(receive: Receive, headers: Mapping[str, str], *, most: int, what: str) -> bytes:
    """Return the body of a request.

    Args:
        receive: Of the application.
        headers: Of the request, names in small letters.
        most: Bytes.
        what: What it is, for a refusal: `a delivery`.

    Raises:
        Refusal: It is too large, does not come in time, or its sender left.
    """
    too_large = Refusal(413, "too_large", f"{what} may have {most:,} bytes", (CLOSE,))
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > _READ_AWAY * most:
        raise too_large
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(_BODY_S):
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refusal(400, "malformed", "the sender left before its end")
                more = message.get("more_body", False)
                size += len(message.get("body", b""))
                if size > _READ_AWAY * most:
                    break
                if size <= most:
                    parts.append(message.get("body", b""))
    except TimeoutError:
        raise Refusal(408, "malformed", f"it did not come within {_BODY_S:.0f} s", (CLOSE,)) from None
    if size > most:
        raise too_large
    return b"".join(parts)


async def live(receive: Receive, send: Send, end: Callable[[], None]) -> None:
    """Serve the `lifespan` of an application: nothing at its start, `end` at its end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            end()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def answer_with(send: Send, status: int, body: Any, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Answer with a JSON document."""
    content = orjson.dumps(body)
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [_JSON, length, *headers]})
    await send({"type": "http.response.body", "body": content})
