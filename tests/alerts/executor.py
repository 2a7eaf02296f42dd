"""Runs a rule's body as Kibana's rule executor does, and names its alerts as Kibana names them.

No Kibana runs here. What it does was read in Elastic's sources and is written anew: a filter on the time field, after
the begin and up to the end; a second LIMIT behind the text; the window as parameters since 9.3 and nothing before;
and the name of an alert from the columns after the last STATS … BY.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch import Elasticsearch

VERSIONS = ((8, 19), (9, 1), (9, 3), (9, 5))
_PARAMETERS, _RENAMES = (9, 3), (9, 5)
_NOISE = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|//[^\n]*|/\*(?:.|\n)*?\*/')
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def run(
    es: Elasticsearch, body: Mapping[str, Any], version: tuple[int, int], *, limit: int = 1000
) -> dict[str, list[dict[str, Any]]]:
    """Return the name of each alert → the rows that it stands for."""
    params = body["params"]
    end = datetime.now(UTC)
    start = end - timedelta(**{_UNITS[params["timeWindowUnit"]]: params["timeWindowSize"]})
    text = params["esqlQuery"]["esql"]
    request: dict[str, Any] = {
        "query": f"{text}\n| LIMIT {limit}",
        "filter": {"bool": {"filter": [{"range": {params["timeField"]: {"gt": _iso(start), "lte": _iso(end)}}}]}},
    }
    if version >= _PARAMETERS and re.search(r"\?_t(start|end)\b", text):
        request["params"] = [{"_tstart": _iso(start)}, {"_tend": _iso(end)}]
    answer = es.esql.query(**request)
    columns = [str(column["name"]) for column in answer["columns"]]
    fields = named_by(text, columns, renames=version >= _RENAMES)
    found: dict[str, list[dict[str, Any]]] = {}
    for values in answer["values"]:
        row = dict(zip(columns, values, strict=True))
        name = ",".join(_text(row[field]) for field in fields if row[field] is not None)
        found.setdefault(name, []).append(row)
    return found


def named_by(text: str, columns: list[str], *, renames: bool) -> list[str]:
    """Return the columns whose values make the name of an alert; all of them where Kibana finds none.

    Args:
        text: The rule's ES|QL; it may use no RENAME, which Kibana would follow.
        columns: Of the answer.
        renames: Whether `BY a = b` is understood, as since 9.5.
    """
    commands = [command.strip() for command in _NOISE.sub('""', text).split("|")]
    assert not any(command.upper().startswith("RENAME") for command in commands)
    stats = [command for command in commands if re.match(r"STATS\b", command, re.IGNORECASE)]
    by = re.split(r"\bBY\b", stats[-1])[-1] if stats and re.search(r"\bBY\b", stats[-1]) else ""
    fields = []
    for part in by.split(","):
        name, _, expression = (word.strip() for word in part.partition("="))
        plain = re.fullmatch(r"[\w.@]+", name)
        if plain and (renames or not expression):
            fields.append(name)
    return [field for field in fields if field in columns] or columns


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
