"""Compares the fields of each write index with its limit: beyond it a new name is stored and not searchable."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.doctor.findings import ok, problem, warning
from model_logs.doctor.traps import trap
from model_logs.install import templates_of
from model_logs.tables.contract import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

__all__ = ["fields_of"]

_LIMIT = "index.mapping.total_fields.limit"
_DEFAULT = 1_000  # Elasticsearch's
_NEARLY = 0.9
_MOST = 3
# Names of indices in one URL.
_AT_A_TIME = 20


@trap("fields-full")
def fields_full(estate: Estate) -> list[Finding]:
    """Find write indices whose mapping takes no new name, or soon will not."""
    write = {stream["indices"][-1]["index_name"]: stream["name"] for stream in estate.streams}
    found, fullest = [], (0.0, "")
    for index, mapping in _mappings(estate, list(write)):
        names = list(fields_of(mapping))
        limit = int(estate.settings.get(index, {}).get(_LIMIT, _DEFAULT))
        fullest = max(fullest, (len(names) / limit, f"{len(names):,} of {limit:,} in {write[index]}"))
        if len(names) >= _NEARLY * limit:
            found.append(_full(estate, write[index], index, names, limit))
    return found or ok(f"{len(write)} write indices have room for new names, the fullest {fullest[1]} fields")


def fields_of(mapping: dict[str, Any], above: str = "") -> Iterator[str]:
    """Return the names in a mapping as Elasticsearch counts them: objects, fields, aliases and fields of fields."""
    for part in ("properties", "fields", "runtime"):
        for name, body in mapping.get(part, {}).items():
            yield f"{above}{name}"
            yield from fields_of(body, f"{above}{name}.")


def _mappings(estate: Estate, indices: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for first in range(0, len(indices), _AT_A_TIME):
        some = indices[first : first + _AT_A_TIME]
        with translated("reading the mappings of the write indices"):
            answer = estate.client.indices.get_mapping(index=",".join(some)).body
        for index, body in answer.items():
            yield index, body["mappings"]


def _full(estate: Estate, stream: str, index: str, names: list[str], limit: int) -> Finding:
    kinds = Counter(name.partition(".")[0] for name in names)
    shares = ", ".join(f"{kinds[kind] - 1:,} {kind}" for kind in OBJECTS if kinds[kind] > 1)
    seen = f"its mapping has {len(names):,} of {limit:,} fields ({shares})"
    lost, writers = _ignored(estate, index, set(names))
    if lost:
        shown = ", ".join(f"{name} ({count:,} documents)" for name, count in lost.most_common(_MOST))
        seen += f"; {len(lost):,} names are stored and not searchable: {shown}"
    if writers:
        seen += f"; written by {', '.join(writers)}"
    template = templates_of(stream)[0]
    remedy = (
        "Keep ids and values out of the names of labels and metrics (log them as values), then: POST"
        f" {stream}/_rollover; the next index begins with no such name. If you need them all: a higher {_LIMIT} in"
        f" the component template {template}@custom, then POST {stream}/_rollover"
    )
    return (problem if len(names) >= limit else warning)(seen, stream, remedy)


def _ignored(estate: Estate, index: str, names: set[str]) -> tuple[Counter[str], list[str]]:
    """Return the labels and metrics that an index has and does not know, with their documents, and who wrote them."""
    kinds = "|".join(OBJECTS)
    with translated(f"looking for names beyond the limit in {index}"):
        answer = estate.client.search(
            index=index,
            size=0,
            query={"bool": {"should": [{"prefix": {"_ignored": f"{kind}."}} for kind in OBJECTS]}},
            aggregations={
                "names": {"terms": {"field": "_ignored", "size": 1_000, "include": rf"({kinds})\..*"}},
                "writers": {"terms": {"field": "service.name", "size": _MOST}},
            },
        ).body["aggregations"]
    # A value that is too long is ignored as well, and its name is known.
    lost = {each["key"]: each["doc_count"] for each in answer["names"]["buckets"] if each["key"] not in names}
    return Counter(lost), [each["key"] for each in answer["writers"]["buckets"]] if lost else []
