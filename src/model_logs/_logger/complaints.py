"""Sentences on standard error about what goes wrong with the logger itself: they never wait and never raise.

Whoever writes events calls `prepare` first: when something is amiss, memory or descriptors may be exhausted, and at
the interpreter's end nothing can be imported any more. It also remembers what standard error is: a service may have
begun without one or close it, and what then gets descriptor 2 is a file of the user's, not for our sentences.
"""

from __future__ import annotations

import os
import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["complain", "forget_complaints", "prepare"]

_EVERY_S = 10.0
_ERRORS = 2
_complained: dict[str, float] = {}
# Of the module `select`, which is not loaded at import.
_select: Any = None
_identity: tuple[int, int] | None = None


def prepare() -> None:
    """Load the modules that a complaint needs, and remember the present standard error."""
    global _select, _identity  # noqa: PLW0603 - there is one standard error in a process
    import select

    _select = select
    _identity = _found()


def complain(reason: str, message: str) -> None:
    """Write a complaint to standard error, once in ten seconds for each reason; never wait, never raise."""
    try:
        now = monotonic()
        if now - _complained.get(reason, -_EVERY_S) < _EVERY_S:
            return
        _complained[reason] = now
        if _select is None:
            prepare()
        if not _is_ours():
            return
        poll = _select.poll()
        poll.register(_ERRORS, _select.POLLOUT)
        if any(event & _select.POLLOUT for _, event in poll.poll(0)):
            os.write(_ERRORS, f"model-logs: {message}\n".encode(errors="backslashreplace"))
    except Exception:  # noqa: BLE001 - it is closed or broken, or memory is out: the counters in stats() remain
        return


def forget_complaints() -> None:
    """Forget which complaints were written, so that each is written again."""
    _complained.clear()


def _found() -> tuple[int, int] | None:
    # Python begins without the object where the process began without the descriptor.
    if sys.__stderr__ is None:
        return None
    try:
        found = os.fstat(_ERRORS)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_ours() -> bool:
    """Return whether descriptor 2 is still standard error: the one of the start, or a deliberate replacement.

    That is left open to children, as `dup2` does; a file that merely got the number is not.
    """
    now = _found()
    return now is not None and (now == _identity or os.get_inheritable(_ERRORS))
