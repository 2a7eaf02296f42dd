"""Batches of a job: one event for each batch, with its number of rows, in any worker process.

For pandas, multiprocessing, Celery and Spark's `mapPartitions` alike: `batches` needs a function and rows, no more.
"""

from __future__ import annotations

from itertools import islice

from model_logs._logger import logger as _default

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    from model_logs._logger.facade import Logger

    _R = TypeVar("_R")

__all__ = ["batches"]


def batches(
    predict: Callable[[Any], _R],
    rows: Iterable[Any],
    *,
    size: int = 1000,
    logger: Logger | None = None,
    close: bool = False,
    **fields: Any,
) -> Iterator[_R]:
    """Predict rows batch by batch, and log one event for each.

    `for answers in batches(model.predict, rows, size=500, model_name="fraud"): ...`; in Spark
    `rdd.mapPartitions(lambda rows: batches(score, rows, model_name="fraud", close=True))`.

    Args:
        predict: Takes a list of rows (or a slice of what `rows` is, where it can be sliced: arrays, data frames) and
            returns its answer, which is yielded as it is.
        rows: The rows; read only as far as batches are asked for.
        size: The most rows of a batch.
        logger: The logger to write with; `model_logs.logger` by default.
        close: Write the writer's close after the last batch: where the process is ended by a signal afterwards, as
            Spark's workers are.
        fields: Keywords of `prediction`; at least `model_name`.

    Raises:
        ValueError: The size is under 1.
        Exception: Whatever `predict` raises, after it was logged.
    """
    if size < 1:
        raise ValueError(f"size is {size}, and a batch has at least one row")
    log = logger if logger is not None else _default
    try:
        for batch in _batched(rows, size):
            with log.predict(**{**fields, "batch_size": len(batch)}):
                answer = predict(batch)
            yield answer
    finally:
        if close:
            log.close()


def _batched(rows: Any, size: int) -> Iterator[Any]:
    """Return slices of what can be sliced by position, lists of the rest."""
    by_position = getattr(rows, "iloc", None)  # pandas
    sliced = rows if by_position is None else by_position
    if by_position is not None or (hasattr(rows, "__len__") and hasattr(rows, "shape")) or isinstance(rows, list):
        for begin in range(0, len(rows), size):
            yield sliced[begin : begin + size]
        return
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
