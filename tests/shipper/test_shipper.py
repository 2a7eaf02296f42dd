"""The configuration of Filebeat and what stands around it: each promise that can be read in the files."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_logs import assets, contract
from model_logs.parse.checks import ID

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = assets.path("shipper")
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([^}]*))?\}")
UNITS = sorted((FOLDER / "systemd").rglob("*.service"))
# What Filebeat would take for ever, or in two places, or without being asked.
FORBIDDEN = {"multiline", "include_lines", "exclude_lines", "copytruncate"}


def configurations() -> dict[str, dict[str, Any]]:
    found = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yml")}
    for document in manifests():
        if document["kind"] == "ConfigMap":
            found["daemonset.yml"] = yaml.safe_load(document["data"]["filebeat.yml"])
    return found


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / "kubernetes" / "daemonset.yml").read_text(encoding="utf-8")))


def inputs(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    if "filebeat.inputs" in configuration:
        found: list[dict[str, Any]] = configuration["filebeat.inputs"]
        return found
    providers = configuration["filebeat.autodiscover"]["providers"]
    return [entry for provider in providers for template in provider["templates"] for entry in template["config"]]


CONFIGURATIONS = configurations()
INPUTS = [(name, entry) for name, configuration in CONFIGURATIONS.items() for entry in inputs(configuration)]


def test_there_is_one_for_each_way() -> None:
    assert set(CONFIGURATIONS) == {"filebeat.yml", "filebeat.elasticsearch.yml", "daemonset.yml"}


@pytest.mark.parametrize(("name", "entry"), INPUTS, ids=[name for name, _ in INPUTS])
def test_an_input_knows_its_files_by_their_beginning(name: str, entry: dict[str, Any]) -> None:
    assert entry["type"] == "filestream"
    assert entry["id"]
    assert "file_identity.fingerprint" in entry
    assert entry["prospector.scanner.fingerprint.enabled"] is True
    # 64 is Filebeat's least, and the logger's first line is longer than 100 bytes.
    assert 64 <= entry["prospector.scanner.fingerprint.length"] < 100
    assert entry["close.on_state_change.removed"] is False
    assert entry["clean_removed"] is False, "Filebeat does not start with one of the two"


@pytest.mark.parametrize(("name", "entry"), INPUTS, ids=[name for name, _ in INPUTS])
def test_an_input_reads_rotated_files_and_no_compressed_ones(name: str, entry: dict[str, Any]) -> None:
    assert all(path.endswith("*") for path in entry["paths"])
    excluded = [re.compile(pattern) for pattern in entry["prospector.scanner.exclude_files"]]
    assert any(pattern.search("serving.log.2.gz") for pattern in excluded)
    assert not any(
        pattern.search(path) for pattern in excluded for path in ("serving.log", "serving.log.1", "a.jsonl")
    )
    hours = {option: int(entry[option].removesuffix("h")) for option in ("ignore_older", "clean_inactive")}
    assert hours["clean_inactive"] > hours["ignore_older"]


@pytest.mark.parametrize(("name", "entry"), INPUTS, ids=[name for name, _ in INPUTS])
def test_lines_are_shipped_raw_to_logstash(name: str, entry: dict[str, Any]) -> None:
    parsers = [parser for parsed in entry.get("parsers", []) for parser in parsed]
    wanted = {"filebeat.yml": [], "daemonset.yml": ["container"], "filebeat.elasticsearch.yml": ["ndjson"]}
    assert parsers == wanted[name]
    assert not FORBIDDEN & set(entry)
    assert entry["fields.env"].startswith("${MODEL_LOGS_ENVIRONMENT")


@pytest.mark.parametrize("name", ["filebeat.yml", "daemonset.yml"])
def test_logstash_is_spoken_to_with_mutual_tls_and_balanced(name: str) -> None:
    output = CONFIGURATIONS[name]["output.logstash"]
    assert output["loadbalance"] is True
    assert output["ssl.enabled"] in {True, "${LOGSTASH_TLS:true}"}
    assert output["ssl.verification_mode"] == "full"
    assert {"ssl.certificate_authorities", "ssl.certificate", "ssl.key"} <= set(output)


@pytest.mark.parametrize("name", sorted(CONFIGURATIONS))
def test_templates_are_not_filebeats(name: str) -> None:
    configuration = CONFIGURATIONS[name]
    assert configuration["setup.template.enabled"] is False
    assert configuration["setup.ilm.enabled"] is False
    assert len([key for key in configuration if key.startswith("output.")]) == 1, "Filebeat takes one output"


def test_the_direct_way_takes_each_type_to_its_stream() -> None:
    output = CONFIGURATIONS["filebeat.elasticsearch.yml"]["output.elasticsearch"]
    unparsed, lifecycle = output["indices"]
    loaded = contract.load_contract()
    kinds = {kind["equals.event_type"] for kind in lifecycle["when.or"]}
    assert kinds == {kind.name for kind in loaded.event_types.values() if kind.stream == "lifecycle"}
    assert unparsed["when.equals.event_type"] == "unparsed"
    streams = [entry["index"].partition("-%")[0] for entry in (unparsed, lifecycle, output)]
    assert streams == [f"logs-model.{kind}" for kind in ("unparsed", "lifecycle", loaded.unknown_type_stream)]


def test_the_direct_way_creates_by_id_and_drops_nothing() -> None:
    configuration = CONFIGURATIONS["filebeat.elasticsearch.yml"]
    processors = {name: said for processor in configuration["processors"] for name, said in processor.items()}
    assert processors["copy_fields"]["fields"] == [{"from": "event.id", "to": "@metadata._id"}]
    assert "drop_event" not in processors
    assert "non_indexable_policy.dead_letter_index.index" in configuration["output.elasticsearch"]
    added = processors["then"][0]["add_fields"]["fields"]
    assert {"event_type", "status", "environment"} <= set(added)
    assert set(added) <= set(contract.load_contract().fields)


def test_the_direct_way_sends_no_id_that_would_stop_a_whole_request() -> None:
    first, *_ = CONFIGURATIONS["filebeat.elasticsearch.yml"]["processors"]
    (pattern,) = first["if.not.regexp"].values()
    assert pattern == f"^{ID.pattern}$"
    assert first["then"][0]["fingerprint"]["target_field"] == "event.id"


def test_the_direct_way_says_what_it_does_not_do() -> None:
    text = (FOLDER / "filebeat.elasticsearch.yml").read_text(encoding="utf-8")
    head = text[: text.index("filebeat.inputs")]
    for word in ("checks a type", "hides secrets", "reads a text line"):
        assert word in head


def test_every_variable_has_a_default_and_is_explained() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.yml"):
        text = "\n".join(
            line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
        )
        for variable, default in VARIABLE.findall(text):
            assert f"`{variable}`" in readme
            assert default or variable == "ELASTICSEARCH_API_KEY", f"{path.name}: {variable} has no default"


def test_every_choice_is_explained() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for word in (
        "filestream",
        "fingerprint.length",
        "clean_removed",
        "ignore_older",
        "fields.env",
        "loadbalance",
        "shutdown_timeout",
    ):
        assert word in readme


def test_no_secret_stands_in_a_file() -> None:
    for path in FOLDER.rglob("*"):
        if path.is_file() and path.suffix != ".md":
            assert not re.search(
                r"(?i)(password|api_key|secret): *['\"]?[A-Za-z0-9]", path.read_text(encoding="utf-8")
            ), path


def test_rotation_renames() -> None:
    text = (FOLDER / "logrotate" / "model-logs").read_text(encoding="utf-8")
    rules = {
        line.split()[0]
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith(("#", "/", "}"))
    }
    assert {"delaycompress", "compress", "nocreate", "nocopytruncate"} <= rules
    assert not {"copytruncate", "create", "copy"} & rules


@pytest.mark.skipif(not shutil.which("logrotate"), reason="logrotate is not installed")
def test_logrotate_takes_the_file(tmp_path: Path) -> None:
    done = subprocess.run(
        ["logrotate", "--debug", "--state", str(tmp_path / "state"), str(FOLDER / "logrotate" / "model-logs")],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr.lower()


class Unit(configparser.RawConfigParser):
    """A unit file; of a name that stands twice the last counts, which is enough here."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_unprivileged_and_comes_back(path: Path) -> None:
    unit = Unit(strict=False)
    unit.read_string(path.read_text(encoding="utf-8"))
    service = unit["Service"]
    assert service["DynamicUser"] == "yes"
    # Registries and gates have a group of their own: no serving process is to write there.
    attested = "--attested" in service["ExecStart"]
    assert service["SupplementaryGroups"] == ("model-logs-registry" if attested else "model-logs")
    assert service["Restart"] == "on-failure"
    assert service["NoNewPrivileges"] == "yes"
    assert service["EnvironmentFile"].startswith("-/etc/model-logs/")
    assert "${STATE_DIRECTORY}" in service["ExecStart"]
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_logstash_has_time_to_stop() -> None:
    unit = Unit(strict=False)
    unit.read_string((FOLDER / "systemd" / "logstash.service.d" / "model-logs.conf").read_text(encoding="utf-8"))
    assert int(unit["Service"]["TimeoutStopSec"]) >= 30


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_unit(path: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, check=False, text=True)
    # The programs are not installed here; everything else would be a mistake of ours.
    said = [line for line in done.stderr.splitlines() if path.name in line and "is not executable" not in line]
    assert said == []


def test_the_daemonset_is_complete_and_may_little() -> None:
    kinds = {document["kind"]: document for document in manifests()}
    assert set(kinds) == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "DaemonSet"}
    assert all(rule["verbs"] == ["get", "watch", "list"] for rule in kinds["ClusterRole"]["rules"])
    pod = kinds["DaemonSet"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["DAC_READ_SEARCH"]}
    assert "limits" in container["resources"]
    assert re.fullmatch(r"docker\.elastic\.co/beats/filebeat:\d+\.\d+\.\d+", container["image"])
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    needed = set(re.findall(r"\$\{([A-Z_]+)\}", kinds["ConfigMap"]["data"]["filebeat.yml"]))
    assert needed == {variable["name"] for variable in container["env"]}
    labels = kinds["DaemonSet"]["spec"]["template"]["metadata"]["labels"]
    assert kinds["DaemonSet"]["spec"]["selector"]["matchLabels"] == labels
