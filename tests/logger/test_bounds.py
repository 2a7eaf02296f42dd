"""Nothing that is kept from event to event grows without end."""

from __future__ import annotations

import gc
import tracemalloc

from model_logs._logger import _fragments


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
    assert len(_fragments._label_members) <= 4096
    assert leaves(_fragments.TOGETHER.tree) <= 4096
    assert all(len(known) <= 256 for _, _, known in _fragments._MEMBERS.values() if known)
    heads = written.log._writer.stamp[5]
    assert leaves(heads.plain) + leaves(heads.staged) <= 1024


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
