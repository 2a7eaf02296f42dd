import os
import time

from flask import Flask, request

from model_logs.serving import WSGIMiddleware

app = Flask(__name__)
served = os.open(os.environ["SERVED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


@app.get("/health")
def health() -> dict:
    return {}


@app.post("/predict")
def predict() -> dict:
    time.sleep(0.01)
    # The server's own count: in the kernel before the answer begins.
    os.write(served, request.headers["x-request-id"].encode() + b"\n")
    return {"worker": os.getpid()}


app.wsgi_app = WSGIMiddleware(app.wsgi_app, model_name="fraud", model_version="3")  # type: ignore[method-assign]
