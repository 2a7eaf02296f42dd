"""A batch of documents until each has an answer: stored, known, refused, or kept as a dead letter.

Whatever the cluster cannot take now is sent again, for as long as `Patience` lasts: single events inside an answer of
200, whole requests, halves of a request that is too large. `settle` runs in the threads of `senders`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from model_logs.errors import ClusterError
from model_logs.ship.sending.answers import Verdict, WrongAnswerError, all_created, verdicts
from model_logs.ship.sending.causes import is_no_template, passes, remedy
from model_logs.ship.sending.wire import NOTHING_LOST, FatalError, TemporaryError, TooLargeError, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.parse import Document
    from model_logs.ship.files.source import Source
    from model_logs.ship.sending.dead_letters import DeadLetters
    from model_logs.ship.sending.patience import Patience

__all__ = ["Batch", "Settler"]

_Answer = TypeVar("_Answer", set[str], dict[str, tuple[str, str]])

_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

# A request that was broken off so often in a row, while the cluster answers others, is too large for something
# between, or holds what that will not let through. One event has to fail twice as often, and four times below so many
# bytes: half of it when the others have had their turn.
_SUSPICIOUS = 3
_SMALL = 64 << 10


@dataclass
class Batch:
    """Documents that are sent together.

    Attributes:
        documents: In the order of their lines.
        size: Bytes of their entries.
        ends: For each file, everything before this offset is in this batch or in one before it.
        lines: For each file, how many lines of it are in this batch, those that are not sent included.
        left_out: For each file and pattern of `other_lines.yml`, how many of them are not sent.
        doubtful: Some may be in the cluster already, perhaps in an older backing index: look first.
        settled: Set when every document has its answer, or `failure` says why not.
        deferred: Small events that did not get through, each tried once more after the others, and how many requests
            had passed before.
    """

    documents: list[Document] = field(default_factory=list)
    size: int = 0
    ends: dict[Source, int] = field(default_factory=dict)
    lines: Counter[Source] = field(default_factory=Counter)
    left_out: Counter[tuple[Source, str]] = field(default_factory=Counter)
    doubtful: bool = False
    settled: bool = False
    failure: Exception | None = None
    deferred: list[tuple[Document, int]] = field(default_factory=list)
    created: int = 0
    known: int = 0
    refused: int = 0
    dead_letters: int = 0
    retries: int = 0


class Settler:
    """Sends batches and interprets answers.

    Args:
        wire: The way to the cluster.
        patience: How long to wait for it.
        dead_letters: Where refused events go.
        say: Called with each message for people.
    """

    def __init__(self, wire: Wire, patience: Patience, dead_letters: DeadLetters, say: Callable[[str], None]) -> None:
        self._wire = wire
        self._patience = patience
        self._dead_letters = dead_letters
        self._say = say
        self._may_look = True
        self._largest = sys.maxsize
        self._passed = 0

    def settle(self, batch: Batch) -> None:
        """Return when each document of the batch has its answer, counted in the batch.

        Raises:
            StoppedError: The run ends first.
            ShipError: The cluster refuses the request as such, or was waited for too long.
        """
        pending = batch.documents
        if batch.doubtful:
            pending = self._unknown(batch, pending)
        self._send(batch, pending)
        for document, since in batch.deferred:
            self._send(batch, [document], since, last=True)

    def _sendable(self, batch: Batch, documents: list[Document]) -> list[Document]:
        """Keep back what makes the cluster refuse a whole request for ever: an `_id` that is none."""
        bad = [d for d in documents if not _SAFE_ID.fullmatch(d.id)]
        if bad:
            self._bury(batch, [(d, 400, f"the id is no id: {len(d.id)} characters") for d in bad])
        return [d for d in documents if _SAFE_ID.fullmatch(d.id)]

    def _send(self, batch: Batch, pending: list[Document], since: int | None = None, *, last: bool = False) -> None:
        """Send until each has its answer.

        Args:
            batch: What they are counted in.
            pending: The documents.
            since: How many requests had passed when those began to fail of which these are a part.
            last: They were deferred once.
        """
        if len(pending) > 1 and _size(pending) > self._largest:
            self._halve(batch, pending, since)
            return
        since = self._passed if since is None else since
        attempt = broken = 0
        while pending:
            trouble: TemporaryError | None = None
            try:
                raw = self._wire.bulk(b"".join([document.entry for document in pending]))
                again, reason = self._judge(batch, pending, raw)
            except TooLargeError:
                self._cut(batch, pending, since, "larger than the cluster takes (http.max_content_length)")
                return
            except FatalError as error:
                sendable = self._sendable(batch, pending)
                trouble = self._foreign(error) if len(sendable) == len(pending) else None
                pending = sendable
            except TemporaryError as error:
                trouble = error
            else:
                self._passed += 1
                pending = again
                self._settle_rest(batch, pending, attempt, reason)
            if trouble is not None:
                broken = broken + 1 if trouble.broken else 0
                pending = self._waited(batch, pending, attempt, trouble)
                if pending and self._is_suspicious(pending, broken, since, last=last):
                    reason = f"something before the cluster does not let it through: {trouble}"
                    self._cut(batch, pending, since, reason, last=last)
                    return
            attempt += 1

    def _settle_rest(self, batch: Batch, pending: list[Document], attempt: int, reason: str) -> None:
        """Note an answer; wait for what keeps some of the events out, where there are any."""
        if not pending:
            self._patience.answered()
            return
        batch.retries += len(pending)
        self._wait_for_blocks(attempt, pending, reason)

    def _foreign(self, error: FatalError) -> TemporaryError:
        """Return a refusal by something between that lets other requests through; raise any other."""
        if not (error.foreign and self._wire.answers()):
            raise error
        return TemporaryError(error.foreign, ambiguous=False, broken=True)

    def _waited(self, batch: Batch, pending: list[Document], attempt: int, error: TemporaryError) -> list[Document]:
        """Pause after a request that came to nothing; return the documents that it may not have brought."""
        batch.retries += 1
        self._patience.wait(attempt, str(error))
        return self._unknown(batch, pending) if error.ambiguous else pending

    def _is_suspicious(self, pending: list[Document], broken: int, since: int, *, last: bool) -> bool:
        """Whether a request fails for its size or content: again and again, while the cluster answers others."""
        if broken < (_SUSPICIOUS if len(pending) > 1 else 2 * _SUSPICIOUS):
            return False
        # A small event is given up only where others passed meanwhile.
        return (not last or self._passed > since) and self._wire.answers()

    def _cut(self, batch: Batch, pending: list[Document], since: int, reason: str, *, last: bool = True) -> None:
        """Send what does not get through in halves, down to a single event, and nothing as large from now on."""
        large = _size(pending) > _SMALL
        if len(pending) > 1:
            if large:
                self._largest = min(self._largest, _size(pending) - 1)
            self._halve(batch, pending, since)
        elif large or last:
            self._bury(batch, [(pending[0], 413, reason)])
        else:
            batch.deferred.append((pending[0], since))

    def _halve(self, batch: Batch, pending: list[Document], since: int | None) -> None:
        middle = len(pending) // 2
        self._send(batch, pending[:middle], since)
        self._send(batch, pending[middle:], since)

    def _wait_for_blocks(self, attempt: int, pending: list[Document], reason: str) -> None:
        """Wait at least once, then until no index is blocked: into one that is, each attempt would add a failure."""
        streams = {document.data_stream for document in pending}
        while True:
            self._patience.wait(attempt, reason)
            attempt += 1
            try:
                if not self._wire.blocked(streams):
                    return
            except TemporaryError as error:
                reason = str(error)

    def _judge(self, batch: Batch, sent: list[Document], raw: bytes) -> tuple[list[Document], str]:
        """Count the answers; return the documents that must be sent again, and why."""
        if all_created(raw, len(sent)):
            batch.created += len(sent)
            return [], ""
        try:
            answers = verdicts(raw, len(sent))
        except WrongAnswerError as error:
            message = f"{self._wire.shown} answers something that is no answer to _bulk ({error})"
            raise TemporaryError(message, ambiguous=True, broken=True) from error
        again: list[Document] = []
        buried: list[tuple[Document, int, str]] = []
        diverted: list[Document] = []
        why = ""
        for document, verdict in zip(sent, answers, strict=True):
            if verdict.diverted:
                diverted.append(document)
            elif verdict.is_created:
                batch.created += 1
            elif verdict.is_known:
                batch.known += 1
            elif passes(verdict.kind, verdict.reason, verdict.status):
                again.append(document)
                why = f"{verdict.status} {verdict.reason}"
            else:
                _stop_for(verdict, document)
                buried.append((document, verdict.status, verdict.reason))
        if buried:
            self._bury(batch, buried)
        if diverted:
            passing, reason = self._diverted(batch, diverted)
            again += passing
            why = why or reason
        return again, why

    def _diverted(self, batch: Batch, documents: list[Document]) -> tuple[list[Document], str]:
        """Count what the failure store took for good; return what it took for a reason that passes, and why.

        Elasticsearch answers 201 for both. An event whose index is blocked today belongs into its stream tomorrow.
        """
        reasons = self._asked(batch, self._wire.failures, documents) or {}
        again = [d for d in documents if d.id in reasons and passes(*reasons[d.id])]
        refused = [d for d in documents if not (d.id in reasons and passes(*reasons[d.id]))]
        if refused:
            batch.refused += len(refused)
            first = refused[0]
            why = ": ".join(reasons.get(first.id, ("its reason could not be read",)))
            self._say(
                f"{len(refused):,} events went to the failure store, the first to {first.data_stream}::failures"
                f" ({_told(why)})."
            )
        return again, ": ".join(reasons[again[0].id]) + " (copies are in the failure store)" if again else ""

    def _bury(self, batch: Batch, refused: list[tuple[Document, int, str]]) -> None:
        self._dead_letters.write(refused)
        batch.dead_letters += len(refused)
        document, status, reason = refused[0]
        self._say(
            f"{len(refused):,} events were refused outright, the first for {document.data_stream} with {status}"
            f" ({_told(reason)}); they are kept in {self._dead_letters.path}."
        )

    def _unknown(self, batch: Batch, pending: list[Document]) -> list[Document]:
        """Return the documents that no backing index holds; count the others as known.

        `create` recognises an id only within the backing index that is written to: after a rollover it would store an
        event again that an older one holds.
        """
        found = self._asked(batch, self._wire.known, pending)
        if found is None:
            return pending
        batch.known += sum(document.id in found for document in pending)
        return [document for document in pending if document.id not in found]

    def _asked(
        self, batch: Batch, question: Callable[[list[str], list[str]], _Answer | None], documents: list[Document]
    ) -> _Answer | None:
        """Ask the cluster about documents, patiently; None where the credentials do not allow it (said once)."""
        attempt = broken = 0
        while self._may_look and documents:
            try:
                found = question(sorted({d.data_stream for d in documents}), [d.id for d in documents])
            except TooLargeError:
                return self._asked_in_halves(batch, question, documents)
            except TemporaryError as error:
                batch.retries += 1
                broken = broken + 1 if error.broken else 0
                self._patience.wait(attempt, str(error))
                attempt += 1
                if len(documents) > 1 and broken >= _SUSPICIOUS and self._wire.answers():
                    return self._asked_in_halves(batch, question, documents)
                continue
            if found is None:
                self._may_look = False
                self._say(
                    "These credentials may not read logs-model.* and its failure store: events that are sent again"
                    " across a rollover may be stored twice, and events of a blocked index count as refused (see"
                    " docs/ship.md)."
                )
            return found
        return None

    def _asked_in_halves(
        self, batch: Batch, question: Callable[[list[str], list[str]], _Answer | None], documents: list[Document]
    ) -> _Answer | None:
        """Ask twice about half as many, where one question is too large."""
        if len(documents) == 1:
            raise FatalError(
                f"{self._wire.shown} calls a question about one event too large, 413. {NOTHING_LOST}",
                next_step="Raise the limit of the proxy in front of the cluster (nginx: client_max_body_size).",
            )
        middle = len(documents) // 2
        first = self._asked(batch, question, documents[:middle])
        second = self._asked(batch, question, documents[middle:])
        return None if first is None or second is None else first | second


def _size(documents: list[Document]) -> int:
    return sum(len(document.entry) for document in documents)


def _told(reason: str) -> str:
    """Return the beginning of a reason, and what ends it where that is known."""
    step = remedy(reason)
    return f"{reason[:200]}; {step}" if step else reason[:200]


def _stop_for(verdict: Verdict, document: Document) -> None:
    """End the run where every event would be refused alike.

    Raises:
        ClusterError: The templates are missing, or the credentials do not allow this.
    """
    if is_no_template(verdict.reason) and verdict.status in {400, 404}:
        raise ClusterError(
            f"The cluster has no template for {document.data_stream}: {verdict.reason}. {NOTHING_LOST}",
            next_step="Run `elk-bootstrap apply` first (with the same MODEL_LOGS_ENVIRONMENTS), then start again.",
        )
    if verdict.status in {401, 403} or verdict.kind == "security_exception":
        raise ClusterError(
            f"The cluster does not let us write to {document.data_stream}: {verdict.reason}. {NOTHING_LOST}",
            next_step="Give a key or a user that may create documents in logs-model.* (see docs/ship.md).",
        )
