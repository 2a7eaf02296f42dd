"""`take`: one look at the cluster for `model-logs monitor`; it judges as a gate does, and records nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs import assets, query
from model_logs.gate import Question, judge
from model_logs.monitor.alarms import Alarm, alarms
from model_logs.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.gate import Judgement

__all__ = ["Experiment", "Scope", "ServingVersion", "Snapshot", "take"]

# An experiment that did not end in this time was killed, and says nothing of now.
_FORGOTTEN = timedelta(hours=12)
STEADY, DISTURBED = "slo", "degraded"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at.

    Attributes:
        models: Only these; all that predict when empty.
        environment: Only this one; all when empty.
        objective: What versions are held to; empty for `slo`, or `degraded` while an experiment runs.
        window: How far back.
        folder: A folder like `chaos/`; None for that of the package.
        most: So many versions, the busiest.
    """

    models: tuple[str, ...] = ()
    environment: str = ""
    objective: str = ""
    window: timedelta = timedelta(minutes=15)
    folder: Path | None = None
    most: int = 10


@dataclass(frozen=True, slots=True)
class ServingVersion:
    """A version that answers, judged.

    Attributes:
        judgement: Its verdict and checks.
        predictions: How many it answered.
        gpu_pct: The mean use of its GPUs; None where it logs none.
    """

    judgement: Judgement
    predictions: int
    gpu_pct: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        question = self.judgement.question
        return {
            "model": question.model,
            "environment": question.environment,
            "version": question.version,
            "predictions": self.predictions,
            "gpu_utilization_pct": self.gpu_pct,
            "verdict": self.judgement.verdict,
            "checks": [each.as_dict() for each in self.judgement.checks],
            "doubts": [each.as_dict() for each in self.judgement.doubts],
        }


@dataclass(frozen=True, slots=True)
class Experiment:
    """A chaos experiment that runs.

    Attributes:
        id: Its run.
        name: Its name.
        target: What is disturbed; empty where it does not say.
        model: The model that it is about; empty for none.
        since: When it began.
    """

    id: str
    name: str
    target: str
    model: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look.

    Attributes:
        at: When.
        objective: What the versions are held to.
        versions: Those that answer, the busiest first.
        more: How many other versions answer.
        experiments: Those that run.
        alarms: Alerts that fire, the most severe first.
        unjudged: Names of rules that nobody evaluates now.
    """

    at: datetime
    objective: str
    versions: tuple[ServingVersion, ...]
    more: int
    experiments: tuple[Experiment, ...]
    alarms: tuple[Alarm, ...]
    unjudged: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "at": iso(self.at),
            "objective": self.objective,
            "versions": [each.as_dict() for each in self.versions],
            "more_versions": self.more,
            "experiments": [
                {
                    "id": each.id,
                    "name": each.name,
                    "target": each.target,
                    "model": each.model,
                    "since": iso(each.since),
                }
                for each in self.experiments
            ],
            "alerts": [each.as_dict(self.at) for each in self.alarms],
            "rules_not_evaluated": list(self.unjudged),
        }


def take(client: Elasticsearch, scope: Scope, rules: tuple[Rule, ...], now: datetime) -> Snapshot:
    """Look at the cluster once.

    Args:
        client: The cluster.
        scope: What to look at.
        rules: The rules whose alerts are shown.
        now: The moment.

    Raises:
        ConfigurationError: The objectives, or the window, cannot be meant.
        QueryError: An answer is not whole.
        ClusterError: The cluster cannot be asked.
    """
    experiments = _experiments(client, scope, now)
    objective = scope.objective or (DISTURBED if experiments else STEADY)
    rows = _serving(client, scope, now)
    versions = tuple(_judged(client, scope, objective, row, now) for row in rows[: scope.most])
    firing, unjudged = alarms(client, rules, now)
    wanted = [each for each in firing if each.concerns(scope.models, scope.environment)]
    return Snapshot(
        at=now,
        objective=objective,
        versions=versions,
        more=max(0, len(rows) - scope.most),
        experiments=experiments,
        alarms=tuple(wanted),
        unjudged=unjudged,
    )


def _serving(client: Elasticsearch, scope: Scope, now: datetime) -> list[dict[str, Any]]:
    file = assets.path("dashboards/gate/serving.esql")
    found: list[dict[str, Any]] = []
    for model in scope.models or ("",):
        answer = query.run(
            client,
            file,
            start=now - scope.window,
            end=now,
            params={"model": model, "environment": scope.environment},
            allow_top_n=True,
        )
        found += answer.records()
    return found


def _judged(
    client: Elasticsearch, scope: Scope, objective: str, row: dict[str, Any], now: datetime
) -> ServingVersion:
    question = Question(
        model=str(row["model_name"]),
        version=str(row["model_version"] or ""),
        environment=str(row["environment"]),
        objective=objective,
        window=scope.window,
        folder=scope.folder,
    )
    return ServingVersion(judge(client, question, now=now), int(row["predictions"]), row["gpu_pct"])


def _experiments(client: Elasticsearch, scope: Scope, now: datetime) -> tuple[Experiment, ...]:
    answer = query.run(
        client, assets.path("dashboards/gate/experiments.esql"), start=now - _FORGOTTEN, end=now, allow_top_n=True
    )
    return tuple(
        Experiment(str(row["id"]), row["name"] or "", row["target"] or "", row["model"] or "", row["since"])
        for row in answer.records()
        if not scope.models or not row["model"] or row["model"] in scope.models
    )
