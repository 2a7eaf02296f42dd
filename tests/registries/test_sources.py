"""The files of `mappings/registries/`: their examples come out as they say, and a mistake in one is named."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from model_logs import assets
from model_logs.cli import elk_bootstrap
from model_logs.errors import AssetError, ConfigurationError, UnknownNameError
from model_logs.registries import sources
from model_logs.registries.approval import Approval

FILE = """version: 1
registry: mine
meaning: Ours.
documentation: https://example.org
proof: {{kind: shared, header: X-Key}}
changes:
  - when: "kind == 'new'"
    event_type: {event_type}
    fields: {{{fields}}}
examples:
  - name: one
    body: {{kind: new, name: fraud}}
    events: [{{event_type: registered, model_name: fraud}}]
"""


@pytest.mark.parametrize("name", sources.known())
def test_the_examples_of_a_registry_become_what_stands_beside_them(name):
    sources.check(assets.path(f"{sources.FOLDER}/{name}.yml"))


def written(tmp_path, event_type="registered", fields="model_name: name"):
    file = tmp_path / "mine.yml"
    file.write_text(FILE.format(event_type=event_type, fields=fields))
    return file


def test_a_file_of_ones_own_is_a_registry(tmp_path):
    file = written(tmp_path)
    sources.check(file)
    assert sources.load(str(file)).registry == "mine"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"fields": "model_nam: name"}, "Did you mean model_name"),
        ({"fields": "'model_name': 'name['"}, "no JMESPath"),
        ({"fields": "'model_name': 'nosuch(name)'"}, "split and lower"),
        ({"event_type": "predict"}, "no event of the audit trail"),
        ({"event_type": "regstered"}, "Did you mean registered"),
        ({"event_type": "archived"}, "becomes"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_the_next_step(tmp_path, change, word):
    with pytest.raises(AssetError, match=r".") as caught:
        sources.check(written(tmp_path, **change))
    assert word in str(caught.value)
    assert "mine.yml" in str(caught.value)


def test_an_unknown_registry_is_named_with_those_that_are_known():
    with pytest.raises(UnknownNameError, match="Did you mean mlflow"):
        sources.load("mlflwo")


@pytest.mark.parametrize("text", ["", "approval", "=approved", "alias:", "alias:|rejected", "approval="])
def test_a_setting_for_approval_that_says_nothing_is_refused(text):
    with pytest.raises(ConfigurationError, match="neither a tag nor an alias"):
        Approval.of(text)


@pytest.mark.parametrize("secret", [None, "", "short", " " * 20])
def test_a_secret_that_anybody_can_guess_is_refused(secret):
    proof = sources.load("mlflow").proof
    environ = {} if secret is None else {proof.variable: secret}
    with pytest.raises(ConfigurationError, match="MODEL_LOGS_REGISTRY_SECRET_MLFLOW"):
        proof.secret(environ)


def test_lint_refuses_a_mapping_that_names_a_field_outside_the_contract(tmp_path):
    folder = tmp_path / "mappings" / "registries"
    folder.mkdir(parents=True)
    text = (assets.path("mappings/registries") / "wandb.yml").read_text()
    (folder / "wandb.yml").write_text(text.replace(" model_name:", " model_nam:"))
    done = CliRunner().invoke(elk_bootstrap, ["lint", str(folder)])
    assert done.exit_code == 1
    assert "the contract has no field 'model_nam'" in done.output
    assert "Did you mean model_name" in done.output
