"""Looks at the data streams: whose template they follow, how old their write index is, where failures go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from model_logs import contract
from model_logs.cluster import translated
from model_logs.doctor.findings import ok, problem, warning
from model_logs.doctor.traps import trap
from model_logs.install import ObjectState, templates_of

if TYPE_CHECKING:
    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding


@trap("template-shadowed")
def template_shadowed(estate: Estate) -> list[Finding]:
    """Find streams that the next rollover would make from somebody else's template."""
    others = [stream for stream in estate.streams if stream.get("template") not in templates_of(stream["name"])]
    if not others:
        return ok(f"{len(estate.streams)} streams follow the templates of model-logs")
    with translated("reading the index templates"):
        found = estate.client.indices.get_index_template().body["index_templates"]
    bodies = {each["name"]: each["index_template"] for each in found}
    return [_shadow(stream, bodies) for stream in others]


def _shadow(stream: dict[str, Any], bodies: dict[str, dict[str, Any]]) -> Finding:
    name = stream.get("template")
    ours = next((each for each in templates_of(stream["name"]) if each in bodies), stream["name"])
    body = bodies.get(str(name), {})
    patterns = ", ".join(body.get("index_patterns", []))
    own = bodies.get(ours, {}).get("priority", "missing")
    seen = (
        f"the template {name} (patterns {patterns}, priority {body.get('priority', 0)}) wins over {ours}"
        f" (priority {own}); the next rollover takes its mapping and settings"
    )
    remedy = f"narrow the patterns of {name}, or lower its priority; then: elk-bootstrap apply --rollover"
    return problem(seen, stream["name"], remedy)


@trap("not-rolled-over")
def not_rolled_over(estate: Estate) -> list[Finding]:
    """Find streams whose write index is older than the templates."""
    steps = estate.plan.of_state(ObjectState.BEHIND)
    templates = {stream["name"]: stream.get("template") for stream in estate.streams}
    # Of a stream that follows another template the check before speaks.
    late = [step for step in steps if templates.get(step.object.name) in templates_of(step.object.name)]
    return [warning(step.note, step.object.name) for step in late] or ok(
        f"the write indices of {len(estate.streams)} streams are made from the templates of today"
    )


@trap("failure-store-off")
def failure_store_off(estate: Estate) -> list[Finding]:
    """Find streams whose refused documents go nowhere."""
    body = json.dumps({"failure_store": {"enabled": True}})
    off = [stream for stream in estate.streams if not (stream.get("failure_store") or {}).get("enabled")]
    # Samples of the disk may be missed; they have no failure store in the assets either, should that change.
    return [
        problem(
            "a document that does not fit the mapping is refused, and nothing keeps it",
            stream["name"],
            f"PUT _data_stream/{stream['name']}/_options {body}",
        )
        for stream in off
    ] or ok(f"{len(estate.streams)} streams have a failure store")


@trap("events-elsewhere")
def events_elsewhere(estate: Estate) -> list[Finding]:
    """Find plain indices under our names, and our events in the stream that Logstash takes without options."""
    from model_logs.install.kibana.rule_bodies import ALERTS_INDEX
    from model_logs.state.store import INDEX as ALERT_STATE

    with translated("looking for plain indices under the names of model-logs"):
        indices = estate.client.indices.get(
            index="model-logs-*,logs-model.*", expand_wildcards="open,hidden", features="settings"
        ).body
        aside = estate.client.search(
            index="logs-generic-*",
            size=0,
            query={"bool": {"filter": [{"exists": {"field": "event_type"}}, {"exists": {"field": "model_name"}}]}},
            aggregations={"streams": {"terms": {"field": "_index", "size": 10}}},
        ).body
    families = tuple(contract.load_contract().indices)
    own = {*contract.load_contract().lookups, *families, ALERTS_INDEX, ALERT_STATE}
    plain = [
        name
        for name, body in sorted(indices.items())
        if "data_stream" not in body
        and name not in own
        and not name.startswith((".", *(f"{family}-" for family in families)))
    ]
    found = [
        problem("an index outside the data streams: no policy rolls it over or deletes it", name) for name in plain
    ]
    for bucket in (aside.get("aggregations") or {}).get("streams", {}).get("buckets", []):
        seen = f"{bucket['doc_count']:,} events of models, with a mapping that guesses"
        found.append(problem(seen, bucket["key"]))
    return found or ok("no plain index under the names of model-logs, no event of a model in logs-generic-*")
