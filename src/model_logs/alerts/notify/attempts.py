"""One message to one channel, tried a few times in a row with growing pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.channels.declaration import NotDeliveredError
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NotOursError", "attempted"]


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
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

    def attempt() -> None:
        # A process that was stopped for longer than its lease wakes up here. What it would tell now was told by the
        # next leader, and was perhaps over since: a trigger after the resolve would open an incident for ever.
        if not allowed():
            raise NotOursError(f"{name} was not told: another evaluator may work by now.")
        deliver()

    def helps(error: BaseException) -> bool:
        return isinstance(error, NotDeliveredError) and error.retry_after is None

    retrying = Retrying(
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(multiplier=0.5, max=5) + wait_random(0, 0.5),
        retry=retry_if_exception(helps),
        reraise=True,
    )
    retrying(attempt)
