"""The unit tests of rules, as the files of `alerts/tests/` hold them.

A case is a handful of synthetic events at given times and what the rule says at later times. Times count from the
begin of the case. This module reads and checks; `synthetic` makes documents of it, `runs` plays it on a real node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs.alerts.rulebook.rules import VARIANT, parse_overrides, read_rule
from model_logs.alerts.rulebook.rules import folder as folder_of
from model_logs.errors import meant
from model_logs.files.reading import read_yaml, wrong
from model_logs.printing import printable
from model_logs.times import read_span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from model_logs.alerts.rulebook.rules import Override, Rule

__all__ = ["Case", "EventBatch", "Expectation", "check_case_file", "load_cases", "offset"]

_PLACE = {"at", "from", "to", "count", "lag", "first_sequence"}


@dataclass(frozen=True, slots=True)
class EventBatch:
    """A batch of equal events, evenly spread over a span of time.

    Attributes:
        start: Of the first, from the begin of the case.
        step: From one to the next.
        count: How many.
        lag: From happening to arriving.
        first_sequence: `event.sequence` of the first, counting up; None for none.
        fields: Dotted name → value.
    """

    start: timedelta
    step: timedelta
    count: int
    lag: timedelta
    first_sequence: int | None
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the rule must say at one time: exactly these alerts, no other.

    Attributes:
        at: The end of the window, from the begin of the case.
        fires: Columns of each alert; the rule's `by`, a variant only where there is one, and any others that should
            hold.
    """

    at: timedelta
    fires: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One test of one rule.

    Attributes:
        rule: The rule's id.
        shows: Its purpose: firing, silent, boundary, recovery or other.
        events: Events for the parser.
        refused: Documents that a mapping refuses, for the failure store.
        disk: Disk samples.
        outcomes: Rows of model-logs-outcomes, at the times of their predictions.
        models: Rows of model-logs-models; times are spans from the begin, such as -2h.
        baselines: Rows of model-logs-baselines.
        overrides: Instead of those of `overrides.yml`.
        expect: In the order of time.
        source: The file.
    """

    rule: str
    name: str
    shows: str
    events: tuple[EventBatch, ...]
    refused: tuple[EventBatch, ...]
    disk: tuple[EventBatch, ...]
    outcomes: tuple[EventBatch, ...]
    models: tuple[Mapping[str, Any], ...]
    baselines: tuple[Mapping[str, Any], ...]
    overrides: tuple[Override, ...]
    expect: tuple[Expectation, ...]
    source: Path = field(repr=False)

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"


def load_cases(rules: tuple[Rule, ...], folder: Path | None = None) -> tuple[Case, ...]:
    """Return every case of the folder's `tests/`, for the rules given.

    Raises:
        AssetError: A file says something that cannot be meant.
    """
    known = {rule.id: rule for rule in rules}
    everything = _rules_beside(folder_of(folder))
    files = sorted((folder_of(folder) / "tests").glob("*.yml"))
    return tuple(case for file in files for case in _cases(file, known, everything))


def check_case_file(file: Path) -> None:
    """Check one file of cases, with the rule that it tests.

    Raises:
        AssetError: It, or the rule, says something that cannot be meant.
    """
    folder = file.parent.parent
    everything = _rules_beside(folder)
    named = read_yaml(file, schema="rule-test")["rule"]
    known = {named: read_rule(folder / "rules" / f"{named}.yml")} if named in everything else {}
    _cases(file, known, everything)


def _rules_beside(folder: Path) -> list[str]:
    return sorted(file.stem for file in (folder / "rules").glob("*.yml"))


def _cases(file: Path, known: Mapping[str, Rule], everything: list[str]) -> list[Case]:
    document = read_yaml(file, schema="rule-test")
    wanted = document["rule"]
    if wanted not in everything:
        what = f"there is no rule {wanted!r}"
        raise wrong(file, ("rule",), what, schema="rule-test", next_step=meant(wanted, everything))
    if wanted not in known:
        return []
    defaults = document.get("defaults") or {}
    return [_case(file, number, known[wanted], defaults, entry) for number, entry in enumerate(document["cases"])]


def offset(text: object) -> timedelta:
    """Read a span that may be negative or nothing: 10m, -2h, 0s, 1h30m.

    Raises:
        ValueError: It is none.
    """
    word = str(text).strip()
    sign = -1 if word.startswith("-") else 1
    total = timedelta(0)
    for part in _parts(word.lstrip("-")):
        total += timedelta(0) if part[:-1] == "0" else read_span(part)
    return sign * total


def _parts(word: str) -> list[str]:
    parts, digits = [], ""
    for letter in word:
        digits += letter
        if letter.isalpha():
            parts.append(digits)
            digits = ""
    if digits or not parts:
        raise ValueError(f"{word!r} is no span of time; write it as 90s, 15m, 1h30m or -2h")
    return parts


def _case(file: Path, number: int, rule: Rule, defaults: Mapping[str, Any], entry: Mapping[str, Any]) -> Case:
    name = entry["name"]
    expect = tuple(Expectation(offset(each["at"]), tuple(each["fires"])) for each in entry["expect"])
    for alert in (alert for each in expect for alert in each.fires):
        if missing := [column for column in rule.by if column not in alert and column != VARIANT]:
            what = f"{printable(name)}: an alert of {rule.id} is told by {', '.join(missing)} as well"
            raise wrong(file, ("cases", number, "expect"), what, schema="rule-test")
    return Case(
        rule=rule.id,
        name=name,
        shows=entry["shows"],
        events=tuple(_batch({**defaults, **each}) for each in entry.get("events", ())),
        refused=tuple(map(_batch, entry.get("refused", ()))),
        disk=tuple(map(_batch, entry.get("disk", ()))),
        outcomes=tuple(map(_batch, entry.get("outcomes", ()))),
        models=tuple(entry.get("models", ())),
        baselines=tuple(entry.get("baselines", ())),
        overrides=parse_overrides(
            rule.id, rule.thresholds, entry.get("overrides", ()), file, ("cases", number, "overrides")
        ),
        expect=expect,
        source=file,
    )


def _batch(entry: Mapping[str, Any]) -> EventBatch:
    count = entry.get("count", 1)
    start = offset(entry["at"] if "at" in entry else entry["from"])
    end = offset(entry["to"]) if "to" in entry else start
    return EventBatch(
        start=start,
        step=(end - start) / count,
        count=count,
        lag=offset(entry.get("lag", "0s")),
        first_sequence=entry.get("first_sequence"),
        fields={name: value for name, value in entry.items() if name not in _PLACE},
    )
