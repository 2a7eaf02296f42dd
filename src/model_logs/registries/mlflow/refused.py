"""Refused attempts to change a model: a wrapper of MLflow's server that sees what its registry store never does.

A password that is wrong (401), a permission that is missing (403) and a body that is no request (400) end before the
store. Each is an event of the type that was meant, `invalid`, with the HTTP status. Of a body only the names are
taken (model, version, alias, stage, tag), and none of its texts: a value may be a prompt or a secret. What the store
has dealt with is left to it. ASGI and WSGI applications; this module needs no MLflow.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.registries.change import Change
from model_logs.registries.mlflow.changes import CALLS, is_prompts_own
from model_logs.registries.mlflow.people import NOBODY, Person
from model_logs.registries.mlflow.writing import ATTEMPT, Attempt, approval, guarded, write

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    ASGI = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
    WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

__all__ = ["WatchedASGI", "WatchedWSGI"]

_ROUTE = re.compile(r"/(?:ajax-)?api/\d+\.\d+/mlflow/((?:registered-models|model-versions)/[a-z-]+)/?$")
# (method, route) → the store's method that such a request is for.
_CALLS = {
    ("POST", "registered-models/create"): "create_registered_model",
    ("POST", "registered-models/rename"): "rename_registered_model",
    ("PATCH", "registered-models/update"): "update_registered_model",
    ("DELETE", "registered-models/delete"): "delete_registered_model",
    ("POST", "registered-models/set-tag"): "set_registered_model_tag",
    ("DELETE", "registered-models/delete-tag"): "delete_registered_model_tag",
    ("POST", "registered-models/alias"): "set_registered_model_alias",
    ("DELETE", "registered-models/alias"): "delete_registered_model_alias",
    ("POST", "model-versions/create"): "create_model_version",
    ("PATCH", "model-versions/update"): "update_model_version",
    ("DELETE", "model-versions/delete"): "delete_model_version",
    ("POST", "model-versions/transition-stage"): "transition_model_version_stage",
    ("POST", "model-versions/set-tag"): "set_model_version_tag",
    ("DELETE", "model-versions/delete-tag"): "delete_model_version_tag",
}
_NAMES = ("name", "new_name", "version", "alias", "stage", "key", "run_id")
_STAGES = ("none", "staging", "production", "archived")
_WORKSPACE = "x-mlflow-workspace"
_FAILED = 400
_SERVERS_FAULT = 500
_MOST_BODY = 1 << 20
_MOST_ANSWER = 1 << 16
_LONGEST = 256
# What an application has not read of a request that it refuses is waited for so long.
_REST_S = 1.0
_CODE = re.compile(r"[A-Z_]{1,64}")


@dataclass
class _Request:
    """One request that would change a model."""

    call: str
    headers: dict[str, str]
    attempt: Attempt = field(default_factory=Attempt)
    body: bytearray = field(default_factory=bytearray)
    unread: Callable[[], Any] = lambda: None

    def take(self, chunk: bytes) -> None:
        if len(self.body) <= _MOST_BODY:
            self.body += chunk

    def tell(self, status: int, answer: bytes) -> None:
        """Write the event of a request that was refused; none where the store has dealt with it."""
        code = _code(answer)
        if self.attempt.told or code in CALLS[self.call].harmless:
            return
        self.unread()
        event = CALLS[self.call].meant(self._said())
        person = self._person(status)
        labels = {**person.fields.get("labels", {})}
        if workspace := self.headers.get(_WORKSPACE):
            labels["workspace"] = workspace[:_LONGEST]
        if is_prompts_own(str(event.fields.get("tag.key") or "")):
            labels["kind"] = "prompt"
        fields = {
            **event.fields,
            **person.fields,
            "model_name": event.fields.get("model_name") or "unknown",
            "status": "failed" if status >= _SERVERS_FAULT else "invalid",
            "http.response.status_code": status,
            "error.type": code or _phrase(status),
            "reason": f"refused by MLflow's server: {_phrase(status)}",
            "labels": labels,
        }
        write([Change(event.event_type, {name: value for name, value in fields.items() if value not in (None, {})})])

    def _said(self) -> dict[str, Any]:
        try:
            body = orjson.loads(bytes(self.body)) if len(self.body) <= _MOST_BODY else {}
        except orjson.JSONDecodeError:
            body = {}
        if not isinstance(body, dict):
            return {}
        said = {name: str(body[name])[:_LONGEST] for name in _NAMES if isinstance(body.get(name), (str, int))}
        # Nor a text that was pasted where a version or a stage belongs.
        if not said.get("version", "1").isdecimal():
            del said["version"]
        if said.get("stage", "none").lower() not in _STAGES:
            del said["stage"]
        # Of all values only the two words that mean approval: who tried to approve is what an auditor asks.
        means, value = approval(), str(body.get("value")).strip().lower()
        if said.get("key") and said["key"] == means.tag and value in {means.approved, means.rejected}:
            said["value"] = value
        return said

    def _person(self, status: int) -> Person:
        """Return who the server found; a name that came with the request and was not proved is only claimed."""
        if self.attempt.person is not None and status != HTTPStatus.UNAUTHORIZED:
            found: Person = self.attempt.person
            return found
        kind, _, said = self.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                name = base64.b64decode(said.strip(), validate=True).decode().partition(":")[0]
            except ValueError:
                return NOBODY
            return Person(claimed=name[:_LONGEST]) if name else NOBODY
        return NOBODY


def _asked(method: str, path: str, headers: dict[str, str]) -> _Request | None:
    """Return the request, where it would change a model."""
    found = _ROUTE.search(path)
    call = _CALLS.get((method.upper(), found.group(1))) if found else None
    return _Request(call, headers) if call else None


class WatchedASGI:
    """An ASGI application, whose refusals are written down.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGI) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        # What MLflow or a plugin asks of its own application.
        return getattr(self._app, name)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        request = None
        if scope["type"] == "http":
            headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
            request = _asked(scope["method"], scope["path"], headers)
        if request is None:
            await self._app(scope, receive, send)
            return
        token = ATTEMPT.set(request.attempt)
        try:
            ear = _Ear(receive, request)
            await self._app(scope, ear.receive, _answering(send, request, ear))
        except Exception:
            await asyncio.to_thread(guarded, request.tell, int(HTTPStatus.INTERNAL_SERVER_ERROR), b"")
            raise
        finally:
            ATTEMPT.reset(token)


