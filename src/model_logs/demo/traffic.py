"""The clients of the demo: threads that ask over HTTP, one question after the other, and count the answers."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from model_logs.demo.models import CANCER, DIGITS, held_out, truths
from model_logs.demo.quality import Judge, Judged
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Traffic"]

THREADS = 4
# Of a hundred questions: how many ask the second model, or are cut short by a careless caller.
_OTHER_MODEL = 30
_CUT_SHORT = 1
# One question in so many lacks some values.
_MISSING = 8
# Clients read their rows again when they are older than this, and in the dark a scan has so much less contrast.
_FRESH_S = 2.0
_CONTRAST = 0.4
_OK = 200
_FAILED = 500


@dataclass(frozen=True, slots=True)
class _Question:
    model: str
    request_id: str
    features: list[float | None]
    read_at: float
    truth: str


class Traffic:
    """Asks the service; each question has a request id of its own, which must come back.

    Args:
        url: Of the service.
        run_id: What every request id begins with.

    Attributes:
        truths: For each question that was answered: the model, the request id, and what would have been right.
        failed: The request ids of those that the service could not answer.
    """

    def __init__(self, url: str, run_id: str) -> None:
        self.url = url
        self.run_id = run_id
        self.sent = 0
        self._rows: dict[str, list[tuple[list[float], str]]] = {}
        self._read_at = 0.0
        self.truths: list[tuple[str, str, str]] = []
        self.failed: list[str] = []
        self._judge = Judge()
        self._dice = random.Random(run_id)  # noqa: S311  # which rows are asked about is no secret
        self._numbers = count(1)
        self._stop = threading.Event()

    def ask(self, questions: int, *, in_the_dark: bool = False) -> Counter[int]:
        """Send so many questions from several threads, and return how often each HTTP status came back.

        Args:
            questions: How many.
            in_the_dark: Scan digits in poor light, and do not read rows again that have become old.
        """
        self._read()
        queue = (self._question(in_the_dark) for _ in range(questions))
        lock = threading.Lock()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="client") as pool:
            workers = [pool.submit(self._client, queue, lock) for _ in range(THREADS)]
            try:
                found = sum((worker.result() for worker in workers), Counter[int]())
            except BaseException:
                self._stop.set()
                raise
        self._judge.finish()
        self.sent += found.total()
        return found

    def _read(self) -> None:
        """Read the rows from where they lie; a question tells when that was."""
        self._read_at = time.time()
        self._rows = {model: list(zip(held_out(model), truths(model), strict=True)) for model in (DIGITS, CANCER)}

    def _question(self, in_the_dark: bool) -> _Question:
        if not in_the_dark and time.time() - self._read_at > _FRESH_S:
            self._read()
        number = next(self._numbers)
        model = CANCER if self._dice.randrange(100) < _OTHER_MODEL else DIGITS
        row, truth = self._dice.choice(self._rows[model])
        features: list[float | None] = list(row)
        if in_the_dark and model == DIGITS:
            features = [_CONTRAST * value for value in row]
        if number % _MISSING == 0:
            for at in self._dice.sample(range(len(features)), 3):
                features[at] = None
        elif self._dice.randrange(100) < _CUT_SHORT:
            features = features[: len(features) // 2]
        return _Question(model, f"{self.run_id}-{number:06d}", features, self._read_at, truth)

    def _client(self, queue: Iterator[_Question], lock: threading.Lock) -> Counter[int]:
        import httpx

        found: Counter[int] = Counter()
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False) as client:
            while not self._stop.is_set():
                with lock:
                    question = next(queue, None)
                if question is None:
                    break
                found[self._send(client, question)] += 1
        return found

    def _send(self, client: Any, question: _Question) -> int:
        import httpx

        try:
            answer = client.post(
                f"/models/{question.model}/predict",
                json={"features": question.features, "read_at": question.read_at},
                headers={"X-Request-ID": question.request_id},
            )
        except httpx.HTTPError as error:
            raise ModelLogsError(
                f"The demo's service did not answer a request: {error!r}.",
                next_step="Look into the service.log of the demo's folder.",
            ) from error
        if answer.headers.get("X-Request-ID") != question.request_id:
            raise ModelLogsError(
                f"The service answered {answer.status_code} without the request's id: {answer.text[:200]}",
                next_step="Look into the service.log of the demo's folder.",
            )
        if answer.status_code == _OK:
            told = answer.json()
            judged = Judged(told["version"], question.features, told["label"], question.truth)
            self._judge.add(question.model, judged)
            self.truths.append((question.model, question.request_id, question.truth))
        elif answer.status_code >= _FAILED:
            self.failed.append(question.request_id)
        return int(answer.status_code)
