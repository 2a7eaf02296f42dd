"""The fields that an ES|QL query asks for, as far as its text tells, and which of them the contract does not know.

It reads names, not grammar: a name that the query makes itself, by `name =`, `AS name` or a join, is none of ours.
What a query means, Elasticsearch says when it runs.
"""

from __future__ import annotations

import re

from model_logs import contract

__all__ = ["unknown_fields"]

_ASIDE = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|//[^\n]*|/\*(?:.|\n)*?\*/')
_FROM = re.compile(r"\bFROM\s+[^|]+", re.IGNORECASE)
_JOIN = re.compile(r"\bLOOKUP\s+JOIN\s+(?P<index>[\w.*-]+)", re.IGNORECASE)
_METADATA = re.compile(r"\bMETADATA\s+(?P<names>[\w, ]+)", re.IGNORECASE)
_MADE = re.compile(r"([A-Za-z_@][\w.@]*)\s*=(?![=~])|\bAS\s+([A-Za-z_@][\w.@]*)", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w?.@`-])[A-Za-z_@][\w.@]*(?!\s*\()\b")
_WORDS = frozenset(
    """and as asc by change_point desc dissect drop enrich eval false first from grok in is join keep last like limit
    lookup metadata mv_expand not null nulls on or rename rlike row sort stats true where with
    millisecond milliseconds second seconds minute minutes hour hours day days week weeks month months""".split()  # noqa: SIM905  # as text it is read at a glance
)


def unknown_fields(query: str) -> list[str]:
    """Return the names that the query asks for and that neither the contract nor the query itself knows."""
    bare = _ASIDE.sub(" ", query)
    known = _known()
    metadata = _METADATA.search(bare)
    if metadata:
        known |= {name.strip() for name in metadata["names"].split(",")}
    for join in _JOIN.finditer(bare):
        lookup = contract.load_contract().lookups.get(join["index"])
        known |= set(lookup.fields) if lookup else set()
    sources = " ".join(found[0] for found in _FROM.finditer(bare))
    for family in contract.load_contract().indices.values():
        known |= set(family.fields) if family.name in sources else set()
    if re.search(r"\bFROM\s+metrics-", bare, re.IGNORECASE):
        known |= set(contract.load_contract().metrics_stream.fields)
    known |= {first or second for first, second in _MADE.findall(bare)}
    text = _JOIN.sub(" ", _FROM.sub(" ", bare))
    asked = dict.fromkeys(match[0] for match in _NAME.finditer(text))
    return [name for name in asked if name not in known and name.lower() not in _WORDS and not _is_label(name)]


def _known() -> set[str]:
    return set(contract.load_contract().fields)


def _is_label(name: str) -> bool:
    """Whether it lies in one of the two objects whose names are the user's own."""
    return name.startswith(("labels.", "metrics."))
