"""A gate after an erasure: what was erased on request is no gap, and what is lost beside it still is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.events import index
from tests.support.gates import START, traffic

from model_logs import gate
from model_logs.erasure import Request, Selection, erase

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

END = START + timedelta(minutes=15)


@pytest.mark.parametrize(("lost", "verdict"), [(False, "passed"), (True, "inconclusive")])
def test_a_gate_stays_conclusive_after_an_erasure_and_not_after_a_loss(
    applied: Elasticsearch, lost: bool, verdict: str
) -> None:
    events = traffic(31, prediction_score=0.5, fallback_level=0)
    ids = frozenset(f"person-{number}" for number in range(40))
    for number, each in enumerate(sorted(ids)):
        events[100 + 7 * number]["request_id"] = each
    if lost:
        events = [event for number, event in enumerate(events) if number % 60 != 1]
    index(applied, events, lag=timedelta(seconds=1))
    done = erase(applied, Request(Selection(request_ids=ids), "ann", "ticket 12"), told=lambda _: None)
    assert done.documents >= len(ids) - 1
    applied.indices.refresh(index="logs-model.*")
    question = gate.Question(model="churn", version="7", environment="production", end=END)
    found = gate.judge(applied, question, now=END + timedelta(seconds=30))
    assert found.verdict == verdict, found.doubts
    assert {doubt.kind for doubt in found.doubts} == ({"gaps"} if lost else set())
