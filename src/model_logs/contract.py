"""The event contract, read from `mappings/contract.yml`: every field and event type, once.

For the tools: the generators, the report, the tests. The logger and the shipper never come here; they import
`model_logs.tables.contract`, which is generated from the same file and costs nothing to load. Names of groups are
expanded here, so that nobody else needs to know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.errors import ContractError, meant
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = [
    "Contract",
    "EventField",
    "EventType",
    "IndexFamily",
    "LookupIndex",
    "MetricsStream",
    "Stream",
    "declared_range",
    "load_contract",
    "policy_component",
    "read_contract",
]

_EVERYWHERE = "all"
# What the Elasticsearch type itself can hold: beyond it a document is refused, whatever the contract's range says.
_HOLDS: dict[str, tuple[float, float]] = {
    "byte": (-(2**7), 2**7 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
}


@dataclass(frozen=True, slots=True)
class EventField:
    """One field of an event.

    Attributes:
        name: Dotted, as it is queried.
        type: One that `schemas/contract.json` lists; `alias` for another name of `alias_of`.
        of: For an object with free names: the type of its values.
        most: For such an object: how many names one event may have there.
        longest: For an object of values: how long a keyword may be there.
        mapped: For such an object: the names that are in the mapping from the start.
        unit: `ms`, `percent`, … for a quantity.
        low: The lowest value that is a fact: the contract's range, else what the type holds.
        high: The highest one.
        values: The only values that are taken, in the contract's order; None when any is.
        list: Several values may stand in it.
        on: The event types that carry it.
        everywhere: Every type carries it, the user's own included.
        required: The event types on which it must stand.
        required_everywhere: It must stand on every event.
        set_by: `writer`, `caller` or `shipper`.
        keyword: The Python keyword by which a caller sets it.
        alias_of: The field that this is another name of.
        index: Whether it can be searched.
    """

    name: str
    type: str
    meaning: str
    of: str | None = None
    most: int = 0
    longest: int = 0
    mapped: tuple[str, ...] = ()
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] | None = None
    list: bool = False
    on: frozenset[str] = frozenset()
    everywhere: bool = False
    required: frozenset[str] = frozenset()
    required_everywhere: bool = False
    set_by: str = "caller"
    keyword: str = ""
    alias_of: str | None = None
    index: bool = True


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type and the data stream it goes to (a key of `Contract.streams`)."""

    name: str
    stream: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of data stream; each environment has one of this kind.

    Attributes:
        policy: The lifecycle policy of its backing indices.
        busy_policy: The policy in environments that are named as busy; empty where they have the same one.
    """

    name: str
    dataset: str
    policy: str
    meaning: str
    busy_policy: str = ""

    def in_environment(self, environment: str) -> str:
        """Return the data stream's full name, such as `logs-model.prediction-production`."""
        return f"logs-{self.dataset}-{environment}"


@dataclass(frozen=True, slots=True)
class DataClass:
    """A class of data: environments whose name ends in it have policies of their own.

    Attributes:
        failure_store_retention: How long refused documents are kept.
        policies: Stream, or index family → the policy.
    """

    name: str
    meaning: str
    failure_store_retention: str
    policies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MetricsStream:
    """The data stream of disk samples."""

    name: str
    policy: str
    meaning: str
    fields: Mapping[str, EventField]


@dataclass(frozen=True, slots=True)
class LookupIndex:
    """A small index that queries join with by `key`."""

    name: str
    key: str
    meaning: str
    fields: Mapping[str, EventField]


@dataclass(frozen=True, slots=True)
class IndexFamily:
    """A family of plain indices whose rows are corrected by their ids."""

    name: str
    policy: str
    meaning: str
    fields: Mapping[str, EventField]

    def of(self, environment: str, month: str) -> str:
        """Return the name of one index of the family; the month is written 2026.11."""
        return f"{self.name}-{environment}-{month}"


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract: fields, event types, streams, classes of data and index families."""

    version: int
    fields: Mapping[str, EventField]
    event_types: Mapping[str, EventType]
    unknown_type_stream: str
    streams: Mapping[str, Stream]
    data_classes: Mapping[str, DataClass]
    metrics_stream: MetricsStream
    lookups: Mapping[str, LookupIndex]
    indices: Mapping[str, IndexFamily]

    def class_of(self, environment: str) -> DataClass | None:
        """Return the class of data of an environment, by the last part of its name; None for most."""
        return self.data_classes.get(environment.rpartition("_")[2])

    def carried_by(self, event_type: str) -> tuple[EventField, ...]:
        """Return the fields that an event of this type may carry; for a user's own type, the common fields."""
        return tuple(f for f in self.fields.values() if f.everywhere or event_type in f.on)


def declared_range(field: EventField) -> tuple[float | None, float | None]:
    """Return the range that the contract declares, without the limits of the type itself."""
    held = _HOLDS.get(field.type, (None, None))
    return (None if field.low == held[0] else field.low, None if field.high == held[1] else field.high)


def policy_component(stream: str, *, busy: bool = False, data_class: str = "") -> str:
    """Return the component template that gives a stream its lifecycle policy.

    It is a component of its own, since a setting in the index template itself would win over the user's @custom.
    """
    return f"model-logs-policy-{stream}{f'-{data_class}' if data_class else '-busy' if busy else ''}"


