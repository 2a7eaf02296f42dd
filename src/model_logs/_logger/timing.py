"""Predictions that are timed: `with logger.predict(...)` and `@logger.log_prediction`.

However the body ends, one `predict` event says so, and what it raised goes on to the caller as it was.
"""

from __future__ import annotations

import os
from functools import wraps
from time import perf_counter_ns

from model_logs._logger.outcome import CANCELLED, outcome
from model_logs._logger.request import active_prediction, current_request, leave
from model_logs.errors import ContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator
    from contextvars import Token
    from types import TracebackType
    from typing import Any, Self

    from model_logs._logger.writing.writer import Writer

__all__ = ["Prediction", "Unlogged", "timed"]


class Prediction:
    """One prediction under way; the body of the block sets label, score and status.

    Nothing that is done to it raises: a name that it does not know is a field of the event when it is set, and
    nothing when it is read.

    Attributes:
        label: The predicted class.
        score: The predicted probability or value.
        status: How it ended, where the body's end does not say it: `invalid`, for one.
        request_id: The request that asked; one is drawn where there is none.
        failure: The exception that `failed` was told of.
    """

    # With a dictionary for names that are none of its own: a contract's keyword, or a slip of the pen.
    __slots__ = (
        *("__dict__", "_ambient", "_begin", "_depth", "_end", "_fields", "_log", "_token", "_writer"),
        *("failure", "label", "request_id", "score", "status"),
    )

    def __init__(self, log: Callable[..., None], fields: dict[str, Any], writer: Writer | None = None) -> None:
        self._log = log
        self._fields = fields
        self._writer = writer
        self._begin = 0
        # When the clock was stopped; 0 while it runs.
        self._end = 0
        self._depth = 0
        self._ambient = True
        self._token: Token[Any] | None = None
        self.failure: BaseException | None = None
        self.label: object = fields.pop("prediction_label", None)
        self.score: object = fields.pop("prediction_score", None)
        self.status: Any = fields.pop("status", None)
        self.request_id: object = fields.pop("request_id", None)
        if self.request_id is None:
            self.request_id = current_request() or os.urandom(16).hex()

    def set(self, /, *named: Any, **fields: Any) -> None:
        """Set other fields of the event: `batch_size`, `fallback_level`, `cache_hit`, `labels`, …."""
        for one in named:
            # `set({"batch_size": 2})`; anything else has no name, and is kept as a label.
            fields = {**one, **fields} if type(one) is dict else {"value": one, **fields}
        for name, value in fields.items():
            if name in _ATTRIBUTES:
                setattr(self, name, value)
            else:
                _add(self._fields, name, value)

    def failed(self, error: BaseException) -> None:
        """Say that the prediction failed, and with which exception, although the block may end without one.

        For code that turns an exception of the model into an answer: the status becomes the exception's.
        """
        self.failure = error

    @property
    def under_way(self) -> bool:
        """Whether the prediction's block was entered and has not ended."""
        return self._depth > 0

    def stop(self) -> None:
        """Stop the clock: the rest of the block does not count as time of the prediction."""
        self._end = perf_counter_ns()

    def abandon(self) -> None:
        """Say that nobody waits any longer: `cancelled`, and `timeout` where `timeout_ms` has passed by then."""
        latency = ((self._end or perf_counter_ns()) - self._begin) / 1e6
        self.status = "timeout" if _has_passed(self._limit(), latency) else "cancelled"

    def _limit(self) -> Any:
        return self._fields.get("timeout_ms", None if self._writer is None else self._writer.config.timeout_ms)

    def detached(self) -> Self:
        """Do without `current_prediction`: where other code runs before the body has ended."""
        self._ambient = False
        return self

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Called for what is not there. Python's protocols ask for `_` names, and must hear that there is none.
            if name[:1] == "_" or (self._writer is not None and self._writer.strict):
                raise AttributeError(
                    f"a prediction has no {name!r}; it has label, score, status, request_id and set()"
                )
            if name in _COLLECTIONS:
                return self.__dict__.setdefault(name, _COLLECTIONS[name]())
            return _Unknown(self)

    def __delattr__(self, name: str) -> None:
        if name in _ATTRIBUTES:
            setattr(self, name, None)
        else:
            self.__dict__.pop(name, None)
            self._fields.pop(name, None)

    def __setitem__(self, name: Any, value: Any) -> None:
        self.set({name: value})

    def __copy__(self) -> Self:
        # There is one prediction, however often what holds it is copied.
        return self

    def __deepcopy__(self, _: Any) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # In another process it is nobody's prediction.
        return _elsewhere, ()

    def __enter__(self) -> Self:
        self._depth += 1
        if self._depth == 1:
            if self._ambient:
                try:
                    self._token = active_prediction.set(self)
                except Exception:  # noqa: BLE001 - memory is out; the prediction is timed all the same
                    self._token = None
            self._end = 0
            self._begin = perf_counter_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            # Left as often as it was entered; then it is one prediction. Left once more it is none.
            self._depth -= 1
            if self._depth == 0:
                self._leave(
                    ((self._end or perf_counter_ns()) - self._begin) / 1e6, self.failure if error is None else error
                )
            elif self._depth < 0:
                self._depth = 0
        except ContractError:
            # In a test that asked for it; what the body raised is more to the point.
            if error is None:
                raise
        except Exception as ours:  # noqa: BLE001 - serving code never sees an error of ours
            if self._writer is not None:
                self._writer.survive(ours)

    def _leave(self, latency: float, error: BaseException | None) -> None:
        token, self._token = self._token, None
        if token is not None:
            leave(active_prediction, token)
        fields, assigned = {**self._fields}, self.__dict__
        for name, value in assigned.items():
            _add(fields, name, value)
        assigned.clear()
        limit = fields.pop("timeout_ms", None if self._writer is None else self._writer.config.timeout_ms)
        status, found = ("success", {}) if error is None else outcome(error)
        if status == "cancelled" and _timed_out(error, latency, limit):
            status = "timeout"
        own = {
            "latency_ms": latency,
            "request_id": self.request_id,
            "status": status if self.status is None else self.status,
            "prediction_label": self.label,
            "prediction_score": self.score,
        }
        self._log(**{**own, **found, **fields})


