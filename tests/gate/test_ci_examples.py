"""The examples of `chaos/ci/`: they fit what their programs read, and ask and call what exists."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import click
import jsonschema
import pytest
import yaml

from model_logs import assets
from model_logs.cli import model_logs
from model_logs.gate.service.questions import asked_in

if TYPE_CHECKING:
    from collections.abc import Iterator

CI = assets.path("chaos/ci")
# Go's proxy has the sources of both, and with them the definitions of what a cluster takes.
ARGO = "github.com/argoproj/argo-rollouts@v1.8.3"
FLAGGER = "github.com/fluxcd/flagger@v1.41.0"
DEFINITIONS = {
    "AnalysisTemplate": (ARGO, "manifests/crds/analysis-template-crd.yaml"),
    "Rollout": (ARGO, "manifests/crds/rollout-crd.yaml"),
    "Canary": (FLAGGER, "artifacts/flagger/crd.yaml"),
}


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((CI / name).read_text(encoding="utf-8"))
    return document


@cache
def _source(module: str) -> Path:
    if not (go := shutil.which("go")):
        pytest.skip("no Go here: the examples are not held against the definitions of their programs")
    done = subprocess.run([go, "mod", "download", "-json", module], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{module} cannot be had here: {done.stderr[-300:]}")
    return Path(json.loads(done.stdout)["Dir"])


@pytest.fixture
def go_modules() -> None:
    """Marks what asks Go for sources."""


def _strict(schema: Any) -> Any:
    """Return a schema that refuses unknown names, which a cluster would drop in silence."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def _definition(document: dict[str, Any]) -> dict[str, Any]:
    module, file = DEFINITIONS[document["kind"]]
    wanted = document["apiVersion"].rpartition("/")[2]
    for found in yaml.safe_load_all((_source(module) / file).read_text(encoding="utf-8")):
        if found and found.get("spec", {}).get("names", {}).get("kind") == document["kind"]:
            (version,) = [each for each in found["spec"]["versions"] if each["name"] == wanted]
            schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
            # What every object has stands in the API itself.
            schema["properties"]["metadata"] = {"type": "object"}
            return schema
    raise AssertionError(f"no definition of {document['kind']}")


@pytest.mark.parametrize("name", ["argo-analysis.yml", "argo-rollout.yml", "flagger.yml"])
def test_a_cluster_would_take_the_objects(go_modules: None, name: str) -> None:
    document = _document(name)
    jsonschema.validate(document, _strict(_definition(document)))


def test_an_object_with_a_name_that_nobody_knows_is_noticed(go_modules: None) -> None:
    document = _document("argo-analysis.yml")
    document["spec"]["metrics"][0]["inconclusive_limit"] = 1
    with pytest.raises(jsonschema.ValidationError, match="inconclusive_limit"):
        jsonschema.validate(document, _strict(_definition(document)))


def test_the_question_of_argo_is_one_that_the_service_takes() -> None:
    template, rollout = _document("argo-analysis.yml"), _document("argo-rollout.yml")
    (metric,) = template["spec"]["metrics"]
    (analysis,) = [step["analysis"] for step in rollout["spec"]["strategy"]["canary"]["steps"] if "analysis" in step]
    said = {each["name"]: each.get("value", "x") for each in (*template["spec"]["args"], *analysis["args"])}
    url = re.sub(r"\{\{args\.([\w-]+)\}\}", lambda found: said[found[1]], metric["provider"]["web"]["url"])
    asked = asked_in(dict(parse_qsl(urlsplit(url).query)))
    assert (asked.question.model, asked.question.version, asked.question.against_version) == ("churn", "4", "3")
    assert asked.from_now
    assert asked.run
    # An answer of 503 is an error to Argo, which asks again after ten seconds.
    wait = asked.question.window + asked.question.settle
    assert metric["consecutiveErrorLimit"] * 10 > wait.total_seconds() * 1.2


def test_both_questions_of_flagger_are_the_same_run() -> None:
    canary = _document("flagger.yml")
    hooks = {each["type"]: each for each in canary["spec"]["analysis"]["webhooks"]}
    assert {kind: urlsplit(each["url"]).path for kind, each in hooks.items()} == {
        "confirm-promotion": "/flagger/promotion",
        "rollback": "/flagger/rollback",
    }
    questions = [{k: v for k, v in each["metadata"].items() if k != "token"} for each in hooks.values()]
    assert asked_in(questions[0]) == asked_in(questions[1])


def test_gitlabs_own_schema_has_nothing_against_its_example() -> None:
    file = str(CI / "gitlab-ci.yml")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _commands() -> Iterator[tuple[str, list[str]]]:
    for file in (CI / "github-actions.yml", CI / "gitlab-ci.yml"):
        for text in _texts(yaml.safe_load(file.read_text(encoding="utf-8"))):
            words = shlex.split(text) if text.startswith("model-logs ") else []
            if words:
                yield file.name, words[1:]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)


@pytest.mark.parametrize(("name", "words"), list(_commands()))
def test_the_commands_of_an_example_exist_with_their_options(name: str, words: list[str]) -> None:
    command: click.Command = model_logs
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, name
        command = found
    known = {option for each in command.params for option in each.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_a_promotion_is_one_call_after_the_gate(name: str) -> None:
    text = (CI / name).read_text(encoding="utf-8")
    assert text.count("registered-models/alias") == 1
    assert text.index("model-logs chaos run") < text.index("model-logs gate") < text.index("registered-models/alias")
