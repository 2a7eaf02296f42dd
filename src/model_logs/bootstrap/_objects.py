"""What should be in a cluster: the assets as objects, in the order in which one needs the other.

It reads `ilm/` and `mappings/generated/` and knows nothing of what is installed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_logs import assets, contract
from model_logs.bootstrap._canonical import hashed
from model_logs.bootstrap._kinds import MADE_FROM, ComponentTemplate, DataStream, IndexTemplate, Lookup, Policy
from model_logs.environments import DEFAULT, UNKNOWN
from model_logs.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from model_logs.kibana import Kibana

__all__ = ["Object", "desired", "stream_names"]


@dataclass(frozen=True, slots=True)
class Object:
    """One thing to be installed.

    Attributes:
        kind: The name of its kind, a key of `kinds()`.
        name: Its name in the cluster.
        body: As it is sent, without our mark.
    """

    kind: str
    name: str
    body: Mapping[str, Any] = field(repr=False)


def desired(environments: Iterable[str] = DEFAULT, kibana: Kibana | None = None) -> list[Object]:
    """Return every object in the order of installation; removal goes the other way.

    Args:
        environments: Those that get data streams; `unknown` always does.
        kibana: Where the dashboards go; without it there are none.

    Raises:
        AssetError: A file is missing or is no JSON.
    """
    policies = _folder("ilm", Policy.name)
    components = _folder("mappings/generated/component_template", ComponentTemplate.name)
    made_from = hashed([[each.name, each.body] for each in components])[:16]
    templates = [
        _with_origin(each, made_from) for each in _folder("mappings/generated/index_template", IndexTemplate.name)
    ]
    lookups = _folder("mappings/generated/lookup", Lookup.name)
    streams = [
        Object(DataStream.name, name, {"template": name.rpartition("-")[0], MADE_FROM: made_from})
        for name in stream_names(environments)
    ]
    found = [*policies, *components, *templates, *lookups, *streams]
    if kibana:
        from model_logs import kibana as kibana_side

        found += kibana_side.objects(kibana)
    return found


def stream_names(environments: Iterable[str] = DEFAULT) -> list[str]:
    """Return the names of all data streams for these environments, `unknown` and the disk samples included."""
    loaded = contract.load()
    each = dict.fromkeys([*environments, UNKNOWN])
    names = [stream.in_environment(environment) for environment in each for stream in loaded.streams.values()]
    return [*names, loaded.metrics_stream.name]


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


def _with_origin(template: Object, made_from: str) -> Object:
    """Return the template with a note that each backing index carries on: what it was made from.

    So it can be seen that a stream's write index is older than the template.
    """
    inner = dict(template.body.get("template") or {})
    inner["mappings"] = {**inner.get("mappings", {}), "_meta": {MADE_FROM: made_from}}
    return Object(template.kind, template.name, {**template.body, "template": inner})
