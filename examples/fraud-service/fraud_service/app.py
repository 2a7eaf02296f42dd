"""The service: HTTP in front of `answering`, with one event for each request that predicts.

    uvicorn --factory fraud_service.app:create_app --port 8030

The middleware of model-logs times and writes the event; the handler says who answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator  # noqa: TC003  # FastAPI looks at it
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from fraud_service.answering import Answering, Decision
from fraud_service.cache import Cache
from fraud_service.champion import Champion
from fraud_service.features import CardFeatures, FeatureStore
from fraud_service.metrics import Metrics
from fraud_service.model import Model, NoAnswerError
from fraud_service.payments import MODEL, SIMPLE_MODEL, Row
from fraud_service.rules import Rules
from fraud_service.settings import configure_logger, read
from model_logs import logger
from model_logs.serving import ASGIMiddleware

_LEGITIMATE, _FRAUD = "legitimate", "fraud"
_DECISIONS: dict[str | None, Literal["approve", "decline", "review"]] = {
    _LEGITIMATE: "approve",
    _FRAUD: "decline",
    None: "review",
}
_REASON_LENGTH = 100


class Payment(BaseModel):
    """A payment that somebody wants to make."""

    card: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Verdict(BaseModel):
    """What the service says about a payment.

    Attributes:
        decision: What to do; `review` where nobody could tell.
        score: The probability of fraud; None where nobody could tell.
        fallback_level: Who answered: 0 the model, 1 the cache, 2 a simpler model, 3 rules, 4 the safe default.
        model_version: The version that gave the score; None where it is not the model's own.
    """

    decision: Literal["approve", "decline", "review"]
    score: float | None
    fallback_level: int
    model_version: str | None


class Truth(BaseModel):
    """What a payment turned out to be, such as when the card's owner complains weeks later."""

    request_id: Annotated[str, Field(min_length=1, max_length=128)]
    label: Literal["legitimate", "fraud"]


def create_app() -> ASGIMiddleware:
    """Return the application, wrapped by the middleware of model-logs."""
    settings = read()
    configure_logger(settings, "fraud-service")
    model, cache, simple = Model(settings), Cache(settings), Champion(SIMPLE_MODEL, settings)
    store = FeatureStore(settings.features_file, settings.features_timeout_s)
    answering = Answering(model, cache, simple, Rules(settings.rules), settings.fallbacks)
    metrics = Metrics(model, store)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        simple.look()  # before the first request, which would wait for the libraries
        following = asyncio.create_task(simple.follow())
        yield
        following.cancel()
        await model.close()
        await cache.close()
        store.close()
        logger.close()

    app = FastAPI(title="fraud service", lifespan=lifespan)

    @app.post("/api/predict")
    async def predict(payment: Payment, later: BackgroundTasks) -> Verdict:
        with metrics.seconds.time():
            card = await store.of(payment.card)
            row = Row(payment.amount, card.frequency, card.recency)
            # Written for the sample of `MODEL_LOGS_FEATURES_SAMPLE` only, which is none unless it is asked for.
            logger.current_prediction().set(features=row._asdict())
            try:
                decision = await answering.decide(payment.card, row)
            except NoAnswerError as error:
                metrics.failures.inc()
                logger.current_prediction().set(model_version=model.version, circuit_state=error.circuit_state)
                raise HTTPException(503, "nobody can answer now: try again") from error
        metrics.count(decision)
        label = _label(decision.score, settings.threshold)
        _describe(decision, label, card, model.version)
        if decision.level == 0 and decision.score is not None and decision.version is not None:
            # After the answer, so that it costs the caller nothing.
            later.add_task(cache.put, payment.card, payment.amount, decision.score, decision.version)
        return Verdict(
            decision=_DECISIONS[label],
            score=decision.score,
            fallback_level=decision.level,
            model_version=decision.version,
        )

    @app.post("/api/outcomes", status_code=202)
    async def outcomes(truth: Truth) -> dict[str, str]:
        logger.outcome(request_id=truth.request_id, label=truth.label, model_name=MODEL)
        return {"status": "noted"}

    @app.exception_handler(RequestValidationError)
    async def refused(_: Request, error: RequestValidationError) -> JSONResponse:
        # FastAPI's own answer repeats what was sent: card numbers, and text that no answer can hold.
        found = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()]
        return JSONResponse({"detail": found}, 422)

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {
            "status": "ok",
            "circuit": model.circuit_state,
            "model_version": model.version,
            "simple_model_version": simple.loaded.version if simple.loaded else None,
        }

    @app.get("/metrics")
    def figures() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return ASGIMiddleware(app, model_name=MODEL, stage="production", routes=["POST /api/predict"])


def _label(score: float | None, threshold: float) -> str | None:
    if score is None:
        return None
    return _FRAUD if score >= threshold else _LEGITIMATE


def _describe(decision: Decision, label: str | None, card: CardFeatures, version: str | None) -> None:
    """Say in the event who answered and why, and nothing of the payment."""
    labels = {}
    if decision.reason:
        labels["fallback_reason"] = decision.reason[:_REASON_LENGTH]
    if card.age_s is None:
        labels["features"] = "unavailable"
    elif card.recency is None:
        labels["features"] = "unknown card"
    logger.current_prediction().set(
        # The version whose place a fallback takes, so that its fallbacks are counted with it.
        model_version=decision.version or version,
        prediction_label=label,
        prediction_score=decision.score,
        fallback_level=decision.level,
        cache_hit=decision.cache_hit,
        circuit_state=decision.circuit_state,
        feature_freshness_s=card.age_s,
        labels=labels or None,
    )
