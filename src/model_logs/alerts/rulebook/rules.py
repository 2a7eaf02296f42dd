"""The record of a rule, and the reader of a folder of rules.

A rule is one YAML file under `alerts/rules/`; thresholds of one's own stand in `alerts/overrides.yml`. This module
reads and checks both; it asks no cluster anything. The text of the query is put together in `query_text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.catalog.models_file import Catalog, load_catalog
from model_logs.errors import AssetError, ConfigurationError, UnknownNameError, meant
from model_logs.files import reading
from model_logs.files.reading import read_yaml, wrong
from model_logs.printing import printable
from model_logs.query.objective_numbers import objective_number
from model_logs.times import read_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from model_logs.query.objective_numbers import ObjectiveNumber
__all__ = [
    "GRID",
    "SEVERITIES",
    "VARIANT",
    "Override",
    "Rule",
    "Threshold",
    "find_rule",
    "folder",
    "load_rules",
    "parse_overrides",
    "read_rule",
]

# None for a number of objectives that have no such objective.
Threshold = float | int | str | tuple[str, ...] | None

# P1 wakes somebody up, P2 is looked at today, P3 this week.
SEVERITIES = {"P1": "critical", "P2": "warning", "P3": "info"}

# Windows of all rules end on multiples of this.
GRID = timedelta(seconds=30)

# The column of `by` that most rows have no value for: the arm of a rollout. A row without it is named without it.
VARIANT = "variant"

_TEXTS = ("id", "name", "severity", "owner", "summary", "unit", "query", "condition", "runbook", "dashboard")
_OF_AN_OVERRIDE = ("model", "environment", "enabled")


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
        escalate_after: How long whoever is told first has; None where the runbook names no time.
        quiet_for: How long the condition must be false until the alert is over.
        overrides: Other thresholds, the first that fits a row counts.
        row_thresholds: Threshold → the column that replaces it in rows that have a value; an override goes before.
        catalog: The facts about models; an owner in it goes before `owner`.
        objective_numbers: The thresholds that are numbers of the objectives, with those of single models.
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
    escalate_after: timedelta | None = None
    overrides: tuple[Override, ...] = ()
    row_thresholds: Mapping[str, str] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=Catalog, repr=False, compare=False)
    objective_numbers: Mapping[str, ObjectiveNumber] = field(default_factory=dict, repr=False)

    @property
    def level(self) -> str:
        """The severity as PagerDuty, Kibana and the events name it: critical, warning or info."""
        return SEVERITIES[self.severity]

    @property
    def runbook_file(self) -> Path:
        """The runbook: the next steps for the person who is alerted."""
        return self.source.parent.parent / "runbooks" / self.runbook


def folder(given: Path | None = None) -> Path:
    """Return the folder with `rules/`, `runbooks/`, `tests/`, `templates/` and `overrides.yml`.

    Raises:
        ConfigurationError: The folder that was named is none, or holds no rules.
    """
    if given is None:
        return assets.path("alerts")
    if not (given / "rules").is_dir():
        raise ConfigurationError(
            f"The folder {printable(str(given))} holds no rules/."
            if given.is_dir()
            else f"There is no folder {printable(str(given))}.",
            next_step="Name a folder in the form of alerts/: rules/, runbooks/, tests/ and overrides.yml.",
        )
    return given


def load_rules(given: Path | None = None) -> tuple[Rule, ...]:
    """Return every rule of the folder, by id, its overrides put in.

    Raises:
        AssetError: A file cannot be read or says something that cannot be meant.
    """
    where = folder(given)
    overrides = _overrides(where / "overrides.yml")
    catalog = load_catalog(where)
    rules = [
        replace(read_rule(file, overrides.pop(file.stem, ())), catalog=catalog)
        for file in sorted((where / "rules").glob("*.yml"))
    ]
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


def find_rule(rules: tuple[Rule, ...], wanted: str) -> Rule:
    """Return the rule of that id or name.

    Raises:
        AssetError: There is none.
    """
    for rule in rules:
        if wanted in {rule.id, rule.name}:
            return rule
    raise UnknownNameError("rule", wanted, [rule.id for rule in rules])


def _overrides(file: Path) -> dict[str, list[Mapping[str, Any]]]:
    return (read_yaml(file, schema="overrides") or {}) if file.is_file() else {}


def read_rule(file: Path, overrides: Iterable[Mapping[str, Any]] = ()) -> Rule:
    """Return the rule of one file.

    Raises:
        AssetError: It cannot be read or says something that cannot be meant.
    """
    document = read_yaml(file, schema="rule")
    if document["id"] != file.stem:
        raise wrong(file, ("id",), f"its id {document['id']!r} is not the file's name", schema="rule")
    every = read_span(document["every"])
    if every % GRID:
        what = f"every is {document['every']}, and must be a multiple of {GRID.seconds} s"
        raise wrong(file, ("every",), what, schema="rule")
    folder = file.parent.parent
    try:
        reading.inside(folder / "runbooks", document["runbook"])
    except ValueError as error:
        raise wrong(file, ("runbook",), f"runbook: {error}", schema="rule") from error
    for name in document.get("row_thresholds") or {}:
        if name not in document["thresholds"]:
            raise wrong(file, ("row_thresholds", name), f"{printable(name)} is none of the thresholds", schema="rule")
    quiet_for = document["recovery"].get("quiet_for", "0s")
    said = document["thresholds"]
    numbers = _objective_numbers(folder, said)
    thresholds = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    # A number of the objectives is changed there, and not in overrides.yml.
    own = {name: value for name, value in thresholds.items() if name not in numbers}
    return Rule(
        **{name: document[name].strip() for name in _TEXTS},
        window=read_span(document["window"]),
        every=every,
        time_field=document.get("time_field", "@timestamp"),
        by=tuple(document["by"]),
        thresholds={**thresholds, **{name: number.default for name, number in numbers.items()}},
        objective_numbers=numbers,
        actions=tuple(document["actions"]),
        quiet_for=timedelta(0) if quiet_for == "0s" else read_span(quiet_for),
        source=file,
        escalate_after=read_span(document["escalate_after"]) if "escalate_after" in document else None,
        row_thresholds=document.get("row_thresholds") or {},
        overrides=parse_overrides(file.stem, own, overrides, folder / "overrides.yml", (file.stem,)),
    )


def _objective_numbers(folder: Path, said: Mapping[str, Any]) -> dict[str, ObjectiveNumber]:
    """Return the numbers of the objectives that lie beside the folder of alerts, else of those of the package."""
    beside = folder.parent / "chaos"
    given = beside if (beside / "objectives").is_dir() else None
    return {name: objective_number(each, given) for name, each in said.items() if isinstance(each, dict)}


def parse_overrides(
    rule: str,
    thresholds: Mapping[str, Threshold],
    entries: Iterable[Mapping[str, Any]],
    file: Path,
    place: tuple[str | int, ...],
) -> tuple[Override, ...]:
    """Return the overrides that a file says for a rule.

    Args:
        rule: Its id.
        thresholds: What the rule has.
        entries: What the file says.
        file: Its path.
        place: Where in it the entries stand.

    Raises:
        AssetError: An entry names a threshold that the rule does not have.
    """
    numbers = [name for name, value in thresholds.items() if not isinstance(value, str | tuple)]
    found = []
    for number, entry in enumerate(entries):
        values = {key: value for key, value in entry.items() if key not in _OF_AN_OVERRIDE}
        for name in values:
            if name not in numbers:
                what = f"{rule} has no number {printable(name)}"
                at = (*place, number, name)
                raise wrong(file, at, what, schema="overrides", next_step=meant(name, numbers))
        model, environment = (None if entry.get(key) is None else str(entry[key]) for key in ("model", "environment"))
        found.append(Override(model, environment, entry.get("enabled", True), values))
    return tuple(found)
