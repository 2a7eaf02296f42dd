"""State of the request at hand: its id, and the prediction that is being timed.

Context variables follow the tasks of asyncio by themselves, and into a thread pool with `contextvars.copy_context`.
"""

from __future__ import annotations

import os
from contextvars import ContextVar, Token

from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.text import KEYWORD_LIMIT
from model_logs._logger.encoding.values import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from model_logs._logger.timing import Prediction

_Tokens: TypeAlias = "Token[str | None] | tuple[Token[str | None], _Tokens] | None"

__all__ = ["Request", "active_prediction", "current_request", "leave", "running_prediction"]

_request_id: ContextVar[str | None] = ContextVar("model_logs_request_id", default=None)
active_prediction: ContextVar[Prediction | None] = ContextVar("model_logs_prediction", default=None)
current_request = _request_id.get
# Taken out beforehand, since a block for each event pays for every look-up.
_set, _reset = _request_id.set, _request_id.reset


class Request:
    """A block in which every event has the same `request_id`.

    Args:
        request_id: The id that came with the request; one is drawn where it is None or empty.
    """

    __slots__ = ("_token", "request_id")

    def __init__(self, request_id: Any = None) -> None:
        # Short text of ASCII, which it nearly always is, stays as it is.
        if type(request_id) is str and 0 < len(request_id) <= KEYWORD_LIMIT and request_id.isascii():
            self.request_id = request_id
        else:
            self.request_id = _converted(request_id) or os.urandom(16).hex()
        # Of the block; in front of that of the block around it, where a block is entered in itself.
        self._token: _Tokens = None

    def __enter__(self) -> str:
        around, token = self._token, _set(self.request_id)
        self._token = token if around is None else (token, around)
        return self.request_id

    def __exit__(self, *_: object) -> None:
        token, self._token = self._token, None
        if type(token) is tuple:
            token, self._token = token
        if token is not None:
            try:
                _reset(token)  # type: ignore[arg-type]
            except (ValueError, RuntimeError):
                _set(None)


def _converted(request_id: Any) -> str:
    """Return the text of any other request id; empty where there is none."""
    found = None if request_id is None else convert("request_id", "keyword", request_id, Adjustments())
    return found if type(found) is str else ""


def running_prediction() -> Prediction | None:
    """Return the prediction at hand that has not ended.

    One that has may still be there: blocks that end in another order than that of their begin, or in another thread.
    """
    found = active_prediction.get()
    return found if found is not None and found.under_way else None


def leave(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Reset a context variable to its value before the request."""
    try:
        variable.reset(token)
    except (ValueError, RuntimeError):
        # Left twice; or left in another context, as happens to a generator that a framework drives.
        variable.set(None)
