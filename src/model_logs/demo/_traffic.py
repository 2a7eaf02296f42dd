"""The clients of the demo: threads that ask over HTTP, one question after the other, and count the answers."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from model_logs.demo._models import CANCER, DIGITS, held_out
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Traffic"]

THREADS = 4
# Of a hundred questions: how many ask the second model, lack some pixels, or are cut short by a careless caller.
_OTHER_MODEL = 30
_MISSING = 12
_CUT_SHORT = 1
_OK = 200


@dataclass(frozen=True, slots=True)
class _Question:
    model: str
    request_id: str
    features: list[float | None]


class Traffic:
    """Asks the service; each question has a request id of its own, which must come back.

    Args:
        url: Of the service.
        run_id: What every request id begins with.
    """

    def __init__(self, url: str, run_id: str) -> None:
        self.url = url
        self.run_id = run_id
        self.sent = 0
        self._rows = {model: held_out(model) for model in (DIGITS, CANCER)}
        self._dice = random.Random(run_id)  # noqa: S311  # which rows are asked about is no secret
        self._numbers = count(1)
        self._stop = threading.Event()

    def ask(self, questions: int) -> Counter[int]:
        """Send so many questions from several threads, and return how often each HTTP status came back."""
        queue = iter([self._question() for _ in range(questions)])
        lock = threading.Lock()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="client") as pool:
            workers = [pool.submit(self._client, queue, lock) for _ in range(THREADS)]
            try:
                found = sum((worker.result() for worker in workers), Counter[int]())
            except BaseException:
                self._stop.set()
                raise
        self.sent += found.total()
        return found

    def _question(self) -> _Question:
        luck = self._dice.randrange(100)
        model = CANCER if self._dice.randrange(100) < _OTHER_MODEL else DIGITS
        features: list[float | None] = list(self._dice.choice(self._rows[model]))
        if luck < _MISSING:
            for at in self._dice.sample(range(len(features)), 3):
                features[at] = None
        elif luck < _MISSING + _CUT_SHORT:
            features = features[: len(features) // 2]
        return _Question(model, f"{self.run_id}-{next(self._numbers):06d}", features)

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
                json={"features": question.features},
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
        return int(answer.status_code)
