"""The ASGI application: a verdict for each question, behind a token.

`/verdict` answers with 200 and the verdict, for Argo Rollouts' provider `web`, or with 503 while it is pending.
Flagger reads the status alone: `/flagger/promotion` is 200 when the gate passed, `/flagger/rollback` when it failed.
`/health` needs no token and tells nothing.
"""

from __future__ import annotations

import hmac
import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from model_logs.errors import ConfigurationError, ModelLogsError
from model_logs.gate.service.questions import asked_in
from model_logs.web.messages import CLOSE, Refusal, answer_with, live, read_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from model_logs.gate.service.runs import Run, Runs

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["LEAST_TOKEN", "Application"]

MOST_BYTES = 64 << 10
# In characters: as many as 96 random bits need, written in hexadecimal.
LEAST_TOKEN = 24
_LONGEST_QUERY = 4096
_MOST_NAMES = 20
_POLL_S = 5.0
_SAID_EVERY_S = 1.0
_METHODS = {"/verdict": ("GET", "POST"), "/flagger/promotion": ("POST",), "/flagger/rollback": ("POST",)}
# Verdict → the status of Flagger's webhooks that want another one.
_HALTS = {"passed": 403, "failed": 403, "inconclusive": 409}


class Application:
    """The application.

    Args:
        runs: The runs behind it.
        token: What whoever asks must know.
        say: Told a sentence about what is refused, and about runs that fail.

    Attributes:
        counts: What became of a request → how many.

    Raises:
        ConfigurationError: The token is too short.
    """

    def __init__(self, runs: Runs, token: str, say: Callable[[str], None] = print) -> None:
        if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable():
            raise ConfigurationError(
                f"The token of the gate is no text of at least {LEAST_TOKEN} plain characters.",
                next_step="Make one, such as by `openssl rand -hex 24`, and put it into MODEL_LOGS_GATE_TOKEN.",
            )
        self._runs = runs
        self._token = token.encode()
        self._say = say
        self._said = -_SAID_EVERY_S
        self.counts: Counter[str] = Counter()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await live(receive, send, self._runs.close)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            status, body, headers = await self._answer(scope, receive)
            await answer_with(send, status, body, headers)
        except Refusal as refusal:
            self.counts[refusal.counted] += 1
            self._say_refused(refusal)
            await answer_with(send, refusal.status, {"error": refusal.why}, refusal.headers)
        except Exception as error:  # noqa: BLE001 - a fault of ours
            self.counts["fault"] += 1
            fault = Refusal(500, "fault", f"a fault of the service, {type(error).__name__}; please report it")
            self._say_refused(fault)
            await answer_with(send, fault.status, {"error": "a fault of the service"})

    async def _answer(
        self, scope: Mapping[str, Any], receive: Receive
    ) -> tuple[int, Any, tuple[tuple[bytes, bytes], ...]]:
        path = scope["path"].rstrip("/")
        if path == "/health":
            return 200, {"status": "ok"}, ()
        if path not in _METHODS:
            raise Refusal(404, "no_such_path", f"known: {', '.join(_METHODS)}", (CLOSE,))
        if scope["method"] not in _METHODS[path]:
            allowed = ", ".join(_METHODS[path])
            raise Refusal(405, "malformed", f"it is asked by {allowed}", ((b"allow", allowed.encode()), CLOSE))
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        flagger = path.startswith("/flagger/")
        if not flagger:
            self._prove(headers.get("authorization", ""))
        said = _query(scope.get("query_string", b""))
        if scope["method"] == "POST":
            raw = await read_body(receive, headers, most=MOST_BYTES, what="a question")
            body = _document(raw)
            if flagger:
                # Flagger sends no headers of one's own: its token is among the metadata.
                body = _object(body.get("metadata", {}), "metadata")
                known = body.pop("token", None)
                self._prove(f"Bearer {known}" if known else headers.get("authorization", ""))
            said |= body
        run = self._runs.ask(asked_in(said))
        return self._told(run) if not flagger else self._told_flagger(run, path.rpartition("/")[2])

    def _prove(self, authorization: str) -> None:
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._token):
            raise Refusal(
                401,
                "unproved",
                "a token is required: Authorization: Bearer …",
                ((b"www-authenticate", b"Bearer"), CLOSE),
            )

    def _told(self, run: Run) -> tuple[int, Any, tuple[tuple[bytes, bytes], ...]]:
        """Return the answer about a run: its verdict, that it is pending, or that it failed."""
        if run.future is None or not run.future.done():
            wait = max(self._runs.remaining(run), _POLL_S)
            self.counts["pending"] += 1
            ready = {"verdict": "pending", "ready_in_s": round(wait), **_about(run)}
            return 503, ready, ((b"retry-after", str(round(wait)).encode()),)
        error = run.future.exception()
        if error is None:
            verdict = run.future.result()
            self.counts[str(verdict["verdict"])] += 1
            return 200, verdict, ()
        if isinstance(error, ModelLogsError) and error.exit_code == 2:  # noqa: PLR2004  # usage, as on the command line
            raise Refusal(400, "malformed", str(error))
        self.counts["failed_to_judge"] += 1
        if isinstance(error, ModelLogsError):
            self._say(f"A gate could not be judged: {error.what}")
            return 502, {"error": error.what, "next_step": error.next_step, **_about(run)}, ((b"retry-after", b"10"),)
        raise error

    def _told_flagger(self, run: Run, wants: str) -> tuple[int, Any, tuple[tuple[bytes, bytes], ...]]:
        status, body, headers = self._told(run)
        wanted = "passed" if wants == "promotion" else "failed"
        if status == 200 and body["verdict"] != wanted:  # noqa: PLR2004  # HTTP
            status = _HALTS[body["verdict"]]
        return status, body, headers

    def _say_refused(self, refusal: Refusal) -> None:
        """Say that a request was refused: once a second, or a stranger could fill the disk with what is said."""
        now = time.monotonic()
        if now - self._said >= _SAID_EVERY_S:
            self._said = now
            self._say(f"A request was refused, {refusal.status}: {refusal.why}.")


def _about(run: Run) -> dict[str, str]:
    asked = run.asked.question
    return {"model": asked.model, "version": asked.version, "environment": asked.environment}


def _query(raw: bytes) -> dict[str, Any]:
    if len(raw) > _LONGEST_QUERY:
        raise Refusal(414, "too_large", f"a query may have {_LONGEST_QUERY:,} bytes", (CLOSE,))
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_MOST_NAMES,
            errors="strict",
            strict_parsing=bool(raw),
        )
    except ValueError:
        raise Refusal(400, "malformed", "the query is none, such as model=churn&version=4") from None
    if len(dict(pairs)) < len(pairs):
        raise Refusal(400, "malformed", "the query says a name twice")
    return dict(pairs)


def _document(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        return _object(orjson.loads(raw), "the body")
    except orjson.JSONDecodeError:
        raise Refusal(400, "malformed", "the body is no JSON") from None


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(400, "malformed", f"{what} is no object of JSON")
    return dict(value)
