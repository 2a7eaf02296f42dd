"""Isolates errors of one part from the others, and reports each error once, and once its end.

It swallows mistakes of ours as well: a rule that makes the evaluator stumble must not keep the other rules from being
judged. What means that another evaluator works goes on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from model_logs.errors import ModelLogsError
from model_logs.state.store import StateConflictError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ErrorIsolation"]


class ErrorIsolation:
    """A context that reports an exception raised in it and keeps it in `troubles`.

    Args:
        troubles: Part → what was said of it; shared by all parts.
        what: The part.
        say: Tells the operator one line.

    Attributes:
        there: Something was raised.
    """

    def __init__(self, troubles: dict[str, str], what: str, say: Callable[[str], None]) -> None:
        self._troubles, self._what, self._say = troubles, what, say
        self.there = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        del kind, trace
        if error is None:
            if self._troubles.pop(self._what, None):
                self._say(f"{self._what}: works again.")
            return False
        if isinstance(error, StateConflictError) or not isinstance(error, Exception):
            return False
        self.there = True
        text = str(error) if isinstance(error, ModelLogsError) else _mistake(error)
        if self._troubles.get(self._what) != text:
            self._say(f"{self._what} failed, alerts stay as they are: {text}")
        self._troubles[self._what] = text
        return True


def _mistake(error: Exception) -> str:
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
    return f"{type(error).__name__}: {error} ({place}). This is a mistake in model-logs; please report it."
