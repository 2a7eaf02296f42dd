"""The logger that users import: one object, thin methods, everything else behind it."""

from __future__ import annotations

from types import FunctionType, MethodType

from model_logs._logger.config import changes
from model_logs._logger.emit import emit
from model_logs._logger.encoding.text import is_a
from model_logs._logger.events import EventMethods
from model_logs._logger.prediction import prediction
from model_logs._logger.request import Request, running_prediction
from model_logs._logger.timing import Prediction, Unlogged, timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Any, NoReturn, ParamSpec, TypeVar, overload

    from model_logs._logger.writing.writer import Writer

    _P = ParamSpec("_P")
    _R = TypeVar("_R")

__all__ = ["Logger"]


class Logger(EventMethods):
    """Writes events of models, one JSON line each.

    There is one for a process, `model_logs.logger`; `bind` makes others that write to the same place.
    """

    if not TYPE_CHECKING:
        # Type checkers have it from `events.pyi`.
        prediction = prediction

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def _emit(self, event_type: str, fields: dict[str, Any]) -> None:
        emit(self._writer, event_type, fields)

    def configure(
        self,
        *,
        path: str | os.PathLike[str] | None = None,
        service: str | None = None,
        service_version: str | None = None,
        environment: str | None = None,
        host: str | None = None,
        disabled: bool | None = None,
        redact: bool | None = None,
        trace: bool | None = None,
        hold_events: int | None = None,
        hold_bytes: int | None = None,
        timeout_ms: float | None = None,
        features_sample: float | None = None,
    ) -> None:
        """Set the destination of events and the fields of each of them; arguments left out change nothing.

        A file is opened at once. What cannot be opened is said on standard error and tried again each second; it
        raises nothing.

        Args:
            path: The file to append to, with its folder made where it is missing; "-" is standard output.
            service: Name of this service.
            service_version: Its version.
            environment: Such as development, staging or production.
            host: Name of this host; the system's by default.
            disabled: Write nothing.
            redact: Replace secrets in messages, error texts and labels.
            trace: Give each event the trace and span of OpenTelemetry or Elastic APM that are active.
            hold_events: How many events wait in memory while none can be written; 0 for none.
            hold_bytes: How many bytes they may take together.
            timeout_ms: The time limit that stands around predictions (`asyncio.timeout`, `wait_for`, anyio): one that
                is cancelled after that many milliseconds is a `timeout`, one cancelled earlier is `cancelled`.
            features_sample: The share of requests whose `features` are written, from 0 (none, the default) to 1.
        """
        given = {
            "path": path,
            "service": service,
            "service_version": service_version,
            "environment": environment,
            "host": host,
            "disabled": disabled,
            "redact": redact,
            "trace": trace,
            "hold_events": hold_events,
            "hold_bytes": hold_bytes,
            "timeout_ms": timeout_ms,
            "features_sample": features_sample,
        }
        self._writer.configure(changes(given))

    def event(self, event_type: str, /, **fields: Any) -> None:
        """Write an event of a type of your own, such as `features_refreshed`.

        Args:
            event_type: Its name; one of the contract's is the same as the method for it.
            fields: Keywords of the contract, `labels=` for names of your own.
        """
        try:
            self._emit(event_type, fields)
        except (RecursionError, MemoryError):
            for _ in self._writer.at_the_end:
                break

    def outcome(
        self, /, *, request_id: object = None, label: object = None, value: object = None, **fields: Any
    ) -> None:
        """Write the true result of a prediction, once it is known: hours or weeks later, and again if it changes.

        `model-logs outcomes` joins it with the prediction.

        Args:
            request_id: The request that asked for the prediction.
            label: The class that it really was.
            value: The value that it really was.
            fields: Other keywords of the contract; `model_name` where one request asked several models.
        """
        self.event("outcome", **{"request_id": request_id, "actual_label": label, "actual_value": value, **fields})

    def bind(self, /, **fields: Any) -> Logger:
        """Return a logger that adds these fields to each of its events; a field given there wins."""
        return _Bound(self, fields)

    def request(self, request_id: object = None) -> Request:
        """Return a block, `with logger.request(request_id):`, in which every event has that `request_id`.

        Args:
            request_id: The id that came with the request; one is drawn where there is none.
        """
        return Request(request_id)

    def predict(self, /, **fields: Any) -> Prediction:
        """Return a block, `with logger.predict(model_name=...) as prediction:`, that is timed and logged.

        The event's status is success, error, timeout, cancelled or invalid by the exception that ends the block,
        which goes on as it was; `prediction.label`, `.score`, `.status` and `.set(...)` say what the block found.

        Args:
            fields: Keywords of `prediction`; `timeout_ms` as in `configure`, for this one.
        """
        return self._prediction_of(fields)

    def _prediction_of(self, fields: dict[str, Any]) -> Prediction:
        try:
            return Prediction(self.prediction, fields, self._writer.ready())
        except Exception as error:  # noqa: BLE001 - memory or the stack is at its end; the body runs all the same
            self._writer.survive(error)
            return Prediction.__new__(Unlogged)

    def current_prediction(self) -> Prediction:
        """Return the prediction that is being timed, or a stand-in that is never written."""
        return running_prediction() or Prediction(_nowhere, {})

    if TYPE_CHECKING:

        @overload
        def log_prediction(self, function: Callable[_P, _R], /) -> Callable[_P, _R]: ...
        @overload
        def log_prediction(self, /, **fields: Any) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...

    def log_prediction(self, function: Callable[..., Any] | None = None, /, **fields: Any) -> Any:
        """Log each call of a function as one prediction, timed; with or without arguments of its own.

        Functions, coroutine functions and generators of both kinds are taken. `logger.current_prediction()` in the
        body says what it found. A keyword `request_id` of the call is used where no request is at hand.

        Args:
            function: The function, where the decorator stands without arguments.
            fields: Keywords of `prediction`; the model is called like the function where nothing else is said.
        """

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            name = getattr(function, "__name__", type(function).__name__)
            given = {"model_name": name, **self._fields(), **fields}

            def begin(called_with: dict[str, Any]) -> Prediction:
                return self._prediction_of({**_request_id_of(called_with), **given})

            return timed(function, begin)

        return decorate if function is None else decorate(function)

    def close(self) -> None:
        """End this process's writer with a `writer_closed` event.

        It is done by itself at a normal exit. Call it where a process leaves in another way: in the shutdown of a
        server that ends by a signal.
        """
        self._writer.close()

    def stats(self) -> dict[str, Any]:
        """Return the counters of written, held and dropped events; every name is explained in docs/logger.md."""
        return self._writer.stats()

    def _fields(self) -> dict[str, Any]:
        """Return the fields that are bound."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        # A logger may travel to another process with an object that holds it; the writer stays.
        return _restored, (self._fields(),)


class _Bound(Logger):
    """A logger with fields of its own.

    A class of its own, since Python looks `prediction` up faster in objects none of whose class has it in itself.
    """

    def __init__(self, plain: Logger, bound: dict[str, Any]) -> None:
        super().__init__(plain._writer)  # noqa: SLF001 - its own class
        self._plain = plain
        self._bound = bound
        # Not as an assignment: for type checkers `events.pyi` says what it is.
        self.__dict__["prediction"] = _bound_prediction(plain, bound)

    def _emit(self, event_type: str, fields: dict[str, Any]) -> None:
        emit(self._writer, event_type, _merged(self._bound, fields))

    def bind(self, /, **fields: Any) -> Logger:
        return _Bound(self._plain, _merged(self._bound, fields))

    def _fields(self) -> dict[str, Any]:
        return self._bound


class _Elsewhere:
    """Stands for a method of text loggers, such as `info`, and names its replacement in the error.

    A descriptor for each and no `__getattr__`, which would slow down every access to every attribute.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, *_: object) -> NoReturn:
        name = self._name
        raise AttributeError(
            f"model_logs.logger has no {name}(): it writes events of models, not lines of text. "
            f"Next step: logging.getLogger(__name__).{name}(...) for text, and model_logs.adapters to have it in the "
            "same file; or logger.event('my_type', message='...') for an event of your own."
        )


