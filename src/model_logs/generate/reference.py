"""Renders `docs/reference/events.md`: the page on which every field and event type stands, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs import contract

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_logs.contract import Contract, EventField, Stream

__all__ = ["render_event_reference"]

_PATH = "docs/reference/events.md"
_VALUES = {"value": "numbers and keywords"}
_HEAD = """\
<!-- Generated from mappings/contract.yml by `python -m model_logs.generate`: change that file, not this one. -->
# Fields and event types

This page lists every name that model-logs writes. An event is one JSON object on one line, nested, with
`@timestamp` first and `event` second; queries use the names below. A field that is not listed here stays
in `_source` and is not searchable; put your own names and values into `labels`.

A value that has the wrong type, is out of range or is not a listed value makes the event `unparsed`: it keeps its id
and carries the original and the reason. A field is required on the event types in **bold**.
"""


def render_event_reference() -> dict[str, str]:
    """Return the page's path and text."""
    loaded = contract.load_contract()
    parts = [
        _HEAD,
        _streams(loaded),
        _event_types(loaded),
        _fields(loaded),
        _aliases(loaded),
        _others(loaded),
    ]
    return {_PATH: "\n".join(parts)}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _streams(loaded: Contract) -> str:
    rows = [
        [f"`{stream.in_environment('<environment>')}`", stream.meaning, _policy(stream)]
        for stream in loaded.streams.values()
    ]
    rows.append(
        [f"`{loaded.metrics_stream.name}`", loaded.metrics_stream.meaning, f"`{loaded.metrics_stream.policy}`"]
    )
    return "## Data streams\n\n" + _table(["stream", "holds", "policy"], rows)


def _policy(stream: Stream) -> str:
    busy = f"; in a [busy environment](../bootstrap.md#busy-and-quiet-environments) `{stream.busy_policy}`"
    return f"`{stream.policy}`" + (busy if stream.busy_policy else "")


def _event_types(loaded: Contract) -> str:
    rows = []
    for kind in loaded.event_types.values():
        must = [field.keyword for field in loaded.fields.values() if _asked_of_caller(field, kind.name)]
        rows.append([f"`{kind.name}`", kind.meaning, kind.stream, _code(must)])
    text = (
        '## Event types\n\nA type of your own, by `logger.event("my_type", …)`, goes to the stream'
        f" `{loaded.unknown_type_stream}` and carries the fields that are on all. The table names the required"
        " keywords; without them the event is unparsed.\n\n"
    )
    return text + _table(["event type", "meaning", "stream", "needs"], rows)


def _asked_of_caller(field: EventField, event_type: str) -> bool:
    return field.set_by == "caller" and event_type in field.required and not field.required_everywhere


def _fields(loaded: Contract) -> str:
    rows = [
        [f"`{f.name}`", _type(f), _meaning(f), _carriers(loaded, f), _setter(f)]
        for f in loaded.fields.values()
        if f.alias_of is None
    ]
    note = "A writer is the logger, a shipper is Logstash or `model-logs ship`; the others are keywords."
    return f"## Fields\n\n{note}\n\n" + _table(["field", "type", "meaning", "on", "set by"], rows)


def _type(field: EventField) -> str:
    name = f"object of {_VALUES.get(field.of, f'{field.of}s')}" if field.of else field.type
    return f"{name}, several" if field.list else name


def _meaning(field: EventField) -> str:
    parts = [field.meaning]
    if field.values:
        parts.append(f"One of {_code(field.values)}.")
    if bounds := _bounds(field):
        parts.append(bounds)
    if not field.index:
        parts.append("Not searchable.")
    return " ".join(parts)


def _bounds(field: EventField) -> str:
    unit = f" {field.unit}" if field.unit else ""
    low, high = contract.declared_range(field)
    if low is None and high is None:
        return f"Unit:{unit}." if unit else ""
    if high is None:
        return f"From {low:g}{unit}."
    if low is None:
        return f"Up to {high:g}{unit}."
    return f"From {low:g} to {high:g}{unit}."


def _carriers(loaded: Contract, field: EventField) -> str:
    if field.everywhere:
        return "**all**" if field.required_everywhere else "all"
    names = [name for name in loaded.event_types if name in field.on]
    return ", ".join(f"**{name}**" if name in field.required else name for name in names)


def _setter(field: EventField) -> str:
    return f"`{field.keyword}=`" if field.set_by == "caller" else field.set_by


def _aliases(loaded: Contract) -> str:
    rows = [[f"`{f.name}`", f"`{f.alias_of}`", f.meaning] for f in loaded.fields.values() if f.alias_of]
    text = "## Other names for the same field\n\nThey can be queried and cannot be written.\n\n"
    return text + _table(["alias", "field", "meaning"], rows)


def _others(loaded: Contract) -> str:
    parts = []
    for name, meaning, fields in [
        (loaded.metrics_stream.name, loaded.metrics_stream.meaning, loaded.metrics_stream.fields),
        *(
            (lookup.name, f"{lookup.meaning} Joined by `{lookup.key}`.", lookup.fields)
            for lookup in loaded.lookups.values()
        ),
    ]:
        rows = [[f"`{f.name}`", _type(f), _meaning(f)] for f in fields.values()]
        parts.append(f"## `{name}`\n\n{meaning}\n\n" + _table(["field", "type", "meaning"], rows))
    return "\n".join(parts)
