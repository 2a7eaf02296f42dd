"""Runs the tests of rules on a real, empty cluster, and reports each difference.

Every case begins fifteen days after the one before it, so that no window sees the events of another; rows of the
lookup indices are there only while their case is judged.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from model_logs.alerts.notify.messages import summary_of
from model_logs.alerts.rulebook import query_text
from model_logs.alerts.rulebook.evaluation import key_of, rows_of
from model_logs.alerts.rulebook.runbooks import first_steps
from model_logs.alerts.ruletests import synthetic
from model_logs.cluster import translated
from model_logs.errors import AssetError, ClusterError, QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.alerts.ruletests.cases import Case, Expectation

__all__ = ["CaseResult", "Trial", "refuse_foreign_data"]

_FIRST_DAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
# More than the longest window of a rule, and the longest case.
_APART = timedelta(days=15)
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of one case.

    Attributes:
        case: The case.
        differences: A sentence for each thing that was not as expected; empty when the case passed.
    """

    case: Case
    differences: tuple[str, ...]


class Trial:
    """The events of some cases, written once, to be judged by rules and by changed rules.

    Args:
        client: Of a cluster where `elk-bootstrap apply` was run and no events are.
        cases: The cases.
    """

    def __init__(self, client: Elasticsearch, cases: tuple[Case, ...]) -> None:
        self._client = client
        self._begins = {id(case): _FIRST_DAY + number * _APART for number, case in enumerate(cases)}
        synthetic.write_synthetic_events(
            client, {f"case{number}": (case, self._begins[id(case)]) for number, case in enumerate(cases)}
        )

    def begin(self, case: Case) -> datetime:
        """Return when the case begins."""
        return self._begins[id(case)]

    def judge(self, case: Case, rule: Rule) -> CaseResult:
        """Ask the rule at each time of the case."""
        return self.judge_all(case, [rule])[0]

    def judge_all(self, case: Case, rules: list[Rule]) -> list[CaseResult]:
        """Evaluate several forms of the case's rule, while its rows stand in the lookup indices."""
        with self.rows(case):
            return [self._judged(case, replace(rule, overrides=case.overrides)) for rule in rules]

    def _judged(self, case: Case, rule: Rule) -> CaseResult:
        text = query_text.alerts_query(rule)
        differences: list[str] = []
        for expected in case.expect:
            at = self.begin(case) + expected.at
            try:
                rows, _ = rows_of(self._client, rule, text, at)
            except QueryError as error:
                return CaseResult(case, (f"at {_clock(expected)} the query failed: {error}",))
            found = {key_of(rule, row): row for row in rows}
            said = [*_compare(rule, expected, found), *_unspoken(rule, rows)]
            differences += [f"at {_clock(expected)} {each}" for each in said]
        return CaseResult(case, tuple(differences))

    @contextmanager
    def rows(self, case: Case) -> Iterator[None]:
        """Keep the rows of the case in the lookup indices."""
        rows = list(synthetic.lookup_rows(case, self.begin(case)))
        try:
            with translated("writing rows of the lookup indices"):
                for index, key, document in rows:
                    self._client.index(index=index, id=key, document=document, refresh=True)
            yield
        finally:
            with translated("removing rows of the lookup indices"):
                for index, key, _ in rows:
                    self._client.delete(index=index, id=key, refresh=True)


def refuse_foreign_data(client: Elasticsearch) -> None:
    """Refuse a cluster that holds events: the tests would mix theirs with them.

    Raises:
        ClusterError: There are events.
    """
    with translated("looking for events"):
        ours = "logs-model.*,metrics-model.*,model-logs-outcomes*"
        held = client.count(index=ours, expand_wildcards="all", ignore_unavailable=True)
    if held["count"]:
        raise ClusterError(
            f"The cluster holds {held['count']} events or samples; tests of rules write synthetic ones among them.",
            next_step="Leave out --url, so that a development node of its own is started, or name an empty cluster.",
        )


def _compare(rule: Rule, expected: Expectation, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    wanted = {key_of(rule, alert): alert for alert in expected.fires}
    for key in sorted(set(wanted) - set(found)):
        yield f"{key} should fire and does not"
    for key in sorted(set(found) - set(wanted)):
        figures = ", ".join(f"{name} {found[key][name]}" for name in ("value", "threshold", "events"))
        yield f"{key} fires and should not: {figures}"
    for key in sorted(set(wanted) & set(found)):
        for column, value in wanted[key].items():
            actual = found[key].get(column)
            if not _same(value, actual):
                yield f"{key} fires with {column} {actual!r}, not {value!r}"


def _unspoken(rule: Rule, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the reasons why the alert of a row makes no message: its sentence fails, or its runbook has no steps."""
    for row in rows:
        try:
            summary_of(rule, row)
            first_steps(rule.runbook_file)
        except AssetError as error:
            yield f"{key_of(rule, row)} fires and cannot be put into words: {error}"
            return


def _clock(expected: Expectation) -> str:
    minutes, seconds = divmod(int(expected.at.total_seconds()), 60)
    return f"{minutes}m{seconds:02}s"


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, int | float) and isinstance(actual, int | float) and not isinstance(expected, bool):
        return abs(expected - actual) <= _CLOSE * max(1.0, abs(expected))
    return bool(expected == actual)
