import asyncio
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, get, post
from litestar.exceptions import HTTPException
from litestar.response import Stream

from model_logs import logger
from model_logs.serving import ASGIMiddleware


@dataclass
class Row:
    x: float


@get("/health", sync_to_thread=False)
def health() -> str:
    return "ok"


@post("/predict", status_code=200)
async def predict(data: Row) -> dict[str, str]:
    prediction = logger.current_prediction()
    prediction.label, prediction.score = "stays", data.x
    return {"label": "stays"}


@post("/raise")
async def raises() -> None:
    raise RuntimeError("the model is broken")


@post("/refuse")
async def refuse() -> None:
    raise HTTPException("not now", status_code=409)


@post("/own", status_code=200)
async def own() -> dict[str, str]:
    logger.current_prediction().status = "failed"
    return {}


@post("/late")
async def late() -> None:
    async with asyncio.timeout(0.01):
        await asyncio.sleep(5)


async def parts(broken: bool):
    for number in range(3):
        yield b"part"
        if broken and number == 1:
            raise RuntimeError("cut")


@post("/stream", status_code=200)
async def stream() -> Stream:
    return Stream(parts(broken=False))


@post("/cut", status_code=200)
async def cut() -> Stream:
    return Stream(parts(broken=True))


application: Any = Litestar([health, predict, raises, refuse, own, late, stream, cut])
app = ASGIMiddleware(application, model_name="fraud", model_version="3", stage="production")
