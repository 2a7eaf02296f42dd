"""Which files are followed, through rotation, deletion and everything else that lies about in a folder of logs."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from model_logs.ship.files.follow import Follower
from model_logs.ship.totals import Totals


class Look:
    """A follower with a clock of its own."""

    def __init__(self, folder, *patterns, entries=(), avoid=(), grace=10.0, most_open=1000):
        self.said: list[str] = []
        self.totals = Totals()
        self.now = 0.0
        self.follower = Follower(
            patterns or (str(folder / "*.log*"),),
            entries,
            grace=grace,
            avoid=avoid,
            totals=self.totals,
            say=self.said.append,
            most_open=most_open,
        )
        self.follower.scan(self.now)
        self.follower.adopt(self.now)

    def read(self):
        """Read everything that is there now, as if the cluster acknowledged it at once."""
        lines = []
        for source in list(self.follower.sources.values()):
            while (chunk := self.follower.read(source, self.now)) is not None:
                lines += chunk.lines
            source.acknowledged = source.position
        return lines

    def later(self, seconds=1.0):
        self.now += seconds
        self.follower.scan(self.now)
        lines = self.read()
        self.follower.release(self.now)
        return lines

    @property
    def entries(self):
        return [source.entry(reserve=0) for source in self.follower.sources.values()]

    @property
    def talk(self):
        return "\n".join(self.said)


def append(path, data):
    with path.open("ab") as file:
        file.write(data)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n")
    return path


def test_a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_start(log, tmp_path):
    look = Look(tmp_path)
    assert look.read() == [b"1"]
    log.rename(tmp_path / "a.log.1")
    append(tmp_path / "a.log.1", b"2\n")
    log.write_bytes(b"3\n")
    assert sorted(look.later()) == [b"2", b"3"]
    assert look.totals.files == 2


def test_a_slow_writer_may_add_to_a_file_that_was_renamed_away_or_deleted(log, tmp_path):
    look = Look(tmp_path)
    with log.open("ab") as slow:
        log.rename(tmp_path / "old")
        look.later()
        slow.write(b"2\n")
        slow.flush()
        assert look.later(5) == [b"2"]
        (tmp_path / "old").unlink()
        slow.write(b"3\n")
        slow.flush()
        assert look.later(9) == [b"3"], "each line begins the grace anew"
    assert len(look.follower.sources) == 1
    look.later(11)
    assert look.follower.sources == {}
    assert look.totals.gone == 1


def test_the_last_line_of_a_file_that_is_gone_is_taken_after_the_grace_although_it_has_no_line_break(log, tmp_path):
    look = Look(tmp_path)
    append(log, b"half")
    assert look.read() == [b"1"]
    log.unlink()
    assert look.later() == []
    assert look.later(5) == []
    assert look.later(11) == [b"half"]
    look.later()
    assert look.follower.sources == {}


def test_a_file_that_is_behind_is_not_let_go_however_long_it_is_gone(log, tmp_path):
    look = Look(tmp_path)
    source = next(iter(look.follower.sources.values()))
    look.follower.read(source, 0.0)
    log.unlink()
    for _ in range(3):
        look.now += 100
        look.follower.scan(look.now)
        look.follower.release(look.now)
    assert look.follower.sources, "read, but not acknowledged"
    source.acknowledged = source.position
    look.follower.release(look.now)
    assert look.follower.sources == {}


def test_copytruncate_is_reported_and_the_file_read_from_its_start(log, tmp_path):
    look = Look(tmp_path)
    look.read()
    append(log, b"seen, not read")
    look.read()
    log.write_bytes(b"")
    append(log, b"2\n")
    assert look.read() == []
    assert look.later() == [b"2"]
    assert look.totals.truncated == 1
    assert "14 more had been seen" in look.talk
    assert "rotate by rename" in look.talk


def test_acknowledgements_under_way_do_not_move_a_truncated_file_forward(log, tmp_path):
    append(log, b"2\n" * 100)
    look = Look(tmp_path)
    before = next(iter(look.follower.sources.values()))
    look.follower.read(before, 0.0)
    log.write_bytes(b"new\n")
    look.follower.read(before, 1.0)
    after = next(iter(look.follower.sources.values()))
    assert after is not before
    before.acknowledged = before.position
    assert after.acknowledged == 0


def test_a_link_and_its_target_are_one_file(log, tmp_path):
    (tmp_path / "b.log").symlink_to(log)
    os.link(log, tmp_path / "c.log")
    look = Look(tmp_path)
    assert look.read() == [b"1"]


def test_a_link_that_is_set_to_the_next_file_leads_there(log, tmp_path):
    day1, day2, current = tmp_path / "day1", tmp_path / "day2", tmp_path / "current.log"
    log.rename(day1)
    current.symlink_to(day1)
    look = Look(tmp_path)
    assert look.read() == [b"1"]
    day2.write_bytes(b"2\n")
    current.unlink()
    current.symlink_to(day2)
    append(day1, b"1b\n")
    assert sorted(look.later()) == [b"1b", b"2"]


def test_what_is_no_log_is_left_alone_with_a_note_once(log, tmp_path):
    (tmp_path / "a.log.2.gz").write_bytes(gzip.compress(b"old\n"))
    (tmp_path / "a.log.3").write_bytes(gzip.compress(b"old\n"))
    (tmp_path / "dangling.log").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.log").mkdir()
    os.mkfifo(tmp_path / "pipe.log")
    look = Look(tmp_path)
    assert look.read() == [b"1"]
    look.later()
    assert look.talk.count("is compressed") == 2
    assert look.talk.count("dangling.log is a link that leads nowhere") == 1
    assert look.talk.count("pipe.log is no regular file") == 1
    assert look.totals.unreadable == 0
    assert look.totals.files == 1


def test_a_folder_instead_of_a_pattern_is_explained(log, tmp_path):
    look = Look(tmp_path, str(tmp_path))
    assert "is a folder; give a pattern" in look.talk


def test_a_name_with_the_characters_of_a_pattern_is_taken_literally_too(tmp_path):
    (tmp_path / "a[1].log").write_bytes(b"1\n")
    assert Look(tmp_path, str(tmp_path / "a[1].log")).read() == [b"1"]


def test_patterns_cross_folders_and_a_file_that_two_match_is_read_once(tmp_path):
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "x" / "y" / "a.log").write_bytes(b"1\n")
    look = Look(tmp_path, str(tmp_path / "**" / "*.log"), str(tmp_path / "x" / "y" / "a.log"))
    assert look.read() == [b"1"]


def test_the_shippers_own_files_are_never_shipped(log, tmp_path):
    state = tmp_path / "state.log"
    state.mkdir()
    (state / "dead.log").write_bytes(b"no\n")
    (tmp_path / "state.log2").write_bytes(b"2\n")
    look = Look(tmp_path, str(tmp_path / "**" / "*.log*"), avoid=[state])
    assert sorted(look.read()) == [b"1", b"2"]
    assert "dead.log is the shipper's own" in look.talk


def test_a_file_that_was_renamed_out_of_the_pattern_meanwhile_is_found_by_its_inode(log, tmp_path):
    first = Look(tmp_path)
    first.read()
    entries = first.entries
    append(log, b"2\n")
    log.rename(tmp_path / "archived")
    log.write_bytes(b"3\n")
    assert sorted(Look(tmp_path, entries=entries).read()) == [b"2", b"3"]


def test_a_file_that_was_deleted_meanwhile_is_reported(log, tmp_path):
    first = Look(tmp_path)
    first.read()
    entries = first.entries
    log.unlink()
    look = Look(tmp_path, entries=entries)
    assert "a.log is gone; it was shipped up to byte 2" in look.talk
    assert look.totals.missed == 1
    assert list(look.follower.waiting_entries) == []


def test_entries_of_other_patterns_are_kept_while_their_files_exist_and_not_followed(log, tmp_path):
    first = Look(tmp_path)
    first.read()
    entries = first.entries
    append(log, b"2\n")
    other = tmp_path / "other.txt"
    other.write_bytes(b"x\n")
    look = Look(tmp_path, str(other), entries=entries)
    assert look.read() == [b"x"]
    assert list(look.follower.waiting_entries) == entries
    log.unlink()
    look = Look(tmp_path, str(other), entries=entries)
    assert list(look.follower.waiting_entries) == []
    assert look.talk == ""


def test_many_quiet_files_are_closed_and_opened_again_when_they_grow(tmp_path):
    for n in range(30):
        (tmp_path / f"{n}.log").write_bytes(b"1\n")
    look = Look(tmp_path, most_open=20)
    assert look.read() == [b"1"] * 30
    look.later(11)
    opened = sum(source.opened for source in look.follower.sources.values())
    assert opened == 20
    closed = next(source for source in look.follower.sources.values() if not source.opened)
    path = tmp_path / Path(closed.path).name
    append(path, b"2\n")
    assert look.later() == [b"2"]


def test_a_closed_file_that_is_renamed_before_it_grows_is_followed_on(tmp_path):
    for n in range(30):
        (tmp_path / f"{n}.log").write_bytes(b"1\n")
    look = Look(tmp_path, most_open=20)
    look.read()
    look.later(11)
    closed = next(source for source in look.follower.sources.values() if not source.opened)
    path = Path(closed.path)
    path.rename(tmp_path / "renamed.log")
    path.write_bytes(b"another\n")
    assert look.read() == []
    append(tmp_path / "renamed.log", b"2\n")
    assert sorted(look.later()) == [b"2", b"another"]
    assert look.totals.unreadable == 0


def test_a_file_that_may_not_be_read_is_named_and_read_once_it_may(tmp_path):
    # As another user, since root may read everything.
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from model_logs.ship.files.follow import Follower\n"
        "from model_logs.ship.totals import Totals\n"
        "folder = Path(sys.argv[1])\n"
        "if os.geteuid() == 0:\n"
        "    os.setuid(65534)\n"
        "    os.umask(0)\n"
        "(folder / 'a.log').write_bytes(b'1\\n')\n"
        "(folder / 'a.log').chmod(0)\n"
        "totals = Totals()\n"
        "look = Follower([str(folder / '*.log')], [], grace=1, avoid=[], totals=totals, say=print)\n"
        "look.scan(0); look.scan(1)\n"
        "print(totals.unreadable, totals.ok)\n"
        "(folder / 'a.log').chmod(0o600)\n"
        "look.scan(2)\n"
        "print(totals.unreadable, totals.ok, totals.files)\n"
    )
    folder = tmp_path / "logs"
    folder.mkdir()
    folder.chmod(0o777)
    # pytest makes its own folders closed to others; with xdist there is one more of them.
    own = [parent for parent in folder.parents if "pytest-of" in str(parent)]
    for parent in own:
        parent.chmod(parent.stat().st_mode | 0o011)
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    said, denied, allowed = done.stdout.splitlines()
    assert said.endswith("a.log cannot be read: Permission denied.")
    assert (denied, allowed) == ("1 False", "0 True 1")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file whose reading fails is needed")
def test_a_file_that_fails_while_it_is_read_is_named(tmp_path):
    look = Look(tmp_path, "/proc/self/mem")
    look.later()
    assert "/proc/self/mem cannot be read: Input/output error" in look.talk
    assert look.totals.unreadable == 1


def test_nothing_that_matches_is_said_with_the_patterns(tmp_path):
    look = Look(tmp_path, str(tmp_path / "x*.log"), str(tmp_path / "y.log"))
    assert look.follower.missing_message() == f"No file matches {tmp_path}/x*.log or {tmp_path}/y.log."


def many(folder, count=30):
    folder.mkdir(exist_ok=True)
    for n in range(count):
        (folder / f"{n}.log").write_bytes(b"first of %d\n" % n)


@pytest.mark.parametrize("leaves", ["to a folder beside", "to a folder below", "to another name", "in its turn"])
def test_a_file_that_is_not_open_is_read_to_its_end_when_it_leaves_the_pattern(tmp_path, leaves):
    logs = tmp_path / "logs"
    many(logs)
    look = Look(logs, str(logs / "*.log"), most_open=5)
    assert len(look.read()) == 30
    (tmp_path / "archive").mkdir()
    (logs / "old").mkdir()
    for n in range(30):
        path = logs / f"{n}.log"
        append(path, b"last of %d\n" % n)
        target = {
            "to a folder beside": tmp_path / "archive" / path.name,
            "to a folder below": logs / "old" / path.name,
            "to another name": logs / f"{n}.done",
            "in its turn": logs / f"{n}.log.1",
        }[leaves]
        path.rename(target)
        if leaves == "in its turn":
            path.write_bytes(b"next of %d\n" % n)
    read = look.later() + look.later() + look.later(11) + look.later()
    assert {b"last of %d" % n for n in range(30)} <= set(read)
    assert look.totals.missed == 0
    look.later(11)
    assert look.totals.ok


def test_more_files_than_may_be_open_may_leave_the_pattern_at_once(tmp_path):
    logs, archive = tmp_path / "logs", tmp_path / "archive"
    many(logs, 90)
    archive.mkdir()
    look = Look(logs, str(logs / "*.log"), most_open=6)
    look.read()
    for path in list(logs.glob("*.log")):
        append(path, b"last, %b" % path.name.encode())
        path.rename(archive / path.name)
        append(archive / path.name, b", in two parts")
    many(logs, 10)
    read = []
    for _ in range(30):
        read += look.later(11)
    assert sum(line.endswith(b", in two parts") for line in read) == 90
    assert sum(line.startswith(b"first") for line in read) == 10
    assert len(look.follower.sources) == 10
    assert look.totals.ok
    assert sum(source.opened for source in look.follower.sources.values()) <= 6


def test_a_file_that_is_not_open_and_cannot_be_found_is_named_and_the_run_does_not_end_well(tmp_path):
    many(tmp_path)
    look = Look(tmp_path, str(tmp_path / "*.log"), most_open=5)
    look.read()
    for path in tmp_path.glob("*.log"):
        append(path, b"last\n")
        path.unlink()
    read = look.later() + look.later() + look.later(11) + look.later()
    assert read.count(b"last") + look.totals.missed == 30
    assert look.totals.missed == look.talk.count("the rest is not known") == 25
    assert not look.totals.ok
    assert look.follower.sources == {}


def test_more_files_than_may_be_open_are_all_read_however_long_each_is(tmp_path):
    for n in range(40):
        (tmp_path / f"{n}.log").write_bytes(b"".join(b"%d %d %s\n" % (n, i, b"x" * 300) for i in range(1000)))
    look = Look(tmp_path, most_open=4)
    lines = []
    for _ in range(3):
        for source in list(look.follower.sources.values()):
            chunk = look.follower.read(source, look.now)
            lines += chunk.lines if chunk else []
    assert len(set(lines)) == len(lines) == 40_000
    assert sum(source.opened for source in look.follower.sources.values()) == 4


def test_when_descriptors_run_out_files_are_given_up_for_others_and_none_is_lost(tmp_path):
    many(tmp_path, 80)
    code = (
        "import resource, sys\n"
        "from model_logs.ship.files.follow import Follower\n"
        "from model_logs.ship.totals import Totals\n"
        "totals = Totals()\n"
        "look = Follower([sys.argv[1] + '/*.log'], [], grace=1, avoid=[], totals=totals, say=print)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))\n"
        "look.scan(0)\n"
        "read = [look.read(source, 0) for source in list(look.sources.values())]\n"
        "print(sum(len(chunk.lines) for chunk in read if chunk), totals.ok)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("80 True\n", "")


@pytest.mark.parametrize("how", ["link set anew", "folder link set anew", "olddir below", "olddir beside"])
def test_a_file_that_was_moved_while_no_shipper_ran_is_found_where_it_really_is(tmp_path, how):
    first, second = tmp_path / "rel1", tmp_path / "rel2"
    first.mkdir()
    second.mkdir()
    (first / "a.log").write_bytes(b"1\n")
    pattern = first / "*.log"
    link = None
    if how == "link set anew":
        pattern = link = tmp_path / "current.log"
        link.symlink_to(first / "a.log")
    elif how == "folder link set anew":
        link = tmp_path / "current"
        pattern = link / "*.log"
        link.symlink_to("rel1")
    look = Look(tmp_path, str(pattern))
    assert look.read() == [b"1"]
    entries = look.entries
    append(first / "a.log", b"2\n")
    (second / "a.log").write_bytes(b"3\n")
    if link is not None:
        link.unlink()
        link.symlink_to("rel2" if how.startswith("folder") else "rel2/a.log")
        expected = [b"2", b"3"]
    else:
        old = first / "old" if how == "olddir below" else tmp_path / "old"
        old.mkdir()
        (first / "a.log").rename(old / "a.log.1")
        expected = [b"2"]
    look = Look(tmp_path, str(pattern), entries=entries)
    assert sorted(look.read()) == expected
    assert look.totals.missed == 0


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("**/*.log", "a.log"),
        ("**/*.log", "x/y/a.log"),
        ("**", "x/a.log"),
        ("*/**/*.log*", "x/a.log"),
        ("app[1].log", "app[1].log"),
        ("app[1].log", "app1.log"),
        ("app[[]1].log*", "app[1].log"),
        ("app[!0-9]*.log", "app-x.log"),
        ("x/./*.log", "x/a.log"),
        ("x/../*.log", "a.log"),
        ("x//a.log", "x/a.log"),
        (".*.log", ".a.log"),
        ("a?b*.log", "a\nb.log"),
        ("[[]*", "[a.log"),
        ("a**g", "a.log"),
    ],
)
def test_a_file_that_a_pattern_found_is_ours_after_a_restart(tmp_path, monkeypatch, pattern, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"1\n")
    look = Look(tmp_path, pattern)
    assert look.read() == [b"1"]
    entries = look.entries
    append(path, b"2\n")
    moved = path.parent / ".moved" / path.name
    moved.parent.mkdir()
    path.rename(moved)
    again = Look(tmp_path, str(tmp_path / pattern) if ".." not in pattern else pattern, entries=entries)
    assert again.read() == [b"2"]
    moved.unlink()
    assert Look(tmp_path, pattern, entries=entries).totals.missed == 1


def test_what_was_moved_too_far_or_deleted_while_no_shipper_ran_is_said_and_the_run_does_not_end_well(tmp_path):
    logs = tmp_path / "x" / "logs"
    logs.mkdir(parents=True)
    for name in ("far.log", "deleted.log", "kept.log"):
        (logs / name).write_bytes(b"1\n")
    look = Look(logs, str(logs / "*.log"))
    look.read()
    far = tmp_path / "y" / "z"
    far.mkdir(parents=True)
    (logs / "far.log").rename(far / "far.log")
    (logs / "deleted.log").unlink()
    look = Look(logs, str(logs / "*.log"), entries=look.entries)
    assert look.totals.missed == 2
    assert "far.log is gone; it was shipped up to byte 2, the rest is not known" in look.talk
    assert not look.totals.ok


def test_an_inode_that_was_given_to_another_file_elsewhere_is_not_followed_there(tmp_path):
    logs, private = tmp_path / "logs", tmp_path / "private"
    logs.mkdir()
    private.mkdir()
    (logs / "a.log").write_bytes(b"1\n")
    look = Look(logs, str(logs / "*.log"))
    look.read()
    (logs / "a.log").rename(private / "key.txt")  # the same inode, as if it had been given anew
    (private / "key.txt").write_bytes(b"secret\n")
    look = Look(logs, str(logs / "*.log"), entries=look.entries)
    assert look.read() == []
    assert look.totals.missed == 1


def test_a_rotated_file_that_was_read_to_its_end_may_be_deleted_in_its_turn(log, tmp_path):
    look = Look(tmp_path)
    look.read()
    log.rename(tmp_path / "a.log.1")
    log.write_bytes(b"2\n")
    os.utime(tmp_path / "a.log.1", (1, 1))
    look = Look(tmp_path, entries=look.entries)
    look.read()
    (tmp_path / "a.log.1").unlink()
    look = Look(tmp_path, entries=look.entries)
    assert (look.totals.missed, look.totals.gone, look.said) == (0, 1, [])


def test_a_folder_that_may_not_be_looked_into_hides_no_file_for_good(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.log").write_bytes(b"1\n")
    look = Look(tmp_path, str(tmp_path / "*" / "*.log"), grace=1.0)
    assert look.read() == [b"1", b"1"]
    real = os.scandir

    def denied(path):
        if str(path).endswith("/b"):
            raise OSError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", denied)
    for _ in range(3):
        look.later(5)
    assert len(look.follower.sources) == 2, "what cannot be seen is not gone"
    assert look.talk.count("b cannot be looked into: Permission denied") == 1
    assert not look.totals.ok
    monkeypatch.undo()
    append(tmp_path / "b" / "x.log", b"2\n")
    assert look.later() == [b"2"]
    assert look.totals.ok


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_to_the_files_every_line_is_read(tmp_path, seed):  # noqa: C901  a branch a kind of step
    """Random writing, rotation, copies, deletion of what was read, and restarts from the checkpoint."""
    chance = random.Random(seed)
    look = Look(tmp_path, grace=2.0)
    log = tmp_path / "a.log"
    written, read, number, rotated = set(), set(), 0, 0

    def catch_up():
        read.update(look.later(chance.choice([0.1, 1.0, 3.0])))

    for _ in range(150):
        what = chance.random()
        if what < 0.5:
            for _ in range(chance.choice([1, 3, 40])):
                number += 1
                line = b"%d %s" % (number, b"x" * chance.choice([0, 10, 3000]))
                written.add(line)
                append(log, line + b"\n")
        elif what < 0.65 and log.exists():
            rotated += 1
            name = chance.choice(["a.log", "archived"])
            if name == "archived":
                look.follower.scan(look.now)  # nobody can follow a file that came and went unseen
            log.rename(tmp_path / f"{name}.{rotated}")
        elif what < 0.72 and log.exists():
            catch_up()
            rotated += 1
            (tmp_path / f"a.log.{rotated}").write_bytes(log.read_bytes())
            os.truncate(log, 0)
        elif what < 0.78:
            catch_up()
            catch_up()
            for old in list(tmp_path.glob("*.[0-9]*"))[:2]:
                old.unlink()
        elif what < 0.85:
            entries = look.entries
            look.follower.close()
            look = Look(tmp_path, entries=entries, grace=2.0)
        else:
            catch_up()
    catch_up()
    catch_up()
    assert written <= read
    assert read - written == set(), "no line that nobody wrote"
