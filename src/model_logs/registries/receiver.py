"""The receiver of registries' webhooks: an ASGI application that answers 2xx only after the line is on the disk.

One path for each registry, `/mlflow`, `/wandb`, …. A delivery is first proved (401), then read (400, 413), then
written; where the disk refuses it the answer is 503 with Retry-After, so that the registry comes again. What came
already is answered and not written again. Nothing of a delivery is ever echoed.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson

from model_logs.journal import JournalError
from model_logs.registries.proof import ProofError
from model_logs.registries.trail import Trail
from model_logs.web.messages import CLOSE, Refusal, answer_with, live, read_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from model_logs.journal import Journal
    from model_logs.registries.approval import Approval
    from model_logs.registries.change import Change
    from model_logs.registries.sources import Source

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["Receiver", "Taken"]

MOST_BYTES = 1 << 20
_AGAIN_S = b"30"
# The query's name for a shared secret, for senders that cannot set a header.
_KEY = "key"
_LONGEST_ID = 128
_SAID_EVERY_S = 1.0
# Names in a query.
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """A registry whose deliveries are taken.

    Attributes:
        source: What its deliveries mean.
        secret: What proves them.
        ignored: They are answered and counted, and no event: another source of the same registry is the one.
    """

    source: Source
    secret: bytes
    ignored: bool = False


class Receiver:
    """The application.

    Args:
        journal: Where events go.
        taken: The registries, by their names.
        approval: What means approval.
        say: Told a sentence about each delivery that is refused, and about a disk that refuses.

    Attributes:
        counts: (registry, what became of a delivery) → how many.
    """

    def __init__(
        self, journal: Journal, taken: Mapping[str, Taken], approval: Approval, say: Callable[[str], None] = print
    ) -> None:
        self._journal = journal
        self._taken = dict(taken)
        self._approval = approval
        self._say = say
        self._trail = Trail(journal.tail())
        # One thread: lines are written in the order in which deliveries came.
        self._disk = ThreadPoolExecutor(1, "journal")
        self.counts: Counter[tuple[str, str]] = Counter()
        # Registry → when a refusal was said last, and how many were not said since.
        self._refused: dict[str, tuple[float, int]] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await live(receive, send, self._end)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    def _end(self) -> None:
        self._disk.shutdown(wait=True)
        self._journal.close()

    async def _serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        name = scope["path"].strip("/")
        if name == "health":
            await answer_with(send, 200, {"status": "ok", "deliveries": self._totals()})
            return
        taken = self._taken.get(name)
        try:
            if taken is None:
                raise Refusal(404, "no_such_registry", "no such registry is taken here", (CLOSE,))  # noqa: TRY301
            status, answer, headers = await self._deliver(name, taken, scope, receive)
            await answer_with(send, status, answer, headers)
        except Refusal as refusal:
            # A name that nobody configured is not kept: anybody could fill the memory with them.
            self.counts[name if taken else "", refusal.counted] += 1
            if taken:
                self._say_refused(name, refusal)
            await answer_with(send, refusal.status, {"error": str(refusal)}, refusal.headers)
        except Exception as error:  # noqa: BLE001 - a fault of ours; its words may quote the delivery
            self.counts[name, "failed"] += 1
            fault = Refusal(500, "failed", f"a fault of the receiver, {type(error).__name__}; please report it")
            self._say_refused(name, fault)
            await answer_with(send, fault.status, {"error": "a fault of the receiver"})

    async def _deliver(
        self, name: str, taken: Taken, scope: Mapping[str, Any], receive: Receive
    ) -> tuple[int, Any, tuple[tuple[bytes, bytes], ...]]:
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        if scope["method"] == "OPTIONS" and taken.source.by_options:
            origin = headers.get("webhook-request-origin", "*").encode("latin-1")
            self.counts[name, "handshake"] += 1
            return 200, {}, ((b"webhook-allowed-origin", origin), (b"webhook-allowed-rate", b"120"))
        if scope["method"] != "POST":
            raise Refusal(405, "malformed", "deliveries come by POST", ((b"allow", b"POST"), CLOSE))
        raw = await read_body(receive, headers, most=MOST_BYTES, what="a delivery")
        _add_key(headers, taken.source.proof.header, scope.get("query_string", b""))
        try:
            taken.source.proof.check(taken.secret, headers, raw)
        except ProofError as error:
            raise Refusal(401, "unproved", str(error)) from None
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise Refusal(400, "malformed", "the body is no JSON") from None
        records = taken.source.records(body)
        if (answer := taken.source.answer(records)) is not None:
            self.counts[name, "handshake"] += 1
            return 200, answer, ()
        if taken.ignored:
            self.counts[name, "other_source"] += 1
            return 200, {"events": 0, "ignored": "another source of this registry is the one"}, ()
        delivery = taken.source.delivery_id(headers, body)
        changes = [each for change in taken.source.changes(records) for each in self._approval.with_verdict(change)]
        written = await asyncio.get_running_loop().run_in_executor(
            self._disk, self._write, name, delivery, raw, changes
        )
        return 200, {"events": written}, ()

    def _say_refused(self, name: str, refusal: Refusal) -> None:
        """Say that a delivery was refused: once a second, or a stranger could fill the disk with what is said."""
        now = time.monotonic()
        said_at, unsaid = self._refused.get(name, (-_SAID_EVERY_S, 0))
        if now - said_at < _SAID_EVERY_S:
            self._refused[name] = said_at, unsaid + 1
            return
        self._refused[name] = now, 0
        others = f" Since the last such line {unsaid:,} others were refused." if unsaid else ""
        self._say(f"{name}: a delivery was refused, {refusal.status}: {refusal.why}.{others}")

    def _write(self, name: str, delivery: str | None, raw: bytes, changes: list[Change]) -> int:
        """Write the events that are not in the file yet, and return their number."""
        now = time.time()
        if delivery is None:
            content = hashlib.sha256(raw).hexdigest()
            identity = f"{name}.{content[:32]}.{self._trail.first_seen(content, now):.0f}"
        else:
            identity = f"{name}.{delivery}"
        events, undo = [], []
        for number, change in enumerate(changes):
            named = f"{name}.{change.record_id}" if change.record_id else identity
            event_id = _event_id(named, 0 if change.record_id else number)
            if self._trail.knows(event_id):
                continue
            before = self._trail.before(change)
            about = {**change.keywords, **before, "event_id": event_id}
            if delivery is not None:
                about["delivery_id"] = delivery
            events.append((change.event_type, about))
            undo.append(self._trail.add(event_id, change.event_type, {**change.fields, **before}))
        try:
            self._journal.write_all(events)
        except JournalError as error:
            for forget in reversed(undo[error.written :]):
                forget()
            self._count(name, events[: error.written])
            self._say(str(error))
            again = ((b"retry-after", _AGAIN_S),)
            raise Refusal(503, "disk", "it could not be written; send it again", again) from None
        self._count(name, events)
        if not events:
            self.counts[name, "repeated" if changes else "no_event"] += 1
        return len(events)

    def _count(self, name: str, events: list[tuple[str, dict[str, Any]]]) -> None:
        for event_type, _ in events:
            self.counts[name, "unparsed" if event_type == "unparsed" else "event"] += 1

    def _totals(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (name, what), count in sorted(self.counts.items()):
            found.setdefault(name or "unknown", {})[what] = count
        return found


def _add_key(headers: dict[str, str], header: str, query: bytes) -> None:
    """Put a secret that came in the URL where the header would be."""
    if header not in headers and query:
        try:
            found = parse_qs(query.decode("latin-1"), max_num_fields=_MOST_NAMES).get(_KEY)
        except ValueError:
            raise Refusal(400, "malformed", f"its URL has more than {_MOST_NAMES} names") from None
        if found:
            headers[header] = found[0]


def _event_id(identity: str, number: int) -> str:
    """Return the id of an event of a delivery: short and of plain letters, whatever the registry's ids are."""
    plain = f"{identity}.{number}" if number else identity
    if len(plain) <= _LONGEST_ID and all(c.isascii() and (c.isalnum() or c in "._:-") for c in plain):
        return plain
    return hashlib.sha256(plain.encode()).hexdigest()
