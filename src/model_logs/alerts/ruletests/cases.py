"""The unit tests of rules: what a file of `alerts/tests/` says.

A case is a handful of synthetic events at given times and what the rule says at later times. Times count from the
begin of the case. This module reads and checks; `synthetic` makes documents of it, `trial` runs it on a real node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs.alerts.rulebook.rules import VARIANT, parse_overrides, read_yaml
from model_logs.alerts.rulebook.rules import folder as folder_of
from model_logs.errors import AssetError
from model_logs.times import read_span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from model_logs.alerts.rulebook.rules import Override, Rule

__all__ = ["SHOWS", "Batch", "Case", "Expectation", "load", "offset"]

# What a case is there to show. Every rule needs at least one of each; `other` is for everything beyond.
SHOWS = ("firing", "silent", "boundary", "recovery", "other")

_CASE = {"name", "shows", "events", "refused", "disk", "models", "baselines", "overrides", "expect"}
_PLACE = {"at", "from", "to", "count", "lag", "first_sequence"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events that are alike, evenly spread over a stretch of time.

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
        shows: What for: one of `SHOWS`.
        events: Events for the parser.
        refused: Documents that a mapping refuses, for the failure store.
        disk: Disk samples.
        models: Rows of model-logs-models; times are spans from the begin, such as -2h.
        baselines: Rows of model-logs-baselines.
        overrides: Instead of those of `overrides.yml`.
        expect: In the order of time.
        source: The file.
    """

    rule: str
    name: str
    shows: str
    events: tuple[Batch, ...]
    refused: tuple[Batch, ...]
    disk: tuple[Batch, ...]
    models: tuple[Mapping[str, Any], ...]
    baselines: tuple[Mapping[str, Any], ...]
    overrides: tuple[Override, ...]
    expect: tuple[Expectation, ...]
    source: Path = field(repr=False)

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"


def load(rules: tuple[Rule, ...], folder: Path | None = None) -> tuple[Case, ...]:
    """Return every case of the folder's `tests/`, for the rules given.

    Raises:
        AssetError: A file says something that cannot be meant.
    """
    known = {rule.id: rule for rule in rules}
    everything = {file.stem for file in (folder_of(folder) / "rules").glob("*.yml")}
    found: list[Case] = []
    for file in sorted((folder_of(folder) / "tests").glob("*.yml")):
        document = read_yaml(file)
        if not isinstance(document, dict) or set(document) - {"rule", "defaults", "cases"} or "cases" not in document:
            raise _wrong(file, "it must hold rule, cases and, if you like, defaults")
        if document.get("rule") not in everything:
            raise _wrong(file, f"there is no rule {document.get('rule')!r}")
        if not isinstance(document["cases"], list) or not all(isinstance(case, dict) for case in document["cases"]):
            raise _wrong(file, "cases must be a list, each with a name, shows, events and expect")
        if document["rule"] in known:
            defaults = document.get("defaults") or {}
            found += [_case(file, known[document["rule"]], defaults, entry) for entry in document["cases"]]
    return tuple(found)


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


def _case(file: Path, rule: Rule, defaults: Mapping[str, Any], entry: Mapping[str, Any]) -> Case:
    name = str(entry.get("name", "?"))
    if unknown := set(entry) - _CASE:
        raise _wrong(file, f"{name}: nobody knows {', '.join(sorted(map(str, unknown)))}")
    if entry.get("shows") not in SHOWS:
        raise _wrong(file, f"{name}: shows must be one of {', '.join(SHOWS)}")
    if not entry.get("expect"):
        raise _wrong(file, f"{name}: it expects nothing")
    try:
        expect = tuple(Expectation(offset(each["at"]), tuple(each["fires"])) for each in entry["expect"])
        events = tuple(_batch({**defaults, **each}) for each in entry.get("events", ()))
        refused = tuple(_batch(each) for each in entry.get("refused", ()))
        disk = tuple(_batch(each) for each in entry.get("disk", ()))
    except KeyError as error:
        raise _wrong(file, f"{name}: {error} is missing") from error
    except ValueError as error:
        raise _wrong(file, f"{name}: {error}") from error
    except TypeError as error:
        raise _wrong(file, f"{name}: events and fires must be lists of names with values: {error}") from error
    for each in expect:
        for alert in each.fires:
            if missing := set(rule.by) - set(alert) - {VARIANT}:
                raise _wrong(file, f"{name}: an alert of {rule.id} is told by {', '.join(sorted(missing))} as well")
    return Case(
        rule=rule.id,
        name=name,
        shows=entry["shows"],
        events=events,
        refused=refused,
        disk=disk,
        models=tuple(entry.get("models", ())),
        baselines=tuple(entry.get("baselines", ())),
        overrides=parse_overrides(rule, entry.get("overrides", ()), file),
        expect=expect,
        source=file,
    )


def _batch(entry: Mapping[str, Any]) -> Batch:
    count = int(entry.get("count", 1))
    if count < 1:
        raise ValueError(f"count is {count}, and it takes one event at least")
    start = offset(entry["at"] if "at" in entry else entry["from"])
    end = offset(entry["to"]) if "to" in entry else start
    first = entry.get("first_sequence")
    return Batch(
        start=start,
        step=(end - start) / count,
        count=count,
        lag=offset(entry.get("lag", "0s")),
        first_sequence=None if first is None else int(first),
        fields={name: value for name, value in entry.items() if name not in _PLACE},
    )


def _wrong(file: Path, what: str) -> AssetError:
    return AssetError(f"{file} cannot be used: {what}.", next_step="Correct the file; docs/alerts.md shows the form.")
