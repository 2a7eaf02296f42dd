"""What mypy and editors see: each keyword with its type, a mistake as an error, what is needed as needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from model_logs import assets, logger
from model_logs._logger import events

RIGHT = """
from model_logs import logger
logger.prediction(model_name="m", latency_ms=1.0, model_version=3, labels={"a": 1}, variant="canary", status="error")
logger.transitioned(model_name="m", stage="production", user="ann")
logger.event("own", anything=1)
logger.bind(model_name="m").registered(model_name="m")
with logger.predict(model_name="m") as prediction:
    prediction.label = "x"
with logger.request("r") as request_id:
    reveal_type(request_id)
@logger.log_prediction
def one(a: int) -> str:
    return str(a)
@logger.log_prediction(model_name="m")
async def two(a: int) -> str:
    return str(a)
reveal_type(one(1))
reveal_type(two)
"""
WRONG = """
from model_logs import logger
logger.prediction(model_name="m", latency_ms=1.0, latency=2.0)
logger.prediction(model_name="m")
logger.prediction(model_name="m", latency_ms="12.5ms")
logger.prediction(model_name="m", latency_ms=1.0, variant="purple")
logger.transitioned(model_name="m")
logger.predicton(model_name="m", latency_ms=1.0)
logger.info("x")
"""


def test_editors_see_the_methods_that_there_are_and_no_others():
    stub = ast.parse((Path(events.__file__).parent / "events.pyi").read_text(encoding="utf-8"))
    (shown,) = [node for node in stub.body if isinstance(node, ast.ClassDef)]
    seen = {node.name for node in shown.body if isinstance(node, ast.FunctionDef)} - {"_emit"}
    there = {name for name in vars(events.EventMethods) if not name.startswith("_")}
    assert seen - {"prediction"} == there  # which the facade has
    assert callable(logger.prediction)
    assert not hasattr(logger, "probe")


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    folder = tmp_path_factory.mktemp("types")

    def run(code):
        (folder / "sample.py").write_text(code)
        source = str(assets.root() / "src")
        command = [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-color-output",
            "--cache-dir",
            str(folder),
            "sample.py",
        ]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, env={"MYPYPATH": source, "PATH": ""}, check=False
        )
        return [line for line in done.stdout.splitlines() if line.startswith("sample.py")]

    return run


def test_what_is_right_passes_and_keeps_its_types(check):
    notes = check(RIGHT)
    assert not [line for line in notes if "error" in line]
    assert ["str" in notes[0], "str" in notes[1], "Coroutine" in notes[2]] == [True] * 3


def test_what_is_wrong_is_an_error_on_its_line(check):
    errors = [line for line in check(WRONG) if "error" in line]
    assert [int(line.split(":")[1]) for line in errors] == list(range(3, 10))
