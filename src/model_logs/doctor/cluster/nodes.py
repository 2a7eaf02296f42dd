"""Looks at the cluster as a whole: versions, clocks, disks, blocks, shards, and what is installed."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from model_logs.cluster import check_version, translated
from model_logs.doctor.findings import NotAskedError, ok, problem, shown_bytes, warning
from model_logs.doctor.traps import trap
from model_logs.errors import ClusterError
from model_logs.install import ObjectState

if TYPE_CHECKING:
    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

# A clock that runs with NTP is right within milliseconds; an answer may take a second on a busy machine.
_SKEW_SEEN_S = 2.0
_SKEW_BITES_S = 30.0
_BLOCKS = ("read_only_allow_delete", "read_only", "write")
_STATES = {
    ObjectState.MISSING: "is missing",
    ObjectState.BLOCKED: "cannot be installed",
    ObjectState.FOREIGN: "is somebody else's",
    ObjectState.EDITED: "was edited",
    ObjectState.OUTDATED: "is of another version of model-logs",
}


@trap("server-version")
def server_version(estate: Estate) -> list[Finding]:
    """Find a server that lacks what model-logs needs."""
    where, info = estate.where.connection.shown, estate.info
    try:
        check_version(info, where)
    except ClusterError as error:
        return [problem(error.what, where, error.next_step)]
    return ok(f"Elasticsearch {info['version']['number']}")


@trap("client-version")
def client_version(estate: Estate) -> list[Finding]:
    """Find a client library that the server refuses."""
    import elasticsearch

    client = elasticsearch.__version__
    number = str(estate.info.get("version", {}).get("number", ""))
    server = re.match(r"\d+", number)
    if not server:
        raise NotAskedError("the server does not say its version")
    seen = f"elasticsearch-py {'.'.join(map(str, client))} asks Elasticsearch {number}"
    if client[0] > int(server[0]):
        return [problem(f"{seen}, which answers every request with 400", estate.where.connection.shown)]
    return ok(seen)


@trap("objects")
def installed_objects(estate: Estate) -> list[Finding]:
    """Find what is missing or not as it was installed."""
    alike: dict[tuple[str, ObjectState, str], list[str]] = defaultdict(list)
    for step in estate.plan.of_state(*_STATES):
        alike[step.object.kind, step.state, step.note].append(step.object.name)
    found = []
    for (kind, state, note), names in alike.items():
        bad = state in {ObjectState.MISSING, ObjectState.BLOCKED, ObjectState.FOREIGN}
        seen = f"the {kind} {_STATES[state]}" if len(names) == 1 else f"of the kind {kind} each {_STATES[state]}"
        found.append((problem if bad else warning)(seen + (f": {note}" if note else ""), ", ".join(names)))
    return found or ok(f"{len(estate.plan.steps)} objects are installed and as they should be")


@trap("clock-skew")
def clock_skew(estate: Estate) -> list[Finding]:
    """Find a node whose clock is not that of this machine."""
    nodes, (before, after) = estate.nodes
    found, worst = [], 0.0
    for node in nodes.values():
        there = node["timestamp"] / 1000
        # Anything between question and answer may be right: a busy cluster takes its time.
        skew = there - min(max(there, before), after)
        worst = max(worst, abs(skew))
        if abs(skew) > _SKEW_SEEN_S:
            seen = (
                f"the clock of {node['name']} is {abs(skew):,.1f} s {'ahead of' if skew > 0 else 'behind'} this one"
            )
            found.append((problem if abs(skew) > _SKEW_BITES_S else warning)(seen, node["name"]))
    return found or ok(f"the clocks of {len(nodes)} nodes are within {worst:.1f} s of this one")


@trap("disk-watermark")
def disk_watermark(estate: Estate) -> list[Finding]:
    """Find data nodes whose disks are fuller than the cluster allows."""
    found, fullest = [], 0.0
    for node in estate.nodes[0].values():
        for disk in node.get("fs", {}).get("data", []):
            free, total = disk.get("available_in_bytes"), disk.get("total_in_bytes")
            if free is None or not total:
                continue
            fullest = max(fullest, 1 - free / total)
            found += _watermark(node["name"], disk, free, total)
    if estate.cluster_settings.get("cluster.routing.allocation.disk.threshold_enabled") == "false":
        setting = "cluster.routing.allocation.disk.threshold_enabled"
        found.append(
            warning(
                f"{setting} is false: nothing stops a disk from running full",
                "the cluster's settings",
                f'PUT _cluster/settings {{"persistent": {{"{setting}": null}}, "transient": {{"{setting}": null}}}}',
            )
        )
    return found or ok(f"the fullest disk of {len(estate.nodes[0])} nodes is {fullest:.0%} full")


def _watermark(node: str, disk: dict[str, Any], free: int, total: int) -> list[Finding]:
    """Return the highest watermark that the disk is over; a node says in bytes what each of them is for its disk."""
    stages = (
        ("flood_stage_free_space_in_bytes", "flood-stage", "its indices become read-only", problem),
        ("high_watermark_free_space_in_bytes", "high", "shards are moved away from it", problem),
        ("low_watermark_free_space_in_bytes", "low", "it gets no new shards", warning),
    )
    for key, name, follows, finding in stages:
        if free < disk.get(key, 0):
            seen = (
                f"{shown_bytes(free)} of {shown_bytes(total)} are free, less than the {name} watermark"
                f" ({shown_bytes(disk[key])}): {follows}"
            )
            return [finding(seen, f"{node}, {disk.get('path', 'its disk')}")]
    return []


@trap("read-only")
def read_only(estate: Estate) -> list[Finding]:
    """Find blocks that refuse writes; that of an old backing index is the policy's own."""
    found = []
    for name in _BLOCKS[:2]:
        if str(estate.cluster_settings.get(f"cluster.blocks.{name}")).lower() == "true":
            remedy = f'PUT _cluster/settings {{"persistent": {{"cluster.blocks.{name}": null}}}}'
            found.append(problem(f"the whole cluster has the block {name}", "the cluster's settings", remedy))
    for stream in estate.streams:
        write_index = stream["indices"][-1]["index_name"]
        for index in (each["index_name"] for each in stream["indices"]):
            settings = estate.settings.get(index, {})
            for name in _BLOCKS:
                own = name == "write" and index != write_index
                if str(settings.get(f"index.blocks.{name}")).lower() == "true" and not own:
                    seen = f"{'the write' if index == write_index else 'a backing'} index has the block {name}"
                    remedy = f'free disk space, then: PUT {index}/_settings {{"index.blocks.{name}": null}}'
                    found.append((problem if index == write_index else warning)(seen, index, remedy))
    return found or ok(f"no block on the cluster or on the write indices of {len(estate.streams)} streams")


