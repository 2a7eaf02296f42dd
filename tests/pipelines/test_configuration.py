"""The Logstash configuration as text: grammar, options, variables, files, and the promises that can be read in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.pipelines import logstash_configuration as configuration

from model_logs import assets

HERE = Path(__file__).parent
LIST = yaml.safe_load((HERE / "options.yml").read_text(encoding="utf-8"))
KINDS = {"input": "inputs", "filter": "filters", "output": "outputs"}
FOLDER = assets.path("pipelines")
ALL = [plugin for file in configuration.files() for plugin in configuration.plugins(file)]
# Without a default Logstash does not start, which is what these want.
BARE = {"ELASTICSEARCH_API_KEY", "ELASTICSEARCH_API_KEY_ENCODED", "BEATS_ATTESTED_CA"}
# In api-key mode both output and disk input change.
MODES = [{}, {"MODEL_LOGS_OUTPUT": "api-key/90-output", "MODEL_LOGS_DISK_INPUT": "api-key/10-input"}]


def environment(**more: str) -> dict[str, str]:
    return {
        "MODEL_LOGS_HOME": str(FOLDER),
        "BEATS_ATTESTED_CA": "/etc/ssl/registries.pem",
        "ELASTICSEARCH_API_KEY": "id:key",
        "ELASTICSEARCH_API_KEY_ENCODED": "aQ==",
    } | more


def texts() -> dict[Path, str]:
    paths = [*configuration.files(), FOLDER / "logstash.yml", FOLDER / "pipelines.yml"]
    return {path: path.read_text(encoding="utf-8") for path in paths}


@pytest.mark.parametrize("plugin", ALL, ids=lambda p: f"{p.file.parent.name}/{p.file.stem}:{p.options.get('id')}")
def test_each_option_is_on_the_list(plugin: configuration.Plugin) -> None:
    known = LIST[KINDS[plugin.kind]].get(plugin.name)
    assert known, f"{plugin.name} is not in options.yml: read its source first"
    assert set(plugin.options) <= set(known["options"])


def test_the_list_names_nothing_that_nobody_uses() -> None:
    used = {(KINDS[p.kind], p.name, option) for p in ALL for option in p.options}
    listed = {(k, name, o) for k in KINDS.values() for name, said in LIST[k].items() for o in said["options"]}
    assert listed == used
    assert all(said["read"] for kind in KINDS.values() for said in LIST[kind].values())


@pytest.mark.parametrize("name", ["logstash.yml", "pipelines.yml"])
def test_each_setting_is_on_the_list(name: str) -> None:
    content = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    for entry in content if isinstance(content, list) else [content]:
        assert set(entry) <= set(LIST["settings"][name])


def test_queue_on_disk_dead_letters_and_ecs_are_on() -> None:
    settings = yaml.safe_load((FOLDER / "logstash.yml").read_text(encoding="utf-8"))
    assert settings["queue.type"] == "persisted"
    assert settings["dead_letter_queue.enable"] is True
    assert settings["pipeline.ecs_compatibility"] == "v8"


def test_what_is_refused_twice_does_not_go_round() -> None:
    listed = yaml.safe_load((FOLDER / "pipelines.yml").read_text(encoding="utf-8"))
    own = {entry["pipeline.id"]: entry.get("dead_letter_queue.enable", True) for entry in listed}
    assert own == {"model-logs": True, "model-logs-dead-letters": False, "model-logs-disk": False}


@pytest.mark.parametrize("mode", MODES, ids=["password", "api key"])
def test_each_pipeline_has_one_input_and_one_output(mode: dict[str, str]) -> None:
    for name, files in configuration.pipelines(environment(**mode)).items():
        plugins = [plugin for file in files for plugin in configuration.plugins(file)]
        kinds = [plugin.kind for plugin in plugins]
        assert kinds.count("input") == 1, name
        assert kinds.count("output") == 1, name
        ids = [plugin.options.get("id") for plugin in plugins]
        assert len(ids) == len(set(ids)), f"an id twice in {name}"
        assert None not in ids, f"a plugin of {name} has no id"


def test_every_file_belongs_to_a_pipeline() -> None:
    used = {
        file for mode in MODES for files in configuration.pipelines(environment(**mode)).values() for file in files
    }
    assert used == set(configuration.files())


def test_files_run_from_input_to_output() -> None:
    names = [file.stem for file in configuration.pipelines(environment())["model-logs"]]
    assert names == ["10-input", "20-parse", "30-normalise", "40-enrich", "50-route", "60-unattested", "90-output"]


def test_registries_and_gates_have_a_pipeline_of_their_own_that_nobody_enters_without_a_certificate() -> None:
    listed = configuration.pipelines(environment())
    names = [file.stem for file in listed["model-logs-attested"]]
    assert names == ["20-parse", "30-normalise", "40-enrich", "50-route", "90-output", "10-input", "60-attested"]
    (entry,) = (p for p in ALL if p.file.parent.name == "registries" and p.kind == "input")
    assert (entry.options["ssl_enabled"], entry.options["ssl_client_authentication"]) == ("true", "required")
    assert "BEATS_TLS_CA" not in str(entry.options)
    running = yaml.safe_load((FOLDER / "pipelines.yml").read_text(encoding="utf-8"))
    assert "model-logs-attested" not in {each["pipeline.id"] for each in running}
    for name, files in listed.items():
        marks = [
            p.options["script_params"]
            for file in files
            for p in configuration.plugins(file)
            if p.options.get("id") in {"attested", "unattested"}
        ]
        wanted = {"model-logs": [{"attested": "false"}], "model-logs-attested": [{"attested": "true"}]}
        assert marks == wanted.get(name, []), name


def test_every_variable_has_a_default_but_keys_and_who_attests() -> None:
    for path, text in texts().items():
        bare = {found[1] for found in configuration.VARIABLE.finditer(text) if found[2] is None}
        assert bare <= BARE, path


def test_a_variable_has_one_default_outside_of_the_variant() -> None:
    defaults: dict[str, set[str]] = {}
    for path, text in texts().items():
        if path.parent.name != "api-key":
            for found in configuration.VARIABLE.finditer(text):
                defaults.setdefault(found[1], set()).add(found[2])
    assert {name: values for name, values in defaults.items() if len(values) > 1} == {}


def test_every_variable_is_explained() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    used = {found[1] for text in texts().values() for found in configuration.VARIABLE.finditer(text)}
    assert {name for name in used if f"`{name}`" not in readme} == set()
    named = set(re.findall(r"`((?:MODEL_LOGS|ELASTICSEARCH|BEATS)_[A-Z_]+)`", readme))
    assert named <= used


def test_no_secret_stands_in_a_file() -> None:
    for plugin in ALL:
        for name in ("password", "api_key"):
            if name in plugin.options:
                assert configuration.VARIABLE.fullmatch(plugin.options[name]), plugin.file


def referred(value: Any) -> list[str]:
    return re.findall(r"\$\{MODEL_LOGS_HOME:/etc/logstash\}(/[^\"',]+)", str(value))


def test_files_that_are_referred_to_exist() -> None:
    found = [path for plugin in ALL for path in referred(plugin.options)]
    assert found
    assert [path for path in found if not (FOLDER / path.lstrip("/")).exists()] == []


def test_every_script_is_used() -> None:
    used = {Path(path).name for plugin in ALL for path in referred(plugin.options)}
    assert {path.name for path in (FOLDER / "ruby").glob("*.rb")} <= used


@pytest.mark.parametrize("output", [p for p in ALL if p.kind == "output"], ids=lambda p: p.file.parent.name)
def test_the_output_creates_documents_in_data_streams(output: configuration.Plugin) -> None:
    assert not set(output.options) & set(LIST["not_with_data_stream"])
    assert output.options["data_stream"] == "true"
    assert output.options["action"] == "create"
    assert output.options["document_id"] == "%{[@metadata][id]}"
    assert output.options["manage_template"] == "false"
    assert output.options["retry_max_interval"] == 8
    assert output.options["silence_errors_in_log"] == ["version_conflict_engine_exception"]


def test_the_api_key_variant_differs_in_the_key_alone() -> None:
    by_folder = {p.file.parent.name: p.options for p in ALL if p.kind == "output"}
    own = {"user", "password", "api_key", "hosts", "ssl_certificate_authorities"}
    password, key = ({n: v for n, v in by_folder[f].items() if n not in own} for f in ("conf.d", "api-key"))
    assert password == key


def test_the_patterns_tried_are_those_of_the_shipper() -> None:
    words = yaml.safe_load((FOLDER / "units.yml").read_text(encoding="utf-8"))
    (grok,) = (plugin for plugin in ALL if plugin.name == "grok")
    assert grok.options["match"] == {"[@metadata][line]": words["text_patterns"]}


def test_nothing_but_the_route_names_a_stream() -> None:
    setting = {
        p.file.stem for p in ALL if "data_stream" in str({k: v for k, v in p.options.items() if k != "data_stream"})
    }
    assert setting == {"50-route", "20-unparsed", "20-samples"}
