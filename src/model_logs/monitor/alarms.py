"""Alerts that fire, each with the first steps of its runbook, its playbooks, and the time to call somebody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.alerts.engine.explanation import behind, firing
from model_logs.alerts.rulebook.runbooks import ESCALATION, first_steps, runbook_text, sections
from model_logs.errors import ModelLogsError
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.alerts.rulebook.transitions import Episode

__all__ = ["Alarm", "alarms"]

_LINK = re.compile(r"\]\(([\w-]+\.md)\)")


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert that fires.

    Attributes:
        rule: Its rule.
        key: What it is about, within the rule.
        since: Since when.
        value: What was measured.
        threshold: What it was compared with.
        row: The row of the rule's query.
        steps: The first steps of its runbook, the model's name put in.
        playbooks: Runbooks that its own leads to.
        escalation: Whom to call, and when.
    """

    rule: Rule
    key: str
    since: datetime
    value: float | None
    threshold: float | None
    row: Mapping[str, Any]
    steps: tuple[str, ...]
    playbooks: tuple[Path, ...]
    escalation: str

    def overdue(self, now: datetime) -> bool:
        """Whether it fires for longer than its runbook gives to whoever was told first."""
        after = self.rule.escalate_after
        return after is not None and now - self.since >= after

    def remaining(self, now: datetime) -> timedelta | None:
        """Return the time until it must be escalated; None where its rule names none."""
        after = self.rule.escalate_after
        return None if after is None else max(timedelta(0), after - (now - self.since))

    def concerns(self, models: Collection[str], environment: str) -> bool:
        """Whether it is about one of the models and the environment; one about neither concerns everybody."""
        model, there = self.row.get("model_name"), self.row.get("environment")
        right_model = not models or model is None or model in models
        return right_model and (not environment or there is None or there == environment)

    def as_dict(self, now: datetime) -> dict[str, Any]:
        """Return it as JSON has it."""
        remaining = self.remaining(now)
        return {
            "rule": self.rule.id,
            "name": self.rule.name,
            "severity": self.rule.severity,
            "alert": self.key,
            "since": iso(self.since),
            "value": self.value,
            "threshold": self.threshold,
            "unit": self.rule.unit,
            "steps": list(self.steps),
            "runbook": str(self.rule.runbook_file),
            "playbooks": [str(each) for each in self.playbooks],
            "escalation": self.escalation,
            "escalate_in_s": None if remaining is None else remaining.total_seconds(),
        }


def alarms(
    client: Elasticsearch, rules: tuple[Rule, ...], now: datetime
) -> tuple[tuple[Alarm, ...], tuple[str, ...]]:
    """Return the alerts that fire by the evaluator's memory, and the names of rules that nobody evaluates.

    Raises:
        ClusterError: The cluster cannot be asked.
    """
    found = [_alarm(rule, episode) for rule, episode in firing(client, rules)]
    found.sort(key=lambda each: (each.rule.severity, each.since, each.rule.id, each.key))
    return tuple(found), tuple(rule.name for rule, _ in behind(client, rules, now))


def _alarm(rule: Rule, episode: Episode) -> Alarm:
    model = episode.row.get("model_name")
    try:
        file = rule.runbook_file
        steps = first_steps(file)
        escalation = " ".join(sections(file).get(ESCALATION, "").split())
        playbooks = _playbooks(file)
    except ModelLogsError as error:
        # A runbook that is missing must not hide the alert.
        steps, escalation, playbooks = (error.what,), "", ()
    if model is not None:
        steps = tuple(step.replace("MODEL", str(model)) for step in steps)
    return Alarm(
        rule,
        episode.key,
        episode.since,
        episode.value,
        episode.threshold,
        episode.row,
        steps,
        playbooks,
        escalation,
    )


def _playbooks(file: Path) -> tuple[Path, ...]:
    """Return the runbooks that one leads to, and those that these lead to, each once."""
    found: dict[Path, None] = {}
    waiting = [file]
    while waiting:
        for name in _LINK.findall(runbook_text(waiting.pop(0))):
            link = file.parent / name
            if link != file and link not in found and link.is_file():
                found[link] = None
                waiting.append(link)
    return tuple(found)
