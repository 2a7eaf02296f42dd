"""Recipes of frameworks and servers: each page's own lines, run by the real server.

A page installs (its first block of commands), prepares (those between) and serves (its last). The server is asked,
stopped and counted; then once more without the lines that log, after which nothing may have been logged: a page whose
lines were of no use would be found out. Frameworks run in this environment; servers that bring many libraries have
one of their own, and are in `make soak`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.support.documentation import blocks
from tests.support.environments import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = Path(__file__).parents[2] / "docs" / "recipes"
MANY = 40


@dataclass(frozen=True)
class Recipe:
    """A page, and how its server is asked.

    Attributes:
        path: Where it predicts.
        alive: A path that answers once it does.
        bodies: Kind of request → its body, the status of its event (None: no event), and the answer's code. The kind
            `nowhere` is asked at a path that the service does not have.
        logs: A pattern of the lines that are taken out to see that they are what logs.
        without: What stands in their place.
        closed: Whether a clean stop writes `writer_closed` in each process.
        own: Whether it needs an environment of its own.
        server: Which of the blocks that serve, from the end, where a page has several.
    """

    path: str
    alive: str
    bodies: dict[str, tuple[dict[str, Any], str | None, int]]
    logs: str
    without: str = ""
    closed: bool = True
    own: bool = True
    server: int = -1


def _v1(x: float) -> dict[str, Any]:
    return {"instances": [{"x": x}]}


def _v2(x: float) -> dict[str, Any]:
    return {"inputs": [{"name": "x", "shape": [1], "datatype": "FP64", "data": [x]}]}


def _framework(bad: int, *, server: int = -1) -> Recipe:
    """Return the recipe of a web framework, by the code of its answer to a body that does not fit."""
    bodies: dict[str, tuple[dict[str, Any], str | None, int]] = {
        "good": ({"x": 0.5}, "success", 200),
        "broken": ({"x": 2}, "error", 500),
        "bad": ({"prompt": "PLANTED-PROMPT"}, "invalid", bad),
        "nowhere": ({"x": 0.5}, "invalid", 404),
    }
    return Recipe("/predict", "/health", bodies, r"^.*[AW]SGIMiddleware.*\n", own=False, server=server)


FRAMEWORKS = {
    "fastapi": _framework(422),
    "flask": _framework(400),
    "litestar": _framework(400),
    "django, WSGI": _framework(400, server=-2),
    "django, ASGI": _framework(400),
}
RECIPES = FRAMEWORKS | {
    "mlflow": Recipe(
        "/invocations",
        "/ping",
        {
            "good": ({"dataframe_records": [{"x": 0.5}]}, "success", 200),
            "broken": ({"dataframe_records": [{"x": 2}]}, "error", 400),
            "bad": ({"dataframe_records": [{"prompt": "PLANTED-PROMPT"}]}, "invalid", 400),
        },
        r"^export UVICORN_LOG_CONFIG=logging.json",
        "export",
    ),
    "bentoml": Recipe(
        "/predict",
        "/livez",
        {
            "good": ({"x": 0.5}, "success", 200),
            "broken": ({"x": 2}, "error", 500),
            "bad": ({"prompt": "PLANTED-PROMPT"}, "invalid", 400),
        },
        r"^Churn\.add_asgi_middleware.*$",
    ),
    "litserve": Recipe(
        "/predict",
        "/health",
        {
            "good": ({"x": 0.5}, "success", 200),
            "broken": ({"x": 2}, "error", 500),
            "bad": ({"prompt": "PLANTED-PROMPT"}, "error", 500),
        },
        r", middlewares=\[.*?\)\]",
        closed=False,
    ),
    "kserve": Recipe(
        "/v1/models/churn:predict",
        "/",
        {
            "good": (_v1(0.5), "success", 200),
            "broken": (_v1(2), "error", 500),
            "bad": ({"prompt": "PLANTED-PROMPT"}, "error", 500),
        },
        r"^app\.add_middleware.*$",
    ),
    "mlserver": Recipe(
        "/v2/models/churn/infer",
        "/v2/health/live",
        {
            "good": (_v2(0.5), "success", 200),
            "broken": (_v2(2), "error", 500),
            "bad": ({"prompt": "PLANTED-PROMPT"}, None, 422),
        },
        r"with logger\.predict\(.*?\) as prediction:",
        "prediction = logger.predict()\n        if True:",
    ),
}


@contextlib.contextmanager
def _served(page: str, folder: Path, *, logging: bool) -> Iterator[str]:
    """Serve a page's example in a folder, and give its URL; with or without the lines that log."""
    recipe = RECIPES[page]
    found = blocks(_page(page))
    text = {block.name: block.body for block in found if block.name}
    install, *between = [block.body for block in found if block.language == "bash"]
    between, serve = between[: recipe.server], between[recipe.server]
    if not recipe.own:
        between = []
    if not logging:
        everything = "".join([*text.values(), serve])
        assert re.search(recipe.logs, everything, re.MULTILINE), "the lines that log have another form"
        text = {name: re.sub(recipe.logs, recipe.without, body, flags=re.MULTILINE) for name, body in text.items()}
        serve = re.sub(recipe.logs, recipe.without, serve, flags=re.MULTILINE)
    wanted = [word for word in shlex.split(install)[2:] if word != "model-logs"]
    env = environment(wanted) if recipe.own else _this_environment(wanted)
    folder.mkdir()
    for name, body in text.items():
        (folder / name).write_text(body)
    ports = {port: _free_port() for port in re.findall(r"\b8[0-9]{3}\b", "".join([*text.values(), *between, serve]))}
    for number, port in ports.items():
        for file in folder.iterdir():
            file.write_text(file.read_text().replace(number, str(port)))
        between = [body.replace(number, str(port)) for body in between]
        serve = serve.replace(number, str(port))
    for body in between:
        subprocess.run(["bash", "-euc", body], cwd=folder, env=env, check=True, capture_output=True)
    *before, command = serve.strip().splitlines()
    output = folder / "output.txt"
    with output.open("wb") as out:
        process = subprocess.Popen(
            ["bash", "-euc", "\n".join([*before, f"exec {command}"])],
            cwd=folder,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{next(iter(ports.values()))}"
    try:
        until = time.monotonic() + 300
        while True:
            assert process.poll() is None, output.read_text()[-3000:]
            assert time.monotonic() < until, output.read_text()[-3000:]
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}{recipe.alive}", timeout=30, trust_env=False).is_success:
                    break
            time.sleep(0.2)
        yield url
        # To all of its processes, as systemd and a container's init do: `mlflow` hands no signal on.
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):  # LitServe outlives it
            process.wait(60)
        # `mlflow` ends before the server that it started: those are waited for, too.
        until = time.monotonic() + 20
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < until:
                os.killpg(process.pid, 0)
                time.sleep(0.1)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _page(name: str) -> Path:
    return PAGES / f"{name.partition(',')[0]}.md"


