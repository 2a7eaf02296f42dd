"""`watch`: a window that begins now. It may end early on *failed* only; a pass is judged once, at its end."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.errors import QueryError
from model_logs.gate import checks as checking
from model_logs.gate import doubts as doubting
from model_logs.gate.blocks import Table, ask_table
from model_logs.gate.judging import Judgement, judge, objectives_of
from model_logs.gate.question import Window, window_before
from model_logs.gate.verdict import FAILED, conclude

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    from model_logs.gate.question import Question
    from model_logs.gate.verdict import Doubt

__all__ = ["watch"]

# Fewer blocks say too little about their own scatter.
_LEAST_BLOCKS = 10


def watch(
    client: Elasticsearch,
    question: Question,
    *,
    every: timedelta = timedelta(seconds=30),
    on_look: Callable[[int, int, int], None] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> Judgement:
    """Judge the window that begins now, at its end; or before it, where an objective is surely missed.

    Args:
        client: The cluster.
        question: What is asked; its end is not read.
        every: Time between two looks.
        on_look: Called after each look: the blocks that are over, all blocks, and the predictions so far.
        clock: Returns the present time.
        sleep: Waits so many seconds.

    Raises:
        ConfigurationError: The question, or an objective file, cannot be meant.
        ClusterError: The cluster cannot be asked.
    """
    objectives_of(question)
    end = clock() + question.window
    window = window_before(end, question.window, end)
    while clock() < window.end + question.settle:
        sleep(min(every, window.end + question.settle - clock()) / timedelta(seconds=1))
        over = min(int((clock() - question.settle - window.start) / window.block), window.blocks)
        if _LEAST_BLOCKS <= over < window.blocks:
            part = Window(window.start, window.start + over * window.block, window.block)
            found = _look(client, question, part, clock())
            if on_look is not None:
                on_look(over, window.blocks, found.table.total("predictions"))
            if found.verdict == FAILED:
                return found
    return judge(client, replace(question, end=window.end), now=max(clock(), window.end))


def _look(client: Elasticsearch, question: Question, window: Window, now: datetime) -> Judgement:
    """Return the judgement of the part of the window that is over: failed, or inconclusive so far."""
    objectives, load = objectives_of(question, client)
    setting = checking.Setting(objectives.members, window.block.total_seconds(), load=load)
    table = Table(window.blocks)
    params: dict[str, Any] = {}
    doubts: list[Doubt] = []
    try:
        table, params = ask_table(client, question, window, checking.limits_of(setting))
        missed = checking.surely_failed(table, setting)
        if missed:
            setting = replace(setting, early=missed[0])
            doubts = [
                *doubting.about_flow(table, window, paired=False),
                *doubting.about_loss(client, question, window, now),
            ]
    except QueryError:
        missed = []
    checks = tuple(checking.judge(table, setting)) if missed else ()
    verdict = conclude(checks, doubts)
    note = f"The watch ended before its window of {question.window} did."
    return Judgement(
        question, objectives, window, verdict, checks, tuple(doubts), (note,), table, setting, params, now
    )
