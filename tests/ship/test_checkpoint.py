"""The checkpoint: durable, recognised, and never believed when it is damaged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from model_logs.errors import ShipError
from model_logs.ship.files.checkpoint import Checkpoint, Entry, Lock, digest

ENTRY = Entry("/var/log/a.log", 1, 2, 5, digest(b"first"), 1000, 2000)


def test_what_is_saved_is_loaded_again(tmp_path):
    Checkpoint(tmp_path, "uuid").save([ENTRY])
    assert Checkpoint(tmp_path, "uuid").load() == ([ENTRY], "")
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-uuid.json"]
    assert (tmp_path / "checkpoint-uuid.json").stat().st_mode & 0o007 == 0


def test_the_counts_of_what_is_left_out_are_saved_and_older_checkpoints_have_none(tmp_path):
    checkpoint = Checkpoint(tmp_path, "uuid")
    checkpoint.path.write_bytes(
        b'{"version":1,"files":[{"path":"/a","device":1,"inode":2,"length":5,"fingerprint":"x","offset":1,"reserved":0}]}'
    )
    ((entry,), message) = checkpoint.load()
    assert (entry.lines, entry.left_out, message) == (0, 0, "")
    checkpoint.left_out["^Loading"] += 3
    checkpoint.save([entry])
    again = Checkpoint(tmp_path, "uuid")
    assert again.load() == ([entry], "")
    assert again.left_out == {"^Loading": 3}


def test_a_checkpoint_belongs_to_one_cluster(tmp_path):
    Checkpoint(tmp_path, "one").save([ENTRY])
    assert Checkpoint(tmp_path, "another").load() == ([], "")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x00" * 300,
        b"not json",
        b'{"version":1,"files":[',
        b'{"version":99,"files":[]}',
        b'{"version":1}',
        b"[" * 100_000,
        b"[]",
        b'{"version":1,"files":[7]}',
        b'{"version":1,"files":[],"left_out":7}',
        b'{"version":1,"files":[],"left_out":{"a":"b"}}',
        b'{"version":1,"files":[],"left_out":{"a":-1}}',
        b'{"version":1,"files":[{"path":"/a"}]}',
        b'{"version":1,"files":[{"path":"/a","device":1,"inode":2,"length":5,"fingerprint":"x","offset":-1,"reserved":0}]}',
        b'{"version":1,"files":[{"path":1,"device":1,"inode":2,"length":5,"fingerprint":"x","offset":1,"reserved":0}]}',
        b'{"version":1,"files":[{"path":"/a","device":1,"inode":2,"length":5,"fingerprint":"x","offset":"1","reserved":0}]}',
    ],
)
def test_a_damaged_checkpoint_is_put_aside_with_a_message(tmp_path, damage):
    checkpoint = Checkpoint(tmp_path, "uuid")
    checkpoint.path.write_bytes(damage)
    entries, message = checkpoint.load()
    assert entries == []
    assert "is damaged" in message
    assert "read from its start" in message
    assert (tmp_path / "checkpoint-uuid.bad").read_bytes() == damage
    assert checkpoint.load() == ([], "")


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path):
    Checkpoint(tmp_path, "uuid").save([ENTRY])
    # A limit on the size of files: the kernel refuses the write as it does on a full disk.
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from model_logs.ship.files.checkpoint import Checkpoint, Entry\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        "Checkpoint(Path(sys.argv[1]), 'uuid').save([Entry('/a', 1, 2, 3, 'x' * 32, 9, 9)])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "OSError" in done.stderr
    assert Checkpoint(tmp_path, "uuid").load() == ([ENTRY], "")


def test_a_second_shipper_on_the_same_state_is_refused_with_the_number_of_the_first(tmp_path):
    with (
        Lock(tmp_path / "state"),
        pytest.raises(ShipError, match=rf"Another shipper \(process {os.getpid()}\)") as refused,
        Lock(tmp_path / "state"),
    ):
        pass
    assert "--state" in refused.value.next_step
    with Lock(tmp_path / "state"):
        pass  # the first has ended: the way is free


def test_the_lock_ends_with_a_killed_process(tmp_path):
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from model_logs.ship.files.checkpoint import Lock\n"
        "with Lock(Path(sys.argv[1])):\n"
        "    print('locked', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "locked\n"
        with pytest.raises(ShipError, match=f"process {first.pid}"), Lock(tmp_path):
            pass
        first.send_signal(signal.SIGKILL)
        first.wait()
    with Lock(tmp_path):
        pass


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(ShipError, match=r"state folder .*file.* cannot be used: Not a directory"),
        Lock(tmp_path / "file" / "state"),
    ):
        pass
