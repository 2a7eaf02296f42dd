"""Lines out of one file: whole ones only, each once, and truncation seen."""

from __future__ import annotations

import os
from dataclasses import asdict

import pytest

from model_logs.ship.files.checkpoint import HEAD, Entry
from model_logs.ship.files.chunks import CompressedError, TruncatedError
from model_logs.ship.files.source import MAX_LINE, Source


def opened(path, entry=None):
    found = path.stat()
    source = Source(str(path), found.st_dev, found.st_ino, entry)
    return source, source.open()


def drained(source, **options):
    lines = []
    while (chunk := source.read(0.0, **options)) is not None:
        lines += chunk.lines
    return lines


@pytest.fixture
def log(tmp_path):
    return tmp_path / "a.log"


def append(log, data):
    with log.open("ab") as file:
        file.write(data)


def test_whole_lines_come_once_with_their_offsets(log):
    log.write_bytes(b"one\ntwo\n\nfour\n")
    source, _ = opened(log)
    chunk = source.read(0.0)
    assert (chunk.lines, chunk.offset, chunk.end) == ([b"one", b"two", b"", b"four"], 0, 14)
    assert source.read(0.0) is None
    append(log, b"five\n")
    chunk = source.read(0.0)
    assert (chunk.lines, chunk.offset) == ([b"five"], 14)


def test_a_line_without_its_line_break_is_left_until_it_comes(log):
    log.write_bytes(b"one\ntw")
    source, _ = opened(log)
    assert drained(source) == [b"one"]
    assert source.partial == 2
    append(log, b"o\nthree")
    assert drained(source) == [b"two"]
    assert source.partial == 5
    assert drained(source, final=True) == [b"three"]
    assert source.position == source.size()


@pytest.mark.parametrize("size", [100_000, 600_000, 3_000_000])
def test_a_long_line_comes_whole(log, size):
    log.write_bytes(b"x" * size + b"\nshort\n")
    source, _ = opened(log)
    assert [len(line) for line in drained(source)] == [size, 5]


def test_of_a_line_that_is_no_event_the_beginning_is_kept_and_the_next_line_is_whole(log):
    log.write_bytes(b"before\n" + b"x" * (MAX_LINE * 2 + 17) + b"\nafter\n")
    source, _ = opened(log)
    chunks = []
    while (chunk := source.read(0.0)) is not None:
        chunks.append(chunk)
    lines = [line for chunk in chunks for line in chunk.lines]
    assert [lines[0], lines[-1]] == [b"before", b"after"]
    assert len(lines) == 3
    assert 1024 * 1024 < len(lines[1]) < MAX_LINE
    assert sum(chunk.overlong for chunk in chunks) == 1


def test_zeros_before_a_line_are_skipped_and_counted(log):
    with log.open("wb") as file:
        file.truncate(1_500_000)  # what a writer without O_APPEND leaves after a truncation
    append(log, b"one\n")
    source, _ = opened(log)
    chunks = []
    while (chunk := source.read(0.0)) is not None:
        chunks.append(chunk)
    assert [line for chunk in chunks for line in chunk.lines] == [b"one"]
    assert sum(chunk.holes for chunk in chunks) == 1_500_000
    assert chunks[-1].offset == 1_500_000


def test_going_on_where_the_checkpoint_stands(log):
    log.write_bytes(b"one\ntwo\n")
    source, _ = opened(log)
    drained(source)
    source.acknowledged = 4
    source.doubtful = False
    append(log, b"three\n")
    again, message = opened(log, source.entry(reserve=0))
    assert message == ""
    assert drained(again) == [b"two", b"three"]


@pytest.mark.parametrize("size", [10, 800, HEAD, 5 * HEAD])
def test_a_short_file_is_recognised_after_it_has_grown(log, size):
    first = b"a" * (size - 1) + b"\n"
    log.write_bytes(first)
    source, _ = opened(log)
    drained(source)
    source.acknowledged = source.position
    entry = source.entry(reserve=0)
    assert entry.length == min(size, HEAD)
    append(log, b"b" * 3 * HEAD + b"\n")
    again, message = opened(log, entry)
    assert message == ""
    assert drained(again) == [b"b" * 3 * HEAD]


def test_a_file_with_another_beginning_under_a_known_inode_is_read_from_its_start(log):
    log.write_bytes(b"one\ntwo\n")
    source, _ = opened(log)
    drained(source)
    source.acknowledged = source.position
    log.write_bytes(b"new\nfile, longer than the old one\n")
    again, message = opened(log, source.entry(reserve=0))
    assert "read from its start" in message
    assert again.doubtful
    assert drained(again) == [b"new", b"file, longer than the old one"]


def test_a_file_shorter_than_the_checkpoint_is_read_from_its_start(log):
    log.write_bytes(b"one\ntwo\n")
    source, _ = opened(log)
    drained(source)
    source.acknowledged = source.position
    log.write_bytes(b"one\n")
    again, message = opened(log, source.entry(reserve=0))
    assert "truncated" in message
    assert drained(again) == [b"one"]


