"""The HTTP server around an application: uvicorn, with a time limit for each connection that waits for a request.

uvicorn limits how large the head of a request may be, and no time in which it must come: connections that say nothing
would take all places. What is behind the head, the body, has its own time limit (`messages`).
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = ["listen", "server"]

# A request's head, from the opening of the connection or from the answer before.
_HEAD_S = 10.0
_MOST_CONNECTIONS = 128
# Of one request's head, in bytes.
_LONGEST_HEAD = 32 << 10


class _Bounded(H11Protocol):
    """A connection that is closed when it has waited too long for a request, or still sends one that was answered."""

    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _look(self) -> None:
        """Start the clock where no request is served now, and stop it where one is."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget()
        elif self._end is None and not self.transport.is_closing():
            self._end = self.loop.call_later(_HEAD_S, self.transport.abort)

    def _forget(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None


def listen(host: str, port: int) -> socket.socket:
    """Return the open socket of an address; port 0 stands for a free one.

    Raises:
        ConfigurationError: It is taken, or none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"{host}:{port} cannot be listened at: {getattr(error, 'strerror', None) or error}.",
            next_step="Name another address (--host, --port), or end the program that has this one.",
        ) from error


def server(application: Callable[..., Any]) -> uvicorn.Server:
    """Return the server of an ASGI application; its `run(sockets=[…])` serves until SIGTERM or Ctrl-C.

    Requests that have begun are finished then.
    """
    config = uvicorn.Config(
        application,
        http=_Bounded,
        ws="none",
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        # Below it each request of a stranger that is no HTTP would be said.
        log_level="error",
        access_log=False,
        limit_concurrency=_MOST_CONNECTIONS,
        lifespan="on",
    )
    return uvicorn.Server(config)
