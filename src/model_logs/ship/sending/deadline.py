"""A limit for a whole request, in time and in bytes: connecting, sending, waiting, and every byte of the answer.

The time-out of a socket begins anew with each byte, so that an answer which drips never runs into it. Here a timer
shuts the connection down under the request when its time is over; whoever reads from it then sees its end. It works
below urllib3, on the connections of the client's own pools. An answer that never ends, or is unpacked into much more
than was sent, would fill the memory within that time: its bytes are counted as they arrive.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Answers to 5,000 events that were all refused at length have some 10 MiB. Nobody asks for compressed ones; what is
# compressed may be a thousand times as large.
_MOST_BYTES = 64 << 20
_MOST_COMPRESSED = 64 << 10

__all__ = ["Limited", "limited", "watch"]


class Limited:
    """One request under way in this thread.

    Attributes:
        connection: The connection that it uses, once there is one.
        socket: Its socket, once an answer is awaited: the connection may let go of it before the body was read.
        expired: Whether its time is over.
    """

    def __init__(self) -> None:
        self.connection: Any = None
        self.socket: socket.socket | None = None
        self.expired = False

    def end(self) -> None:
        """Shut the connection down."""
        self.expired = True
        found = self.socket or getattr(self.connection, "sock", None)
        if isinstance(found, socket.socket):
            with contextlib.suppress(OSError):
                # Not the method of a TLS socket, which is not made to be called from another thread.
                socket.socket.shutdown(found, socket.SHUT_RDWR)


class _Current(threading.local):
    request: Limited | None = None


_current = _Current()


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[Limited]:
    """Limit the requests that this thread makes inside to `seconds` in all."""
    request = _current.request = Limited()
    timer = threading.Timer(seconds, request.end)
    timer.daemon = True
    timer.start()
    try:
        yield request
    finally:
        timer.cancel()
        _current.request = None


class _Counted(io.RawIOBase):
    """The bytes of one answer, up to a limit."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.left = _MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self.expect(1)
        read = self._raw.readinto(buffer)
        self.left -= read or 0
        return read

    def expect(self, count: int) -> None:
        """Refuse an answer with more bytes than are left."""
        if count > self.left:
            raise http.client.HTTPException("the answer has more bytes than any answer to the request")

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose bytes are counted."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._counted = _Counted(self.fp.detach())
        self.fp = io.BufferedReader(self._counted)

    def begin(self) -> None:
        super().begin()
        if self.headers.get("content-encoding", "identity") != "identity":
            self._counted.left = min(self._counted.left, _MOST_COMPRESSED)
        # Room for all of it would be made at once.
        self._counted.expect(self.length or 0)


def watch(pool: Any) -> None:
    """Let the connections of a pool of urllib3 be found by `limited`, and their answers have an end."""
    base: Any = pool.ConnectionCls  # which class it is depends on the scheme

    class Watched(base):  # type: ignore[misc]
        """A connection that notes which request uses it."""

        response_class = _Answer

        def connect(self) -> None:
            self._note()
            super().connect()

        def request(self, *arguments: Any, **options: Any) -> None:
            self._note()
            super().request(*arguments, **options)

        def getresponse(self) -> Any:
            request = self._note()
            if request is not None:
                request.socket = self.sock
            return super().getresponse()

        def _note(self) -> Limited | None:
            request = _current.request
            if request is not None:
                request.connection, request.socket = self, None
                if request.expired:
                    raise TimeoutError("the time for the whole request is over")
            return request

    pool.ConnectionCls = Watched