class _Ear:
    """What an application receives, of which we keep what it reads; and what it left unread."""

    def __init__(self, receive: Receive, request: _Request) -> None:
        self._receive, self._request = receive, request
        self._unread: list[Message] = []
        self._open = True
        self._waits = False

    async def receive(self) -> Message:
        if self._unread:
            return self._unread.pop(0)
        self._waits = True
        try:
            return self._heard(await self._receive())
        finally:
            self._waits = False

    async def read_rest(self) -> None:
        """Read what an application that refuses at once has not read: the names of what was meant stand in it."""
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REST_S):
                while self._open and not self._waits and size <= _MOST_BODY:
                    message = self._heard(await self._receive())
                    size += len(message.get("body", b""))
                    self._unread.append(message)

    def _heard(self, message: Message) -> Message:
        self._request.take(message.get("body", b""))
        self._open = self._open and message["type"] == "http.request" and bool(message.get("more_body"))
        return message


def _answering(send: Send, request: _Request, ear: _Ear) -> Send:
    """Return a `send` that holds the start of a refusal back until its body says why."""
    held: list[Message] = []

    async def answered(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= _FAILED:
            held.append(message)
            return
        if held:
            start = held.pop()
            await ear.read_rest()
            await asyncio.to_thread(guarded, request.tell, start["status"], message.get("body", b""))
            # Written once, whatever comes after.
            request.attempt.told = True
            await send(start)
        await send(message)

    return answered


class WatchedWSGI:
    """A WSGI application, whose refusals are written down.

    Args:
        app: The application.
    """

    def __init__(self, app: WSGI) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        # What MLflow or a plugin asks of its own application.
        return getattr(self._app, name)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") and isinstance(value, str)
        }
        request = _asked(environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", ""), headers)
        if request is None:
            return self._app(environ, start_response)
        stream = environ["wsgi.input"] = _Heard(environ["wsgi.input"], request)
        request.unread = functools.partial(stream.read_rest, environ.get("CONTENT_LENGTH"))
        statuses: list[int] = []

        def starting(status: str, fields: Any, *more: Any) -> Any:
            statuses.append(int(status.split(" ", 1)[0]))
            return start_response(status, fields, *more)

        token = ATTEMPT.set(request.attempt)
        try:
            parts = self._app(environ, starting)
        finally:
            ATTEMPT.reset(token)
        if statuses and statuses[-1] < _FAILED:
            return parts
        return _told(parts, request, statuses)


def _told(parts: Iterable[bytes], request: _Request, statuses: list[int]) -> Iterator[bytes]:
    """Yield an answer, and write down that it refuses before its first part goes out."""
    waits = True
    try:
        for part in parts:
            if waits and statuses and statuses[-1] >= _FAILED:
                waits = False
                guarded(request.tell, statuses[-1], part)
            yield part
    finally:
        if close := getattr(parts, "close", None):
            close()
        if waits and statuses and statuses[-1] >= _FAILED:
            guarded(request.tell, statuses[-1], b"")


class _Heard:
    """The body of a WSGI request, of which what is read is kept."""

    def __init__(self, stream: Any, request: _Request) -> None:
        self._stream, self._request = stream, request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[bytes]:
        for line in self._stream:
            self._request.take(line)
            yield line

    def read(self, *size: int) -> bytes:
        return self._kept(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._kept(self._stream.readline(*size))

    def readlines(self, *hint: int) -> list[bytes]:
        return [self._kept(line) for line in self._stream.readlines(*hint)]

    def read_rest(self, length: str | None) -> None:
        """Read what an application that refuses at once has not read."""
        if length and length.isdigit() and int(length[:20]) <= _MOST_BODY:
            left = int(length) - len(self._request.body)
            if left > 0:
                self._kept(self._stream.read(left))

    def _kept(self, chunk: bytes) -> bytes:
        self._request.take(chunk)
        return chunk


def _code(answer: bytes) -> str:
    """Return MLflow's own code of an error; empty where the answer has none."""
    try:
        found = orjson.loads(answer) if len(answer) <= _MOST_ANSWER else None
    except ValueError:
        return ""
    code = found.get("error_code") if isinstance(found, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP {status}"
