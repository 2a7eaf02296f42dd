"""Checks of Logstash's pipelines (8.19 to 9.5), by its API: queues, dead letters, refused requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from model_logs.doctor.findings import NotAskedError, ok, problem, shown_bytes, warning
from model_logs.doctor.traps import trap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

# The pipelines of `pipelines/pipelines.yml`; the first takes the events of the shippers.
_MAIN = "model-logs"
_OTHERS = ("model-logs-dead-letters", "model-logs-disk")
_OLDEST = (8, 19)
_FILLING = 0.5
_NEARLY_FULL = 0.9
# What the elasticsearch output repeats for ever, so that one event can stop a pipeline; 429 and 503 are passing.
_STUCK = ("400", "403", "404", "413")
_NO_ERROR = "no errors"


def _ours(estate: Estate) -> list[tuple[str, dict[str, Any]]]:
    """Return the running pipelines that take lines from shippers: ours, else every one with a Beats input."""
    running = {name: body for name, body in estate.logstash["pipelines"].items() if _runs(body)}
    if _MAIN in running:
        return [(_MAIN, running[_MAIN])]
    return [
        (name, body)
        for name, body in sorted(running.items())
        if any(plugin.get("name") in {"beats", "elastic_agent"} for plugin in _plugins(body, "inputs"))
    ]


def _takers(estate: Estate) -> list[tuple[str, dict[str, Any]]]:
    """Return the same, or say that there are none.

    Raises:
        NotAskedError: None runs.
    """
    if found := _ours(estate):
        return found
    raise NotAskedError("no running pipeline takes lines from shippers: see logstash-pipelines")


def _runs(pipeline: dict[str, Any]) -> bool:
    """Tell whether a pipeline runs; one that could not start, or has ended, is there as well, without these ids."""
    return bool(pipeline.get("ephemeral_id"))


def _plugins(pipeline: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return (pipeline.get("plugins") or {}).get(kind) or []


@trap("logstash-version")
def logstash_version(estate: Estate) -> list[Finding]:
    """Find a Logstash that the pipelines were not written for."""
    version = str(estate.logstash["version"])
    match = re.match(r"(\d+)\.(\d+)", version)
    if match is None or (int(match[1]), int(match[2])) < _OLDEST:
        return [warning(f"Logstash {version} is older than 8.19", str(estate.where.logstash_url).rpartition("@")[2])]
    return ok(f"Logstash {version}")


@trap("logstash-pipelines")
def logstash_pipelines(estate: Estate) -> list[Finding]:
    """Find pipelines that do not run."""
    pipelines = estate.logstash["pipelines"]
    running = sorted(name for name, body in pipelines.items() if _runs(body))
    found = [
        problem(f"{'its last reload' if _runs(body) else 'its start'} failed: {_error(body)}", name)
        for name, body in sorted(pipelines.items())
        if name.startswith(_MAIN) and _error(body)
    ]
    failed = {finding.where for finding in found}
    if not _ours(estate) and _MAIN not in failed:
        seen = f"neither the pipeline {_MAIN} nor one with a Beats input runs; there are: {_listed(running)}"
        found.append(problem(seen, _MAIN))
    elif _MAIN in running:
        missing = [name for name in _OTHERS if name not in running and name not in failed]
        found += [warning("the pipeline does not run", name) for name in missing]
    return found or ok(f"pipelines run: {_listed(running)}")


def dropped_lines(estate: Estate) -> list[tuple[str, int, int]]:
    """Return each pipeline that takes lines, how many it took, and how many it dropped as not about models.

    Since the start of the pipeline: Logstash keeps no count beyond that, and none of each pattern.

    Raises:
        NotAskedError: None runs.
    """
    return [
        (name, _count(body, "in"), sum(_count(each, "in") for each in _droppers(body)))
        for name, body in _takers(estate)
    ]


def _droppers(pipeline: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the filters that drop lines which `other_lines.yml` names."""
    return [plugin for plugin in _plugins(pipeline, "filters") if plugin.get("id") == "ignored"]


def _count(part: dict[str, Any], name: str) -> int:
    return int((part.get("events") or {}).get(name) or 0)


def _error(pipeline: dict[str, Any]) -> str:
    """Return why the last start or reload of a pipeline failed; empty when it did not."""
    last = (pipeline.get("reloads") or {}).get("last_error")
    return str(last.get("message") if isinstance(last, dict) else last or "")[:300]


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"


