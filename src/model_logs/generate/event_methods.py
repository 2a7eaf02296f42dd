"""Renders `src/model_logs/_logger/events.pyi`: the signatures of the logger's methods, for editors and mypy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs import contract
from model_logs._logger.events import NOT_CALLED

if TYPE_CHECKING:
    from model_logs.contract import Contract, EventField

__all__ = ["render_event_methods"]

_PATH = "src/model_logs/_logger/events.pyi"
_HEAD = '''\
# Generated from mappings/contract.yml by `python -m model_logs.generate`: change that file, not this one.
"""What type checkers and editors see of the logger's methods; what runs is in `events.py`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

NOT_CALLED: frozenset[str]

class EventMethods:
    def _emit(self, event_type: str, fields: dict[str, Any]) -> None: ...
'''
_TYPES = {
    "text": "str",
    "keyword": "str",
    "float": "float",
    "integer": "int",
    "long": "int",
    "byte": "int",
    "boolean": "bool",
}
_OBJECTS = {"labels": "Mapping[str, object]", "metrics": "Mapping[str, float]", "features": "Mapping[str, object]"}
# Registries count versions, people name them.
_VERSIONS = frozenset({"model_version", "previous_version"})
# `with logger.request(...)` gives it to every event inside.
_AMBIENT = frozenset({"request_id"})
# Written by others than callers, or by a method of the logger's own signature.
_NOT_HERE = frozenset({"erased", "log", "outcome", "probe", "unparsed", "writer_closed"})
_OWN = {
    "event_id": ("str | None", "The event's own id, such as a webhook's delivery id, instead of the writer's."),
    "timestamp": ("datetime | None", "The time of the event, if that is not now."),
}


def render_event_methods() -> dict[str, str]:
    """Return the stub's path and text."""
    loaded = contract.load_contract()
    called = [name for name in loaded.event_types if name not in NOT_CALLED]
    return {_PATH: _HEAD + "".join(_method(loaded, name) for name in called)}


def _method(loaded: Contract, event_type: str) -> str:
    fields = [f for f in loaded.carried_by(event_type) if f.set_by == "caller" and not f.alias_of]
    fields.sort(key=lambda f: (not _required(f, event_type), f.everywhere))
    name = "prediction" if event_type == "predict" else event_type
    lines = [f"        {f.keyword}: {_annotation(f, event_type)},\n" for f in fields]
    lines += [f"        {keyword}: {annotation} = None,\n" for keyword, (annotation, _) in _OWN.items()]
    notes = [f"            {f.keyword}: {_meaning(f)}\n" for f in fields]
    notes += [f"            {keyword}: {meaning}\n" for keyword, (_, meaning) in _OWN.items()]
    return (
        f"    def {name}(\n        self,\n        *,\n{''.join(lines)}    ) -> None:\n"
        f'        """{loaded.event_types[event_type].meaning}\n\n        Args:\n{"".join(notes)}        """\n'
    )


def _required(field: EventField, event_type: str) -> bool:
    wanted = event_type in field.required or field.required_everywhere
    return wanted and field.name not in ("status", *_AMBIENT)


def _annotation(field: EventField, event_type: str) -> str:
    kind = _OBJECTS.get(field.name) or _TYPES[field.type]
    if field.values:
        values = ", ".join(f'"{value}"' for value in field.values)
        kind = f"Literal[{values}]"
    if field.list:
        kind = f"Sequence[{kind}]"
    if field.name in _VERSIONS:
        kind = "str | int"
    if field.name == "status":
        return f'{kind} = "success"'
    return kind if _required(field, event_type) else f"{kind} | None = None"


def _meaning(field: EventField) -> str:
    unit = f" In {field.unit}." if field.unit and field.unit != "percent" else ""
    return f"{field.meaning}{unit}"
