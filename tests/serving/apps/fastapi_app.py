import asyncio

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from model_logs import logger
from model_logs.serving import ASGIMiddleware, observe


class Row(BaseModel):
    x: float


app = FastAPI()


@app.get("/health")
@app.post("/health")
def health() -> dict:
    return {"status": "ok"}


@app.post("/predict")
async def predict(row: Row) -> dict:
    prediction = logger.current_prediction()
    prediction.label, prediction.score = "stays", row.x
    return {"label": "stays"}


@app.post("/sync")
def sync() -> dict:
    logger.current_prediction().label = "stays"
    return {}


@app.post("/raise")
async def raises() -> None:
    raise RuntimeError("the model is broken")


@app.post("/refuse")
async def refuse() -> None:
    raise HTTPException(409, "not now")


@observe
def broken(_: object) -> None:
    raise ValueError("singular matrix")


@app.post("/model400")
async def model400() -> None:
    try:
        broken(1)
    except ValueError as error:
        raise HTTPException(400, "bad input, says the framework") from error


@app.post("/own")
async def own() -> dict:
    logger.current_prediction().status = "failed"
    return {}


@app.post("/late")
async def late() -> None:
    async with asyncio.timeout(0.01):
        await asyncio.sleep(5)


async def parts(broken: bool):
    for number in range(3):
        yield b"part"
        if broken and number == 1:
            raise RuntimeError("cut")
        await asyncio.sleep(0.05)


@app.post("/stream")
async def stream() -> StreamingResponse:
    return StreamingResponse(parts(broken=False))


@app.post("/cut")
async def cut() -> StreamingResponse:
    return StreamingResponse(parts(broken=True))


@app.post("/endless")
async def endless() -> StreamingResponse:
    async def ticks():
        while True:
            yield b"tick"
            await asyncio.sleep(0.02)

    return StreamingResponse(ticks())


@app.post("/slow")
async def slow() -> dict:
    await asyncio.sleep(0.5)
    return {}


app = ASGIMiddleware(app, model_name="fraud", model_version="3", stage="production", watch_client=True)  # type: ignore[assignment]
