from flask import Flask, Response, abort, request

from model_logs import logger
from model_logs.serving import WSGIMiddleware

app = Flask(__name__)


@app.get("/health")
def health() -> str:
    return "ok"


@app.post("/predict")
def predict() -> dict:
    row = request.get_json()
    if "x" not in row:
        abort(422)
    prediction = logger.current_prediction()
    prediction.label, prediction.score = "stays", row["x"]
    return {"label": "stays"}


@app.post("/raise")
def raises() -> Response:
    raise RuntimeError("the model is broken")


@app.post("/refuse")
def refuse() -> Response:
    abort(409)


@app.post("/own")
def own() -> dict:
    logger.current_prediction().status = "failed"
    return {}


@app.post("/late")
def late() -> Response:
    raise TimeoutError("the feature store")


def parts(broken: bool):
    for number in range(3):
        yield b"part"
        if broken and number == 1:
            raise RuntimeError("cut")


@app.post("/stream")
def stream() -> Response:
    return Response(parts(broken=False))


@app.post("/cut")
def cut() -> Response:
    return Response(parts(broken=True))


app.wsgi_app = WSGIMiddleware(  # type: ignore[method-assign]
    app.wsgi_app, model_name="fraud", model_version="3", stage="production"
)
