"""`judge`: from a question to a verdict with its evidence; asks the cluster, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs import baselines
from model_logs.errors import ConfigurationError, QueryError
from model_logs.gate import checks as checking
from model_logs.gate import doubts as doubting
from model_logs.gate.blocks import Table, ask_arms, ask_table
from model_logs.gate.question import window_before
from model_logs.gate.verdict import Check, Doubt, conclude
from model_logs.lineage.reading import row_of
from model_logs.objectives import load_models, load_objectives

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from model_logs.gate.checks import Setting
    from model_logs.gate.question import Question, Window
from model_logs.objectives import Objectives

__all__ = ["Judgement", "judge", "objectives_of"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and all that it rests on.

    Attributes:
        question: What was asked.
        objectives: What the version was held to, as it is for the model.
        window: Over which time.
        verdict: passed, failed or inconclusive.
        checks: One for each objective.
        doubts: Why the data allows no verdict, or less of one.
        notes: What a reader should know, and no doubt.
        table: The counts by block.
        setting: What the checks depend on beside the counts.
        params: The parameters of the query.
        at: When it was judged.
    """

    question: Question
    objectives: Objectives
    window: Window
    verdict: str
    checks: tuple[Check, ...]
    doubts: tuple[Doubt, ...]
    notes: tuple[str, ...]
    table: Table
    setting: Setting
    params: dict[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def deciding(self) -> Check | None:
        """The check that the verdict hangs on: the first that has it, or the one with the least margin."""
        same = [each for each in self.checks if each.verdict == self.verdict]
        judged = same or [each for each in self.checks if each.value is not None]
        return min(judged, key=_relative_margin) if judged else None

    @property
    def reasons(self) -> list[str]:
        """Why it did not pass, in sentences."""
        found = [each.text for each in self.doubts]
        found += [f"{each.title}: {each.reason}" for each in self.checks if each.verdict == "inconclusive"]
        return found


def objectives_of(question: Question, client: Elasticsearch | None = None) -> tuple[Objectives, float | None]:
    """Return the objectives as they are for the model, and its declared load.

    Args:
        question: What is asked.
        client: The cluster, whose catalog says the tier of a model that `models.yml` names none for.

    Raises:
        ConfigurationError: A file, or the question, cannot be meant.
        ClusterError: The cluster cannot be asked.
    """
    question.check()
    models, base = load_models(question.folder), load_objectives(question.objective, question.folder)
    about = (question.model, question.environment)
    tier = str(row_of(client, *about).get("tier") or "") if client is not None and models.tiers else ""
    objectives, entry = models.adapted(base, *about, tier), models.entry(*about, tier)
    load = question.load if question.load is not None else entry.load
    throughput = objectives.of("throughput")
    if load is not None and throughput is not None and load < throughput.limit:
        raise ConfigurationError(
            f"A load of {load:g}/s is declared for {question.model}, and its objective is {throughput.limit:g}/s.",
            next_step=f"Declare a higher load, or write throughput: {{value: {load:g}}} for it in chaos/models.yml.",
        )
    return objectives, load


def judge(client: Elasticsearch, question: Question, *, now: datetime | None = None) -> Judgement:
    """Judge a version over a window.

    Args:
        client: The cluster.
        question: What is asked.
        now: The moment of the question.

    Raises:
        ConfigurationError: The question, or an objective file, cannot be meant.
        ClusterError: The cluster cannot be asked.
    """
    objectives, load = objectives_of(question, client)
    now = now or datetime.now(UTC)
    window = window_before(question.end or now - question.settle, question.window, now)
    setting = checking.Setting(
        objectives.members, window.block.total_seconds(), paired=question.other if question.paired else "", load=load
    )
    table = Table(window.blocks)
    params: dict[str, Any] = {}
    doubts: list[Doubt] = []
    notes: list[str] = []
    try:
        setting = _with_baseline(client, question, setting, doubts, notes)
        arms = ask_arms(client, question, window)
        candidate, other = (question.version, question.variant), (question.other_version, question.against_variant)
        setting = replace(setting, p99_ms=arms.p99(*candidate), tails=(arms.tail(*candidate), arms.tail(*other)))
        doubts += doubting.about_arms(question, window, arms)
        table, params = ask_table(client, question, window, checking.limits_of(setting))
        doubts += doubting.about_flow(table, window, paired=question.paired)
        doubts += doubting.about_loss(client, question, window, now)
        if question.approval:
            doubts += doubting.about_approval(client, question, now)
    except QueryError as error:
        doubts.append(Doubt("partial answer", error.what))
    unnumbered = table.total("unnumbered")
    if unnumbered:
        notes.append(f"{unnumbered:,} events carry no number of a writer: whether others are lost nobody can tell.")
    found = tuple(checking.judge(table, setting))
    verdict = conclude(found, doubts)
    return Judgement(
        question, objectives, window, verdict, found, tuple(doubts), tuple(notes), table, setting, params, now
    )


def _with_baseline(
    client: Elasticsearch, question: Question, setting: Setting, doubts: list[Doubt], notes: list[str]
) -> Setting:
    if not question.baseline:
        return setting
    found = baselines.current(client, model=question.model, environment=question.environment)
    if not found:
        text = f"{question.model} has no baseline in {question.environment} (`model-logs baseline record`)"
        doubts.append(Doubt("no baseline", text))
        return setting
    figures = found[0].figures
    notes.append(
        f"The baseline is of version {figures.version or 'all'}, {figures.count:,} predictions until"
        f" {figures.end:%Y-%m-%d %H:%M}: another time, so there are no pairs. Its latency is taken as an absolute"
        " limit, and its own uncertainty is in no interval."
    )
    return replace(setting, baseline_ms=figures.p99_ms)


def _relative_margin(check: Check) -> float:
    margin = check.margin
    return float("inf") if margin is None or not check.limit else margin / check.limit
