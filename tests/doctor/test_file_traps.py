"""Traps of files and folders, each set with real files; who may read what is compared with what the kernel does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.cluster import Connection
from model_logs.doctor import Severity
from model_logs.doctor.host.log_folders import Mount, mount_of
from model_logs.ship import Settings, Shipper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

    Look = Callable[..., Any]

NOBODY = 65534
LINE = b'{"@timestamp":"2026-11-22T07:00:00.000Z","event":{"id":"%024x-1","sequence":1},"event_type":"predict"}\n'
# Of a machine with an NFS home, a CIFS share with a blank in its name, and a bind mount over it.
MOUNTINFO = r"""22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
25 22 0:22 / /proc rw,nosuid shared:5 - proc proc rw
31 22 0:27 / /dev/shm rw,nosuid,nodev shared:8 - tmpfs tmpfs rw
88 22 0:51 / /var/log/model-logs rw,relatime shared:90 - nfs4 filer:/export/logs rw,vers=4.2,hard
91 22 0:55 / /mnt/my\040share rw,relatime shared:95 - cifs //filer/share rw,vers=3.1.1
97 91 253:0 /local /mnt/my\040share/local rw,relatime shared:1 - ext4 /dev/vda1 rw
"""


def write(path: Path, data: bytes, *, age: float = 0.0) -> Path:
    path.write_bytes(data)
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike those of `tmp_path`."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_file_too_short_for_the_fingerprint_is_a_warning_while_new_and_then_a_problem(
    look: Look, tmp_path: Path
) -> None:
    write(tmp_path / "new.log", b'{"a":1}\n')
    write(tmp_path / "old.log", b'{"b":1}\n', age=3600)
    write(tmp_path / "empty.log", b"", age=3600)
    write(tmp_path / "long.log", LINE % 1)
    found = {Path(finding.where).name: finding for finding in look("fingerprint-short", logs=(str(tmp_path),))}
    assert {name: str(finding.severity) for name, finding in found.items()} == {
        "new.log": "warning",
        "old.log": "problem",
    }
    assert "8 bytes, 64 are needed" in found["old.log"].seen


def test_the_length_is_that_of_the_configuration(look: Look, tmp_path: Path) -> None:
    configuration = write(
        tmp_path / "filebeat.yml", b"filebeat.inputs: [{type: filestream, id: a, paths: [/x/*.log*]}]\n"
    )
    write(tmp_path / "one.log", LINE % 1)
    (finding,) = look("fingerprint-short", logs=(str(tmp_path / "*.log"),), filebeat_config=configuration)
    assert "1024 are needed" in finding.seen


def test_what_ship_left_out_is_counted_by_pattern_and_by_file_and_a_file_of_which_nothing_is_left_is_named(
    look: Look, applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    logs, state = tmp_path / "logs", tmp_path / "state"
    logs.mkdir()
    others = write(tmp_path / "other_lines.yml", b"ignore: [^Loading, '/health']\n")
    settings = Settings(
        (str(logs / "*.log"),), state, once=True, default_environment="production", other_lines=others
    )

    def shipped() -> None:
        Shipper(Connection(es_url), settings, say=print, show_progress=False).run()

    (finding,) = look("left-out")
    assert finding.severity is Severity.SKIPPED
    write(logs / "serving.log", LINE % 7 + b"Loading weights\nGET /health\n\n")
    shipped()
    with (logs / "serving.log").open("ab") as file:
        file.write(b"Loading more\n" + LINE % 8)
    shipped()
    (finding,) = look("left-out", ship_state=state)
    assert finding.severity is Severity.OK
    assert finding.seen == (
        "`ship` left 3 lines out ('^Loading': 2, '/health': 1), of the files that it follows 3"
        f" ({str(logs / 'serving.log')!r}: 3)"
    )
    write(logs / "probe.log", b"GET /health\n" * 250)
    shipped()
    (logs / "serving.log").unlink()
    shipped()
    (finding,) = look("left-out", ship_state=state)
    assert (finding.severity, finding.where) == (Severity.WARNING, str(logs / "probe.log"))
    assert finding.seen == "each of the 250 lines of it that were counted is left out, as other_lines.yml says"
    (checkpoint,) = state.glob("checkpoint-*.json")
    assert json.loads(checkpoint.read_text())["left_out"] == {"^Loading": 2, "/health": 251}


def test_two_files_that_begin_alike_are_a_problem(look: Look, tmp_path: Path) -> None:
    header = b"# log of the model server, one JSON object in each line, do not edit by hand\n"
    write(tmp_path / "a.log", header + LINE % 1)
    write(tmp_path / "b.log", header + LINE % 2)
    write(tmp_path / "c.log", LINE % 3)
    (finding,) = look("fingerprint-collision", logs=(str(tmp_path),))
    assert finding.severity is Severity.PROBLEM
    assert finding.where == f"{tmp_path / 'a.log'}, {tmp_path / 'b.log'}"


def test_a_last_line_without_an_end_is_told_once_nobody_writes_any_more(look: Look, tmp_path: Path) -> None:
    write(tmp_path / "killed.log", LINE % 1 + b'{"@timestamp":"2026', age=3600)
    write(tmp_path / "writing.log", LINE % 2 + b'{"@timestamp":"2026')
    (finding,) = look("unfinished-line", logs=(str(tmp_path),))
    assert (finding.severity, Path(finding.where).name) == (Severity.WARNING, "killed.log")


def test_a_file_that_was_cut_under_its_writer_begins_with_nul(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "serving.log"
    with path.open("wb") as writer:  # as many loggers do, and ours does not: without O_APPEND
        writer.write(LINE % 1)
        writer.flush()
        shutil.copy(path, tmp_path / "serving.log.1")
        os.truncate(path, 0)
        writer.write(LINE % 2)
    (finding,) = look("truncated", logs=(str(tmp_path),))
    assert (finding.severity, finding.where) == (Severity.PROBLEM, str(path))
    assert "NUL" in finding.seen


def test_a_file_that_is_shorter_than_what_was_shipped_of_it_is_a_problem(
    look: Look, applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "serving.log", LINE % 1 + LINE % 2)
    state = tmp_path / "state"
    settings = Settings((str(path),), state, once=True, environments=("production",))
    Shipper(Connection(url=es_url), settings, say=lambda *_: None).run()
    parts = {"logs": (str(path),), "ship_state": state}
    assert [finding.severity for finding in look("truncated", **parts)] == [Severity.OK]
    os.truncate(path, len(LINE % 1))
    (finding,) = look("truncated", **parts)
    assert finding.severity is Severity.PROBLEM
    assert f"{2 * len(LINE % 1)} bytes were shipped, and it holds {len(LINE % 1)}" in finding.seen


def test_a_file_that_nobody_shipped_any_more_is_a_problem(
    look: Look, applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "serving.log", LINE % 1)
    settings = Settings((str(path),), tmp_path / "state", once=True, environments=("production",))
    Shipper(Connection(url=es_url), settings, say=lambda *_: None).run()
    parts = {"logs": (str(path),), "ship_state": settings.state}
    os.utime(path, (time.time() - 3600,) * 2)
    assert [finding.severity for finding in look("ship-behind", **parts)] == [Severity.OK]
    with path.open("ab") as writer:
        writer.write(LINE % 2)
    assert [finding.severity for finding in look("ship-behind", **parts)] == [Severity.OK], "it may be under way"
    os.utime(path, (time.time() - 3600,) * 2)
    (finding,) = look("ship-behind", **parts)
    assert (finding.severity, finding.where) == (Severity.PROBLEM, str(path))
    assert f"{len(LINE % 2)} of {2 * len(LINE % 1)} bytes are not shipped" in finding.seen


def test_what_the_cluster_refused_of_ship_is_a_problem(
    look: Look, applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    # A mapping that the contract does not know of, and no failure store to take what it refuses.
    custom, stream = "logs-model.prediction@custom", "logs-model.prediction-production"
    mapping = {"properties": {"labels": {"properties": {"size": {"type": "long", "ignore_malformed": False}}}}}
    options = {"failure_store": {"enabled": False}}
    applied.cluster.put_component_template(
        name=custom, template={"mappings": mapping, "data_stream_options": options}
    )
    applied.indices.delete_data_stream(name=stream)
    applied.indices.create_data_stream(name=stream)
    event = LINE.replace(b"}\n", b',"environment":"production","labels":{"size":"large"}}\n')
    path = write(tmp_path / "serving.log", event % 1)
    settings = Settings((str(path),), tmp_path / "state", once=True, environments=("production",))
    try:
        Shipper(Connection(url=es_url), settings, say=lambda *_: None).run()
    finally:
        applied.indices.delete_data_stream(name=stream)
        applied.cluster.delete_component_template(name=custom)
    (finding,) = look("ship-dead-letters", ship_state=settings.state)
    assert (finding.severity, finding.where) == (Severity.PROBLEM, str(settings.dead_letter_path))
    assert finding.seen.startswith("1 events")


def test_a_damaged_checkpoint_is_told_and_left_where_it_is(look: Look, tmp_path: Path) -> None:
    write(tmp_path / "serving.log", LINE % 1)
    checkpoint = write(tmp_path / "checkpoint-x.json", b"{")
    (finding,) = look("truncated", logs=(str(tmp_path),), ship_state=tmp_path)
    assert finding.failed
    assert str(checkpoint) in finding.seen
    assert checkpoint.read_bytes() == b"{"


def _may_read(path: Path, uid: int, *groups: int) -> bool:
    """Ask the kernel: read the file as that user."""
    done = subprocess.run(
        ["cat", str(path)], user=uid, group=uid, extra_groups=groups, capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else and ask the kernel")
@pytest.mark.parametrize(
    ("mode", "folder", "user", "groups"),
    [
        (0o644, 0o755, "65534", ()),
        (0o640, 0o755, "65534", ()),
        (0o640, 0o755, "65534:4242", (4242,)),
        (0o604, 0o755, "65534:4242", (4242,)),
        (0o644, 0o750, "65534", ()),
        (0o644, 0o711, "65534", ()),
    ],
)
def test_what_the_doctor_says_of_a_user_is_what_the_kernel_does(  # noqa: PLR0917  # two rights, two names for one user
    look: Look, open_folder: Path, mode: int, folder: int, user: str, groups: tuple[int, ...]
) -> None:
    logs = open_folder / "model-logs"
    logs.mkdir()
    path = write(logs / "serving.log", LINE % 1)
    os.chown(path, 0, 4242)
    path.chmod(mode)
    logs.chmod(folder)
    (finding,) = look("unreadable", logs=(str(path),), filebeat_user=user)
    assert (finding.severity is Severity.OK) == _may_read(path, NOBODY, *groups)
    assert finding.severity in {Severity.OK, Severity.PROBLEM}
    if finding.severity is Severity.PROBLEM:
        assert ("enter" in finding.seen) == (folder == 0o750)
        assert "SupplementaryGroups=4242" in finding.remedy or "setfacl" in finding.remedy


def test_a_user_that_nobody_knows_is_told(look: Look, tmp_path: Path) -> None:
    write(tmp_path / "serving.log", LINE % 1)
    (finding,) = look("unreadable", logs=(str(tmp_path),), filebeat_user="no-such-user")
    assert finding.failed
    assert "not known here" in finding.seen


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/log/model-logs/a", Mount("/var/log/model-logs", "nfs4", "filer:/export/logs")),
        ("/var/log/model-logs-2", Mount("/", "ext4", "/dev/vda1")),
        ("/mnt/my share/x", Mount("/mnt/my share", "cifs", "//filer/share")),
        ("/mnt/my share/local/x", Mount("/mnt/my share/local", "ext4", "/dev/vda1")),
    ],
)
def test_a_path_is_on_the_nearest_mount(path: str, expected: Mount) -> None:
    assert mount_of(path, MOUNTINFO) == expected


def test_a_folder_on_nfs_is_a_problem(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # No server of NFS can be had here: the table of mounts is that of a machine with one, at this test's folder.
    write(tmp_path / "serving.log", LINE % 1)
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTINFO.replace("/var/log/model-logs", os.path.realpath(tmp_path)))
    monkeypatch.setattr("model_logs.doctor.host.log_folders.MOUNTS", table)
    (finding,) = look("network-folder", logs=(str(tmp_path),))
    assert finding.severity is Severity.PROBLEM
    assert f"nfs4 (filer:/export/logs at {os.path.realpath(tmp_path)})" in finding.seen


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no tmpfs of Linux")
def test_a_folder_in_memory_is_a_warning(look: Look) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        write(Path(folder) / "serving.log", LINE % 1)
        (finding,) = look("memory-folder", logs=(folder,))
    assert finding.severity is Severity.WARNING
    assert "tmpfs" in finding.seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize(("fill", "severity"), [(50, Severity.OK), (95, Severity.WARNING), (99, Severity.PROBLEM)])
def test_a_disk_that_is_nearly_full_is_told(look: Look, tmp_path: Path, fill: int, severity: Severity) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4M", "none", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this container may not mount")
    try:
        write(tmp_path / "serving.log", LINE % 1)
        write(tmp_path / "ballast", b"x" * ((4 << 20) * fill // 100 - 8192))
        (finding,) = look("log-disk-full", logs=(str(tmp_path),))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert finding.severity is severity
    assert "of 4.0 MiB are free" in finding.seen
