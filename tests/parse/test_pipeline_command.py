"""`model-logs pipeline test`: what it runs, where, and how it shows a difference."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from model_logs.cli import model_logs
from model_logs.errors import AssetError, PipelineError
from model_logs.pipeline import Vector, compare_document, in_docker, installed, load_vectors

STAND_IN = Path(__file__).with_name("stand_in_logstash.py")
GOOD = """\
feature: One
common: {environment: development, "@timestamp": "2026-01-15T10:30:00.000Z", status: success}
vectors:
  - name: right
    line: "2026-01-15T10:30:00Z deployed model=m"
    stream: lifecycle
    expect: {event_type: deployed, model_name: m}
"""
WRONG = """\
feature: Two
vectors:
  - name: wrong
    line: "2026-01-15T10:30:00Z INFO deployed model=m version=3"
    stream: prediction
    expect: {environment: development, event_type: deployed, model_name: n, status: success, stage: staging}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.yml").write_text(GOOD)
    return tmp_path


@pytest.fixture
def logstash_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "logstash"
    (home / "bin").mkdir(parents=True)
    (home / "config").mkdir()
    (home / "config" / "log4j2.properties").write_text("")
    program = home / "bin" / "logstash"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("LOGSTASH_HOME", str(home))
    return home


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(model_logs, ["pipeline", "test", *map(str, arguments)])


@pytest.mark.slow
def test_the_projects_own_vectors_pass_on_ship() -> None:
    done = run("--on", "ship")

    assert done.exit_code == 0
    assert done.stdout == f"ship: {len(load_vectors())} of {len(load_vectors())} vectors passed.\n"


def test_a_difference_is_shown_field_by_field_and_is_exit_1(folder: Path) -> None:
    (folder / "two.yml").write_text(WRONG)
    done = run("--on", "ship", "--vectors", folder)

    assert done.exit_code == 1
    assert done.stdout == (
        "\ntwo.yml: wrong\n"
        "  line  2026-01-15T10:30:00Z INFO deployed model=m version=3\n"
        "  data_stream: expected 'logs.model.prediction.development', got 'logs.model.lifecycle.development'\n"
        "  @timestamp: expected (absent), got '2026-01-15T10:30:00.000Z'\n"
        "  log.level: expected (absent), got 'info'\n"
        "  model_name: expected 'n', got 'm'\n"
        "  model_version: expected (absent), got '3'\n"
        "  stage: expected 'staging', got (absent)\n"
        "ship: 1 of 2 vectors passed.\n"
    )


def test_json_output(folder: Path) -> None:
    (folder / "two.yml").write_text(WRONG)
    report = json.loads(run("--on", "ship", "--vectors", folder, "--output", "json").stdout)

    assert [vector["passed"] for vector in report["ship"]] == [True, False]
    assert {"name": "stage", "expected": "staging", "got": "(absent)"} in report["ship"][1]["differences"]


def test_words_narrow_the_vectors_down() -> None:
    done = run("03-text", "MICROSECONDS", "--on", "ship")

    assert done.exit_code == 0
    assert done.stdout == "ship: 3 of 3 vectors passed.\n"


def test_words_that_no_vector_has_are_a_mistake_of_usage() -> None:
    done = run("latency", "fortnight")

    assert done.exit_code == 2
    assert "No vector has latency and fortnight." in done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("logstash_home")
def test_all_vectors_go_through_logstash_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_LOGS_ENVIRONMENTS", "elsewhere")  # the user's own settings have no say here
    done = run("--on", "logstash")

    assert done.exit_code == 0, done.stdout
    assert f"{len(load_vectors())} of {len(load_vectors())} vectors passed." in done.stdout
    assert "ship:" not in done.stdout


@pytest.mark.usefixtures("logstash_home")
def test_by_default_they_run_on_ship_and_on_the_logstash_that_is_there(folder: Path) -> None:
    done = run("--vectors", folder)

    assert done.exit_code == 0
    assert [line.partition(":")[0].split()[0] for line in done.stdout.splitlines()] == ["ship", "Logstash"]


@pytest.mark.usefixtures("logstash_home")
@pytest.mark.parametrize(
    ("mode", "shown"),
    [("lose", "the document: expected 'one', got (absent)"), ("double", "documents: expected 1, got 2")],
)
def test_a_lost_or_doubled_document_is_a_difference(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mode: str, shown: str
) -> None:
    monkeypatch.setenv("STAND_IN_MODE", mode)
    done = run("--on", "logstash", "--vectors", folder)

    assert done.exit_code == 1
    assert shown in done.stdout


