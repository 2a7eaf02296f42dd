"""The panels of language models against plain Python."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.events import index

from model_logs import assets, query

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def _calls() -> list[dict[str, Any]]:
    dice = random.Random(5)
    found = []
    for number in range(400):
        asked = dice.choice(("small-1", "large-2"))
        at = START + timedelta(seconds=dice.randrange(6 * 3600))
        found.append(
            {
                "@timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "event": {"id": f"g-{number}", "sequence": number + 1},
                "event_type": "predict",
                "status": "success",
                "environment": "production",
                "model_name": "assistant",
                "request_id": f"g-{number}",
                "latency_ms": 100.0,
                **({"variant": "shadow"} if number % 10 == 0 else {}),
                "gen_ai": {
                    "provider": {"name": "ours"},
                    "request": {"model": asked},
                    "response": {
                        "model": dice.choice((asked, "large-2")),
                        "finish_reasons": dice.choice(("stop", "length", "stop, length", '["stop","length"]')),
                        "time_to_first_chunk": dice.randrange(1, 64) / 16,
                    },
                    "usage": {"input_tokens": dice.randrange(1000), "output_tokens": dice.randrange(500)},
                },
            }
        )
    return found


@pytest.fixture
def calls(applied: Elasticsearch) -> list[dict[str, Any]]:
    """The calls that somebody was answered; those of shadow traffic are in the cluster, too."""
    made = _calls()
    index(applied, made)
    return [call for call in made if "variant" not in call]


def _ask(es: Elasticsearch, name: str) -> list[dict[str, Any]]:
    file = assets.path(f"dashboards/queries/{name}.esql")
    return query.run(es, file, start=START, end=START + timedelta(hours=6)).records()


def test_tokens_are_summed_by_the_model_that_answered(applied: Elasticsearch, calls: list[dict[str, Any]]) -> None:
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for call in calls:
        sums = expected[call["gen_ai"]["response"]["model"]]
        usage = call["gen_ai"]["usage"]
        sums[:] = [sums[0] + usage["input_tokens"], sums[1] + usage["output_tokens"], sums[2] + 1]
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in _ask(applied, "llm-tokens"):
        sums = found[row["answered_by"]]
        sums[:] = [sums[0] + row["input_tokens"], sums[1] + row["output_tokens"], sums[2] + row["calls"]]
    assert found == expected


def test_the_wait_is_of_the_calls_of_its_slot(applied: Elasticsearch, calls: list[dict[str, Any]]) -> None:
    rows = _ask(applied, "llm-first-chunk")
    assert sum(row["calls"] for row in rows) == len(calls)
    assert all(0 < row["median_s"] <= row["p95_s"] <= 4 for row in rows)


def test_another_model_than_asked_for_is_counted(applied: Elasticsearch, calls: list[dict[str, Any]]) -> None:
    rows = {row["asked"]: row for row in _ask(applied, "llm-models")}
    for asked, row in rows.items():
        of_it = [call["gen_ai"] for call in calls if call["gen_ai"]["request"]["model"] == asked]
        assert (row["calls"], row["provider"], row["model"]) == (len(of_it), "ours", "assistant")
        assert row["others"] == sum(call["response"]["model"] != asked for call in of_it)
        assert row["input_tokens"] == sum(call["usage"]["input_tokens"] for call in of_it)
    assert rows["small-1"]["others"] > 0 == rows["large-2"]["others"]


def test_an_answer_of_several_choices_counts_for_each(applied: Elasticsearch, calls: list[dict[str, Any]]) -> None:
    texts = [call["gen_ai"]["response"]["finish_reasons"] for call in calls]
    expected = Counter(reason for text in texts for reason in ("stop", "length") if reason in text)
    assert {row["reason"]: row["answers"] for row in _ask(applied, "llm-finish-reasons")} == expected