_ATTRIBUTES = frozenset({"label", "score", "status", "request_id"})
_COLLECTIONS = {"labels": dict, "metrics": dict, "features": dict, "tags": list}


def _add(fields: dict[str, Any], name: Any, value: Any) -> None:
    """Add a field to others; labels, metrics, features and tags to those that are there."""
    before = fields.get(name)
    if type(before) is type(value) and _COLLECTIONS.get(name) is type(value):
        value = {**before, **value} if type(value) is dict else [*before, *value]
    # Whatever a mapping of the caller's holds: keywords are text.
    fields[name if type(name) is str else str(name)] = value


class Unlogged(Prediction):
    """Stands in for a prediction that could not be made, since memory or the stack is at its end.

    Made by `__new__` alone, which takes no frame of Python's.
    """

    __slots__ = ()

    def set(self, /, *named: Any, **fields: Any) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def abandon(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


class _Unknown:
    """Stands for an attribute that a prediction lacks: empty, false, zero; every operation on it does nothing.

    Called, it is `set`; added to a number it is that number, so that a field may be counted up.
    """

    __slots__ = ("_prediction",)

    _prediction: Prediction

    def __init__(self, prediction: Prediction) -> None:
        object.__setattr__(self, "_prediction", prediction)

    def __bool__(self) -> bool:
        return False

    def __call__(self, /, *named: Any, **fields: Any) -> Self:
        self._prediction.set(*named, **fields)
        return self

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name[:2] == "__":
                raise AttributeError(name)
            return self

    def __setattr__(self, name: str, value: Any) -> None:
        """Do nothing."""

    def __delattr__(self, name: str) -> None:
        """Do nothing."""

    def __getitem__(self, _: Any) -> Self:
        return self

    def __setitem__(self, name: Any, value: Any) -> None:
        """Do nothing."""

    def __delitem__(self, name: Any) -> None:
        """Do nothing."""

    def __contains__(self, _: Any) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __str__(self) -> str:
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def __lt__(self, _: Any) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __or__ = __ror__ = __add__

    def __await__(self) -> Generator[Any, Any, Self]:
        return self
        yield


def _elsewhere() -> Prediction:
    return Prediction(_nothing, {})


def _nothing(**_: Any) -> None:
    """Take the fields of a prediction that is not written."""


def _timed_out(error: BaseException | None, latency: float, limit: Any) -> bool:
    """Return whether a cancellation is a time-out around the prediction, by the limit that was given for those."""
    if error is None or not _has_passed(limit, latency):
        return False
    return not CANCELLED.isdisjoint(base.__name__ for base in type(error).__mro__)


def _has_passed(limit: Any, latency: float) -> bool:
    """Return whether a value is a limit in milliseconds that has passed."""
    try:
        return limit is not None and latency >= float(limit)
    except Exception:  # noqa: BLE001 - a limit that is no number is none, and costs no event
        return False


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
