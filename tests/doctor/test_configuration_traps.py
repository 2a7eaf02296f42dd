"""Traps in the configurations of Filebeat and logrotate, each set in a real file."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_logs import assets
from model_logs.doctor import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    Look = Callable[..., Any]

SHIPPED = {
    "type": "filestream",
    "id": "model-logs",
    "paths": ["/var/log/model-logs/*.log*"],
    "prospector.scanner.exclude_files": [r"\.gz$"],
    "prospector.scanner.fingerprint.length": 64,
    "close.on_state_change.inactive": "24h",
}


@pytest.mark.parametrize("name", ["filebeat.yml", "filebeat.elasticsearch.yml"])
def test_what_we_ship_has_no_trap(look: Look, name: str) -> None:
    (finding,) = look("filebeat-configuration", filebeat_config=assets.path(f"shipper/{name}"))
    assert finding.severity is Severity.OK
    assert "/var/log/model-logs/*.log*" in finding.seen


@pytest.mark.parametrize(
    ("change", "severity", "told"),
    [
        ({"id": None}, Severity.PROBLEM, "it has no id"),
        ({"type": "log"}, Severity.WARNING, "deprecated"),
        ({"file_identity.native": None}, Severity.WARNING, "known by inode"),
        ({"prospector.scanner.fingerprint.enabled": False}, Severity.WARNING, "known by inode"),
        ({"prospector.scanner.fingerprint.length": None}, Severity.WARNING, "shorter than 1,024 bytes"),
        ({"prospector.scanner.fingerprint.length": 32}, Severity.PROBLEM, "Filebeat does not start"),
        ({"paths": ["/var/log/model-logs/*.log"]}, Severity.PROBLEM, "leaves out rotated files"),
        ({"prospector.scanner.exclude_files": None}, Severity.PROBLEM, "takes compressed files for text"),
        ({"paths": ["${NOT_SET_ANYWHERE}/*.log*"]}, Severity.WARNING, "the variable is not set here"),
        ({"close.on_state_change.inactive": None}, Severity.WARNING, "closes a file after 5m"),
        ({"close.on_state_change.inactive": "59m59s"}, Severity.WARNING, "closes a file after 59m59s"),
    ],
)
def test_a_setting_that_loses_lines_is_named(
    look: Look, tmp_path: Path, change: dict[str, Any], severity: Severity, told: str
) -> None:
    changed = {**SHIPPED, **change}
    entry = {key: value for key, value in changed.items() if value is not None or key.startswith("file_identity")}
    file = tmp_path / "filebeat.yml"
    file.write_text(yaml.safe_dump({"filebeat": {"inputs": [entry]}}), encoding="utf-8")
    (finding,) = look("filebeat-configuration", filebeat_config=file)
    assert finding.severity is severity
    assert told in finding.seen
    assert str(file) in finding.where


def test_two_inputs_of_one_id_are_a_problem(look: Look, tmp_path: Path) -> None:
    file = tmp_path / "filebeat.yml"
    file.write_text(yaml.safe_dump({"filebeat.inputs": [SHIPPED, SHIPPED]}), encoding="utf-8")
    (finding,) = look("filebeat-configuration", filebeat_config=file)
    assert finding.severity is Severity.PROBLEM
    assert "two inputs have the id model-logs" in finding.seen


@pytest.mark.parametrize("text", ["a: [", "output.logstash: {hosts: [x]}"])
def test_what_is_no_configuration_of_filebeat_is_told(look: Look, tmp_path: Path, text: str) -> None:
    file = tmp_path / "filebeat.yml"
    file.write_text(text, encoding="utf-8")
    (finding,) = look("filebeat-configuration", filebeat_config=file)
    assert finding.failed
    assert str(file) in finding.seen


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "model-logs"
    folder.mkdir()
    (folder / "serving.log").write_text("a line\n", encoding="utf-8")
    return folder


def test_the_rotation_that_we_ship_has_no_trap(look: Look, logs: Path, tmp_path: Path) -> None:
    text = assets.path("shipper/logrotate/model-logs").read_text(encoding="utf-8")
    file = tmp_path / "logrotate"
    file.write_text(text.replace("/var/log/model-logs", str(logs)), encoding="utf-8")
    for trap in ("copytruncate", "early-compress", "rotation-owner"):
        (finding,) = look(trap, logs=(str(logs),), logrotate=(file,))
        assert finding.severity is Severity.OK
        assert "1 blocks of logrotate rotate these files" in finding.seen


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("LOGS/*.log {\n  daily\n  copytruncate\n}\n", 3),
        ("copytruncate\nLOGS/*.log\n/else/*.log {\n  daily\n}\n", 1),
        ('"LOGS/serving.log" {\n  postrotate\n    nocopytruncate } {\n  endscript\n  copytruncate\n}\n', 5),
        ("# copytruncate\n/else/*.log {\n}\nLOGS/serv*.log{\n copytruncate\n}\n", 5),
    ],
)
def test_copytruncate_is_found_with_its_line(look: Look, logs: Path, tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "logrotate"
    file.write_text(text.replace("LOGS", str(logs)), encoding="utf-8")
    (finding,) = look("copytruncate", logs=(str(logs),), logrotate=(file,))
    assert finding.severity is Severity.PROBLEM
    assert finding.where == f"{file}, line {line}"


@pytest.mark.parametrize(
    "text",
    [
        "copytruncate\nLOGS/*.log {\n  nocopytruncate\n}\n",
        "/else/*.log {\n  copytruncate\n}\nLOGS/*.log {\n  daily\n}\n",
        "PARENT/*.log {\n  copytruncate\n}\n",
        "LOGS/*.log {\n  prerotate\n    copytruncate\n  endscript\n}\n",
    ],
)
def test_copytruncate_elsewhere_or_taken_back_is_none(look: Look, logs: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "logrotate"
    file.write_text(text.replace("LOGS", str(logs)).replace("PARENT", str(logs.parent)), encoding="utf-8")
    assert [finding.severity for finding in look("copytruncate", logs=(str(logs),), logrotate=(file,))] == [
        Severity.OK
    ]


def test_a_folder_of_configurations_is_read_through_an_include(look: Look, logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "logrotate.d"
    folder.mkdir()
    (folder / "models").write_text(f"{logs}/*.log {{\n  copytruncate\n}}\n", encoding="utf-8")
    (folder / "models.dpkg-old").write_text(f"{logs}/*.log {{\n  copytruncate\n}}\n", encoding="utf-8")
    main = tmp_path / "logrotate.conf"
    main.write_text(f"weekly\ninclude {folder}\n", encoding="utf-8")
    for given in (main, folder):
        (finding,) = look("copytruncate", logs=(str(logs),), logrotate=(given,))
        assert finding.where == f"{folder / 'models'}, line 2"


def test_compression_at_once_is_a_warning(look: Look, logs: Path, tmp_path: Path) -> None:
    file = tmp_path / "logrotate"
    file.write_text(f"{logs}/*.log {{\n  compress\n}}\n", encoding="utf-8")
    (finding,) = look("early-compress", logs=(str(logs),), logrotate=(file,))
    assert (finding.severity, finding.where) == (Severity.WARNING, f"{file}, line 2")
    file.write_text(f"{logs}/*.log {{\n  compress\n  delaycompress\n}}\n", encoding="utf-8")
    assert look("early-compress", logs=(str(logs),), logrotate=(file,))[0].severity is Severity.OK


def test_a_new_file_for_another_user_is_a_problem(look: Look, logs: Path, tmp_path: Path) -> None:
    writer = pwd.getpwuid((logs / "serving.log").stat().st_uid).pw_name
    other = "daemon" if writer != "daemon" else "nobody"
    file = tmp_path / "logrotate"
    for owner, severity in ((other, Severity.PROBLEM), (writer, Severity.OK)):
        file.write_text(f"{logs}/*.log {{\n  create 0640 {owner} adm\n}}\n", encoding="utf-8")
        (finding,) = look("rotation-owner", logs=(str(logs),), logrotate=(file,))
        assert finding.severity is severity
        assert severity is Severity.OK or f"to {other}, and {writer} writes it" in finding.seen


def test_a_configuration_that_may_not_be_read_is_told(look: Look, logs: Path) -> None:
    (finding,) = look("copytruncate", logs=(str(logs),), logrotate=(Path("/no/such/file"),))
    assert finding.failed
    assert "/no/such/file" in finding.seen
