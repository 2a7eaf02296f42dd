"""The comparison of two variants: agreement of labels, distance of scores, latency and failures, over their pairs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from model_logs import assets, query
from model_logs.errors import InconclusiveError

if TYPE_CHECKING:
    from datetime import datetime

    from elasticsearch import Elasticsearch

__all__ = ["Comparison", "compare_variants"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison: figures over the pairs of two variants.

    Attributes:
        pairs: Requests that both answered.
        only_control: Requests that the first alone answered.
        only_other: Requests that the second alone answered.
        labelled: Pairs in which both said a label.
        agreed: Pairs in which the labels are equal.
        scored: Pairs in which both gave a score.
        mean_difference: The second's score less the first's, on average; None without scores.
        mean_distance: The same without its sign.
        largest_distance: The largest of these.
        control_p50_ms: Median latency of the first, over the pairs.
        other_p50_ms: Median latency of the second.
        control_p99_ms: 99th percentile of the first's latency.
        other_p99_ms: 99th percentile of the second's.
        control_failed: Pairs in which the first failed.
        other_failed: Pairs in which the second failed.
        disagreements: Which label the first said, which the second, and in how many pairs; the most frequent twenty.
    """

    pairs: int
    only_control: int
    only_other: int
    labelled: int
    agreed: int
    scored: int
    mean_difference: float | None
    mean_distance: float | None
    largest_distance: float | None
    control_p50_ms: float | None
    other_p50_ms: float | None
    control_p99_ms: float | None
    other_p99_ms: float | None
    control_failed: int
    other_failed: int
    disagreements: tuple[tuple[str, str, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        rows = [{"control": first, "other": second, "requests": n} for first, second, n in self.disagreements]
        return {**asdict(self), "disagreements": rows}


def compare_variants(
    client: Elasticsearch,
    model: str,
    environment: str,
    *,
    start: datetime,
    end: datetime,
    control: str = "control",
    other: str = "shadow",
    timeout: float = 60.0,
) -> Comparison:
    """Compare two variants of a model over the requests that both answered.

    Args:
        client: The cluster.
        model: The model.
        environment: Where it runs.
        start: Begin, included.
        end: End, excluded.
        control: The variant that is compared with.
        other: The variant that is compared.
        timeout: Seconds for each of the two questions.

    Raises:
        InconclusiveError: No request was answered by both.
        QueryError: An answer is not whole.
    """
    params = {"model": model, "environment": environment, "control": control, "other": other}

    def ask(name: str, *, top: bool) -> list[dict[str, Any]]:
        file = assets.path(f"dashboards/compare/{name}.esql")
        answer = query.run(client, file, start=start, end=end, params=params, allow_top_n=top, timeout=timeout)
        return answer.records()

    (row,) = ask("pairs", top=False)
    if not row["pairs"]:
        raise InconclusiveError(
            f"No request of {model} in {environment} was answered by both {control}"
            f" ({row['only_control']:,} requests) and {other} ({row['only_other']:,}).",
            next_step="Give both the same request_id, name the variants (--control, --other), or a longer --since.",
        )
    found = [(r["control_says"], r["other_says"], r["requests"]) for r in ask("disagreements", top=True)]
    counts = {name: row[name] or 0 for name in ("control_failed", "other_failed")}
    return Comparison(**{**row, **counts}, disagreements=tuple(found))
