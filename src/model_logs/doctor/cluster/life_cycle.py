"""Looks at index lifecycle management: whether it runs, whether it has every index, whether it is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.doctor.findings import ok, problem, warning
from model_logs.doctor.traps import trap

if TYPE_CHECKING:
    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

_ILM = "Index Lifecycle Management"
_AGAIN = "elk-bootstrap apply --rollover"


@trap("ilm-stopped")
def ilm_stopped(estate: Estate) -> list[Finding]:
    """Find ILM itself switched off."""
    with translated("asking whether ILM runs"):
        mode = str(estate.client.ilm.get_status().body["operation_mode"])
    if mode == "RUNNING":
        return ok("ILM runs")
    return [problem(f"ILM is {mode}: nothing is rolled over, moved or deleted", "the cluster")]


@trap("ilm-off")
def ilm_off(estate: Estate) -> list[Finding]:
    """Find streams and backing indices that no policy manages."""
    found, indices = [], 0
    for stream in estate.streams:
        indices += len(stream["indices"])
        found += _next_index(stream)
        found += [problem_of for each in stream["indices"] for problem_of in _backing(each, estate)]
    return found or ok(f"{len(estate.streams)} streams and {indices} backing indices have a policy")


def _next_index(stream: dict[str, Any]) -> list[Finding]:
    """Look at what the next backing index of a stream would get."""
    name, manager = stream["name"], stream.get("next_generation_managed_by")
    if not stream.get("ilm_policy"):
        seen = f"its template names no policy; the next index is managed by {manager or 'nobody'}"
        return [problem(seen, name, "elk-bootstrap apply, and no index.lifecycle.name: null in its @custom template")]
    remedy = f"take lifecycle and index.lifecycle.prefer_ilm out of {stream['template']}@custom, then: {_AGAIN}"
    if manager not in {None, _ILM}:
        return [problem(f"the next index is managed by {manager}, not by {stream['ilm_policy']}", name, remedy)]
    if not stream.get("prefer_ilm", True):
        seen = "index.lifecycle.prefer_ilm is false: a data stream lifecycle would win over its policy"
        return [warning(seen, name, remedy)]
    return []


def _backing(index: dict[str, Any], estate: Estate) -> list[Finding]:
    """Look at one backing index that is there."""
    name, manager = index["index_name"], index.get("managed_by", _ILM)
    explained = estate.explained.get(name, {})
    if manager != _ILM:
        remedy = f'PUT {name}/_settings {{"index.lifecycle.name": "POLICY", "index.lifecycle.prefer_ilm": true}}'
        return [problem(f"the index is managed by {manager}, not by ILM", name, remedy)]
    if not explained.get("managed", False):
        remedy = f'PUT {name}/_settings {{"index.lifecycle.name": "POLICY"}}'
        return [problem("ILM does not know the index", name, remedy)]
    if explained.get("skip"):
        remedy = f'PUT {name}/_settings {{"index.lifecycle.skip": null}}'
        return [warning("index.lifecycle.skip is true: ILM passes it over", name, remedy)]
    return []


@trap("ilm-error")
def ilm_error(estate: Estate) -> list[Finding]:
    """Find indices that ILM could not take a step further."""
    found = []
    for name, body in sorted(estate.explained.items()):
        reason = (body.get("step_info") or {}).get("reason", "no reason is given")
        if body.get("step") == "ERROR":
            seen = f"{body.get('phase')}/{body.get('action')}, step {body.get('failed_step')}: {reason}"
            retries = body.get("failed_step_retry_count")
            found.append(problem(f"{seen} ({retries or 0} retries)", name, f"fix it, then: POST {name}/_ilm/retry"))
    return found or ok(f"none of {len(estate.explained)} indices is in an error step")
