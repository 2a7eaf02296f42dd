"""Labels of an alert: its identity for receivers that hold a state, such as Alertmanager, and its owner.

They are made when an alert begins and kept with it to its end: an alert whose labels changed on the way would be
another one, and the first would never be ended. No measured value is among them. What `models.yml` or the registry
states of the model is there for routes: its owner, tier and data class.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.alerts.rulebook.rules import Rule

__all__ = ["WATCHDOG", "labels_of", "value_label"]

# The alert that always fires, by the convention of kube-prometheus.
WATCHDOG = {"alertname": "Watchdog", "severity": "none"}
_SOURCE = "model-logs"
# What routes look at, beside the owner; absent where nobody states it.
_ROUTED = frozenset({"tier", "data_class"})
# What a label's name may not hold.
_ODD = re.compile(r"[^a-zA-Z0-9_]")
_LONGEST = 500


def labels_of(rule: Rule, key: str, row: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of an alert that begins.

    Args:
        rule: The rule.
        key: What the alert is about, within the rule.
        row: The row that says so.
    """
    facts = rule.catalog.facts(row.get("model_name"), row.get("environment"))
    labels = {
        "alertname": rule.id,
        "severity": rule.level,
        "priority": rule.severity,
        "owner": value_label(facts.owner or rule.owner),
        "source": _SOURCE,
    }
    labels |= {name: value_label(value) for name, value in facts.stated().items() if name in _ROUTED}
    faithful = True
    for column in rule.by:
        value = row.get(column)
        if value is None:
            continue
        shown = value_label(value)
        faithful &= shown == str(value) and shown != ""
        labels[_free(column, labels)] = shown
    if not faithful:
        # Two names that look the same are two alerts all the same.
        labels["alert_id"] = sha256(key.encode(errors="surrogatepass")).hexdigest()[:16]
    return labels


def value_label(value: object) -> str:
    """Return the value of a label: foreign text on one harmless line."""
    return printable(str(value), most=_LONGEST)


def _free(column: str, taken: Mapping[str, str]) -> str:
    name = _ODD.sub("_", column)
    if name[:1].isdigit() or name.startswith("__"):
        name = f"by_{name}"
    while name in taken or name == "alert_id":
        name = f"by_{name}"
    return name
