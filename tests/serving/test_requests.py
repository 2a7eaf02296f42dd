"""Requests in process: their ids, traces, routes and the sources of a model's name."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import orjson
import pytest

from model_logs.errors import ConfigurationError
from model_logs.serving import ASGIMiddleware, Header, WSGIMiddleware
from model_logs.serving.routes import Routes
from model_logs.testing import capture

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"its-own")]})
    await send({"type": "http.response.body", "body": b"ok"})


def ask(
    headers: list[tuple[bytes, bytes]],
    body: bytes = b"",
    path: str = "/predict",
    method: str = "POST",
    root_path: str = "",
    **options: Any,
) -> tuple[dict[str, Any], list[bytes]]:
    """Send one request through the middleware; return its event and the ids in the answer."""
    sent: list[MutableMapping[str, Any]] = []
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": body[:5], "more_body": True},
        {"type": "http.request", "body": body[5:]},
    ]

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers, "root_path": root_path}
    with capture() as captured:
        asyncio.run(ASGIMiddleware(_answer, **{"model_name": "m", **options})(scope, receive, send))
    (event,) = captured.events
    return event, [value for name, value in sent[0]["headers"] if name == b"x-request-id"]


V2 = orjson.dumps({"id": "body-7", "inputs": []})


@pytest.mark.parametrize(
    ("headers", "body", "path", "expected"),
    [
        ([(b"x-request-id", b"a"), (b"ce-id", b"b")], V2, "/v2/models/m/infer", "a"),
        ([(b"ce-requestid", b"c"), (b"ce-id", b"b")], V2, "/v2/models/m/infer", "c"),
        ([(b"ce-id", b"b")], V2, "/v2/models/m/infer", "b"),
        ([], V2, "/v2/models/m/infer", "body-7"),
        ([(b"traceparent", f"00-{TRACE}-{SPAN}-01".encode())], b"{}", "/v2/models/m/infer", TRACE),
        ([(b"traceparent", f"00-{TRACE}-{SPAN}-01".encode())], V2, "/v2/models/m/infer", "body-7"),
        (
            [(b"x-request-id", b""), (b"x-request-id", b"second"), (b"x-request-id", b"third")],
            b"",
            "/predict",
            "second",
        ),
        ([(b"x-request-id", b"  padded ")], b"", "/predict", "padded"),
    ],
)
def test_the_id_of_a_request_follows_the_precedence(
    headers: list[tuple[bytes, bytes]], body: bytes, path: str, expected: str
) -> None:
    event, echoed = ask(headers, body, path)
    assert event["request_id"] == expected
    assert echoed == [expected.encode()], "echoed once, in the place of what the application said"


def test_without_any_id_each_request_gets_its_own() -> None:
    first, second = ask([])[0]["request_id"], ask([(b"x-request-id", b"   ")])[0]["request_id"]
    assert len(first) == len(second) == 32
    assert first != second


@pytest.mark.parametrize(
    "given",
    [
        b"a\r\nSet-Cookie: x=1",
        b"x" * 10_000,
        "für".encode(),
        b"a b",
        b"<script>",
        b"\xff\xfe",
        b"a,b",
        b"x" * 129,
        b"\x00",
    ],
)
def test_an_id_that_is_not_safe_is_replaced_by_its_hash(given: bytes) -> None:
    event, echoed = ask([(b"x-request-id", given)])
    assert event["request_id"] == sha256(given).hexdigest()[:32]
    assert echoed == [event["request_id"].encode()]
    assert event["labels"]["request_id"][:5].encode("utf-8", "replace")[:1] == given.decode(
        "utf-8", "backslashreplace"
    )[:1].encode("utf-8", "replace")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"cc-{TRACE}-{SPAN}-01-what-will-come", True),
        (f"00-{TRACE}-{SPAN}-01-more", False),
        (f"ff-{TRACE}-{SPAN}-01", False),
        (f"00-{TRACE.upper()}-{SPAN}-01", False),
        (f"00-{'0' * 32}-{SPAN}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE[:-1]}-{SPAN}-01", False),
        ("", False),
        ("----", False),
    ],
)
def test_the_trace_context_is_taken_where_it_is_one(header: str, found: bool) -> None:
    event, _ = ask([(b"traceparent", header.encode())])
    assert (event.get("trace", {}).get("id"), event.get("span", {}).get("id")) == (
        (TRACE, SPAN) if found else (None, None)
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"id": 7}', b'{"id": ""}', b'"id"', b'{"id":"x"' + b" " * 300_000 + b"}", b"\xff" * 9],
)
def test_a_body_without_a_readable_id_harms_nothing(body: bytes) -> None:
    event, _ = ask([], body, "/v2/models/m/infer")
    assert len(event["request_id"]) == 32


def test_bodies_are_left_alone_where_nobody_asked() -> None:
    assert ask([], V2)[0]["request_id"] != "body-7"
    assert ask([], V2, body_id=True)[0]["request_id"] == "body-7"
    assert ask([], V2, "/v2/models/m/infer", body_id=False)[0]["request_id"] != "body-7"


@pytest.mark.parametrize(
    ("patterns", "request_", "expected"),
    [
        (None, "POST /predict", {}),
        (None, "GET /predict", None),
        (None, "POST /v2/health/ready", None),
        (None, "POST /healthz/", None),
        (["/predict"], "POST /predict/", {}),
        (["/predict"], "GET /predict", {}),
        (["/predict"], "HEAD /predict", None),
        (["POST /predict"], "GET /predict", None),
        (["/predict"], "POST /predict2", None),
        ("/models/{model_name}/versions/{model_version}/infer", "POST /models/a/versions/7/infer",
         {"model_name": "a", "model_version": "7"}),
        (["/users/{user}/predict"], "POST /users/ann/predict", {}),
        (["/models/{model_name}"], "POST /models/a/b", None),
        (["/v2/*"], "POST /v2/models/a/infer", {}),
        (["/v2/*"], "POST /v2/health/live", None),
        (["/*"], "GET /metrics", None),
        (["POST /ping"], "POST /ping", {}),
        (["/a.c"], "POST /abc", None),
        ({"/score": {"model_name": "m", "stage": "none"}}, "POST /score", {"model_name": "m", "stage": "none"}),
        ({"/{model_name}/x": {"model_name": "default", "stage": "staging"}}, "POST /a/x",
         {"model_name": "a", "stage": "staging"}),
    ],
)  # fmt: skip
def test_routes_say_which_requests_predict(patterns: Any, request_: str, expected: dict[str, str] | None) -> None:
    method, path = request_.split(" ")
    routes = Routes(patterns)
    assert routes.match(method, path) == expected
    assert routes.match(method, path) == expected, "the second time, too"


@pytest.mark.parametrize("pattern", ["predict", "", "FETCH /x", "/a/{x}/{x}", "post"])
def test_a_route_that_cannot_be_read_is_refused_at_the_start(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        ASGIMiddleware(_answer, routes=[pattern])


def test_an_option_of_the_wrong_kind_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="model_name cannot be a list"):
        WSGIMiddleware(lambda *_: [], model_name=["fraud"])  # type: ignore[arg-type]


def test_paths_of_strangers_fill_no_memory() -> None:
    routes = Routes(["/models/{model_name}"])
    for number in range(5000):
        assert routes.match("POST", f"/models/m{number}") == {"model_name": f"m{number}"}
    assert len(routes._known) <= 1024


def test_the_model_comes_from_headers_functions_and_routes() -> None:
    def variant(scope: dict[str, Any]) -> str:
        return "canary" if scope["path"].endswith("new") else "control"

    event, _ = ask(
        [(b"x-model", b"from-header")],
        path="/score/new",
        model_name=Header("X-Model"),
        model_version=Header("X-Version", default="1"),
        variant=variant,
        routes={"/score/*": {"stage": "production"}},
    )
    found = {name: event[name] for name in ("model_name", "model_version", "variant", "stage")}
    assert found == {"model_name": "from-header", "model_version": "1", "variant": "canary", "stage": "production"}


@pytest.mark.parametrize(
    ("root_path", "path", "routes", "model"),
    [
        ("/api", "/api/models/fraud/predict", ["POST /models/{model_name}/predict"], "fraud"),
        ("/api", "/api/models/fraud/predict", ["POST /api/models/{model_name}/predict"], "fraud"),
        ("/api", "/models/fraud/predict", ["POST /models/{model_name}/predict"], "fraud"),
        ("", "/models/fraud/predict", ["/models/{model_name}/predict"], "fraud"),
        ("/api", "/apis/models/fraud/predict", ["/{_}/models/{model_name}/predict"], "fraud"),
        ("/api", "/api", {"/": {"model_name": "fraud"}}, "fraud"),
    ],
)
def test_a_route_is_matched_behind_the_place_at_which_a_proxy_shows_the_application(
    root_path: str, path: str, routes: Any, model: str
) -> None:
    event, _ = ask([], path=path, routes=routes, root_path=root_path, model_name=None)
    assert event["model_name"] == model


@pytest.mark.parametrize("path", ["/api/health", "/api/v2/health/ready"])
def test_a_health_check_is_one_behind_a_proxy_too(path: str) -> None:
    for root_path in ("/api", ""):
        with pytest.raises(ValueError, match="unpack"):  # no event
            ask([], path=path, root_path=root_path)


def test_a_function_that_raises_costs_its_field_and_no_answer() -> None:
    def version(_: object) -> str:
        raise KeyError("x-version")

    event, echoed = ask([(b"x-request-id", b"a")], model_version=version)
    assert echoed == [b"a"]
    assert event["status"] == "success"
    assert "model_version" not in event
    assert event["labels"]["model_version_failed"] == "KeyError: 'x-version'"


def _wsgi(app: Callable[..., Any], environ: dict[str, Any], *, read: int | None = None, **options: Any) -> Any:
    answers: list[Any] = []
    setup_testing_defaults(environ)
    with capture() as captured:
        middleware = WSGIMiddleware(app, **{"model_name": "m", **options})
        body = middleware({"REQUEST_METHOD": "POST", **environ}, lambda *a: answers.append(a))
        parts = []
        for number, part in enumerate(body):
            if number == read:
                break
            parts.append(part)
        if hasattr(body, "close"):
            body.close()
    return captured.events, answers, parts


def test_a_wsgi_answer_is_logged_when_it_was_sent() -> None:
    def app(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("X-Request-Id", "its-own"), ("Content-Length", "2")])
        return [b"ok"]

    (event,), ((status, headers),), parts = _wsgi(app, {"REQUEST_METHOD": "POST", "HTTP_X_REQUEST_ID": "a"})
    assert (event["request_id"], event["status"], status, parts) == ("a", "success", "200 OK", [b"ok"])
    assert [pair for pair in headers if pair[0].lower() == "x-request-id"] == [("X-Request-ID", "a")]


def test_a_wsgi_stream_that_is_given_up_is_cancelled() -> None:
    def app(environ: Any, start: Any) -> Any:
        start("200 OK", [])
        return (b"part" for _ in range(10))

    (event,), _, _ = _wsgi(app, {"REQUEST_METHOD": "POST"}, read=2)
    assert event["status"] == "cancelled"


def test_a_wsgi_application_that_raises_is_an_error_and_raises() -> None:
    def app(environ: Any, start: Any) -> Any:
        raise RuntimeError("broken")

    with capture() as captured, pytest.raises(RuntimeError, match="broken"):
        WSGIMiddleware(app, model_name="m")({"REQUEST_METHOD": "POST", "PATH_INFO": "/p"}, lambda *_: None)
    assert [(e["status"], e["error"]["message"]) for e in captured.events] == [("error", "broken")]


def test_the_body_that_was_looked_at_is_read_by_the_application() -> None:
    from io import BytesIO

    seen = []

    def app(environ: Any, start: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"].read())
        start("200 OK", [])
        return [b""]

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/v2/models/m/infer", "CONTENT_LENGTH": str(len(V2))}
    (event,), _, _ = _wsgi(app, environ | {"wsgi.input": BytesIO(V2)})
    assert seen == [V2]
    assert event["request_id"] == "body-7"


@pytest.mark.parametrize("kind", ["websocket", "something new"])
def test_what_is_no_http_passes_untouched(kind: str) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, receive, send))

    async def nothing(*_: Any) -> Any:
        return {}

    scope = {"type": kind}
    with capture() as captured:
        asyncio.run(ASGIMiddleware(app)(scope, nothing, nothing))
    assert seen == [(scope, nothing, nothing)]
    assert captured.events == []
