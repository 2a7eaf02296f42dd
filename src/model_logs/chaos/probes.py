"""Probes of experiments: numbers for a tolerance of the Chaos Toolkit to judge.

`share_answered` looks at the load's own record, as a client sees the service; others ask the cluster, by one query of
`chaos/queries` or one of the user's own. A probe that has nothing to look at raises: it is never a pass.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.chaos import load
from model_logs.errors import ConfigurationError, QueryError, UnknownNameError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

__all__ = [
    "alerts_fired",
    "events_seen",
    "part_of_objective",
    "query_value",
    "requests_logged",
    "service_lives",
    "share_answered",
    "share_of_status",
]

LOAD = "MODEL_LOGS_CHAOS_LOAD"
_NAMED = "chaos/queries"
# Indicator of an objective → the query for the share of bad predictions.
_OF_INDICATOR = {
    "errors": "error-rate",
    "fallback": "fallback-rate",
    "freshness": "old-feature-share",
    "latency": "slow-share",
}


def share_answered(last_s: float = 5, within_ms: float | None = None) -> float:
    """Return the share of the load's requests that were answered with 200 to 299.

    Args:
        last_s: Of the requests that were due in so many seconds, up to the load's time-out ago: later ones may still
            be answered.
        within_ms: Count only answers that came in time.

    Raises:
        ConfigurationError: No load is on.
    """
    answers = _answers(last_s, within_ms)
    return (answers.ok if within_ms is None else answers.within) / answers.sent


def share_of_status(statuses: list[str], last_s: float = 5) -> float:
    """Return the share of the load's requests that ended with one of these statuses.

    Args:
        statuses: `["500", "timeout", "refused"]`.
        last_s: As for `share_answered`.
    """
    answers = _answers(last_s, None)
    return sum(answers.statuses.get(str(status), 0) for status in statuses) / answers.sent


def query_value(
    query: str, model: str, environment: str, last_s: float = 30, min_events: int = 20, **params: Any
) -> float:
    """Return the number that a query answers with.

    Args:
        query: The name of a query in `chaos/queries` (error-rate, fallback-rate, latency-p99, …), or a file with one:
            it has the columns value and events.
        model: The model's name.
        environment: Its environment.
        last_s: The query's time range: so many seconds until now.
        min_events: With fewer events the probe fails: it cannot know.
        params: Further parameters of the query.

    Raises:
        QueryError: The query is wrong, or there are too few events.
    """
    end = datetime.now(UTC)
    return _value(
        query,
        end - timedelta(seconds=last_s),
        end,
        min_events,
        {"model": model, "environment": environment, **params},
    )


def part_of_objective(  # noqa: PLR0917 - experiments name arguments
    indicator: str,
    model: str,
    environment: str,
    objective: str = "degraded",
    last_s: float = 30,
    min_events: int = 20,
) -> float:
    """Return the share of bad predictions as a part of what an objective allows: 1 is the limit itself.

    A point estimate over seconds, for a steady state; a promotion is judged by `model-logs gate`.

    Args:
        indicator: latency, errors, fallback or freshness.
        model: The model's name.
        environment: Its environment.
        objective: The objectives: a name of `chaos/objectives`, or a file.
        last_s: The time range: so many seconds until now.
        min_events: With fewer events the probe fails: it cannot know.

    Raises:
        UnknownNameError: The indicator is none of these, or the file has no such objective.
    """
    from model_logs.objectives import load_models, load_objectives

    found = load_models().adapted(load_objectives(objective), model, environment).of(indicator)
    if found is None or indicator not in _OF_INDICATOR:
        raise UnknownNameError("objective of predictions", indicator, _OF_INDICATOR)
    limit = {} if found.value is None else {"limit": found.value}
    share = query_value(_OF_INDICATOR[indicator], model, environment, last_s, min_events, **limit)
    return share / found.limit


def events_seen(event_type: str, model: str, environment: str, last_s: float = 600, status: str = "any") -> float:
    """Return how many events of a type there are of a model.

    Args:
        event_type: `drift_detected`, `circuit_opened`, …
        model: The model's name.
        environment: Its environment.
        last_s: In so many seconds until now.
        status: Count only those with this status.
    """
    end = datetime.now(UTC)
    params = {"event_type": event_type, "model": model, "environment": environment, "status": status}
    return _value("events-seen", end - timedelta(seconds=last_s), end, 0, params)


def alerts_fired(rule: str, model: str, last_s: float = 600) -> float:
    """Return how often a rule fired for a model.

    Args:
        rule: The rule's id, such as `data-drift`.
        model: The model's name.
        last_s: In so many seconds until now.
    """
    end = datetime.now(UTC)
    return _value("alert-fired", end - timedelta(seconds=last_s), end, 0, {"rule": rule, "model": model})


def requests_logged(prefix: str, begin: float) -> tuple[int, int]:
    """Return how many requests have an event, and how many events they have.

    Args:
        prefix: What their ids begin with.
        begin: Since when, in seconds since 1970.
    """
    # A clock may be wrong, and an event of the last request may carry a time of the next second.
    start, end = datetime.fromtimestamp(begin - 600, UTC), datetime.now(UTC) + timedelta(seconds=600)
    record = _record("logged-requests", start, end, {"prefix": prefix})
    return int(record.get("value") or 0), int(record.get("events") or 0)


def service_lives(pid_file: str) -> bool:
    """Return whether the process of a file runs."""
    from model_logs.chaos.tools.processes import find

    try:
        return find(pid_file).alive
    except ConfigurationError:
        return False


def _answers(last_s: float, within_ms: float | None) -> load.Answers:
    folder = os.environ.get(LOAD)
    if not folder:
        raise ConfigurationError(
            "No load is on, so nothing can be said of answers.",
            next_step="Run the experiment by `model-logs chaos run`, with load: in its extension.",
        )
    plan = json.loads((Path(folder) / "plan.json").read_bytes())
    until = time.time() - plan["timeout_ms"] / 1000
    answers = load.read(
        Path(folder) / "answers.ndjson",
        since=until - last_s,
        until=until,
        within_ms=within_ms if within_ms is not None else float("inf"),
    )
    if not answers.sent:
        raise ConfigurationError(
            f"The load sent nothing within {last_s:g} s.",
            next_step="Let the load run before the steady state is asked for.",
        )
    return answers


def _value(query: str, start: datetime, end: datetime, min_events: int, params: dict[str, Any]) -> float:
    record = _record(query, start, end, params)
    value, events = record.get("value"), int(record.get("events") or 0)
    if value is None or events < min_events:
        raise QueryError(
            f"{query} has {events} events, and at least {max(1, min_events)} are needed.",
            next_step="Let the load run longer, or look at whether events arrive: model-logs audit.",
        )
    return float(value)


def _record(query: str, start: datetime, end: datetime, params: dict[str, Any]) -> dict[str, Any]:
    from model_logs.query import run

    text = _text(query)
    # A parameter that the query does not name would be refused.
    used = {name: value for name, value in params.items() if f"?{name}" in text}
    found = run(_client(), text, start=start, end=end, params=used, allow_top_n=True)
    found.require(["value", "events"], f"The query {query}")
    return found.records()[0] if found.rows else {}


def _text(query: str) -> str:
    from model_logs import assets
    from model_logs.files.reading import read_text

    named = assets.root() / _NAMED / f"{query}.esql"
    return read_text(named if named.is_file() else Path(query))


def _client() -> Elasticsearch:
    from model_logs.cluster import Connection, connect
    from model_logs.settings import configured

    given = configured("elasticsearch")
    if "timeout" in given:
        given["timeout"] = float(given["timeout"])
    if isinstance(given.get("url"), list):
        given["url"] = ",".join(map(str, given["url"]))
    return connect(Connection(**given))
