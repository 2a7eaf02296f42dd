"""The table of blocks: the counts that a verdict rests on, asked by `dashboards/gate/` and kept as evidence."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_logs import assets, query
from model_logs.gate.method import tail_of, whole_p99

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch import Elasticsearch

    from model_logs.gate.question import Question, Window

__all__ = ["AGAINST", "CANDIDATE", "LEAST_PAIRED", "QUERY", "Arms", "Limits", "Table", "ask_arms", "ask_table"]

QUERY = "dashboards/gate/blocks.esql"
CANDIDATE, AGAINST = "candidate", "against"
# A 99th percentile rests on the slowest hundredth.
LEAST_PAIRED = 100
# No latency is longer.
NO_LIMIT = 3e38
_SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that are counted by.

    Attributes:
        slow_ms: A latency above it is slow.
        baseline_ms: A latency above it is slower than the baseline allows.
        stale_s: Features older than it are stale.
    """

    slow_ms: float = NO_LIMIT
    baseline_ms: float = NO_LIMIT
    stale_s: float = NO_LIMIT

    @staticmethod
    def above(op: str, value: float) -> float:
        """Return the number above which a value breaks a limit, as the index keeps numbers: in 32 bits."""
        stored: float = struct.unpack("f", struct.pack("f", value))[0]
        if op != "lt":
            return stored
        # The next smaller one: `less than 100` is broken by 100 itself.
        (bits,) = struct.unpack("I", struct.pack("f", stored))
        return float(struct.unpack("f", struct.pack("I", bits - 1))[0]) if bits else -1.0


@dataclass(frozen=True, slots=True)
class Arms:
    """Who predicted in the window.

    Attributes:
        rows: For each version and variant: predictions, begins, ends, p95_ms, p99_ms.
    """

    rows: tuple[Mapping[str, Any], ...]

    def predictions(self, version: str, variant: str) -> int:
        """Return the predictions of a version, and of a variant where one is named; without shadow traffic else."""
        return sum(row["predictions"] for row in self.rows if _is_arm(row, version, variant))

    def p99(self, version: str, variant: str) -> float | None:
        """Return the 99th percentile of its latency, where one row of the answer holds all of it."""
        found = [row["p99_ms"] for row in self.rows if _is_arm(row, version, variant)]
        return found[0] if len(found) == 1 else None

    def tail(self, version: str, variant: str) -> float:
        """Return how steep its latency is in the tail, on average over the rows."""
        found = [
            (row["predictions"], tail_of(row["p95_ms"], row["p99_ms"]))
            for row in self.rows
            if _is_arm(row, version, variant) and row["p99_ms"] is not None
        ]
        total = sum(count for count, _ in found)
        return sum(count * tail for count, tail in found) / total if total else 0.0

    def others(self) -> str:
        """Return who predicted, for a message."""
        found = {str(row["model_version"]): 0 for row in self.rows}
        for row in self.rows:
            found[str(row["model_version"])] += row["predictions"]
        return ", ".join(f"{version} ({count:,})" for version, count in list(found.items())[:5])


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by arm and block.

    Attributes:
        blocks: The number of blocks.
        arms: Arm → block → counts; a block without events is not there.
    """

    blocks: int
    arms: Mapping[str, Mapping[int, Mapping[str, Any]]] = field(default_factory=dict)

    def column(self, name: str, arm: str = CANDIDATE) -> list[int]:
        """Return one count of an arm, block by block; 0 where there is none."""
        rows = self.arms.get(arm, {})
        return [int(rows.get(block, {}).get(name) or 0) for block in range(self.blocks)]

    def total(self, name: str, arm: str = CANDIDATE) -> int:
        """Return the sum of one count."""
        return sum(self.column(name, arm))

    def extreme(self, name: str, arm: str = CANDIDATE) -> list[float]:
        """Return the values of a column that is no count, where there are any."""
        return [float(row[name]) for row in self.arms.get(arm, {}).values() if row.get(name) is not None]

    def ratios(self, tails: tuple[float, float]) -> list[float]:
        """Return the logarithms of the ratio of both arms' 99th percentiles, in blocks where both have enough.

        Args:
            tails: How steep the latency of the candidate, and of the other, is in the tail.
        """
        ours, theirs = self.arms.get(CANDIDATE, {}), self.arms.get(AGAINST, {})
        found = []
        for block in sorted(ours.keys() & theirs.keys()):
            pair = (ours[block], theirs[block])
            if all((row["timed"] or 0) >= LEAST_PAIRED and row["p99_ms"] > 0 for row in pair):
                one, other = (
                    whole_p99(row["p99_ms"], row["timed"], tail) for row, tail in zip(pair, tails, strict=True)
                )
                found.append(one - other)
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Return it as rows, for evidence."""
        return [
            {"arm": arm, "block": block, **row} for arm, blocks in self.arms.items() for block, row in blocks.items()
        ]

    @classmethod
    def from_rows(cls, blocks: int, rows: list[dict[str, Any]]) -> Table:
        """Return the table that `rows` gave."""
        arms: dict[str, dict[int, dict[str, Any]]] = {}
        for row in rows:
            counts = {name: value for name, value in row.items() if name not in {"arm", "block"}}
            arms.setdefault(row["arm"], {})[int(row["block"])] = counts
        return cls(blocks, arms)


def ask_arms(client: Elasticsearch, question: Question, window: Window) -> Arms:
    """Return who predicted in the window.

    Raises:
        QueryError: The answer is not whole.
    """
    answer = query.run(
        client,
        assets.path("dashboards/gate/arms.esql"),
        start=window.start,
        end=window.end,
        params={"model": question.model, "environment": question.environment},
        timeout=question.timeout,
    )
    return Arms(tuple(answer.records()))


def ask_table(
    client: Elasticsearch, question: Question, window: Window, limits: Limits
) -> tuple[Table, dict[str, Any]]:
    """Return the counts by block, and the parameters that they were asked with.

    Raises:
        QueryError: The answer is not whole.
    """
    params: dict[str, Any] = {
        "model": question.model,
        "environment": question.environment,
        "version": question.version,
        "variant": question.variant,
        "against_version": question.other_version,
        "against_variant": question.against_variant,
        "block_ms": int(window.block.total_seconds() * 1000),
        "slow_ms": limits.slow_ms,
        "baseline_ms": limits.baseline_ms,
        "stale_s": limits.stale_s,
    }
    return ask_with(client, window, params, timeout=question.timeout), params


def ask_with(client: Elasticsearch, window: Window, params: Mapping[str, Any], *, timeout: float) -> Table:
    """Return the counts by block for parameters as an evidence keeps them.

    Raises:
        QueryError: The answer is not whole.
    """
    answer = query.run(client, assets.path(QUERY), start=window.start, end=window.end, params=params, timeout=timeout)
    return Table.from_rows(window.blocks, answer.records())


def _is_arm(row: Mapping[str, Any], version: str, variant: str) -> bool:
    right = row["variant"] == variant if variant else row["variant"] != _SHADOW
    return bool(right and row["model_version"] == version)
