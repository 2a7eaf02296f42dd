"""What belongs to the request at hand and not to one call: its id, and the prediction that is being timed.

Context variables follow tasks of asyncio by themselves; into a thread pool they go with `contextvars.copy_context`.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["active_prediction", "current_request", "held", "request_id"]

request_id: ContextVar[str | None] = ContextVar("model_logs_request_id", default=None)
active_prediction: ContextVar[Any] = ContextVar("model_logs_prediction", default=None)
current_request = request_id.get


@contextmanager
def held(variable: ContextVar[Any], value: Any) -> Iterator[None]:
    """Set a variable for a block."""
    token = variable.set(value)
    try:
        yield
    finally:
        try:
            variable.reset(token)
        except ValueError:
            # Entered in one context and left in another, as a generator does that a framework drives.
            variable.set(None)