# Not in the class's body: for type checkers they do not exist.
for _name in ("critical", "debug", "error", "exception", "fatal", "info", "log", "warn", "warning"):
    setattr(Logger, _name, _Elsewhere(_name))


def _request_id_of(called_with: dict[str, Any]) -> dict[str, Any]:
    """Return the request id that a function was called with, where it is text."""
    found = called_with.get("request_id")
    try:
        # A proxy, such as werkzeug's, stands for text as well.
        return {"request_id": str(found)} if is_a(found, str) and found else {}
    except Exception:  # noqa: BLE001 - it may have nothing to stand for
        return {}


def _nowhere(**_: Any) -> None:
    """Accept the calls of a prediction that nobody times, and write nothing."""


def _restored(bound: dict[str, Any]) -> Logger:
    from model_logs._logger import logger

    return logger.bind(**bound) if bound else logger


def _merged(bound: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields on top of bound ones; labels are merged name by name."""
    merged = {**bound, **fields}
    ours, theirs = bound.get("labels"), fields.get("labels")
    if ours is None or theirs is None:
        if theirs is None:
            merged["labels"] = ours
        return merged
    try:
        merged["labels"] = {**ours, **theirs}
    except Exception:  # noqa: BLE001 - one of them is no mapping, or a proxy for nothing: both are shown
        merged["labels"] = {"bound": ours, "given": theirs}
    return merged


def _bound_prediction(plain: Logger, bound: dict[str, Any]) -> Callable[..., None]:
    """Return `prediction` with bound fields: as defaults where it has a parameter for them, which costs nothing."""
    names = prediction.__code__.co_varnames[1 : prediction.__code__.co_argcount]
    given = {n: v for n, v in bound.items() if n != "labels"}
    defaults = tuple(given.get(n, v) for n, v in zip(names, prediction.__defaults__ or (), strict=True))
    function = MethodType(FunctionType(prediction.__code__, prediction.__globals__, "prediction", defaults), plain)
    rest = {name: value for name, value in bound.items() if name not in names or name == "labels"}
    if not rest:
        return function

    def merged(**fields: Any) -> None:
        function(**_merged(rest, fields))

    return merged
