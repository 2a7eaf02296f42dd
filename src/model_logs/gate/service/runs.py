"""The runs behind the service: equal questions share one, its verdict is kept for a while, and judged once.

Whoever asks gets an answer at once: the verdict where it is there, else that it is pending. A run that failed, such
as on a cluster that cannot be reached, is told as that and begun again by the next request after a short pause: it is
no verdict.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.web.messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.gate.service.questions import Asked

__all__ = ["Run", "Runs"]

# A run that failed is not begun again earlier.
_PAUSE_S = 10.0
_MOST_RUNS = 512
_MOST_WAITING = 32
_WORKERS = 2


@dataclass(slots=True)
class Run:
    """One run of a gate.

    Attributes:
        asked: What was asked.
        opened: The moment of the first request.
        due: When it may be judged, by the clock of `Runs`.
        future: The judging, once it has begun.
        finished: When it ended.
    """

    asked: Asked
    opened: datetime
    due: float
    future: Future[dict[str, Any]] | None = None
    finished: list[float] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether it ended without a verdict."""
        return self.future is not None and self.future.done() and self.future.exception() is not None


class Runs:
    """The runs that are kept.

    Args:
        judge: Judges what is asked and returns the verdict; it also records it, once. It is given the moment of the
            first request, too.
        keep: How long a verdict is given to whoever asks the same again.
        clock: Seconds.
    """

    def __init__(
        self,
        judge: Callable[[Asked, datetime], dict[str, Any]],
        *,
        keep: timedelta = timedelta(minutes=15),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._judge = judge
        self._keep = keep.total_seconds()
        self._clock = clock
        self._pool = ThreadPoolExecutor(_WORKERS, "gate")
        self._lock = threading.Lock()
        self._runs: OrderedDict[Asked, Run] = OrderedDict()

    def ask(self, asked: Asked) -> Run:
        """Return the run of what is asked: the one that is there, else a new one.

        Raises:
            Refusal: Too many runs wait already.
        """
        with self._lock:
            now = self._clock()
            run = self._runs.get(asked)
            if run is None or self._over(run, now):
                run = self._new(asked, now)
            if run.future is None and now >= run.due:
                run.future = self._pool.submit(self._judged, run)
            return run

    def remaining(self, run: Run) -> float:
        """Return the seconds until a run may be judged; 0 once it may."""
        return max(0.0, run.due - self._clock())

    def close(self) -> None:
        """Let the runs that have begun end, and begin no other."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _over(self, run: Run, now: float) -> bool:
        if not run.finished:
            return False
        return now - run.finished[0] >= (_PAUSE_S if run.failed else self._keep)

    def _new(self, asked: Asked, now: float) -> Run:
        self._runs.pop(asked, None)
        for old in [each for each, run in self._runs.items() if self._over(run, now)]:
            del self._runs[old]
        waiting = sum(not run.finished for run in self._runs.values() if run.future is not None)
        if waiting >= _MOST_WAITING or len(self._runs) >= _MOST_RUNS:
            raise Refusal(429, "busy", "too many gates are asked for at once", ((b"retry-after", b"30"),))
        hold = asked.question.window + asked.question.settle if asked.from_now else timedelta(0)
        run = self._runs[asked] = Run(asked, datetime.now(UTC), now + hold.total_seconds())
        return run

    def _judged(self, run: Run) -> dict[str, Any]:
        try:
            return self._judge(run.asked, run.opened)
        finally:
            run.finished.append(self._clock())
