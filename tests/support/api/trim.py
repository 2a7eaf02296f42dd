"""Trims Elastic's description of the Elasticsearch API to the calls that this project makes.

Run it with the whole description, which is in no clone (`python -m tests.support.api.trim FILE`); it writes
`elasticsearch.json` beside itself. Words for people are left out. Of languages that we do not speak in these calls
(queries, aggregations, analysis) the doors stay and are shut: what is behind them is refused, so a body that begins
to use one fails its test until the part is kept here. Nothing else is changed. The description is published under the
Apache License 2.0; see README.md beside this file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["DESCRIPTION", "load", "trimmed"]

DESCRIPTION = Path(__file__).with_name("elasticsearch.json")
# Path → the methods whose bodies the tests check.
CALLS = {
    "/_component_template/{name}": ("put",),
    "/_ilm/policy/{policy}": ("put",),
    "/_index_template/{name}": ("put",),
    "/_security/api_key": ("delete", "post", "put"),
    "/_security/api_key/{id}": ("put",),
    "/_security/role/{name}": ("post", "put"),
    "/{index}": ("put",),
}
# Asked for by name.
ALSO = ("security._types.ClusterPrivilege", "security._types.IndexPrivilege")
SHUT = ("_global.search.", "_types.aggregations.", "_types.analysis.", "_types.query_dsl.")
_WORDS = frozenset({"description", "summary", "example", "examples", "externalDocs", "x-state", "x-doc-id"})
_NAMES_INSIDE = frozenset({"properties", "schemas", "requestBodies", "paths", "patternProperties"})


def load() -> dict[str, Any]:
    """Return the trimmed description."""
    found: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return found


def trimmed(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the calls that we make, with every part that they refer to, and without words for people."""
    paths = {
        path: {method: {"requestBody": whole["paths"][path][method]["requestBody"]} for method in methods}
        for path, methods in CALLS.items()
    }
    waiting = [*_references(paths), *(f"#/components/schemas/{name}" for name in ALSO)]
    kept: dict[str, dict[str, Any]] = {}
    while waiting:
        _, _, kind, name = waiting.pop().split("/", 3)
        if name not in kept.setdefault(kind, {}):
            kept[kind][name] = {"not": {}} if name.startswith(SHUT) else whole["components"][kind][name]
            waiting += _references(kept[kind][name])
    components = {kind: dict(sorted(parts.items())) for kind, parts in sorted(kept.items())}
    info = {"title": whole["info"]["title"], "version": whole["info"]["version"], "license": whole["info"]["license"]}
    return {"openapi": whole["openapi"], "info": info, "paths": _bare(paths), "components": _bare(components)}


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    targets = (
        value.get("discriminator", {}).get("mapping", {}) if isinstance(value.get("discriminator"), dict) else {}
    )
    return own + [*targets.values()] + [found for item in value.values() for found in _references(item)]


def _bare(value: Any, *, names: bool = False) -> Any:
    """Return a part without words for people; in a table of names, a name may be one of those words."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _bare(item, names=key in _NAMES_INSIDE and not names)
        for key, item in value.items()
        if names or key not in _WORDS
    }


def main() -> None:
    """Write the trimmed description."""
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = json.dumps(trimmed(whole), ensure_ascii=False, indent=1)
    DESCRIPTION.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{DESCRIPTION}: {len(text):,} characters\n")


if __name__ == "__main__":
    main()
