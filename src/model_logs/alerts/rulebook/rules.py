"""What a rule is, and reading the rules of a folder.

A rule is one YAML file under `alerts/rules/`; thresholds of one's own stand in `alerts/overrides.yml`. This module
reads and checks both; it asks no cluster anything. The text of the query is put together in `render`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.errors import AssetError, UnknownNameError
from model_logs.files import reading
from model_logs.times import read_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = [
    "CHANNELS",
    "GRID",
    "SEVERITIES",
    "VARIANT",
    "Override",
    "Rule",
    "Threshold",
    "find",
    "folder",
    "load",
    "parse_overrides",
    "read_yaml",
]

Threshold = float | int | str | tuple[str, ...]

# P1 wakes somebody up, P2 is looked at today, P3 this week.
SEVERITIES = {"P1": "critical", "P2": "warning", "P3": "info"}
CHANNELS = ("pagerduty", "slack", "email", "webhook")

# Windows of all rules end on multiples of this.
GRID = timedelta(seconds=30)

# The column of `by` that most rows have no value for: the arm of a rollout. A row without it is named without it.
VARIANT = "variant"
_FORM = "Correct the file; docs/alerts.md shows the form."

_TEXTS = {"id", "name", "severity", "owner", "summary", "unit", "query", "condition", "runbook", "dashboard"}
_REQUIRED = _TEXTS | {"window", "every", "by", "thresholds", "actions", "recovery"}
_OPTIONAL = {"time_field"}


@dataclass(frozen=True, slots=True)
class Override:
    """Other thresholds for some rows of a rule.

    Attributes:
        model: Only for this model; None for every one.
        environment: Only in this environment; None for every one.
        enabled: False switches the rule off there.
        values: Threshold → its value there.
    """

    model: str | None
    environment: str | None
    enabled: bool
    values: Mapping[str, float | int]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its file says it.

    Attributes:
        id: The file's name without its suffix; also the id in Kibana and in events.
        severity: P1, P2 or P3.
        summary: A Jinja2 template of one sentence over a row of the query.
        unit: What `value` and `threshold` are measured in.
        window: How far back ?_tstart lies from ?_tend.
        every: How often it is evaluated.
        time_field: The field by which the window is meant.
        by: The columns that tell one alert from another.
        thresholds: The names that stand in the query as `?name`, with their values.
        query: ES|QL up to the measured rows; each has `value`, `threshold` and `events`.
        condition: An ES|QL expression: which of the rows are alerts.
        actions: Who is told.
        runbook: A file of `runbooks/`.
        dashboard: The dashboard to look at.
        quiet_for: How long the condition must be false until the alert is over.
        overrides: Other thresholds, the first that fits a row counts.
        source: The file.
    """

    id: str
    name: str
    severity: str
    owner: str
    summary: str
    unit: str
    window: timedelta
    every: timedelta
    time_field: str
    by: tuple[str, ...]
    thresholds: Mapping[str, Threshold]
    query: str = field(repr=False)
    condition: str
    actions: tuple[str, ...]
    runbook: str
    dashboard: str
    quiet_for: timedelta
    source: Path
    overrides: tuple[Override, ...] = ()

    @property
    def level(self) -> str:
        """The severity as PagerDuty, Kibana and the events name it: critical, warning or info."""
        return SEVERITIES[self.severity]

    @property
    def runbook_file(self) -> Path:
        """The runbook: what whoever is told does next."""
        return self.source.parent.parent / "runbooks" / self.runbook


def folder(given: Path | None = None) -> Path:
    """Return the folder with `rules/`, `runbooks/`, `tests/`, `templates/` and `overrides.yml`.

    Raises:
        AssetError: The folder that was named holds no rules.
    """
    if given is None:
        return assets.path("alerts")
    if not (given / "rules").is_dir():
        raise AssetError(
            f"The folder {given} holds no rules/.",
            next_step="Name a folder in the form of alerts/: rules/, runbooks/, tests/ and overrides.yml.",
        )
    return given


def load(given: Path | None = None) -> tuple[Rule, ...]:
    """Return every rule of the folder, by id, its overrides put in.

    Raises:
        AssetError: A file cannot be read or says something that cannot be meant.
    """
    where = folder(given)
    overrides = _overrides(where / "overrides.yml")
    rules = [_rule(file, overrides.pop(file.stem, ())) for file in sorted((where / "rules").glob("*.yml"))]
    if not rules:
        raise AssetError(
            f"There is no rule in {where / 'rules'}.",
            next_step="Write one there, in a file that is called <id>.yml; docs/alerts.md shows the form.",
        )
    if overrides:
        raise AssetError(
            f"{where / 'overrides.yml'} names {', '.join(sorted(overrides))}, and no rule has that id.",
            next_step=f"Known: {', '.join(rule.id for rule in rules)}.",
        )
    return tuple(rules)


def find(rules: tuple[Rule, ...], wanted: str) -> Rule:
    """Return the rule of that id or name.

    Raises:
        AssetError: There is none.
    """
    for rule in rules:
        if wanted in {rule.id, rule.name}:
            return rule
    raise UnknownNameError("rule", wanted, [rule.id for rule in rules])


