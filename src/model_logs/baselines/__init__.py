"""Baselines: the figures of a version that later ones are compared with.

The current one of each model and environment is a row of the lookup index `model-logs-baselines`, which the latency
alert and the version comparison join; each recording is an event in the audit trail, so earlier ones are not lost.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from model_logs import query
from model_logs.cluster import translated
from model_logs.errors import InconclusiveError
from model_logs.state.documents import id_of
from model_logs.times import iso

if TYPE_CHECKING:
    from datetime import timedelta

    from elasticsearch import Elasticsearch

    from model_logs.state.audit_trail import Recorder

__all__ = ["INDEX", "MIN_EVENTS", "Baseline", "Figures", "current", "measure", "record"]

INDEX = "model-logs-baselines"
_OUTCOMES = "model-logs-outcomes"
# A 99th percentile rests on the slowest hundredth: of a thousand predictions these are ten.
MIN_EVENTS = 1_000
# Without these a row of the lookup index is no baseline; a version and an error rate may be absent.
_NEEDED = frozenset(
    {"model_name", "environment", "recorded_at", "recorded_by", "baseline_from", "baseline_to", "baseline_count"}
    | {"baseline_p50_ms", "baseline_p95_ms", "baseline_p99_ms", "baseline_throughput_per_min"}
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Latency, errors and throughput of a model over a span of time.

    Attributes:
        model: The model.
        environment: Where.
        version: The version; None for all together.
        start: Begin, included.
        end: End, excluded.
        count: Predictions.
        p50_ms: Median latency.
        p95_ms: 95th percentile of latency.
        p99_ms: 99th percentile of latency.
        error_rate: Share of the judged predictions that failed, 0 to 1; None when none was judged.
        throughput_per_min: Predictions a minute.
        accuracy: Share of the predicted classes that turned out right, 0 to 1; None where no truth is known yet.
        mean_absolute_error: Mean distance of predicted and actual values; None where none is known yet.
        outcomes: How many truths these two rest on.
    """

    model: str
    environment: str
    version: str | None
    start: datetime
    end: datetime
    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    error_rate: float | None
    throughput_per_min: float
    accuracy: float | None = None
    mean_absolute_error: float | None = None
    outcomes: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the record for `--output json`."""
        return {name: iso(value) if isinstance(value, datetime) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Baseline:
    """A recorded baseline.

    Attributes:
        figures: What was measured.
        recorded_at: When it was recorded.
        recorded_by: By whom.
    """

    figures: Figures
    recorded_at: datetime
    recorded_by: str

    def as_dict(self) -> dict[str, Any]:
        """Return the record for `--output json`."""
        return {**self.figures.as_dict(), "recorded_at": iso(self.recorded_at), "recorded_by": self.recorded_by}


def measure(
    client: Elasticsearch,
    model: str,
    environment: str,
    *,
    version: str | None,
    end: datetime,
    window: timedelta,
    min_events: int = MIN_EVENTS,
) -> Figures:
    """Measure a model over the window that ends at `end`.

    Raises:
        InconclusiveError: There are fewer than `min_events` predictions.
        QueryError: The answer is not whole.
    """
    from model_logs import assets

    filters = {"model_name": [model], "environment": [environment]}
    if version is not None:
        filters["model_version"] = [version]
    answer = query.run(
        client, assets.path("alerts/queries/baseline.esql"), start=end - window, end=end, filters=filters
    )
    row = answer.records()[0]
    count = row["predictions"] or 0
    if count < max(min_events, 1):
        which = f"version {version} of {model}" if version is not None else model
        raise InconclusiveError(
            f"There are {count:,} predictions of {which} in {environment} from {iso(answer.start)} to"
            f" {iso(answer.end)}, and it takes {min_events:,} to judge by.",
            next_step="Take a longer --window, check the names, or ask for fewer with --min-events.",
        )
    return Figures(
        model=model,
        environment=environment,
        version=version,
        start=answer.start,
        end=answer.end,
        count=count,
        p50_ms=row["p50_ms"],
        p95_ms=row["p95_ms"],
        p99_ms=row["p99_ms"],
        error_rate=row["error_rate"],
        throughput_per_min=count / (window.total_seconds() / 60),
        **_quality(client, answer.start, answer.end, filters),
    )


def _quality(client: Elasticsearch, start: datetime, end: datetime, filters: dict[str, list[str]]) -> dict[str, Any]:
    """Return how right the predictions of a window were, by the truths that are known now."""
    from model_logs import assets

    with translated(f"looking for {_OUTCOMES}"):
        # An older installation has no outcomes.
        if not client.indices.exists(index=_OUTCOMES):
            return {}
    text = assets.path("alerts/queries/baseline-quality.esql")
    (row,) = query.run(client, text, start=start, end=end, filters=filters).records()
    return {name: row[name] for name in ("accuracy", "mean_absolute_error", "outcomes")}


def record(client: Elasticsearch, recorder: Recorder, figures: Figures, *, by: str, at: datetime) -> Baseline:
    """Make the figures the baseline of their model and environment, and put that into the audit trail.

    The event goes first: a baseline that nobody can account for is worse than an account of one that is missing.

    Raises:
        ClusterError: The cluster refused.
    """
    numbers = {
        "baseline_p50_ms": figures.p50_ms,
        "baseline_p95_ms": figures.p95_ms,
        "baseline_p99_ms": figures.p99_ms,
        "baseline_error_rate": figures.error_rate,
        "baseline_throughput_per_min": figures.throughput_per_min,
        "baseline_count": figures.count,
        "baseline_accuracy": figures.accuracy,
        "baseline_mean_absolute_error": figures.mean_absolute_error,
        "baseline_outcomes": figures.outcomes,
    }
    key = f"{figures.model}|{figures.environment}"
    recorder.record(
        "baseline_recorded",
        f"baseline-{at:%Y%m%dT%H%M%S%f}-{_short(key)}",
        at,
        {
            "model_name": figures.model,
            "model_version": figures.version,
            "environment": figures.environment,
            "user.name": by,
            "metrics": {name: float(value) for name, value in numbers.items() if value is not None},
            "message": f"Baseline over {iso(figures.start)} to {iso(figures.end)}",
        },
    )
    row = {
        "model_environment": key,
        "model_name": figures.model,
        "environment": figures.environment,
        "baseline_version": figures.version,
        **numbers,
        "baseline_from": iso(figures.start),
        "baseline_to": iso(figures.end),
        "recorded_at": iso(at),
        "recorded_by": by,
    }
    with translated(f"writing the baseline of {key}"):
        client.index(index=INDEX, id=id_of(key), document=row, refresh=True)
    return Baseline(figures, at, by)


def current(client: Elasticsearch, *, model: str | None = None, environment: str | None = None) -> list[Baseline]:
    """Return the baselines that count now, by model and environment."""
    wanted = {"model_name": model, "environment": environment}
    terms = [{"term": {name: value}} for name, value in wanted.items() if value is not None]
    with translated(f"reading {INDEX}"):
        found = client.search(
            index=INDEX,
            query={"bool": {"filter": terms}},
            sort=["model_name", "environment"],
            size=10_000,
            allow_partial_search_results=False,
        )
    return [_baseline(hit["_source"]) for hit in found["hits"]["hits"]]


def _baseline(row: dict[str, Any]) -> Baseline:
    """Return a row as a baseline.

    Raises:
        InconclusiveError: It lacks a figure: somebody else wrote it, or it was written in part.
    """
    if missing := sorted(_NEEDED - row.keys()):
        raise InconclusiveError(
            f"The baseline of {row['model_name']} in {row['environment']} lacks {', '.join(missing)}.",
            next_step="Record it again with `model-logs baseline record`.",
        )
    figures = Figures(
        model=row["model_name"],
        environment=row["environment"],
        version=row.get("baseline_version"),
        start=datetime.fromisoformat(row["baseline_from"]),
        end=datetime.fromisoformat(row["baseline_to"]),
        count=row["baseline_count"],
        p50_ms=row["baseline_p50_ms"],
        p95_ms=row["baseline_p95_ms"],
        p99_ms=row["baseline_p99_ms"],
        error_rate=row.get("baseline_error_rate"),
        throughput_per_min=row["baseline_throughput_per_min"],
        accuracy=row.get("baseline_accuracy"),
        mean_absolute_error=row.get("baseline_mean_absolute_error"),
        outcomes=row.get("baseline_outcomes") or 0,
    )
    return Baseline(figures, datetime.fromisoformat(row["recorded_at"]), row["recorded_by"])


def _short(key: str) -> str:
    from hashlib import sha256

    return sha256(key.encode()).hexdigest()[:12]
