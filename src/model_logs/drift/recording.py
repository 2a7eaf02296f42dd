"""Records results about drift, of model-logs or of another tool, as the events that DataDriftAlert reads.

One `quality` event with the score each time, so that there is a line in the dashboard; one `drift_detected` event
where something drifted. `findings` reads a plain dictionary and the two forms of Evidently's results, by their shape
alone: Evidently itself is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeGuard

from model_logs.drift.comparison import THRESHOLD, Comparison
from model_logs.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs._logger import Logger

__all__ = ["Findings", "findings", "record"]

_SHAPES = (
    "a dictionary with `score` or `drifted` (and `features`, `reason`, `metrics`), a result of Evidently 0.7 or newer"
    " (its `.dict()`), or one of its older reports (its `.as_dict()`)"
)
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Findings:
    """A result about drift, whichever tool found it.

    Attributes:
        drifted: Whether it is a drift.
        score: How far; for Evidently the share of columns that drifted.
        reason: Which features, for people; empty when there is nothing to say.
        metrics: Figures by name.
    """

    drifted: bool
    score: float | None
    reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


def record(
    result: Any,
    *,
    model_name: str,
    model_version: str | None = None,
    threshold: float = THRESHOLD,
    logger: Logger | None = None,
    **fields: Any,
) -> Findings:
    """Write a result about drift to the log of this process: `quality`, and `drift_detected` where there is one.

    Args:
        result: A `Comparison`; a plain dictionary with `score` or `drifted` (and `features`, `reason`, `metrics`); a
            result of Evidently, new or old, or the dictionary that it gives.
        model_name: The model.
        model_version: Its version.
        threshold: Above which score a dictionary without `drifted` is a drift.
        logger: Which logger; `model_logs.logger` without one.
        fields: Other keywords of both events: `stage`, `labels`, ….

    Returns:
        What was read of the result.

    Raises:
        ContractError: The result has none of these shapes. It is for the job that watches, not for serving code.
    """
    found = findings(result, threshold=threshold)
    if logger is None:
        from model_logs import logger as ours

        logger = ours
    about = {"model_name": model_name, "model_version": model_version, "drift_score": found.score, **fields}
    logger.event("quality", **{"metrics": found.metrics or None, **about})
    if found.drifted:
        logger.event("drift_detected", **{"reason": found.reason or None, **about})
    return found


def findings(result: Any, *, threshold: float = THRESHOLD) -> Findings:
    """Return the findings of a result of any known tool.

    Raises:
        ContractError: It has none of the known shapes.
    """
    if isinstance(result, Comparison):
        figures = {"psi": result.score, "ks": result.ks}
        known = {name: value for name, value in figures.items() if value is not None}
        return Findings(bool(result.drifted), result.score, result.reason, known)
    if not isinstance(result, dict):
        # Evidently's own objects: new ones have `dict`, reports before 0.7 have `as_dict`.
        method = next((getattr(result, name, None) for name in ("as_dict", "dict") if hasattr(result, name)), None)
        result = method() if callable(method) else result
    if not isinstance(result, dict):
        raise _unknown(type(result).__name__)
    metrics = result.get("metrics")
    if isinstance(metrics, list):
        return _of_evidently([each for each in metrics if isinstance(each, dict)])
    return _of_dictionary(result, threshold)


def _unknown(what: str) -> ContractError:
    return ContractError(f"A result about drift cannot be read: {what}.", next_step=f"Give {_SHAPES}.")


def _of_dictionary(result: Mapping[str, Any], threshold: float) -> Findings:
    score = _number(result, "score", "drift_score")
    verdicts = (result.get(name) for name in ("drifted", "drift_detected"))
    drifted = next((each for each in verdicts if isinstance(each, bool)), None)
    scores = _numbers(result.get("features"))
    if score is None and scores:
        score = max(scores.values())
    if score is None and drifted is None:
        raise _unknown(f"a dictionary with {', '.join(map(str, list(result)[:10])) or 'nothing in it'}")
    drifted = bool(score is not None and score > threshold) if drifted is None else drifted
    reason = result.get("reason") or _listed({name: value for name, value in scores.items() if value > threshold})
    return Findings(drifted, score, str(reason), _numbers(result.get("metrics")))


def _of_evidently(metrics: list[dict[str, Any]]) -> Findings:
    """Read the metrics of Evidently: `DriftedColumnsCount` and `ValueDrift`, or those of its older reports."""
    verdict: bool | None = None
    share: float | None = None
    columns: dict[str, tuple[bool, float]] = {}
    for metric in metrics:
        inner = metric.get("result")
        if _is_map(inner):
            verdict, share = _of_old_metric(inner, verdict, share, columns)
        else:
            verdict, share = _of_new_metric(metric, verdict, share, columns)
    if share is None and columns:
        share = sum(drifted for drifted, _ in columns.values()) / len(columns)
    if share is None:
        raise _unknown("none of its metrics is one of drift")
    drifted = any(each for each, _ in columns.values()) if verdict is None else verdict
    reason = _listed({name: score for name, (bad, score) in columns.items() if bad})
    return Findings(drifted, share, reason, {"drifted_columns_share": share})


def _of_old_metric(
    result: dict[str, Any], verdict: bool | None, share: float | None, columns: dict[str, tuple[bool, float]]
) -> tuple[bool | None, float | None]:
    table = result.get("drift_by_columns")
    for each in [*table.values(), result] if _is_map(table) else [result]:
        if _is_map(each) and "column_name" in each and _is_number(each.get("drift_score")):
            columns[str(each["column_name"])] = bool(each.get("drift_detected")), float(each["drift_score"])
    if isinstance(result.get("dataset_drift"), bool):
        verdict = result["dataset_drift"]
        share = _number(result, "share_of_drifted_columns", "drift_share")
    return verdict, share


def _of_new_metric(
    metric: dict[str, Any], verdict: bool | None, share: float | None, columns: dict[str, tuple[bool, float]]
) -> tuple[bool | None, float | None]:
    value, config = metric.get("value"), metric.get("config")
    config = config if _is_map(config) else {}
    kind = str(config.get("type") or metric.get("metric_name") or "")
    if "DriftedColumnsCount" in kind and _is_map(value):
        share = _number(value, "share")
        least = _number(config, "drift_share")
        verdict = None if share is None else share >= (0.5 if least is None else least)
    elif "ValueDrift" in kind and _is_number(value) and "column" in config:
        limit = _number(config, "threshold")
        # A test's p-value is low where there is drift, a distance is high.
        by_test = "p_value" in str(config.get("method", ""))
        limit = (0.05 if by_test else 0.1) if limit is None else limit
        score = float(value)
        columns[str(config["column"])] = (score < limit if by_test else score >= limit), score
    return verdict, share


def _listed(scores: Mapping[str, float]) -> str:
    shown = [f"{name} {score:.3g}" for name, score in list(scores.items())[:_MOST_NAMED]]
    more = len(scores) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _numbers(values: Any) -> dict[str, float]:
    return {str(name): float(value) for name, value in values.items() if _is_number(value)} if _is_map(values) else {}


def _number(values: Mapping[str, Any], *names: str) -> float | None:
    return next((float(values[name]) for name in names if _is_number(values.get(name))), None)


def _is_number(value: Any) -> TypeGuard[float]:
    try:
        return not isinstance(value, bool | str | bytes) and isfinite(value)
    except (TypeError, OverflowError):
        return False


def _is_map(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)
