"""What belongs to the request at hand and not to one call: its id, and the prediction that is being timed.

Context variables follow the tasks of asyncio by themselves, and into a thread pool with `contextvars.copy_context`.
"""

from __future__ import annotations

import os
from contextvars import ContextVar, Token

from model_logs._logger.encoding.adjustments import Notes
from model_logs._logger.encoding.text import KEYWORD_LIMIT
from model_logs._logger.encoding.values import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from model_logs._logger.timing import Prediction

__all__ = ["Request", "active_prediction", "current_request", "leave", "running_prediction"]

_request_id: ContextVar[str | None] = ContextVar("model_logs_request_id", default=None)
active_prediction: ContextVar[Prediction | None] = ContextVar("model_logs_prediction", default=None)
current_request = _request_id.get


class Request:
    """A block in which every event has the same `request_id`.

    Args:
        request_id: The id that came with the request; one is drawn where it is None or empty.
    """

    __slots__ = ("_tokens", "request_id")

    def __init__(self, request_id: Any = None) -> None:
        # To short text of ASCII, which it nearly always is, `convert` does nothing.
        if type(request_id) is not str or not request_id.isascii() or len(request_id) > KEYWORD_LIMIT:
            request_id = None if request_id is None else convert("request_id", "keyword", request_id, Notes())
        self.request_id: str = (request_id if type(request_id) is str else "") or os.urandom(16).hex()
        # A block may be entered in itself.
        self._tokens: list[Token[str | None]] = []

    def __enter__(self) -> str:
        self._tokens.append(_request_id.set(self.request_id))
        return self.request_id

    def __exit__(self, *_: object) -> None:
        if self._tokens:
            leave(_request_id, self._tokens.pop())


def running_prediction() -> Prediction | None:
    """Return the prediction at hand that has not ended.

    One that has may still be there: blocks that end in another order than that of their begin, or in another thread.
    """
    found = active_prediction.get()
    return found if found is not None and found.under_way else None


def leave(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Set a variable back to what it was."""
    try:
        variable.reset(token)
    except (ValueError, RuntimeError):
        # Left twice; or left in another context, as happens to a generator that a framework drives.
        variable.set(None)
