"""The short way for the commonest event: a prediction whose values are of the contract's types.

It writes what `emit` would write and does nothing twice: what repeats from call to call (names, versions, classes,
the process) is kept as bytes, only the values that change are encoded, and the line is joined once and written once.
Anything unusual goes the long way. Each step is as it is because it was measured (`benchmarks/logger_limit.py`):
after a write the processor has forgotten what Python was doing, and what is free in a tight loop is not free here.
"""

from __future__ import annotations

from time import time

import orjson

from model_logs._logger.emit import emit
from model_logs._logger.encoding.features import sampled
from model_logs._logger.encoding.line_prefix import UnusualError
from model_logs._logger.encoding.value_cache import PreparedLine, fragments, spread
from model_logs._logger.encoding.values import number_of
from model_logs._logger.request import current_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["prediction"]

# A longer line may hold values that have to be shortened, and a pipe takes no more in one piece.
_SHORT = 4096
# A longer id may be cut, and the sample is drawn by the id as it is written.
_PLAIN_ID = 512
_dumps, _join = orjson.dumps, b"".join


# A method of the class and not a closure in the instance: Python finds that faster. Parameters that may be given by
# position: it fills those faster than keyword-only ones.
def prediction(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one function: Python pays for each call it makes
    self: Any,
    /,
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
    """Write one prediction; the contract lists its keywords, and `events.pyi` lists them for editors."""
    writer = self._writer
    try:
        now = time()
        since, until, prefix, middle, numbers, heads, write, fd = writer.stamp
        if not since <= now < until:
            stamp = writer.tick(now)
            if stamp is None:
                return
            _, _, prefix, middle, numbers, heads, write, fd = stamp
        if type(request_id) is not str:
            if request_id is not None or (ambient := current_request()) is None:
                raise UnusualError  # noqa: TRY301
            request_id = ambient
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
            score_name, score = b',"prediction_score":', _dumps(prediction_score)
            if latency_ms * prediction_score * 0.0 != 0.0:
                raise UnusualError  # noqa: TRY301
        try:
            if stage is None and variant is None:
                head = heads.plain[status][model_name][model_version][prediction_label]
            else:
                head = heads.staged[stage][variant][status][model_name][model_version][prediction_label]
        except KeyError:
            if writer.trace:
                raise
            head = heads.learn(stage, variant, status, model_name, model_version, prediction_label)
        request = _dumps(request_id)
        latency = _dumps(latency_ms)
        if labels or more:
            head = (labels.members if type(labels) is PreparedLine and not more else fragments(labels, more)) + head
        # Takes one, as `next` does, without the price of a call.
        for number, begin in numbers:  # noqa: B007 - used below
            break
        else:
            prefix, middle, (number, begin) = writer.draw(writer.stamp)
        # Ten parts: for more than that `join` asks for memory of its own.
        line = _join((prefix, number, middle, begin, request, b',"latency_ms":', latency, score_name, score, head))
    except Exception:  # noqa: BLE001 - the long way takes any value, and says what was wrong with it
        drawn = None
    else:
        if (size := len(line)) <= _SHORT:
            try:
                if write(fd, line) == size:
                    return
                refused = None
            except OSError as error:
                refused = error
            try:
                writer.recover(line, refused)
            except (RecursionError, MemoryError):
                # The stack or memory is at its end; to take the next of an iterator needs neither.
                for _ in writer.at_the_end:
                    break
            return
        drawn = prefix, middle, (number, begin)
    try:
        if drawn is None and "features" in more and _left_out(writer, request_id):
            # Most requests are in no sample; without their features they may well go the short way.
            rest = {name: value for name, value in more.items() if name != "features"}
            prediction(
                self, model_name, request_id, latency_ms, status, model_version, prediction_label, prediction_score,
                stage, variant, labels, **rest,
            )  # fmt: skip
            return
        if type(labels) is PreparedLine:
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
    except (RecursionError, MemoryError, TypeError, AttributeError, NameError, ImportError):
        # Memory, the stack or the interpreter is at its end, and the long way could not even be begun. To take the
        # next of an iterator needs none of them. What a signal handler raises is let through, as it always was.
        for _ in writer.at_the_end:
            break


def _left_out(writer: Any, request_id: Any) -> bool:
    """Return whether the features of this request are not written; false where the long way has to judge."""
    share = writer.features_sample
    plain = type(request_id) is str and len(request_id) <= _PLAIN_ID
    return not share or (plain and not sampled(request_id, share))


def _number(value: Any) -> float:
    """Return a number as Python's own; numpy's and torch's are as good."""
    found: float = number_of(value)
    if type(found) is not float and type(found) is not int:
        raise UnusualError
    return found
