"""A POST to a receiver, and the meaning of its answer: confirmed, to retry, or never.

Only an answer of success to the very request confirms. A redirect is never followed, since a login page would take
the message, and its signature, and say yes. Whoever answers byte by byte is cut off. It knows no channel.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from model_logs.channels.declaration import NotDeliveredError, UndeliverableError
from model_logs.errors import ConfigurationError
from model_logs.printing import printable

if TYPE_CHECKING:
    import http.client
    import socket
    import urllib.error
    from collections.abc import Mapping
    from threading import Timer

    from model_logs.errors import ModelLogsError

__all__ = ["LONGEST_WAIT", "TIMEOUT", "checked_address", "error_of", "post"]

# Seconds for each step of a request, and for the request as a whole.
TIMEOUT = 10.0
_WHOLE = 20.0
_TOO_MANY = 429
_REDIRECT, _REFUSED, _SERVER = 300, 400, 500
# So much of an answer is read: Slack says one word, and others at most why not.
_ANSWER = 1_000
# Whoever asks to be left alone for longer is asked again all the same.
LONGEST_WAIT = timedelta(hours=1)


def checked_address(url: str, what: str, *, example: str) -> str:
    """Return an address that can be posted to.

    Args:
        url: The address.
        what: Its name, for the message; the address itself may be a secret.
        example: How it is written.

    Raises:
        ConfigurationError: It is none.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    # A space or a line break in a request line would be refused at night, when the first alert is to be told.
    if (
        not usable
        or not url.isascii()
        or any(character.isspace() or not character.isprintable() for character in url)
    ):
        raise ConfigurationError(f"{what} is no address.", next_step=f"Write it as {example}.")
    return url


def post(url: str, body: bytes, headers: Mapping[str, str], name: str, *, method: str = "POST") -> tuple[int, str]:
    """Send one request, and return status and first bytes of a successful answer.

    Args:
        url: A checked address.
        body: The content.
        headers: Its headers.
        name: The channel, for the message.
        method: Another method than POST.

    Raises:
        NotDeliveredError: Nothing answers, or what answers may take it later.
        UndeliverableError: It answers anything else.
    """
    import http.client
    import urllib.error
    import urllib.request

    request = urllib.request.Request(url, data=body or None, headers=dict(headers), method=method)  # noqa: S310  # the scheme was checked
    timers: list[Timer] = []
    try:
        with _opener(timers).open(request, timeout=TIMEOUT) as answer:
            return answer.status, _text_of(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise error_of(_said(error), error.code, name, dict(error.headers)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotDeliveredError(f"The receiver of {name} cannot be reached: {printable(error, most=300)}") from error
    finally:
        for timer in timers:
            timer.cancel()


def error_of(
    reason: object, status: int | None, name: str, headers: Mapping[str, str] | None = None
) -> ModelLogsError:
    """Return the error for an answer; one that is not the message's fault may be tried again."""
    said = printable(reason, most=200)
    if status is None or status >= _SERVER or status in {408, _TOO_MANY}:
        error = NotDeliveredError(f"{name} did not take the message ({status or 'no answer'}): {said}")
        error.retry_after = _retry_after(headers or {})
        return error
    if _REDIRECT <= status < _REFUSED:
        return UndeliverableError(
            f"{name} answered with a redirect ({status}), which is not followed, so the message was not delivered.",
            next_step="Configure the address that takes messages: a login page or a proxy may be in front of it.",
        )
    return UndeliverableError(f"{name} refused the message ({status}): {said}")


def _text_of(answer: http.client.HTTPResponse) -> str:
    """Return the begin of an answer; its status has confirmed, so a connection that breaks now takes nothing back."""
    import http.client

    try:
        return answer.read(_ANSWER).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return ""


def _said(error: urllib.error.HTTPError) -> str:
    """Return the first words of an answer, or the name of its status where it has none."""
    import http.client

    try:
        return error.read(_ANSWER).decode(errors="replace").strip() or str(error.reason)
    except (OSError, http.client.HTTPException, ValueError):
        return str(error.reason)


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read the header in seconds, as Slack and PagerDuty send it; a date is left to our own pauses."""
    said = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    if not said.isdecimal():
        return None
    # More digits than a timedelta holds are a long time too.
    return min(timedelta(seconds=int(said[:9])), LONGEST_WAIT)


def _opener(timers: list[Timer]) -> urllib.request.OpenerDirector:
    """Return an opener that follows no redirect and gives up a request after `_WHOLE` seconds.

    A time-out of a socket is for each byte: a receiver that answers one now and then would hold a thread for hours.
    """
    import http.client
    import ssl
    import urllib.request

    class NotFollowed(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            """Let a redirect be the answer that it is."""

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            timers.append(_cut_later(self.sock))

    class Secure(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            timers.append(_cut_later(self.sock))

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secure, req, context=ssl.create_default_context())

    return urllib.request.build_opener(NotFollowed, PlainHandler, SecureHandler)


def _cut_later(connection: socket.socket) -> Timer:
    from threading import Timer

    timer = Timer(_WHOLE, _cut, [connection])
    timer.daemon = True
    timer.start()
    return timer


def _cut(connection: socket.socket) -> None:
    import socket

    with contextlib.suppress(OSError):
        # The one of the plain socket: that of TLS would let a read in another thread fail in ways of its own. Reading
        # alone is ended: where both ways are, the next byte that arrives resets the connection, and what was
        # confirmed would look as if it were not. Sending has a time-out for the whole.
        socket.socket.shutdown(connection, socket.SHUT_RD)
