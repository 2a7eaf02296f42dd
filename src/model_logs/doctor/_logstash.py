"""Looks at what Logstash (8.19 to 9.5) says of its pipelines: queues, dead letters, refused requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from model_logs.doctor._model import ok, problem, shown_bytes, warning
from model_logs.doctor._registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.doctor._estate import Estate
    from model_logs.doctor._model import Finding

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
    """Return the pipelines that take lines from shippers: ours, else every one with a Beats input."""
    pipelines = estate.logstash["pipelines"]
    if _MAIN in pipelines:
        return [(_MAIN, pipelines[_MAIN])]
    return [
        (name, body)
        for name, body in sorted(pipelines.items())
        if any(plugin.get("name") in {"beats", "elastic_agent"} for plugin in _plugins(body, "inputs"))
    ]


def _plugins(pipeline: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return (pipeline.get("plugins") or {}).get(kind) or []


@check("logstash-version")
def logstash_version(estate: Estate) -> list[Finding]:
    """Find a Logstash that the pipelines were not written for."""
    version = str(estate.logstash["version"])
    match = re.match(r"(\d+)\.(\d+)", version)
    if match is None or (int(match[1]), int(match[2])) < _OLDEST:
        return [warning(f"Logstash {version} is older than 8.19", str(estate.where.logstash_url).rpartition("@")[2])]
    return ok(f"Logstash {version}")


@check("logstash-pipelines")
def logstash_pipelines(estate: Estate) -> list[Finding]:
    """Find pipelines that do not run."""
    pipelines = estate.logstash["pipelines"]
    found = []
    if not _ours(estate):
        seen = f"neither the pipeline {_MAIN} nor one with a Beats input runs; there are: {_listed(pipelines)}"
        found.append(problem(seen, _MAIN))
    elif _MAIN in pipelines:
        found += [warning("the pipeline does not run", name) for name in _OTHERS if name not in pipelines]
    for name, body in sorted(pipelines.items()):
        reloads = body.get("reloads") or {}
        if name.startswith(_MAIN) and reloads.get("last_error"):
            message = str((reloads["last_error"] or {}).get("message", reloads["last_error"]))[:300]
            found.append(problem(f"its last reload failed: {message}", name))
    return found or ok(f"pipelines run: {_listed(pipelines)}")


def _listed(pipelines: dict[str, Any]) -> str:
    return ", ".join(sorted(pipelines)) or "none"


@check("queue-memory")
def queue_memory(estate: Estate) -> list[Finding]:
    """Find a pipeline whose waiting events die with the process."""
    kinds = {name: (body.get("queue") or {}).get("type", "memory") for name, body in _ours(estate)}
    return [
        problem(f"its queue is in {kind}: a kill loses what was acknowledged to Filebeat", name)
        for name, kind in kinds.items()
        if kind != "persisted"
    ] or ok(f"the queue is on disk: {', '.join(kinds) or 'no pipeline takes lines'}")


@check("queue-full")
def queue_full(estate: Estate) -> list[Finding]:
    """Find a queue on disk that is nearly full, or that its disk cannot hold."""
    found, seen = [], []
    for name, body in _ours(estate):
        queue = body.get("queue") or {}
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


@check("dead-letters-off")
def dead_letters_off(estate: Estate) -> list[Finding]:
    """Find a pipeline that drops what Elasticsearch refuses."""
    off = [name for name, body in _ours(estate) if "dead_letter_queue" not in body]
    seen = "what Elasticsearch refuses with 400 or 404 is dropped, with a line in Logstash's log"
    return [problem(seen, name) for name in off] or ok("what Elasticsearch refuses is kept")


@check("dead-letters")
def dead_letters(estate: Estate) -> list[Finding]:
    """Find a dead letter queue that fills, or has dropped something."""
    found: list[Finding] = []
    seen = []
    for name, body in _ours(estate):
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


@check("bulk-refused")
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
                seen = f"whole requests were refused, {codes}; Logstash repeats them for ever"
                found.append(problem(seen, f"{name}, output {plugin.get('id')}"))
            elif taken := (plugin.get("documents") or {}).get("non_retryable_failures"):
                seen = (
                    f"{taken:,} documents were not taken: known ids (409), or dropped where no dead letter queue is"
                )
                if "dead_letter_queue" not in body and name in dict(_ours(estate)):
                    found.append(warning(seen, f"{name}, output {plugin.get('id')}"))
    return found or ok(f"none of {requests:,} bulk requests was refused as a whole")
