"""The model's own exceptions: marked on the prediction at hand, before a framework turns them into an answer.

Some servers answer 400 where the model raised (MLflow's scoring server, for one): by the answer alone a broken model
would count as the caller's fault. `observe` tells the two apart.
"""

from __future__ import annotations

from functools import wraps

from model_logs._logger.request import running_prediction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _T = TypeVar("_T")

__all__ = ["observe"]

# The names by which libraries ask a model: scikit-learn, MLflow's pyfunc, Keras, KServe, transformers, Spark.
_METHODS = (
    "predict",
    "predict_proba",
    "predict_stream",
    "decision_function",
    "score_samples",
    "generate",
    "transform",
)


def observe(model: _T, *, methods: tuple[str, ...] = _METHODS) -> _T:
    """Return a model or a function whose exceptions make the prediction at hand a failure, whatever is answered.

    An exception that carries a 4xx of its own stays the caller's fault.

    Args:
        model: A function or coroutine function that predicts, or an object with methods that do; an object is changed
            in place where it allows that.
        methods: The methods of an object that are watched, where it has them.
    """
    found = {name: method for name in methods if callable(method := getattr(model, name, None))}
    if not found and callable(model):
        return _watched(model)  # type: ignore[no-any-return]
    watched = {name: _watched(method) for name, method in found.items()}
    try:
        for name, method in watched.items():
            setattr(model, name, method)
    except Exception:  # noqa: BLE001 - an object may refuse in a way of its own
        return _Observed(model, watched)  # type: ignore[return-value]
    return model


class _Observed:
    """Stands for a model that takes no attributes."""

    def __init__(self, model: Any, watched: dict[str, Callable[..., Any]]) -> None:
        self.__dict__.update(watched, _model=model)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_model"], name)


def _watched(function: Any) -> Any:
    import inspect

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            except Exception as error:
                _mark(error)
                raise

        return call_async

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            _mark(error)
            raise

    return call


def _mark(error: Exception) -> None:
    prediction = running_prediction()
    if prediction is not None:
        prediction.failed(error)
