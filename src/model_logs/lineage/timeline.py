"""Events as entries of a time line: a sentence, who did it, and the values beside it, for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.report.formats import cell
from model_logs.lineage.approvals import mark_of
from model_logs.printing import printable
from model_logs.times import rounded_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Entry", "bare", "entries", "outcome_entry", "value_at"]

# What is longer than this between two entries is said.
_GAP = timedelta(hours=1)
_LONGEST = 300
_KINDS = {
    "predict": "prediction",
    "approved": "good",
    "rejected": "bad",
    "gate_passed": "good",
    "gate_failed": "bad",
    "gate_inconclusive": "warned",
    "alert_fired": "bad",
    "alert_recovered": "good",
    "drift_detected": "warned",
    "circuit_opened": "bad",
    "circuit_closed": "good",
    "chaos_started": "experiment",
    "chaos_finished": "experiment",
    "baseline_recorded": "measured",
    "quality": "measured",
}
_FAILURES = frozenset({"error", "timeout", "failed", "invalid", "cancelled"})
# Title, field (outer and inner name), unit: the values beside a sentence.
_VALUES = (
    ("latency", ("latency_ms",), "ms"),
    ("score", ("prediction_score",), ""),
    ("variant", ("variant",), ""),
    ("fallback level", ("fallback_level",), ""),
    ("before", ("previous_version",), ""),
    ("run", ("run_id",), ""),
    ("value", ("alert", "value"), ""),
    ("threshold", ("alert", "threshold"), ""),
    ("channel", ("alert", "channel"), ""),
    ("objective", ("gate", "objective"), ""),
    ("value", ("gate", "value"), ""),
    ("threshold", ("gate", "threshold"), ""),
    ("target", ("experiment", "target"), ""),
    ("outcome", ("experiment", "outcome"), ""),
    ("drift score", ("drift_score",), ""),
    ("reason", ("reason",), ""),
    ("error", ("error", "message"), ""),
    ("message", ("message",), ""),
    ("service", ("service", "name"), ""),
    ("host", ("host", "name"), ""),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a time line; each text is one harmless line.

    Attributes:
        at: When it happened.
        kind: Its colour and symbol: change, good, bad, warned, prediction, outcome, experiment or measured.
        title: What happened, in a sentence.
        about: The model and version.
        who: The person or service that did it; empty where the event names none.
        values: What stands beside it: name and text.
        marks: What an auditor looks for: reconciled, unattested, failed.
        gap: How long nothing happened before it; empty for a short while.
    """

    at: datetime
    kind: str
    title: str
    about: str
    who: str
    values: tuple[tuple[str, str], ...] = ()
    marks: tuple[str, ...] = ()
    gap: str = ""

    @property
    def day(self) -> str:
        """The day, in UTC."""
        return f"{self.at:%Y-%m-%d}"

    @property
    def clock(self) -> str:
        """The time of the day, in UTC."""
        return f"{self.at:%H:%M:%S}"


def entries(events: Iterable[Mapping[str, Any]], others: Iterable[Entry] = ()) -> list[Entry]:
    """Return the entries of a time line, the oldest first, each event once.

    Args:
        events: Whole events, in any order.
        others: Entries that are no events: the truth about a prediction.
    """
    once = {(event.get("event") or {}).get("id") or id(event): event for event in events}
    found = sorted([*map(_entry, once.values()), *others], key=lambda entry: entry.at)
    return [_after(found[number - 1] if number else None, entry) for number, entry in enumerate(found)]


def outcome_entry(row: Mapping[str, Any]) -> Entry:
    """Return the entry of a truth about a prediction."""
    truth = row.get("actual_label", row.get("actual_value"))
    verdict = {True: ": the prediction was right", False: ": the prediction was wrong"}.get(
        row.get("correct", ""), ""
    )
    kind = {True: "good", False: "bad"}.get(row.get("correct", ""), "outcome")
    state = [("state", _text(row["state"]))] if row.get("state") not in {None, "resolved"} else []
    at = datetime.fromisoformat(row.get("outcome_at") or row["@timestamp"])
    return Entry(at, kind, f"The truth is {_text(truth)}{verdict}", _about(row), "", tuple(state))


def value_at(event: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return the value of a field, by its names from the outside in; None where the event has none."""
    value: Any = event
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def bare(name: str) -> str:
    """Return the name of a figure as people say it."""
    return name.removeprefix("baseline_").replace("_", " ")


def _entry(event: Mapping[str, Any]) -> Entry:
    event_type, status = event["event_type"], event.get("status")
    failed = status in _FAILURES
    kind = "bad" if failed and event_type != "predict" else _KINDS.get(event_type, "change")
    proof = mark_of(event)
    marks = [mark for mark in (proof, "reconciled" if event.get("reconciled") else "") if mark]
    beside = [(title, value_at(event, path), unit) for title, path, unit in _VALUES]
    values = [(title, _text(value, unit)) for title, value, unit in beside if value is not None]
    values += [(name.replace("_", " "), _text(value)) for name, value in sorted((event.get("labels") or {}).items())]
    values += [(bare(name), _text(value)) for name, value in sorted((event.get("metrics") or {}).items())]
    return Entry(
        at=datetime.fromisoformat(event["@timestamp"]),
        # A verdict without attestation is no verdict.
        kind="warned" if proof else kind,
        title=_title(event),
        about=_about(event),
        who=_text(value_at(event, ("user", "name")) or ""),
        values=tuple(values),
        marks=(*([_text(status)] if failed else []), *marks),
    )


def _after(before: Entry | None, entry: Entry) -> Entry:
    if before is None or entry.at - before.at < _GAP:
        return entry
    span = entry.at - before.at
    days = span / timedelta(days=1)
    return replace(entry, gap=f"{days:.0f} days" if days >= 2 else rounded_span(span.total_seconds()))  # noqa: PLR2004


def _title(event: Mapping[str, Any]) -> str:
    version, tag = event.get("model_version"), event.get("tag") or {}
    titles = {
        "registered": "Registered",
        "version_created": f"Version {version} created",
        "transitioned": f"Moved from {event.get('previous_stage') or '?'} to {event.get('stage')}",
        "renamed": f"Renamed, from {event.get('previous_name') or '?'}",
        "alias_set": f"Alias {event.get('alias')} points at {version}",
        "alias_removed": f"Alias {event.get('alias')} removed",
        "tag_set": f"Tag {tag.get('key')}" + (f" = {tag['value']}" if tag.get("value") is not None else " set"),
        "tag_deleted": f"Tag {tag.get('key')} removed",
        "predict": "Predicted" + (f" {event['prediction_label']}" if event.get("prediction_label") else ""),
    }
    named = {"gate": "Gate", "alert": "Alert", "chaos": "Experiment"}
    group, _, did = str(event["event_type"]).partition("_")
    if group in named:
        outer, inner = {"gate": ("gate", "name"), "alert": ("alert", "rule"), "chaos": ("experiment", "name")}[group]
        title = f"{named[group]} {(event.get(outer) or {}).get(inner)} {did}"
    else:
        title = titles.get(event["event_type"]) or str(event["event_type"]).replace("_", " ").capitalize()
    return _text(title)


def _about(event: Mapping[str, Any]) -> str:
    return _text(" ".join(str(event[name]) for name in ("model_name", "model_version") if event.get(name)))


def _text(value: Any, unit: str = "") -> str:
    if unit:
        return cell(value, unit)
    return f"{value:.4g}" if isinstance(value, float) else printable(value, most=_LONGEST)