@pytest.mark.parametrize("after", [b"", b"x\n", b"2nd\nfile\n", b"another that is longer than before\n"])
def test_truncation_is_seen_whatever_was_written_afterwards(log, after):
    log.write_bytes(b"one\ntwo!\n")
    source, _ = opened(log)
    drained(source)
    os.truncate(log, 0)
    append(log, after)
    with pytest.raises(TruncatedError):
        source.read(1.0)


HEADER = b"# model log, version 1\n" + b"#" * 1100 + b"\n"


def written_over(log, data):
    """Write over a file and set its time of writing back; the clock of a file system ticks every few milliseconds."""
    before = log.stat()
    log.write_bytes(data)
    while log.stat().st_ctime_ns == before.st_ctime_ns:
        os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("new", [b"B" * 99 + b"\n", b"C" * 500 + b"\n"], ids=["as long", "longer"])
def test_a_file_that_was_written_over_is_noticed_although_its_first_kilobyte_is_the_same(log, new):
    log.write_bytes(HEADER + b"A" * 99 + b"\n")
    source, _ = opened(log)
    drained(source)
    source.acknowledged = source.position
    entry = source.entry(reserve=0)
    written_over(log, HEADER + new)
    again, message = opened(log, entry)
    assert "read from its start" in message
    assert again.replaced
    with pytest.raises(TruncatedError):
        source.read(1.0)


@pytest.mark.parametrize("closed", [False, True])
def test_a_file_that_was_written_over_is_noticed_although_size_and_time_are_the_same(log, closed):
    """As `rsync --inplace --times` and `cp -p` do; a rename is no change."""
    log.write_bytes(HEADER + b"A" * 99 + b"\n")
    source, _ = opened(log)
    drained(source)
    before = log.stat()
    assert source.has_read(before.st_size, before.st_ctime_ns)
    written_over(log, HEADER + b"B" * 99 + b"\n")
    now = log.stat()
    assert (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    if closed:
        source.close()
        assert not source.has_read(now.st_size, now.st_ctime_ns)
        with pytest.raises(TruncatedError):
            source.reopen()
    else:
        with pytest.raises(TruncatedError):
            source.read(1.0)


def test_a_rename_is_no_write(log):
    log.write_bytes(b"1\n")
    source, _ = opened(log)
    drained(source)
    changed = source.changed
    log.rename(log.with_suffix(".old"))
    assert source.read(99.0) is None
    assert source.changed == changed


def test_an_entry_of_an_older_version_is_taken_without_what_it_does_not_know(log):
    log.write_bytes(HEADER + b"A\n")
    source, _ = opened(log)
    drained(source)
    source.acknowledged = source.position
    old = asdict(source.entry(reserve=0))
    for name in ("real", "tail_length", "tail", "settled"):
        del old[name]
    append(log, b"B\n")
    again, message = opened(log, Entry(**old))
    assert message == ""
    assert drained(again) == [b"B"]


def test_truncation_tells_how_much_was_seen_and_not_read(log):
    log.write_bytes(b"x" * 99 + b"\n" + b"y" * 50)
    source, _ = opened(log)
    drained(source)
    os.truncate(log, 0)
    with pytest.raises(TruncatedError) as seen:
        source.read(1.0)
    assert seen.value.unread == 50


@pytest.mark.parametrize("magic", [b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"])
def test_a_compressed_file_is_no_log_whatever_its_name(log, magic):
    log.write_bytes(magic + b"rest")
    with pytest.raises(CompressedError):
        opened(log)


def test_the_identity_of_text_lines_stays_the_same_while_the_file_grows_and_when_it_is_copied(log, tmp_path):
    log.write_bytes(b"\n\nfirst line\n")
    source, _ = opened(log)
    drained(source)
    identity = source.identity
    source.acknowledged = source.position
    append(log, b"more\n" * 1000)
    drained(source)
    copy = tmp_path / "copy.log"
    copy.write_bytes(log.read_bytes())
    other, _ = opened(copy)
    resumed, _ = opened(log, source.entry(reserve=0))
    drained(other)
    assert identity == source.identity == other.identity == resumed.identity != ""


def test_a_closed_file_goes_on_where_it_was_and_notices_a_new_content(log):
    log.write_bytes(b"one\n")
    source, _ = opened(log)
    drained(source)
    source.close()
    assert not source.opened
    append(log, b"two\n")
    source.reopen()
    assert drained(source) == [b"two"]
    source.close()
    log.write_bytes(b"new content under the old inode\n")
    with pytest.raises(TruncatedError):
        source.reopen()


def test_a_reserve_says_what_may_have_been_sent_and_none_what_was_not(log):
    log.write_bytes(b"one\ntwo\nthree\n")
    source, _ = opened(log)
    drained(source)
    source.doubtful = False
    source.acknowledged = 4
    assert source.entry(reserve=1000).reserved == 14 + 1000
    assert source.entry(reserve=0).reserved == 4
    source.doubtful_until = 8
    assert source.entry(reserve=0).reserved == 8, "a stretch in doubt stays in doubt over a restart"
    source.doubtful = True
    assert source.entry(reserve=0).reserved == 14
