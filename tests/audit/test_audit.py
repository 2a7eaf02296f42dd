"""Lost, doubled, late and failed events of writers, whatever the window cuts off."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from click.testing import CliRunner

from model_logs.audit import audit_writers
from model_logs.audit.records import Audit, WriterAudit, ranges_of, ranges_without
from model_logs.cli.audit import _print
from model_logs.cli.audit import audit as command
from model_logs.errors import InconclusiveError

START = datetime(2026, 3, 14, 6, tzinfo=UTC)


def judged(streams, *, begin=0, seconds=100_000, **options):
    """Audit a window that begins so many seconds after the start."""
    start = START + timedelta(seconds=begin)
    found = audit_writers(streams.es, start, start + timedelta(seconds=seconds), **options)
    return {writer.writer: writer for writer in found.writers}


def flawless(writer: WriterAudit) -> bool:
    return not (writer.lost or writer.doubled or writer.late or writer.failed)


def test_a_writer_that_ended_cleanly_and_lost_nothing(streams):
    writer = streams.writer()
    streams.put(writer, range(1, 3_000))
    streams.close(writer, 3_000)
    found = judged(streams)[writer]
    assert flawless(found)
    assert (found.events, found.judged, found.tail, found.head) == (3_000, (1, 3_000), "closed", "complete")
    assert (found.service, found.host) == ("scoring", "host-1")
    assert (found.low, found.high) == (1, 3_000)


def test_gaps_are_lost_events_with_their_ranges(streams):
    writer = streams.writer()
    streams.put(writer, [n for n in range(1, 5_000) if n not in {7, 8, 9, 1_000, 3_500} and not 2_000 <= n < 3_200])
    found = judged(streams)[writer]
    assert found.lost == 1_205
    assert found.lost_ranges == [(7, 9), (1_000, 1_000), (2_000, 3_199), (3_500, 3_500)]
    assert found.doubled == 0


def test_a_lost_and_a_doubled_event_do_not_cancel_each_other_out(streams):
    writer, other = streams.writer(), streams.writer()
    streams.put(writer, [n for n in range(1, 101) if n not in {40, 41}])
    streams.put(other, range(1, 101))
    streams.rollover()
    streams.put(writer, [60, 61])
    found = judged(streams)
    assert (found[writer].lost, found[writer].lost_ranges) == (2, [(40, 41)])
    assert (found[writer].doubled, found[writer].doubled_ranges) == (2, [(60, 61)])
    assert flawless(found[other])


def test_late_events_are_told_with_their_ranges_and_the_worst_delay(streams):
    writer = streams.writer()
    streams.put(writer, range(1, 51))
    streams.put(writer, range(51, 61), lag_s=400)
    streams.put(writer, range(61, 101), lag_s=59)
    found = judged(streams)[writer]
    assert (found.late, found.late_ranges, found.worst_lag_s) == (10, [(51, 60)], 400)
    assert found.lost == 0
    assert judged(streams, late=timedelta(seconds=30))[writer].late == 50


def test_a_window_in_the_middle_of_a_writers_life_makes_no_loss(streams):
    writer = streams.writer()
    streams.put(writer, range(1, 1_001))
    found = judged(streams, begin=300, seconds=100)[writer]
    assert flawless(found)
    assert (found.low, found.high, found.events, found.tail) == (300, 399, 100, "continues")


def test_a_gap_across_an_edge_of_the_window_is_seen_from_both_sides(streams):
    writer = streams.writer()
    streams.put(writer, [n for n in range(1, 1_001) if not 380 <= n < 420])
    before = judged(streams, begin=300, seconds=100)[writer]
    after = judged(streams, begin=400, seconds=100)[writer]
    assert before.lost_ranges == after.lost_ranges == [(380, 419)]
    assert before.lost == after.lost == 40


def test_events_whose_time_is_not_in_the_order_of_their_numbers_make_no_loss_at_an_edge(streams):
    writer = streams.writer()
    streams.put(writer, [n for n in range(1, 101) if n not in {50, 51, 52}])
    # Drawn by another thread just before the edge at 50 s, written just after it, and the other way round.
    streams.put(writer, [50], step_s=0.98)
    streams.put(writer, [51], step_s=0.97)
    streams.put(writer, [52], step_s=1.01)
    assert flawless(judged(streams, begin=0, seconds=50)[writer])
    assert flawless(judged(streams, begin=50, seconds=50)[writer])


def test_a_gap_before_an_event_that_is_still_on_its_way_is_not_called_lost_yet(streams):
    writer = streams.writer()
    streams.put(writer, [*range(1, 51), *range(54, 60)])
    window = {"begin": 0, "seconds": 52}
    settled = START + timedelta(seconds=53)
    assert judged(streams, settled=settled, **window)[writer].lost == 0
    assert judged(streams, settled=settled + timedelta(seconds=2), **window)[writer].lost_ranges == [(51, 53)]


def test_events_in_the_other_streams_are_not_lost(streams):
    writer = streams.writer()
    streams.put(writer, range(1, 10))
    streams.put(writer, [10], "logs-model.lifecycle-production", event_type="transitioned")
    streams.put(writer, [11], "logs-model.unparsed-production", event_type="unparsed")
    streams.put(writer, [12], "logs-model.prediction-unknown")
    streams.put(writer, [13])
    assert flawless(judged(streams)[writer])


def test_a_clean_end_after_lost_events_shows_them_and_a_killed_writers_tail_is_unknown(streams):
    clean, killed = streams.writer(), streams.writer()
    streams.put(clean, range(1, 90))
    streams.close(clean, 101)
    streams.put(killed, range(1, 90))
    found = judged(streams)
    assert (found[clean].lost_ranges, found[clean].tail) == ([(90, 100)], "closed")
    assert (found[killed].lost, found[killed].tail) == (0, "unknown")


def test_the_close_after_the_window_belongs_to_the_tail(streams):
    writer = streams.writer()
    streams.put(writer, range(1, 50))
    streams.close(writer, 60)
    found = judged(streams, seconds=55)[writer]
    assert (found.lost_ranges, found.tail) == ([(50, 59)], "closed")


def test_a_beginning_that_never_arrived_is_lost(streams):
    writer = streams.writer()
    streams.put(writer, range(5, 20))
    found = judged(streams)[writer]
    assert (found.lost_ranges, found.head) == ([(1, 4)], "complete")


def test_a_beginning_that_the_retention_may_have_deleted_is_unknown(streams):
    writer = streams.writer()
    streams.put(writer, range(1, 10))
    streams.rollover()
    streams.put(writer, range(10, 20))
    first = streams.es.indices.get_data_stream(name="logs-model.prediction-production")["data_streams"][0]["indices"][
        0
    ]
    streams.es.indices.delete(index=first["index_name"])
    found = judged(streams)[writer]
    assert (found.lost, found.head, found.judged) == (0, "unknown", (10, 19))


@pytest.fixture
def strict_stream(streams):
    """A production stream whose mapping refuses one value that nothing checks before."""
    name = "logs-model.prediction@custom"
    labels = {"properties": {"unforeseen": {"type": "long", "ignore_malformed": False}}}
    streams.es.cluster.put_component_template(name=name, template={"mappings": {"properties": {"labels": labels}}})
    streams.es.indices.delete_data_stream(name="logs-model.prediction-production")
    streams.es.indices.create_data_stream(name="logs-model.prediction-production")
    yield streams
    streams.es.indices.delete_data_stream(name="logs-model.prediction-*")
    streams.es.cluster.delete_component_template(name=name)


def test_what_only_the_failure_store_holds_is_not_lost_but_told(strict_stream):
    streams = strict_stream
    writer, hopeless = streams.writer(), streams.writer()
    streams.put(writer, [n for n in range(1, 101) if n not in {20, 30, 31, 40}])
    bad = {"labels": {"unforeseen": "no number"}}
    streams.put(writer, [30, 31], **bad)
    streams.put(writer, [40], **bad)
    streams.put(writer, [40], **bad)  # a replay: the failure store has ids of its own
    streams.put(writer, [50], **bad)  # failed at first, and was stored later
    streams.put(hopeless, [1, 2], **bad)
    found = judged(streams)
    assert (found[writer].lost, found[writer].lost_ranges) == (1, [(20, 20)])
    assert (found[writer].failed, found[writer].failed_ranges) == (3, [(30, 31), (40, 40)])
    assert (found[writer].doubled, found[writer].doubled_ranges) == (1, [(40, 40)])
    assert (found[hopeless].lost, found[hopeless].failed, found[hopeless].judged) == (0, 2, (1, 2))


def test_more_writers_than_one_page_and_only_the_guilty_one_is_told(streams):
    writers = [streams.writer() for _ in range(2_300)]
    operations = []
    for writer in writers:
        for number in (1, 2, 3):
            if (writer, number) == (writers[777], 2):
                continue
            operations += [
                {"create": {"_index": "logs-model.prediction-production", "_id": f"{writer}-{number}"}},
                {
                    "@timestamp": (START + timedelta(seconds=number)).isoformat(),
                    "event": {"id": f"{writer}-{number}", "sequence": number},
                    "process": {"entity_id": writer},
                },
            ]
    assert not streams.es.bulk(operations=operations)["errors"]
    found = judged(streams)
    assert set(found) == set(writers)
    assert [w.writer for w in found.values() if not flawless(w)] == [writers[777]]
    assert found[writers[777]].lost_ranges == [(2, 2)]


def test_a_writer_of_millions_is_judged_by_blocks(streams):
    writer = streams.writer()
    there = [*range(1, 2_500), *range(700_000, 701_500), *range(1_999_001, 2_000_001)]
    streams.put(writer, there, step_s=0.01)
    found = judged(streams)[writer]
    assert found.lost == 2_000_000 - len(there)
    assert found.lost_ranges == [(2_500, 699_999), (701_500, 1_999_000)]


def test_one_broken_number_far_away_is_told_and_keeps_nobody_waiting(streams):
    writer = streams.writer()
    far = 1 << 62
    streams.put(writer, [*range(1, 11), 1_200_000], step_s=0.01)
    streams.put(writer, [far], step_s=1e-18)
    found = judged(streams)[writer]
    assert found.lost == far - 12
    assert found.lost_ranges == [(11, 1_199_999), (1_200_001, far - 1)]


@pytest.mark.parametrize("seed", range(3))
def test_random_losses_are_found_as_plain_counting_finds_them(streams, seed):
    chance = random.Random(seed)
    expected = {}
    for writer in (streams.writer() for _ in range(6)):
        size = chance.choice([10, 900, 2_500])
        numbers = [
            n for n in range(1, size + 1) if n in {1, size} or chance.random() > chance.choice([0, 0.001, 0.3])
        ]
        again = [n for n in numbers if chance.random() < 0.002]
        streams.put(writer, numbers)
        expected[writer] = (ranges_without(1, size, numbers), again)
    streams.rollover()
    for writer, (_, again) in expected.items():
        streams.put(writer, again)
    found = judged(streams)
    for writer, (missing, again) in expected.items():
        assert found[writer].lost_ranges == missing[:1_000]
        assert found[writer].lost == sum(b - a + 1 for a, b in missing)
        assert found[writer].doubled_ranges == ranges_of(again)


def test_one_environment_leaves_the_writers_of_others_out(streams):
    production, staging = streams.writer(), streams.writer()
    streams.put(production, range(1, 10))
    streams.put(staging, [1, 3], "logs-model.prediction-staging", environment="staging")
    assert set(judged(streams, environment="production")) == {production}
    assert judged(streams, environment="staging")[staging].lost_ranges == [(2, 2)]


def test_events_without_a_number_are_counted_and_alone_they_are_nothing_to_judge_by(streams):
    streams.put(streams.writer(), [5], event={"id": "from-a-webhook"}, process={})
    with pytest.raises(InconclusiveError, match="1 events without one"):
        judged(streams)


def test_nothing_at_all_is_nothing_to_judge_by(streams):
    with pytest.raises(InconclusiveError, match="No event between") as error:
        judged(streams)
    assert error.value.exit_code == 4
    assert "--since" in error.value.next_step
    with pytest.raises(InconclusiveError, match=r"T\d\d:\d\d:\d\dZ of the environment produktion carries") as error:
        judged(streams, environment="produktion")
    assert "that the environment is spelled so" in error.value.next_step


def called(streams, es_url, *arguments):
    window = ["--from", START.isoformat(), "--to", (START + timedelta(days=1)).isoformat()]
    return CliRunner().invoke(command, ["--url", es_url, *window, *arguments])


def test_the_command_exits_3_when_something_is_lost_and_shows_what(streams, es_url):
    writer = streams.writer()
    streams.put(writer, [*range(1, 5), 7, *range(9, 21)])
    done = called(streams, es_url)
    assert done.exit_code == 3
    assert f"{writer}, scoring on host-1, numbers 1 to 20, tail unknown" in done.stdout
    assert "3 lost: 5-6, 8\n" in done.stdout
    assert "17 events of 1 writers" in done.stdout
    document = orjson.loads(called(streams, es_url, "--output", "json").stdout)
    assert (document["lost"], document["doubled"], document["events"]) == (3, 0, 17)
    assert document["writers"][0]["lost_ranges"] == [[5, 6], [8, 8]]
    assert document["tails"] == {"closed": 0, "continues": 0, "unknown": 1}


def test_the_command_exits_0_when_nothing_is_lost(streams, es_url):
    writer = streams.writer()
    streams.put(writer, range(1, 5))
    streams.close(writer, 5)
    done = called(streams, es_url)
    assert done.exit_code == 0
    assert "lost 0   doubled 0   late 0" in done.stdout
    assert "1 ended cleanly" in done.stdout


def test_an_empty_window_is_refused(streams, es_url):
    done = CliRunner().invoke(command, ["--url", es_url, "--from", "2026-03-14", "--to", "2026-03-13"])
    assert done.exit_code == 2
    assert "The window is empty" in done.stderr


def test_writers_with_losses_come_first_and_those_that_are_only_late_in_one_line(capsys):
    late = [WriterAudit(f"late{n}", events=9, judged=(1, 9), late=2, worst_lag_s=60.0 + n) for n in range(30)]
    bad = [
        WriterAudit("zz", events=9, judged=(1, 10), lost=1, lost_ranges=[(5, 5)]),
        WriterAudit("aa", events=9, judged=(1, 10), doubled=1, doubled_ranges=[(5, 5)]),
        WriterAudit("mm", events=9, judged=(1, 30), lost=20, lost_ranges=[(5, 24)], late=1, worst_lag_s=99.0),
    ]
    _print(Audit(START, START + timedelta(hours=1), sorted(late + bad, key=lambda each: each.writer)))
    lines = capsys.readouterr().out.splitlines()
    shown = [line.partition(",")[0] for line in lines if ", numbers " in line]
    assert shown == ["mm", "zz", "aa"]
    (summed,) = [line for line in lines if "late" in line and "lost nothing" in line]
    assert summed.startswith("30 writers delivered late and lost nothing: 60 events, at worst 89 s (late29)")
    assert not any(line.startswith("late") for line in lines)
    assert lines.index(summed) > lines.index(next(line for line in lines if line.startswith("aa")))