def _this_environment(wanted: list[str]) -> dict[str, str]:
    """Return the variables under which this environment's commands are found, which has what a page installs."""
    assert all(version(name) for name in wanted)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_LOGS_")}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _ask(url: str, recipe: Recipe) -> dict[str, str | None]:
    """Ask each kind of question, the good one many times; return what each id is to be logged as."""
    expected: dict[str, str | None] = {}
    with httpx.Client(timeout=60, trust_env=False, headers={"Connection": "close"}) as client:
        for kind, (body, status, code) in recipe.bodies.items():
            for number in range(MANY if kind == "good" else 3):
                request_id = f"{kind}-{number}"
                sent = {**body, "id": request_id} if recipe.path.startswith("/v2/") else body
                path = "/nowhere" if kind == "nowhere" else recipe.path
                answer = client.post(f"{url}{path}", json=sent, headers={"X-Request-ID": request_id})
                assert answer.status_code == code, answer.text
                expected[request_id] = status
    return {request_id: status for request_id, status in expected.items() if status is not None}


def _events(folder: Path) -> list[dict[str, Any]]:
    lines = [line for file in folder.glob("logs/*.log") for line in file.read_bytes().splitlines()]
    return [json.loads(line) for line in lines if line.endswith(b"}")]


def _predictions(folder: Path) -> list[dict[str, Any]]:
    return [event for event in _events(folder) if event["event_type"] == "predict"]


