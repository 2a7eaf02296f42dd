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
    loaded = contract.load_contract()
    for family in loaded.indices:
        if stream.startswith(f"{family}-"):
            own = stream.rpartition("-")[0]
            return (own, family) if loaded.class_of(own.removeprefix(f"{family}-")) else (family,)
    shared, _, environment = stream.rpartition("-")
    kind = next((each.name for each in loaded.streams.values() if shared == f"logs-{each.dataset}"), "")
    data_class = loaded.class_of(environment)
    of_class = data_class is not None and kind in data_class.policies
    return (stream, shared) if of_class or shared in _with_policies() else (shared,)


def _with_policies() -> dict[str, Stream]:
    """Return shared template → the kind of stream, for those whose policy depends on the environment."""
    return {f"logs-{each.dataset}": each for each in contract.load_contract().streams.values() if each.busy_policy}


def _of_environments(
    shared: Iterable[Object], environments: Iterable[str], busy: Collection[str]
) -> Iterator[Object]:
    """Yield the index templates of single streams and families: the shared one, with the environment's policy.

    Of predictions one for each environment, quiet ones too: so a change of the setting is an update, and there is a
    component template `<stream>@custom` for settings that only one environment needs, such as more primary shards. Of
    anything else one for each environment of a data class that has a policy for it.
    """
    loaded = contract.load_contract()
    kinds = {f"logs-{each.dataset}": each for each in loaded.streams.values()}
    for each in shared:
        for environment in dict.fromkeys([*environments, UNKNOWN]):
            data_class = loaded.class_of(environment)
            policies = data_class.policies if data_class else {}
            if each.name in kinds:
                stream = kinds[each.name]
                if stream.busy_policy or stream.name in policies:
                    of_class = data_class.name if data_class and stream.name in policies else ""
                    policy = contract.policy_component(stream.name, busy=environment in busy, data_class=of_class)
                    yield _of_stream(each, stream, environment, policy)
            elif each.name in policies:
                yield _of_family(each, environment, policies[each.name])


def _of_stream(shared: Object, stream: Stream, environment: str, policy: str) -> Object:
    """Return the index template of one stream."""
    name, usual = stream.in_environment(environment), contract.policy_component(stream.name)
    custom = f"{name}@custom"
    body = shared.body
    own = {
        "index_patterns": [name],
        "priority": body["priority"] + 1,
        "composed_of": [policy if part == usual else part for part in body["composed_of"]] + [custom],
        "ignore_missing_component_templates": [*body["ignore_missing_component_templates"], custom],
    }
    return Object(shared.kind, name, {**body, **own})


def _of_family(shared: Object, environment: str, policy: str) -> Object:
    """Return the index template of a family's indices in one environment."""
    name, body = f"{shared.name}-{environment}", shared.body
    custom = f"{name}@custom"
    settings = body["template"]["settings"]
    index = {**settings["index"], "lifecycle": {"name": policy}}
    own = {
        "index_patterns": [f"{name}-*"],
        "priority": body["priority"] + 1,
        "composed_of": [*body["composed_of"], custom],
        "ignore_missing_component_templates": [*body["ignore_missing_component_templates"], custom],
        "template": {**body["template"], "settings": {**settings, "index": index}},
    }
    return Object(shared.kind, name, {**body, **own})


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