@trap("queue-memory")
def queue_memory(estate: Estate) -> list[Finding]:
    """Find a pipeline whose waiting events die with the process."""
    kinds = {name: body["queue"].get("type", "memory") for name, body in _takers(estate)}
    return [
        problem(f"its queue is in {kind}: a kill loses what was acknowledged to Filebeat", name)
        for name, kind in kinds.items()
        if kind != "persisted"
    ] or ok(f"the queue is on disk: {', '.join(kinds)}")


@trap("queue-full")
def queue_full(estate: Estate) -> list[Finding]:
    """Find a queue on disk that is nearly full, or that its disk cannot hold."""
    found, seen = [], []
    for name, body in _takers(estate):
        queue = body["queue"]
        size, most = queue.get("queue_size_in_bytes", 0), queue.get("max_queue_size_in_bytes", 0)
        if queue.get("type") != "persisted" or not most:
            continue
        share = size / most
        told = (
            f"{queue.get('events_count', 0):,} events wait, {shown_bytes(size)} of {shown_bytes(most)} ({share:.0%})"
        )
        seen.append(told)
        if share >= _FILLING:
            finding = problem if share >= _NEARLY_FULL else warning
            found.append(finding(f"{told}; when it is full, Filebeat waits", name))
        data = queue.get("data") or {}
        free = data.get("free_space_in_bytes")
        if free is not None and free < most - size:
            where = f"{name}, {data.get('path', 'its queue')}"
            found.append(
                warning(f"{shown_bytes(free)} are free, and it may grow by {shown_bytes(most - size)}", where)
            )
    return found or ok("; ".join(seen) or "no queue on disk")


@trap("dead-letters-off")
def dead_letters_off(estate: Estate) -> list[Finding]:
    """Find a pipeline that drops what Elasticsearch refuses."""
    off = [name for name, body in _takers(estate) if "dead_letter_queue" not in body]
    seen = "what Elasticsearch refuses with 400 or 404 is dropped, with a line in Logstash's log"
    return [problem(seen, name) for name in off] or ok(
        f"dead letter queues: {_listed([n for n, _ in _takers(estate)])}"
    )


@trap("dead-letters")
def dead_letters(estate: Estate) -> list[Finding]:
    """Find a dead letter queue that fills, or has dropped something."""
    found: list[Finding] = []
    seen = []
    for name, body in _takers(estate):
        if letters := body.get("dead_letter_queue"):
            size, most = letters.get("queue_size_in_bytes", 0), letters.get("max_queue_size_in_bytes", 0)
            share = size / most if most else 0.0
            seen.append(f"{shown_bytes(size)} of {shown_bytes(most)} ({share:.0%})")
            found += _letters(name, letters, share, seen[-1])
    return found or ok("; ".join(seen) or "no dead letter queue")


def _letters(name: str, letters: dict[str, Any], share: float, size: str) -> Iterator[Finding]:
    dropped, expired = letters.get("dropped_events", 0), letters.get("expired_events", 0)
    if dropped:
        policy = letters.get("storage_policy", "drop_newer")
        yield problem(f"{dropped:,} events were dropped since Logstash started ({policy}); it holds {size}", name)
    elif share >= _FILLING:
        yield (problem if share >= _NEARLY_FULL else warning)(f"it holds {size}; beyond that the newest go", name)
    if expired:
        yield warning(f"{expired:,} events were deleted for their age", name)
    error = letters.get("last_error") or _NO_ERROR
    if error != _NO_ERROR and not dropped:
        yield problem(f"its last write failed: {str(error)[:300]}", name)


@trap("bulk-refused")
def bulk_refused(estate: Estate) -> list[Finding]:
    """Find an output that repeats a request which Elasticsearch will never take."""
    found, requests = [], 0
    for name, body in sorted(estate.logstash["pipelines"].items()):
        for plugin in _plugins(body, "outputs"):
            if plugin.get("name") != "elasticsearch":
                continue
            responses = (plugin.get("bulk_requests") or {}).get("responses") or {}
            requests += sum(responses.values())
            refused = {code: count for code, count in responses.items() if code in _STUCK and count}
            if refused:
                codes = ", ".join(f"{count:,} with {code}" for code, count in sorted(refused.items()))
                seen = f"since its start whole requests were refused, {codes}; Logstash repeats them for ever"
                found.append(problem(seen, f"{name}, output {plugin.get('id')}"))
            elif taken := (plugin.get("documents") or {}).get("non_retryable_failures"):
                seen = (
                    f"{taken:,} documents were not taken: known ids (409), or dropped where no dead letter queue is"
                )
                if "dead_letter_queue" not in body and name in dict(_ours(estate)):
                    found.append(warning(seen, f"{name}, output {plugin.get('id')}"))
    return found or ok(f"none of {requests:,} bulk requests was refused as a whole")