_MARKS = {True: [pytest.mark.soak, pytest.mark.timeout(1200)], False: [pytest.mark.slow]}


@pytest.mark.parametrize("page", [pytest.param(page, marks=_MARKS[RECIPES[page].own]) for page in RECIPES])
def test_each_request_of_a_recipe_is_one_event_and_without_its_lines_there_is_none(page: str, tmp_path: Path) -> None:
    recipe = RECIPES[page]
    folder = tmp_path / "with"
    with _served(page, folder, logging=True) as url:
        expected = _ask(url, recipe)
        # The event of an answer to an exception is written behind it, and LitServe's signal waits for nothing.
        until = time.monotonic() + 10
        while len(_predictions(folder)) < len(expected) and time.monotonic() < until:
            time.sleep(0.05)
    events, predictions = _events(folder), _predictions(folder)
    assert {event["request_id"]: event["status"] for event in predictions} == expected
    assert len(predictions) == len(expected)
    assert {event["model_name"] for event in predictions} == {"churn"}
    assert all(event["model_version"] for event in predictions)
    assert "PLANTED-PROMPT" not in json.dumps(events)
    if recipe.closed:
        writers = {event["process"]["entity_id"] for event in predictions}
        closed = {event["process"]["entity_id"] for event in events if event["event_type"] == "writer_closed"}
        assert writers <= closed

    with _served(page, tmp_path / "without", logging=False) as url:
        _ask(url, recipe)
    assert _predictions(tmp_path / "without") == []


BY_HAND = PAGES / "by-hand.md"
# Row of the table → the page and the file that has the short form, the file that does the same by hand, and what is
# in the place of the lines that log where neither does.
LINES = {
    "FastAPI": ("fastapi.md", "service.py", "fastapi_by_hand.py", ""),
    "Flask": ("flask.md", "service.py", "flask_by_hand.py", ""),
    "asyncio": ("by-hand.md", "worker.py", "worker_by_hand.py", ""),
    "batch": ("by-hand.md", "job.py", "job_by_hand.py", "answers = score(rows)\n"),
}
_LOGS = re.compile(r"^.*(model_logs|[AW]SGIMiddleware|logger\.log_prediction|batches\().*\n", re.MULTILINE)


def _named(page: Path, name: str) -> str:
    (body,) = [block.body for block in blocks(page) if block.name == name]
    return body.partition("\n")[2]


def _more(plain: str, logged: str) -> int:
    """Return how many lines of a service are not in the one that logs nothing, wherever they are indented to."""
    lines = Counter(line.strip() for line in logged.splitlines() if line.strip())
    return (lines - Counter(line.strip() for line in plain.splitlines())).total()


@pytest.mark.parametrize("row", LINES)
def test_the_table_of_lines_that_a_service_needs_is_counted_in_the_pages(row: str) -> None:
    page, short, by_hand, plainly = LINES[row]
    logged = _named(PAGES / page, short)
    plain = _LOGS.sub("", logged) + plainly
    (cells,) = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (PAGES.parent / "serving.md").read_text().splitlines()
        if line.startswith((f"| {row} |", f"| [{row}]("))
    ]
    counted = (_more(plain, _named(BY_HAND, by_hand)), _more(plain, logged))
    assert (int(cells[1]), int(cells[2].partition(":")[0])) == counted
    assert counted[1] <= 2


@pytest.mark.parametrize("page", FRAMEWORKS)
def test_a_framework_takes_two_lines(page: str) -> None:
    for block in blocks(_page(page)):
        if "SGIMiddleware" in block.body and block.name:
            assert _more(_LOGS.sub("", block.body), block.body) == 2