@pytest.mark.usefixtures("logstash_home")
def test_a_pipeline_that_logstash_refuses_is_shown_in_its_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_MODE", "refuse")
    done = run("--on", "logstash", "--vectors", folder)

    assert done.exit_code == 1
    assert "ended with 1:\n  [ERROR] Failed to execute action: Expected one of" in done.stderr
    assert "Next step: Correct the pipeline" in done.stderr


def test_no_logstash_is_said_and_is_no_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGSTASH_HOME", raising=False)
    monkeypatch.setenv("PATH", os.environ["PATH"] if in_docker("x") is None else "/nowhere")
    done = run("--vectors", folder)

    assert done.exit_code == 0
    assert done.stderr == "Not run on logstash: LOGSTASH_HOME is not set.\nNot run on docker: no Docker answers.\n"
    assert run("--vectors", folder, "--on", "logstash").exit_code == 2


def test_a_wrong_logstash_home_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOGSTASH_HOME", str(tmp_path))

    with pytest.raises(PipelineError, match="There is no Logstash in"):
        installed()


def test_docker_gets_the_folders_and_the_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 0\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    engine = in_docker("example/logstash:9.5.2")

    assert engine is not None
    assert " ".join(engine.command).endswith(
        "run --rm --interactive --volume {work}:/vectors --volume {pipelines}:/model-logs:ro "
        "--env MODEL_LOGS_HOME=/model-logs example/logstash:9.5.2 logstash"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vectors: [", "is no YAML"),
        ("feature: x\nvectors: {}\n", "vectors is names with values, and must be a list"),
        (
            "feature: x\nvectors: [{name: a, line: b, expected: {}}]\n",
            r"vectors\[a\] lacks expect\.\nLine 2: vectors\[a\] holds expected, which is not known: did you mean",
        ),
        ("feature: x\nvectors: [{name: a, line: b, json: {}, expect: {}}]\n", "give one of line, json and base64"),
        (
            "feature: x\nvectors: [{name: a, line: b, expect: {}}, {name: a, line: c, expect: {}}]\n",
            "line 2: a is the name of two vectors",
        ),
        (
            "feature: x\nvectors: [{name: a, line: b, stream: audit, expect: {}}]\n",
            "must be one of prediction, lifecycle, unparsed, none",
        ),
    ],
)
def test_a_mistake_in_a_vector_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "wrong.yml").write_text(text)

    with pytest.raises(AssetError, match=rf"wrong\.yml.*{message}"):
        load_vectors(tmp_path)


def vector(**changes: object) -> Vector:
    values: dict[str, object] = {"stream": "prediction", "id": "", "expect": {"environment": "production"}} | changes
    return Vector(file="f", name="n", line=b"the line", env=None, **values)  # type: ignore[arg-type]


DOCUMENT = {
    "event": {"id": "w-1", "ingested": "2026-01-15T10:30:01.000Z"},
    "environment": "production",
    "data_stream": {"type": "logs", "dataset": "model.prediction", "namespace": "production"},
}


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [(1, 1.0, True), (0.1 + 0.2, 0.3, True), (1, True, False), (True, True, True), ("1", 1, False), ([1], [1], True)],
)
def test_values_are_compared_by_what_they_are(expected: object, got: object, same: bool) -> None:
    outcome = compare_document(vector(expect={"environment": "production", "x": expected}), DOCUMENT | {"x": got})

    assert (outcome.differences == ()) is same


def test_what_every_document_must_have_is_checked_without_being_written_down() -> None:
    broken = DOCUMENT | {
        "event": {"id": "other"},
        "data_stream": {"dataset": "model.prediction", "namespace": "live"},
    }
    outcome = compare_document(vector(id="w-1", stream="unparsed"), broken, "w-2")

    assert {difference.name for difference in outcome.differences} == {
        *("data_stream", "event.id", "_id", "event.ingested", "event.original"),
    }


def test_without_the_extra_for_text_lines_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_logs.parse.text.lines.importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(model_logs, ["pipeline", "test", "--on", "ship"])
    assert result.exit_code == 1
    assert "pip install 'model-logs[text]'" in result.output
    assert len(result.output.splitlines()) == 2
