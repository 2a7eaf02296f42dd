"""Objective files in the form of OpenSLO: `load_objectives` reads one, and refuses what cannot be meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.errors import ConfigurationError, ModelLogsError, UnknownNameError
from model_logs.files.reading import read_yaml, wrong
from model_logs.times import read_span

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FOLDER", "INDICATORS", "Indicator", "Objective", "Objectives", "check", "load_objectives"]

FOLDER = "chaos"
_OBJECTIVES = "objectives"
SCHEMA = "objective"
_BUDGET = timedelta(days=30)
_RATIO = 1.1


@dataclass(frozen=True, slots=True)
class Indicator:
    """What can be measured.

    Attributes:
        name: Its name in the files.
        kind: `beyond` (the share of predictions beyond a value), `share` (of predictions), `rate` (a second) or
            `level` (a score that is logged).
        title: For people.
        unit: Of `value`.
        ops: How a good value may lie to the limit; empty where there is no value.
    """

    name: str
    kind: str
    title: str
    unit: str
    ops: tuple[str, ...]


INDICATORS = {
    each.name: each
    for each in (
        Indicator("latency", "beyond", "Latency", "ms", ("lt", "lte")),
        Indicator("errors", "share", "Error rate", "", ()),
        Indicator("throughput", "rate", "Throughput", "/s", ("gt", "gte")),
        Indicator("fallback", "share", "Fallback rate", "", ()),
        Indicator("freshness", "beyond", "Feature freshness", "s", ("lt", "lte")),
        Indicator("quality", "level", "Prediction quality", "", ("gt", "gte")),
        Indicator("drift", "level", "Drift", "", ("lt", "lte")),
    )
}


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective.

    Attributes:
        indicator: What is measured.
        title: For people.
        op: lt, lte, gt or gte; empty for a share.
        value: The limit in the indicator's unit; None for a share.
        target: The share of predictions that must be good; None for a rate and a level.
        when: always, logged or declared.
        allowed_ratio: How many times the other's p99 this one's may be.
    """

    indicator: Indicator
    title: str
    op: str = ""
    value: float | None = None
    target: float | None = None
    when: str = "always"
    allowed_ratio: float = _RATIO

    @property
    def name(self) -> str:
        """The indicator's name."""
        return self.indicator.name

    @property
    def limit(self) -> float:
        """The limit that is judged: the largest share of bad predictions, or else the value."""
        if self.target is not None:
            return round(1 - self.target, 12)
        return float(self.value or 0)

    def as_dict(self) -> dict[str, Any]:
        """Return it for evidence and `--output json`."""
        return {
            "indicator": self.name,
            "title": self.title,
            "op": self.op,
            "value": self.value,
            "target": self.target,
            "when": self.when,
            "allowed_ratio": self.allowed_ratio,
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Objective:
        """Return the objective that `as_dict` gave."""
        return cls(indicator=INDICATORS[said["indicator"]], **{k: v for k, v in said.items() if k != "indicator"})


@dataclass(frozen=True, slots=True)
class Objectives:
    """The objectives of one file.

    Attributes:
        name: As commands call it.
        title: For people.
        budget: The window of the error budget.
        members: The objectives, each of another indicator.
        source: The file; empty once it was changed for a model.
    """

    name: str
    title: str
    budget: timedelta
    members: tuple[Objective, ...]
    source: str = ""

    def of(self, indicator: str) -> Objective | None:
        """Return the objective of an indicator, or None."""
        return next((each for each in self.members if each.name == indicator), None)

    def changed(self, changes: Mapping[str, Mapping[str, Any]]) -> Objectives:
        """Return these objectives with what a tier or a model says otherwise.

        Args:
            changes: Indicator → `value`, `target`, `allowedRatio`, `when`, `enabled`.
        """
        made = []
        for each in self.members:
            said = dict(changes.get(each.name, {}))
            if said.pop("enabled", True):
                if "allowedRatio" in said:
                    said["allowed_ratio"] = said.pop("allowedRatio")
                made.append(replace(each, **said))
        return replace(self, members=tuple(made))


def load_objectives(which: str, folder: Path | None = None) -> Objectives:
    """Return the objectives of a file.

    Args:
        which: The name of a file in the folder (`slo`), or the path of one.
        folder: A folder like `chaos/`; that of the package by default.

    Raises:
        UnknownNameError: There is no file of that name.
        ConfigurationError: The file says what cannot be meant.
    """
    place = (folder or assets.path(FOLDER)) / _OBJECTIVES
    file = place / f"{which}.yml"
    if "/" not in which and file.is_file():
        return _read(file)
    if Path(which).suffix in {".yml", ".yaml"}:
        return _read(Path(which))
    known = sorted(each.stem for each in place.glob("*.yml"))
    raise UnknownNameError("objective file", which, known)


def check(file: Path) -> None:
    """See that a file that fits its schema can be meant.

    Raises:
        ConfigurationError: It cannot.
    """
    _read(file)


def _read(file: Path) -> Objectives:
    document = read_yaml(file, schema=SCHEMA, error=ConfigurationError)
    spec = document["spec"]
    members: list[Objective] = []
    for number, said in enumerate(spec["objectives"]):
        if problem := problem_of(said, {each.name for each in members}):
            raise _wrong(file, ("spec", "objectives", number), problem)
        indicator = INDICATORS[said["indicatorRef"]]
        members.append(
            Objective(
                indicator=indicator,
                title=said.get("displayName", indicator.title),
                op=said.get("op", ""),
                value=said.get("value"),
                target=said.get("target"),
                when=said.get("when", "always"),
                allowed_ratio=said.get("allowedRatio", _RATIO),
            )
        )
    window = spec.get("timeWindow")
    return Objectives(
        name=document["metadata"]["name"],
        title=document["metadata"].get("displayName", document["metadata"]["name"]),
        budget=read_span(window[0]["duration"]) if window else _BUDGET,
        members=tuple(members),
        source=str(file),
    )


def problem_of(said: Mapping[str, Any], before: set[str]) -> str:
    """Return what is wrong with one objective as it was written, and what to write; empty where nothing is."""
    indicator = INDICATORS[said["indicatorRef"]]
    name, ops, op = indicator.name, indicator.ops, said.get("op")
    aimed = indicator.kind in {"beyond", "share"}
    problems = (
        (name in before, "stands here twice; keep one of them"),
        (ops and (op not in ops or "value" not in said), f"needs a value, and op: {' or op: '.join(ops)}"),
        (
            not ops and (op or "value" in said),
            "has no op and no value; its limit is its target, such as target: 0.999",
        ),
        (aimed and "target" not in said, "needs a target, such as target: 0.99"),
        (not aimed and "target" in said, "has no target; its limit is its value"),
        ("allowedRatio" in said and name != "latency", "has no allowedRatio; that is for latency"),
        (
            said.get("when") == "declared" and name != "throughput",
            "has no when: declared; that is for throughput, so write when: logged or leave it out",
        ),
    )
    return next((f"an objective of {name} {what}" for found, what in problems if found), "")


def _wrong(file: Path, place: tuple[str | int, ...], what: str) -> ModelLogsError:
    return wrong(file, place, what, schema=SCHEMA, error=ConfigurationError)
