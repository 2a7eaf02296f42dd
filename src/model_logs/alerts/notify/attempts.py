"""One message to one channel, tried a few times in a row with growing pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.channels.declaration import NotDeliveredError
from model_logs.errors import ModelLogsError
from model_logs.retrying import Pauses, retry

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NotOursError", "attempted"]

# Longer pauses are the outbox's: it tries again for a day.
_PAUSES = Pauses(first=1.0, longest=5.0)


class NotOursError(ModelLogsError):
    """Another evaluator may be the leader by now, so nothing was sent."""


def attempted(
    deliver: Callable[[], None], name: str, *, attempts: int = 3, allowed: Callable[[], bool] = lambda: True
) -> None:
    """Deliver, at once again when that may help.

    Args:
        deliver: Delivers one message.
        name: The channel, for the message.
        attempts: How often at most.
        allowed: Asked right before each attempt: whether it is still for this process to tell.

    Raises:
        NotDeliveredError: Not in so many attempts, or the other side wants to be left alone for a while.
        UndeliverableError: It never will be taken.
        NotOursError: It is not for this process any more; nothing was sent by the last attempt.
    """

    def attempt() -> None:
        # A process that was stopped for longer than its lease wakes up here. What it would tell now was told by the
        # next leader, and was perhaps over since: a trigger after the resolve would open an incident for ever.
        if not allowed():
            raise NotOursError(f"{name} got no message: another evaluator may be the leader by now.")
        deliver()

    def least(error: Exception) -> float | None:
        at_once = isinstance(error, NotDeliveredError) and error.retry_after is None
        return 0.0 if at_once else None

    retry(attempt, attempts=attempts, pauses=_PAUSES, least=least)
