"""Rules that were taken away, or got another id, while they fired.

Nobody judges them any more, so what they told would stay open for ever: an incident that no run resolves. Beside the
state of a rule stands what a message needs of it; with that the alerts of a rule that is gone are ended, and what it
still had to send is sent. All evaluators of a cluster must be given the same rules, or each ends what is only the
other's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs import channels
from model_logs.alerts.rulebook.rules import SEVERITIES, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from model_logs.state.store import Store, Stored

__all__ = ["STATE", "about", "find_removed_rules"]

# The kind of a rule's state.
STATE = "rule-state"
_TAKEN_AWAY = " (the rule was taken away)"


def about(rule: Rule) -> dict[str, Any]:
    """Return the parts of a rule that its messages need, to be stored beside its state."""
    return {
        "name": rule.name,
        "severity": rule.severity,
        "owner": rule.owner,
        "summary": rule.summary,
        "unit": rule.unit,
        "window_s": rule.window.total_seconds(),
        "by": list(rule.by),
        "actions": list(rule.actions),
        "runbook": rule.runbook,
        "dashboard": rule.dashboard,
    }


def find_removed_rules(store: Store, rules: Collection[Rule], folder: Path) -> Iterator[tuple[Rule, Stored]]:
    """Yield the stored state of rules that are no longer among `rules`, with the parts that messages need.

    Args:
        store: Where states are.
        rules: Those that are there.
        folder: The folder with `templates/`.
    """
    known = {rule.id for rule in rules}
    for stored in store.of_kind(STATE, fresh=True):
        id_ = str(stored.body["rule"])
        if id_ not in known:
            yield _rule(id_, stored.body.get("about", {}), folder), stored


def _rule(id_: str, body: Mapping[str, Any], folder: Path) -> Rule:
    # What is remembered of it may have been written after it was taken away.
    summary = str(body.get("summary", id_)).rstrip().removesuffix(_TAKEN_AWAY)
    return Rule(
        id=id_,
        name=str(body.get("name", id_)),
        severity=str(body.get("severity", list(SEVERITIES)[-1])),
        owner=str(body.get("owner", "?")),
        summary=f"{summary}{_TAKEN_AWAY}",
        unit=str(body.get("unit", "")),
        window=timedelta(seconds=float(body.get("window_s", 0))),
        every=timedelta(minutes=1),
        time_field="@timestamp",
        by=tuple(body.get("by", ())),
        thresholds={},
        query="",
        condition="",
        actions=tuple(body.get("actions", channels.named())),
        runbook=str(body.get("runbook", f"{id_}.md")),
        dashboard=str(body.get("dashboard", "model-overview")),
        quiet_for=timedelta(0),
        source=folder / "rules" / f"{id_}.yml",
    )
