"""The objects that should be in a cluster: the assets, in the order in which one needs the other.

It reads `ilm/` and `mappings/`, and knows nothing of what is installed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from model_logs import assets, contract
from model_logs.environments import DEFAULT, UNKNOWN
from model_logs.errors import AssetError
from model_logs.install.canonical import hashed
from model_logs.install.elasticsearch import MADE_FROM, ComponentTemplate, DataStream, IndexTemplate, Lookup, Policy
from model_logs.install.model import Object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from model_logs.contract import Stream

__all__ = ["elasticsearch_objects", "stream_names", "templates_of"]


def elasticsearch_objects(environments: Iterable[str] = DEFAULT, busy: Collection[str] = ()) -> list[Object]:
    """Return the objects of Elasticsearch, each after those that it needs.

    Args:
        environments: Those that get data streams; `unknown` always does.
        busy: The environments whose predictions follow the policy of busy ones.

    Raises:
        AssetError: A file is missing or is no JSON.
    """
    policies = _folder("ilm", Policy.name)
    components = _folder("mappings/generated/component_template", ComponentTemplate.name)
    environments = tuple(environments)
    shared = _folder("mappings/generated/index_template", IndexTemplate.name)
    origins = {each.name: each.body for each in components}
    templates = [_with_origin(each, origins) for each in [*shared, *_of_environments(shared, environments, busy)]]
    lookups = _folder("mappings/generated/lookup", Lookup.name)
    made_from = {each.name: each.body["template"]["mappings"]["_meta"][MADE_FROM] for each in templates}
    streams = []
    for name in stream_names(environments):
        template = next(each for each in templates_of(name) if each in made_from)
        streams.append(Object(DataStream.name, name, {"template": template, MADE_FROM: made_from[template]}))
    # Of indices that others fill: Kibana's connector knows no mapping.
    others = _folder("mappings/index_template", IndexTemplate.name)
    return [*policies, *components, *templates, *others, *lookups, *streams]


def stream_names(environments: Iterable[str] = DEFAULT) -> list[str]:
    """Return the names of all data streams for these environments, `unknown` and the disk samples included."""
    loaded = contract.load_contract()
    each = dict.fromkeys([*environments, UNKNOWN])
    names = [stream.in_environment(environment) for environment in each for stream in loaded.streams.values()]
    return [*names, loaded.metrics_stream.name]


def templates_of(stream: str) -> tuple[str, ...]:
    """Return the index templates of ours that may serve a data stream, or an index of a family, first the foremost.

    A stream whose policy depends on the environment has a template of its own, named like the stream; a stream of an
    environment that nobody lists any more may have none.
    """
    for family in contract.load_contract().indices:
        if stream.startswith(f"{family}-"):
            return (family,)
    shared = stream.rpartition("-")[0]
    return (stream, shared) if shared in _with_policies() else (shared,)


def _with_policies() -> dict[str, Stream]:
    """Return shared template → the kind of stream, for those whose policy depends on the environment."""
    return {f"logs-{each.dataset}": each for each in contract.load_contract().streams.values() if each.busy_policy}


def _of_environments(
    shared: Iterable[Object], environments: Iterable[str], busy: Collection[str]
) -> Iterator[Object]:
    """Yield the index templates of single streams: the shared one, with the environment's policy.

    One for each environment, quiet ones too: so a change of the setting is an update, and there is a component
    template `<stream>@custom` for settings that only one environment needs, such as more primary shards.
    """
    kinds = _with_policies()
    for each in shared:
        if each.name not in kinds:
            continue
        stream, quiet = kinds[each.name], contract.policy_component(kinds[each.name].name)
        for environment in dict.fromkeys([*environments, UNKNOWN]):
            name = stream.in_environment(environment)
            policy = contract.policy_component(stream.name, busy=environment in busy)
            custom = f"{name}@custom"
            yield Object(
                each.kind,
                name,
                {
                    **each.body,
                    "index_patterns": [name],
                    "priority": each.body["priority"] + 1,
                    "composed_of": [policy if part == quiet else part for part in each.body["composed_of"]]
                    + [custom],
                    "ignore_missing_component_templates": [
                        *each.body["ignore_missing_component_templates"],
                        custom,
                    ],
                },
            )


def _folder(folder: str, kind: str) -> list[Object]:
    return [Object(kind, file.stem, _read(file)) for file in sorted(assets.path(folder).glob("*.json"))]


def _read(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AssetError(f"{file} is no JSON: {error}", next_step="Correct it, or restore it.") from error
    if not isinstance(body, dict):
        raise AssetError(f"{file} holds no JSON object.", next_step="Correct it, or restore it.")
    return body


def _with_origin(template: Object, components: Mapping[str, Any]) -> Object:
    """Return the template with a note of its version, which each backing index keeps.

    So it can be seen that a stream's write index is older than the template, or follows another policy.
    """
    parts = [[name, components[name]] for name in template.body["composed_of"] if name in components]
    made_from = hashed(parts)[:16]
    inner = dict(template.body.get("template") or {})
    inner["mappings"] = {**inner.get("mappings", {}), "_meta": {MADE_FROM: made_from}}
    return Object(template.kind, template.name, {**template.body, "template": inner})
