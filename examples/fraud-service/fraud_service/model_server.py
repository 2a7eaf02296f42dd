"""The model server: a process of its own that holds the champion and scores rows, so that it may die alone.

    uvicorn --factory fraud_service.model_server:create_app --port 8031

Predictions are logged by the service, which knows how they ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator  # noqa: TC003  # FastAPI looks at it
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from fraud_service.champion import Champion
from fraud_service.payments import MODEL, Row
from fraud_service.settings import read


class Question(BaseModel):
    """One row; null is a feature that is not known."""

    amount: float
    frequency: float | None = None
    recency: float | None = None


def create_app() -> FastAPI:
    """Return the application."""
    settings = read()
    champion = Champion(MODEL, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        champion.look()  # before the first request, which would wait for the libraries
        following = asyncio.create_task(champion.follow())
        yield
        following.cancel()

    app = FastAPI(title="fraud model server", lifespan=lifespan)

    @app.get("/health")
    def health() -> dict[str, str]:
        if champion.loaded is None:
            raise HTTPException(503, "no version of the model is here yet")
        return {"status": "ok", "version": champion.loaded.version}

    @app.post("/score")
    def score(question: Question) -> dict[str, object]:
        loaded = champion.loaded
        if loaded is None:
            raise HTTPException(503, "no version of the model is here yet")
        row = Row(question.amount, question.frequency, question.recency)
        return {"model": MODEL, "version": loaded.version, "score": loaded.score(row)}

    return app
