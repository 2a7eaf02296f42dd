"""Predictions that are timed: `with logger.predict(...)` and `@logger.log_prediction`.

However the body ends, one `predict` event says so, and what it raised goes on to the caller as it was.
"""

from __future__ import annotations

import os
from functools import wraps
from time import perf_counter_ns

from model_logs._logger._context import active_prediction, current_request, leave
from model_logs._logger._outcome import outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from contextvars import Token
    from types import TracebackType
    from typing import Any, Self

__all__ = ["Prediction", "timed"]


class Prediction:
    """One prediction under way; the body says what it found.

    Attributes:
        label: The predicted class.
        score: The predicted probability or value.
        status: How it ended, where the body's end does not say it: `invalid`, for one.
        request_id: The request that asked; one is drawn where there is none.
        failure: The exception that `failed` was told of.
    """

    __slots__ = (
        "_ambient", "_begin", "_fields", "_log", "_token", "failure", "label", "request_id", "score", "status",
    )  # fmt: skip

    def __init__(self, log: Callable[..., None], fields: dict[str, Any]) -> None:
        self._log = log
        self._fields = fields
        self._begin = 0
        self._ambient = True
        self._token: Token[Any] | None = None
        self.failure: BaseException | None = None
        self.label: object = fields.pop("prediction_label", None)
        self.score: object = fields.pop("prediction_score", None)
        self.status: str | None = fields.pop("status", None)
        self.request_id: object = fields.pop("request_id", None)
        if self.request_id is None:
            self.request_id = current_request() or os.urandom(16).hex()

    def set(self, **fields: Any) -> None:
        """Set other fields of the event: `batch_size`, `fallback_level`, `cache_hit`, `labels`, …."""
        self._fields |= fields

    def failed(self, error: BaseException) -> None:
        """Say that the prediction failed, and with which exception, although the block may end without one.

        For code that turns an exception of the model into an answer: the status becomes the exception's.
        """
        self.failure = error

    def detached(self) -> Self:
        """Do without `current_prediction`: where other code runs before the body has ended."""
        self._ambient = False
        return self

    def __enter__(self) -> Self:
        if self._ambient:
            self._token = active_prediction.set(self)
        self._begin = perf_counter_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        latency = (perf_counter_ns() - self._begin) / 1e6
        if self._token is not None:
            leave(active_prediction, self._token)
        if error is None:
            error = self.failure
        status, found = ("success", {}) if error is None else outcome(error)
        own = {
            "latency_ms": latency,
            "request_id": self.request_id,
            "status": status if self.status is None else self.status,
            "prediction_label": self.label,
            "prediction_score": self.score,
        }
        self._log(**{**own, **found, **self._fields})


def timed(function: Callable[..., Any], begin: Callable[..., Prediction]) -> Callable[..., Any]:
    """Wrap a function of any kind, so that each call of it is one prediction.

    A generator is one prediction from its first value asked for to its last; one that is given up early counts as
    cancelled. In a generator `current_prediction` is not set, since its caller runs between its values.

    Args:
        function: A function, a coroutine function, a generator function or an asynchronous one.
        begin: Makes the prediction of one call, of its keywords.
    """
    import inspect
    from contextlib import aclosing

    # An instance is as asynchronous as its class's call.
    called = function if isinstance(function, type) or inspect.isroutine(function) else type(function).__call__
    if inspect.isasyncgenfunction(called):

        @wraps(function)
        async def produce_async(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            with begin(kwargs).detached():
                async with aclosing(function(*args, **kwargs)) as values:
                    async for value in values:
                        yield value

        return produce_async
    if inspect.iscoroutinefunction(called):

        @wraps(function)
        async def run_async(*args: Any, **kwargs: Any) -> Any:
            with begin(kwargs):
                return await function(*args, **kwargs)

        return run_async
    if inspect.isgeneratorfunction(called):

        @wraps(function)
        def produce(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with begin(kwargs).detached():
                return (yield from function(*args, **kwargs))

        return produce

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with begin(kwargs):
            return function(*args, **kwargs)

    return run
