"""Exceptions that a framework answers by itself, unseen from outside: the signals of Flask and Django tell of them.

Neither framework is imported here: what the process has not loaded has sent no signal either.
"""

from __future__ import annotations

import sys

from model_logs._logger.request import running_prediction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["attach", "listen"]

_listening: set[str] = set()
_MODULES = ("flask", "django.core.signals")


def listen() -> None:
    """Hear of the exceptions of the frameworks that are loaded, from now on; does nothing the second time."""
    for name in _MODULES:
        if name in sys.modules and name not in _listening:
            _listening.add(name)
            # The signal has the same name in both.
            signal = getattr(sys.modules[name], "got_request_exception", None)
            if signal is not None:
                signal.connect(_mark, weak=False)


def attach(app: Any) -> None:
    """Hear of the exceptions that an application answers by itself: Litestar has a list of hooks for them."""
    hooks = getattr(app, "after_exception", None)
    if isinstance(hooks, list) and type(app).__module__.partition(".")[0] == "litestar":
        hooks.append(_mark_async)


async def _mark_async(error: BaseException, _scope: object) -> None:
    _mark(None, error)


def _mark(sender: object, exception: BaseException | None = None, **_: Any) -> None:
    """Mark the prediction at hand. Django's signal brings no exception along, but is sent while one is handled."""
    del sender  # Django gives it by this name
    error = exception if exception is not None else sys.exc_info()[1]
    prediction = running_prediction()
    if prediction is not None and error is not None:
        prediction.failed(error)
