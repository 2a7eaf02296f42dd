"""The short way for the commonest event: a prediction whose values are of the contract's types.

It writes what `_emit` would write and does nothing twice: what repeats from call to call (names, versions, classes,
the process) is kept as bytes, only the values that change are encoded, and the line is joined once and written once.
Anything unusual goes the long way. Each step is as it is because it was measured: `benchmarks/logger_limit.py`.
"""

from __future__ import annotations

from time import time

import orjson

from model_logs._logger._context import current_request
from model_logs._logger._emit import emit
from model_logs._logger._fragments import Ready, fragments, spread
from model_logs._logger._heads import UnusualError, learn
from model_logs._logger._values import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from model_logs._logger._writer import Writer

__all__ = ["make_prediction"]

# A longer line may hold values that have to be shortened, and a pipe takes no more in one piece.
_SHORT = 4096
_LATENCY = b',"latency_ms":'
_SCORE = b',"prediction_score":'
_END = b"}\n"


def make_prediction(writer: Writer) -> Callable[..., None]:  # noqa: C901, PLR0915 - a closure, for speed
    """Return `logger.prediction` for a writer."""
    dumps, join = orjson.dumps, b"".join

    # Parameters that may be given by position: Python fills those faster than keyword-only ones.
    def prediction(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one function for speed: Python pays for each call it makes
        model_name: Any = None,
        request_id: Any = None,
        latency_ms: Any = None,
        status: Any = "success",
        model_version: Any = None,
        prediction_label: Any = None,
        prediction_score: Any = None,
        stage: Any = None,
        variant: Any = None,
        labels: Any = None,
        **more: Any,
    ) -> None:
        try:
            now = time()
            since, until, prefix, middle, numbers, heads, write, fd = writer.stamp
            if not since <= now < until:
                stamp = writer.tick(now)
                if stamp is None:
                    return
                _, _, prefix, middle, numbers, heads, write, fd = stamp
            if type(request_id) is not str:
                request_id = _request(request_id)
            if type(latency_ms) is not float:
                latency_ms = _number(latency_ms)
            # A finite number times zero is zero; NaN and the infinities need the long way.
            if prediction_score is None:
                score_name = score = b""
                if latency_ms * 0.0 != 0.0:
                    raise UnusualError  # noqa: TRY301
            else:
                if type(prediction_score) is not float:
                    prediction_score = _number(prediction_score)
                score_name, score = _SCORE, dumps(prediction_score)
                if latency_ms * prediction_score * 0.0 != 0.0:
                    raise UnusualError  # noqa: TRY301
            try:
                if stage is None and variant is None:
                    head = heads[status, model_name, model_version, prediction_label]
                else:
                    head = heads[status, model_name, model_version, prediction_label, stage, variant]
            except KeyError:
                if writer.trace:
                    raise
                head = learn(heads, (status, model_name, model_version, prediction_label, stage, variant))
            request = dumps(request_id)
            latency = dumps(latency_ms)
            end = _END
            if labels or more:
                end = labels.end if type(labels) is Ready and not more else fragments(labels, more)
            try:
                number = next(numbers)
            except StopIteration:
                prefix, middle, number = writer.draw(writer.stamp)
            line = join((prefix, number, middle, number, head, request, _LATENCY, latency, score_name, score, end))
        except Exception:  # noqa: BLE001 - the long way takes any value, and says what was wrong with it
            drawn = None
        else:
            if (size := len(line)) <= _SHORT:
                try:
                    if write(fd, line) != size:
                        writer.recover(line, None)
                except OSError as error:
                    writer.recover(line, error)
                return
            drawn = prefix, middle, number
        if type(labels) is Ready:
            labels, more = spread(labels, more)
        given = {
            "model_name": model_name,
            "request_id": request_id,
            "latency_ms": latency_ms,
            "status": status,
            "model_version": model_version,
            "prediction_label": prediction_label,
            "prediction_score": prediction_score,
            "stage": stage,
            "variant": variant,
            "labels": labels,
        }
        emit(writer, "predict", {**given, **more}, drawn)

    return prediction


def _request(value: Any) -> str:
    found = current_request() if value is None else None
    if found is None:
        raise UnusualError
    return found


def _number(value: Any) -> float:
    """Return a number as Python's own; numpy's and torch's are as good."""
    found: float = number_of(value)
    if type(found) is not float and type(found) is not int:
        raise UnusualError
    return found
