"""What a run tells while it goes on and when it ends."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from model_logs.ship import Totals
from model_logs.ship.totals import Progress, newest_of

NOW = dt.datetime(2026, 3, 14, 6, tzinfo=dt.UTC)


def told(totals, monkeypatch, *, shown):
    said: list[str] = []
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    return said, clock, Progress(totals, said.append, shown=shown)


def test_on_a_terminal_one_line_is_written_over_and_cleared_before_a_message(monkeypatch, capsys):
    totals = Totals(created=1_000, bytes=75, lag_bytes=25, lag_s=3)
    said, clock, progress = told(totals, monkeypatch, shown=True)
    clock[0] = 1.0
    progress.show(lambda: None)
    line = capsys.readouterr().err
    assert line.startswith("\r1,000 events (1,000/s)")
    assert "75 % of the files  behind 0.0 MB, 3 s" in line
    progress.show(lambda: None)
    assert capsys.readouterr().err == "", "twice a second is enough"
    progress.clear()
    assert capsys.readouterr().err.strip(" \r") == ""
    assert said == []


def test_without_a_terminal_there_is_a_line_a_minute_while_there_is_news(monkeypatch, capsys):
    totals = Totals(created=600)
    said, clock, progress = told(totals, monkeypatch, shown=False)
    for second in range(0, 200, 20):
        clock[0] = float(second)
        progress.show(lambda: None)
    assert len(said) == 1, "no news, no line"
    assert said[0].startswith("600 events (10/s)")
    totals.created += 1
    clock[0] = 300.0
    progress.show(lambda: None)
    assert len(said) == 2
    assert capsys.readouterr().err == ""


def test_the_lag_in_seconds_is_the_age_of_the_youngest_event_while_something_waits():
    totals = Totals(newest="2026-03-14T05:59:30.000Z")
    assert totals.age(NOW) == 0
    totals.lag_bytes = 1
    assert totals.age(NOW) == 30
    totals.newest = "no time"
    assert totals.age(NOW) == 0


def test_the_time_of_a_document():
    assert newest_of(b'{"@timestamp":"2026-03-14T06:00:00.000Z"}') == "2026-03-14T06:00:00.000Z"
    assert newest_of(b"{}") == newest_of(b"nothing") == newest_of(b'{"@timestamp":7}') == ""


def test_each_kind_of_trouble_has_a_sentence_and_what_is_refused_is_not_ok():
    clean = Totals(created=5, files=1, seconds=1)
    assert len(clean.sentences()) == 1
    assert clean.ok
    names = (
        "unparsed",
        "ignored",
        "refused",
        "dead_letters",
        "truncated",
        "missed",
        "unreadable",
        "overlong",
        "partial",
    )
    counts: dict[str, Any] = dict.fromkeys(names, 7)
    trouble = Totals(**counts, checkpoint_failures=7, lag_bytes=7)
    assert len(trouble.sentences()) == 1 + len(names) + 2
    assert not trouble.ok
    assert not Totals(refused=1).ok
    assert not Totals(dead_letters=1).ok
    assert not Totals(truncated=1).ok
    assert not Totals(unreadable=1).ok
    assert "newest" not in trouble.document()