@trap("shards")
def shards(estate: Estate) -> list[Finding]:
    """Find indices of ours that are not whole."""
    ours = estate.ours
    with translated("asking for the state of the shards"):
        health = estate.client.cluster.health(index=ours, level="indices").body["indices"]
    found = []
    for index, body in sorted(health.items()):
        missing = body["unassigned_shards"]
        if body["status"] == "red":
            found.append(problem(f"red: {missing} shards have no node, a primary among them", index))
        elif body["status"] == "yellow":
            found.append(warning(f"yellow: {missing} replicas have no node", index))
    return found or ok(f"{len(health)} indices are green")


@trap("shard-limit")
def shard_limit(estate: Estate) -> list[Finding]:
    """Find a cluster that will soon take no further index."""
    with translated("asking how many shards the cluster may have"):
        indicators = estate.client.health_report(feature="shards_capacity").body["indicators"]
    found = indicators["shards_capacity"]
    seen = "; ".join(
        f"{kind} nodes: {body.get('current_used_shards', 'well below')} of {body['max_shards_in_cluster']:,} shards"
        for kind, body in (found.get("details") or {}).items()
    )
    if found["status"] in {"red", "yellow"}:
        finding = problem if found["status"] == "red" else warning
        return [finding(f"{seen}; beyond that no index is rolled over", "cluster.max_shards_per_node")]
    return ok(seen or str(found.get("symptom", found["status"])))
