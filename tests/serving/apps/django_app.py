import json
import os
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="for tests", DEBUG=False)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

from model_logs import logger  # noqa: E402
from model_logs.serving import ASGIMiddleware, WSGIMiddleware  # noqa: E402


def health(_):
    return HttpResponse("ok")


def predict(request):
    row = json.loads(request.body)
    if "x" not in row:
        return HttpResponse(status=422)
    prediction = logger.current_prediction()
    prediction.label, prediction.score = "stays", row["x"]
    return JsonResponse({"label": "stays"})


def raises(_):
    raise RuntimeError("the model is broken")


def refuse(_):
    raise BadRequest("not now")


def own(_):
    logger.current_prediction().status = "failed"
    return JsonResponse({})


def late(_):
    raise TimeoutError("the feature store")


def parts(broken):
    for number in range(3):
        yield b"part"
        if broken and number == 1:
            raise RuntimeError("cut")


def stream(_):
    return StreamingHttpResponse(parts(broken=False))


def cut(_):
    return StreamingHttpResponse(parts(broken=True))


views = {"health": health, "predict": predict, "raise": raises, "refuse": refuse, "own": own, "late": late}
urlpatterns = [path(name, view) for name, view in {**views, "stream": stream, "cut": cut}.items()]

options: dict[str, Any] = {"model_name": "fraud", "model_version": "3", "stage": "production"}
if os.environ.get("INTERFACE") == "asgi":
    app: Any = ASGIMiddleware(get_asgi_application(), **options)
else:
    app = WSGIMiddleware(get_wsgi_application(), **options)
