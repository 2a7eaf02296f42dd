"""The whole installation: the objects and the kinds of Elasticsearch and, where there is one, of its Kibana.

Here the two servers come together; everything below knows one of them, and everything above asks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.environments import DEFAULT
from model_logs.install import kibana as kibana_side
from model_logs.install import wanted
from model_logs.install.elasticsearch import ComponentTemplate, DataStream, IndexTemplate, Lookup, Memory, Policy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana import Kibana
    from model_logs.install.model import Object, ObjectKind

__all__ = ["desired", "object_kinds"]


def desired(
    environments: Iterable[str] = DEFAULT, kibana: Kibana | None = None, busy: Collection[str] = ()
) -> list[Object]:
    """Return every object in the order of installation; removal goes the other way.

    Args:
        environments: Those that get data streams; `unknown` always does.
        kibana: Where the dashboards go; without it there are none.
        busy: The environments whose predictions follow the policy of busy ones.

    Raises:
        AssetError: A file is missing or is no JSON.
    """
    found = wanted.elasticsearch_objects(environments, busy)
    return [*found, *kibana_side.kibana_objects(kibana)] if kibana else found


def object_kinds(client: Elasticsearch, kibana: Kibana | None = None) -> dict[str, ObjectKind]:
    """Return every kind by its name, bound to a cluster and, where there is one, to its Kibana."""
    bound: list[ObjectKind] = [
        kind(client) for kind in (Policy, ComponentTemplate, IndexTemplate, Lookup, Memory, DataStream)
    ]
    if kibana:
        bound += kibana_side.kibana_kinds(kibana, client)
    return {kind.name: kind for kind in bound}