def _overrides(file: Path) -> dict[str, tuple[Mapping[str, Any], ...]]:
    if not file.is_file():
        return {}
    document = read_yaml(file) or {}
    if not isinstance(document, dict) or not all(isinstance(entries, list) for entries in document.values()):
        raise _wrong(file, "it must hold the ids of rules, each with a list")
    return {str(rule): tuple(entries) for rule, entries in document.items()}


def _rule(file: Path, overrides: tuple[Mapping[str, Any], ...]) -> Rule:
    document = read_yaml(file)
    if not isinstance(document, dict):
        raise _wrong(file, "it holds no names")
    _check_shape(file, document)
    if document["id"] != file.stem:
        raise _wrong(file, f"its id {document['id']!r} is not the file's name")
    if document["severity"] not in SEVERITIES:
        raise _wrong(file, f"severity {document['severity']!r} is none of {', '.join(SEVERITIES)}")
    every, window = (_span(file, name, document[name]) for name in ("every", "window"))
    if not every or every % GRID:
        raise _wrong(file, f"every must be a multiple of {GRID.seconds} s")
    if not window:
        raise _wrong(file, "window must be longer than nothing")
    if set(document["actions"]) - set(CHANNELS):
        raise _wrong(file, f"actions must be some of {', '.join(CHANNELS)}")
    where = file.parent.parent / "overrides.yml"
    try:
        reading.inside(where.parent / "runbooks", str(document["runbook"]))
    except ValueError as error:
        raise _wrong(file, f"runbook: {error}") from error
    thresholds = {name: _threshold(file, name, value) for name, value in document["thresholds"].items()}
    texts = {name: text.strip() for name, text in document.items() if isinstance(text, str)}
    if missing := _TEXTS - set(texts):
        raise _wrong(file, f"{', '.join(sorted(missing))} must be text")
    return Rule(
        **{name: texts[name] for name in _TEXTS},
        window=window,
        every=every,
        time_field=texts.get("time_field", "@timestamp"),
        by=tuple(document["by"]),
        thresholds=thresholds,
        actions=tuple(document["actions"]),
        quiet_for=_span(file, "recovery.quiet_for", document["recovery"].get("quiet_for", "0s")),
        source=file,
        overrides=tuple(_override(file.stem, thresholds, entry, where) for entry in overrides),
    )


def _check_shape(file: Path, document: Mapping[str, Any]) -> None:
    """Refuse a rule that lacks a part, has one that nobody knows, or has a word where a list is meant."""
    missing, unknown = _REQUIRED - set(document), set(document) - _REQUIRED - _OPTIONAL
    if missing or unknown:
        parts = [f"it lacks {', '.join(sorted(missing))}"] if missing else []
        parts += [f"nobody knows {', '.join(sorted(map(str, unknown)))}"] if unknown else []
        raise _wrong(file, "; ".join(parts))
    for name, each_of in (("by", "model_name, environment"), ("actions", ", ".join(CHANNELS))):
        value = document[name]
        if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
            raise _wrong(file, f"{name} must be a list of words, such as [{each_of}]")
    for name in ("thresholds", "recovery"):
        if not isinstance(document[name], dict):
            raise _wrong(file, f"{name} must hold names with values; {{}} for none")


def _threshold(file: Path, name: str, value: object) -> Threshold:
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return tuple(value)
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return value
    raise _wrong(file, f"thresholds.{name} must be a number, a word or a list of words")


def parse_overrides(rule: Rule, entries: Iterable[object], where: Path) -> tuple[Override, ...]:
    """Return the overrides that a file says for a rule.

    Raises:
        AssetError: An entry says something that the rule does not have.
    """
    return tuple(_override(rule.id, rule.thresholds, entry, where) for entry in entries)


def _override(rule: str, thresholds: Mapping[str, Threshold], entry: object, where: Path) -> Override:
    if not isinstance(entry, dict):
        raise _wrong(where, f"an override of {rule} holds no names")
    values = {key: value for key, value in entry.items() if key not in {"model", "environment", "enabled"}}
    numbers = {name for name, value in thresholds.items() if isinstance(value, int | float)}
    if unknown := set(values) - numbers:
        raise _wrong(where, f"{rule} has no number {', '.join(sorted(map(str, unknown)))}")
    if bad := [
        name for name, value in values.items() if not isinstance(value, int | float) or isinstance(value, bool)
    ]:
        raise _wrong(where, f"an override of {rule}: {', '.join(bad)} must be a number")
    if not isinstance(entry.get("enabled", True), bool):
        raise _wrong(where, f"an override of {rule}: enabled must be true or false")
    texts = {name: None if entry.get(name) is None else str(entry[name]) for name in ("model", "environment")}
    return Override(texts["model"], texts["environment"], entry.get("enabled", True), values)


def _span(file: Path, name: str, value: object) -> timedelta:
    if value == "0s":
        return timedelta(0)
    try:
        return read_span(str(value))
    except ValueError as error:
        raise _wrong(file, f"{name}: {error}") from error


def read_yaml(file: Path) -> Any:
    """Return what a YAML file holds.

    Raises:
        AssetError: It is missing or no YAML.
    """
    return reading.read_yaml(file, next_step=_FORM)


def _wrong(file: Path, what: str) -> AssetError:
    return AssetError(f"{file} cannot be used: {what}.", next_step=_FORM)
