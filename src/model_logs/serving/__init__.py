"""Middleware and helpers that log every prediction a server answers, exactly once, however it ends.

`ASGIMiddleware` and `WSGIMiddleware` are wrapped around the whole application; `observe` marks the model's own
exceptions; `batches` logs one event for each batch of a job. None of them imports a web framework.
"""

from model_logs.serving.asgi import ASGIMiddleware
from model_logs.serving.batch import batches
from model_logs.serving.model import observe
from model_logs.serving.options import Header
from model_logs.serving.wsgi import WSGIMiddleware

__all__ = ["ASGIMiddleware", "Header", "WSGIMiddleware", "batches", "observe"]