def load_contract() -> Contract:
    """Return the contract of this installation, read once.

    Raises:
        ContractError: The file holds something that makes no sense; the message names it.
    """
    return read_contract(assets.path("mappings/contract.yml"))


@cache
def read_contract(path: Path) -> Contract:
    """Return the contract of one file, read once.

    Raises:
        ContractError: A name, a type or a group in it is unknown, or two fields claim one name.
    """
    document = read_yaml(path, schema="contract", error=ContractError)
    streams = {name: Stream(name=name, **body) for name, body in document["streams"].items()}
    event_types = {name: EventType(name=name, **body) for name, body in document["event_types"].items()}
    for event_type in event_types.values():
        _known(event_type.stream, streams, f"the stream of the event type {event_type.name}")
    _known(document["unknown_type_stream"], streams, "unknown_type_stream")
    groups: dict[str, list[str]] = document["groups"]
    for group, members in groups.items():
        for member in members:
            _known(member, event_types, f"the group {group}")
    expand = _Expansion(groups, frozenset(event_types))
    fields = {name: _field(name, body, expand) for name, body in document["fields"].items()}
    _no_clash(fields)
    metrics = document["metrics_stream"]
    return Contract(
        version=document["version"],
        fields=fields,
        event_types=event_types,
        unknown_type_stream=document["unknown_type_stream"],
        streams=streams,
        data_classes={name: DataClass(name=name, **body) for name, body in document["data_classes"].items()},
        metrics_stream=MetricsStream(**metrics | {"fields": _plain_fields(metrics["fields"])}),
        lookups={
            name: LookupIndex(name=name, **body | {"fields": _plain_fields(body["fields"])})
            for name, body in document["lookups"].items()
        },
        indices={
            name: IndexFamily(name=name, **body | {"fields": _plain_fields(body["fields"])})
            for name, body in document["indices"].items()
        },
    )


@dataclass(frozen=True, slots=True)
class _Expansion:
    groups: Mapping[str, list[str]]
    types: frozenset[str]

    def __call__(self, names: Iterable[str], where: str) -> tuple[frozenset[str], bool]:
        """Return the event types that the names of types and groups stand for, and whether that is every event."""
        found: set[str] = set()
        for name in names:
            if name == _EVERYWHERE:
                return self.types, True
            _known(name, self.types | self.groups.keys(), where)
            found.update(self.groups.get(name, [name]))
        return frozenset(found), False


def _field(name: str, body: Mapping[str, Any], expand: _Expansion) -> EventField:
    if "alias_of" in body:
        return EventField(name=name, type="alias", meaning=body["meaning"], alias_of=body["alias_of"])
    on, everywhere = expand(body.get("events", ()), f"`events` of the field {name}")
    required, required_everywhere = expand(body.get("required", ()), f"`required` of the field {name}")
    if not required <= on:
        raise ContractError(
            f"The field {name} in contract.yml is required on {sorted(required - on)}, which do not carry it.",
            next_step="Add them to `events`.",
        )
    low, high = _range(body)
    return EventField(
        name=name,
        type=body["type"],
        meaning=body["meaning"],
        of=body.get("of"),
        most=body.get("most", 0),
        longest=body.get("longest", 0),
        mapped=tuple(body.get("mapped", ())),
        unit=body.get("unit"),
        low=low,
        high=high,
        values=tuple(body["values"]) if "values" in body else None,
        list=body.get("list", False),
        on=on,
        everywhere=everywhere,
        required=required,
        required_everywhere=required_everywhere,
        set_by=body.get("set_by", "caller"),
        keyword=body.get("keyword", name.replace(".", "_")),
        index=body.get("index", True),
    )


def _range(body: Mapping[str, Any]) -> tuple[float | None, float | None]:
    held = _HOLDS.get(body["type"], (None, None))
    low, high = body.get("range", (None, None))
    return (held[0] if low is None else low, held[1] if high is None else high)


def _plain_fields(fields: Mapping[str, Any]) -> dict[str, EventField]:
    """Return the fields of something that is no event: nobody passes them as keywords, they are on no type."""
    return {name: _field(name, body, _Expansion({}, frozenset())) for name, body in fields.items()}


def _known(name: str, among: Iterable[str], where: str) -> None:
    if name not in among:
        raise ContractError(
            f"contract.yml names {name!r} in {where}, which does not exist.",
            next_step=meant(name, sorted(among)),
        )


def _no_clash(fields: Mapping[str, EventField]) -> None:
    """Refuse an alias of nothing, two fields with one keyword, and a value where another field needs an object."""
    keywords: dict[str, str] = {}
    for field in fields.values():
        if field.alias_of is not None:
            _known(field.alias_of, fields, f"alias_of of {field.name}")
        elif field.set_by == "caller":
            other = keywords.setdefault(field.keyword, field.name)
            if other != field.name:
                raise ContractError(
                    f"In contract.yml {other} and {field.name} have one keyword, {field.keyword}.",
                    next_step="Give one of them a `keyword` of its own.",
                )
        parts = field.name.split(".")
        for depth in range(1, len(parts)):
            parent = ".".join(parts[:depth])
            if parent in fields:
                raise ContractError(
                    f"In contract.yml {parent} is a field and also the parent of {field.name}.",
                    next_step="Rename one of them: a JSON value is either an object or a value.",
                )
