"""Nothing that is kept from event to event grows without end."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from model_logs._logger.encoding import value_cache


def churn(log, begin, n):
    for i in range(begin, begin + n):
        log.prediction(
            model_name=f"model-{i}",
            request_id=f"r{i}",
            latency_ms=i / 3,
            model_version=str(i),
            prediction_label=f"class-{i}",
            labels={f"name{i % 5000}": f"value-{i}", "user": f"u{i}"},
            stage="production" if i % 3 else None,
            batch_size=i,
        )


def leaves(tree):
    return sum(map(leaves, tree.values())) if isinstance(tree, dict) else 1


@pytest.mark.slow
def test_names_and_labels_that_never_repeat_take_no_more_memory(written):
    churn(written.log, 0, 2000)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        churn(written.log, 2000, 4000)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The tables are emptied when they are full, so they may hold as much again as before, and no more.
    assert after - before < 4_000_000
    assert len(value_cache._label_members) <= 4096
    assert leaves(value_cache.TOGETHER.root) <= 4096
    assert all(len(known) <= 256 for _, _, known in value_cache._MEMBERS.values() if known)
    heads = written.log._writer.stamp[5]
    assert leaves(heads.plain) + leaves(heads.staged) <= 1024


@pytest.mark.slow
def test_repeating_events_allocate_nothing_that_stays(written):
    def repeat(n):
        for _ in range(n):
            written.log.prediction(model_name="m", request_id="r", latency_ms=1.5, labels={"a": "b"})
            written.log.registered(model_name="m", message="text")

    repeat(2000)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        repeat(3000)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def test_equal_values_of_different_types_are_not_mixed_up(written):
    class Text(str):
        __slots__ = ()

    given = [1, True, 1.0, "1", Text("1")]
    for version in [*given, *reversed(given)]:
        written.log.prediction(model_name="m", request_id="r", latency_ms=1.5, model_version=version)
    for value in [*given, *reversed(given)]:
        written.log.prediction(
            model_name="m", request_id="r", latency_ms=1.5, batch_size=value, cache_hit=value, labels={"a": value}
        )
    events = written.events
    assert [event["model_version"] for event in events[:5]] == ["1", "true", "1", "1", "1"]
    assert [event["model_version"] for event in events[9:4:-1]] == ["1", "true", "1", "1", "1"]
    marked = [(repr(event["batch_size"]), repr(event["cache_hit"]), event["labels"]["a"]) for event in events[10:15]]
    assert marked == [
        ("1", "True", "1"),
        ("1", "True", "true"),
        ("1", "True", "1.0"),
        ("'1'", "'1'", "1"),
        ("'1'", "'1'", "1"),
    ]
    again = [(repr(event["batch_size"]), repr(event["cache_hit"]), event["labels"]["a"]) for event in events[:14:-1]]
    assert again == marked


def test_zeros_keep_their_signs_and_no_number_is_no_number(written):
    for value in (0.0, -0.0, 0.0, float("nan")):
        written.log.prediction(model_name="m", request_id="r", latency_ms=0.0, drift_score=value)
    *zeros, nan = [event.get("drift_score") for event in written.events]
    assert list(map(str, zeros)) == ["0.0", "-0.0", "0.0"]
    assert nan is None
