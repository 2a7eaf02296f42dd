"""Looks at the documents: what failed, what was ignored or not understood, what came late or from the future."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs import assets, contract, query
from model_logs.cluster import translated
from model_logs.doctor.findings import NotAskedError, ok, problem, warning
from model_logs.doctor.traps import trap
from model_logs.tables.contract import OBJECTS
from model_logs.times import rounded_span

if TYPE_CHECKING:
    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

# A pattern that knows nearly everything leaves less than one line in a hundred; one in ten is a format of its own.
_UNPARSED_SEEN = 0.01
_UNPARSED_BITES = 0.1
# Filebeat looks every 5 s, Logstash and Elasticsearch need one more: a minute is not the way, it is a queue.
_LATE_S = 60.0
_VERY_LATE_S = 900.0
# Events are stamped by their writer, and handled later: what comes from the future tells of a clock.
_AHEAD_S = 2.0
_VERY_AHEAD_S = 60.0
_MOST = 5


def _window(estate: Estate, field: str = "@timestamp") -> dict[str, Any]:
    seconds = int(estate.where.since.total_seconds())
    return {"range": {field: {"gte": f"now-{seconds}s"}}}


def _search(estate: Estate, doing: str, **body: Any) -> dict[str, Any]:
    index = body.pop("index", None) or estate.events
    with translated(doing):
        return dict(
            estate.client.search(index=index, allow_partial_search_results=False, track_total_hits=True, **body).body
        )


def _buckets(answer: dict[str, Any], name: str) -> list[tuple[str, int]]:
    return [(bucket["key"], bucket["doc_count"]) for bucket in answer["aggregations"][name]["buckets"]]


@trap("failures")
def failures(estate: Estate) -> list[Finding]:
    """Find documents in the failure stores."""
    found = []
    for stream in estate.streams:
        if (stream.get("failure_store") or {}).get("indices"):
            found += _failed(estate, f"{stream['name']}::failures")
    return found or ok(f"the failure stores of {len(estate.streams)} streams are empty")


def _failed(estate: Estate, store: str) -> list[Finding]:
    fresh = {"fresh": {"filter": _window(estate)}}
    answer = _search(
        estate,
        f"looking into {store}",
        index=store,
        size=1,
        sort=[{"@timestamp": "desc"}],
        source_includes=["@timestamp", "error.type", "error.message"],
        aggregations=fresh,
    )
    total = answer["hits"]["total"]["value"]
    if not total:
        return []
    newest = answer["hits"]["hits"][0]["_source"]
    error = newest.get("error", {})
    recent = answer["aggregations"]["fresh"]["doc_count"]
    seen = (
        f"{total:,} documents, {recent:,} of them within {rounded_span(estate.where.since.total_seconds())};"
        f" the newest of {newest['@timestamp']}: {error.get('type')}: {str(error.get('message'))[:200]}"
    )
    remedy = f"GET {store}/_search shows error and document; fix the writer, then send the events again"
    return [(problem if recent else warning)(seen, store, remedy)]


@trap("ignored")
def ignored(estate: Estate) -> list[Finding]:
    """Find fields that are in documents and cannot be searched.

    Labels are meant to be bounded, and no metric is ignored but for its name, which `fields-full` tells.
    """
    answer = _search(
        estate,
        "looking for ignored fields",
        size=0,
        query={"bool": {"filter": [{"exists": {"field": "_ignored"}}, _window(estate)]}},
        aggregations={"fields": {"terms": {"field": "_ignored", "size": 1_000}}},
    )
    free = tuple(f"{name}." for name in OBJECTS)
    fields = [(name, count) for name, count in _buckets(answer, "fields") if not name.startswith(free)]
    return [
        warning(f"in {count:,} documents the value of {name} is kept but not indexed", name)
        for name, count in fields[:_MOST]
    ] or ok("no field of the contract is ignored in any document")


@trap("unparsed")
def unparsed(estate: Estate) -> list[Finding]:
    """Find many lines that nobody understood."""
    answer = _search(
        estate,
        "counting unparsed lines",
        size=0,
        query={"bool": {"filter": [_window(estate)]}},
        aggregations={
            "unparsed": {
                "filter": {"term": {"event_type": "unparsed"}},
                "aggs": {"reasons": {"terms": {"field": "reason", "size": 3}}},
            }
        },
    )
    total, body = answer["hits"]["total"]["value"], answer["aggregations"]["unparsed"]
    if not total:
        raise NotAskedError(f"there is no event within {rounded_span(estate.where.since.total_seconds())}")
    share = body["doc_count"] / total
    seen = f"{body['doc_count']:,} of {total:,} events are unparsed ({share:.1%})"
    if share <= _UNPARSED_SEEN:
        return ok(seen)
    reasons = "; ".join(f"{bucket['key']} ({bucket['doc_count']:,})" for bucket in body["reasons"]["buckets"])
    streams = f"{contract.load_contract().streams['unparsed'].in_environment('*')}"
    return [(problem if share > _UNPARSED_BITES else warning)(f"{seen}: {reasons[:300]}", streams)]


@trap("unknown-environment")
def unknown_environment(estate: Estate) -> list[Finding]:
    """Find events of environments that nobody has listed."""
    answer = _search(
        estate,
        "counting the events of unknown environments",
        size=0,
        query={"bool": {"filter": [_window(estate), {"term": {"environment": "unknown"}}]}},
        aggregations={"names": {"terms": {"field": "labels.environment", "size": _MOST}}},
    )
    total = answer["hits"]["total"]["value"]
    if not total:
        return ok("every event is of an environment on the list")
    names = ", ".join(f"{name!r} ({count:,})" for name, count in _buckets(answer, "names"))
    known = ",".join(estate.where.environments)
    remedy = (
        f"MODEL_LOGS_ENVIRONMENTS={known},NAME for Logstash and `ship`, then: elk-bootstrap apply; or fix the name"
    )
    return [
        warning(f"{total:,} events name an environment that is not listed: {names}", "logs-model.*-unknown", remedy)
    ]


def _travel(estate: Estate) -> list[dict[str, Any]]:
    """Return for each host how long its events were under way."""
    now = datetime.now(UTC)
    _ = estate.streams
    rows = query.run(
        estate.client,
        assets.path("dashboards/doctor/travel.esql"),
        start=now - estate.where.since,
        end=now,
        params={"ahead_ms": int(_AHEAD_S * 1000)},
        allow_top_n=True,
    ).records()
    if not rows:
        raise NotAskedError(
            f"no event with event.ingested came within {rounded_span(estate.where.since.total_seconds())}"
        )
    return rows


@trap("ingest-lag")
def ingest_lag(estate: Estate) -> list[Finding]:
    """Find hosts whose events come late."""
    rows = _travel(estate)
    found = []
    for row in rows:
        if row["p95_s"] > _LATE_S:
            seen = (
                f"of {row['events']:,} events one in twenty came more than {rounded_span(row['p95_s'])} after it"
                f" happened, the last after {rounded_span(row['highest_s'])}"
            )
            found.append((problem if row["p95_s"] > _VERY_LATE_S else warning)(seen, row["host"]))
    worst = max(row["p95_s"] for row in rows)
    return found or ok(f"95 % of the events of each of {len(rows)} hosts came within {rounded_span(max(worst, 0))}")


@trap("future-events")
def future_events(estate: Estate) -> list[Finding]:
    """Find hosts whose events were handled before they happened."""
    rows = _travel(estate)
    found = []
    for row in rows:
        if row["ahead"]:
            far = -row["lowest_s"]
            seen = f"{row['ahead']:,} of {row['events']:,} events are dated up to {rounded_span(far)} after they came"
            found.append((problem if far > _VERY_AHEAD_S else warning)(seen, row["host"]))
    return found or ok(f"no event of {len(rows)} hosts is dated after it came")
