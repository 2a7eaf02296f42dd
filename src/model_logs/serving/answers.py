"""HTTP answers: the status of a prediction that a status code means."""

from __future__ import annotations

__all__ = ["status_of"]

_CALLER, _SERVER = 400, 500
# nginx's code for a client that left, which servers of its kind pass on; and the two time-outs of the standard.
_CLIENT_LEFT = 499
_TIMEOUTS = frozenset({408, 504})


def status_of(code: int) -> str:
    """Return the status of the prediction that was answered with an HTTP status code.

    Args:
        code: 100 to 599.
    """
    if code < _CALLER:
        return "success"
    if code in _TIMEOUTS:
        return "timeout"
    if code == _CLIENT_LEFT:
        return "cancelled"
    return "invalid" if code < _SERVER else "error"
