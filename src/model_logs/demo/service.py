"""The service of the demo, as uvicorn's workers run it: the example to copy from.

The middleware of `model_logs.serving` around the application times and logs each prediction, with the caller's
request id and with how it ended, whatever that was; the handler says what was predicted.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncIterator  # noqa: TC003  # FastAPI looks at it
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import joblib
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from model_logs import logger
from model_logs.demo.models import model_file
from model_logs.demo.registry import ENVIRONMENT, production_version, registry_file, spare_version
from model_logs.demo.server import FOLDER, LOG
from model_logs.serving import ASGIMiddleware

__all__ = ["create_app"]

# Levels: 0 the model itself, 1 a cached answer, 2 a simpler model, 3 rules, 4 a safe default.
_SIMPLER_MODEL = 2


class Question(BaseModel):
    """The features of one row; null is a missing value. When they were read: in seconds since 1970."""

    features: list[float | None]
    read_at: float | None = None


@cache
def _model(folder: Path, name: str, version: str) -> Any:
    return joblib.load(model_file(folder, name, version))


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Load every version before the first question, and say goodbye at a clean end.

    Whoever reads the events then knows by `writer_closed` that none came after it.
    """
    folder = Path(os.environ[FOLDER])
    for file in sorted((folder / "models").iterdir()):
        name, version = file.stem.rsplit("-", 1)
        model = _model(folder, name, version)
        model.predict_proba([[0.0] * model.n_features_in_])
    yield
    logger.close()


def create_app() -> ASGIMiddleware:
    """Return the application of one worker, wrapped by the middleware."""
    folder = Path(os.environ[FOLDER])
    logger.configure(path=os.environ[LOG], service="demo-service", environment=ENVIRONMENT)
    app = FastAPI(title="model-logs demo", lifespan=_lifespan)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/models/{name}/predict")
    def predict(name: str, question: Question) -> JSONResponse:
        version = production_version(registry_file(folder), name)
        if version is None:
            return JSONResponse({"error": f"no version of {name} is in production"}, 404)
        prediction = logger.current_prediction()
        prediction.set(model_version=version)
        if question.read_at is not None:
            prediction.set(feature_freshness_s=max(0.0, time.time() - question.read_at))
        try:
            prediction.label, prediction.score = _answer(folder, name, version, question)
        except ValueError as error:
            prediction.failed(error)
            return JSONResponse({"error": str(error)}, 500)
        return JSONResponse({"label": prediction.label, "score": prediction.score, "version": version})

    return ASGIMiddleware(app, routes=["POST /models/{model_name}/predict"], stage="production")


def _row(features: list[float | None], needed: int) -> list[float]:
    """Return the features as the classifiers take them."""
    if len(features) != needed:
        raise HTTPException(422, f"{needed} features are needed, not {len(features)}")
    return [math.nan if value is None else value for value in features]


def _answer(folder: Path, name: str, version: str, question: Question) -> tuple[str, float]:
    """Return the class and its probability, by the spare version where the one in production cannot say.

    Raises:
        ValueError: The model cannot say, and there is no spare one.
    """
    model = _model(folder, name, version)
    row = _row(question.features, model.n_features_in_)
    try:
        scores = model.predict_proba([row])[0]
    except ValueError:
        spare = spare_version(registry_file(folder), name)
        if spare is None:
            raise
        model = _model(folder, name, spare)
        scores = model.predict_proba([row])[0]
        logger.current_prediction().set(fallback_level=_SIMPLER_MODEL)
    best = int(scores.argmax())
    return str(model.classes_[best]), float(scores[best])
