"""The meaning of each registry's deliveries: the files of `mappings/registries/`, applied to a delivery."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from model_logs import assets
from model_logs.errors import AssetError, UnknownNameError, meant
from model_logs.files.reading import read_yaml
from model_logs.registries.change import Change
from model_logs.registries.expressions import compiled
from model_logs.registries.proof import Proof
from model_logs.tables.contract import FIELDS, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Source", "check", "known", "load", "read"]

FOLDER = "mappings/registries"
UNPARSED = "unparsed"
_TRAIL = "lifecycle"
_LABELS = "labels."
# From this number on a time is in milliseconds: in seconds it would be the year 5138.
_MILLISECONDS = 1e11
# What an unknown delivery may take in `message`.
_MOST_KEPT = 8_000

Expression = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    when: Expression
    event_type: Expression
    fields: dict[str, Expression]


@dataclass(frozen=True)
class Source:
    """One registry, as its file describes it.

    Attributes:
        registry: Its name.
        meaning: What it is.
        documentation: Where its deliveries are described.
        proof: How a delivery proves where it comes from.
        by_options: Whether the registry asks by OPTIONS first.
        examples: Deliveries and what must come of them.
        file: Where this stands.
    """

    registry: str
    meaning: str
    documentation: str
    proof: Proof
    by_options: bool
    examples: tuple[dict[str, Any], ...]
    file: Path
    _asks: Expression
    _answer: dict[str, Expression]
    _records: Expression
    _delivery_id: Expression
    _record_id: Expression
    _time: Expression
    _ignored: Expression
    _kinds: tuple[_Kind, ...]

    def records(self, body: Any) -> list[Any]:
        """Return the records of one delivery."""
        found = self._records(body)
        records = found if isinstance(found, list) else [found]
        return [_opened(record) for record in records]

    def answer(self, records: list[Any]) -> dict[str, Any] | None:
        """Return the answer to a handshake; None where the delivery is no handshake."""
        for record in records:
            if self._asks(record):
                return {name: expression(record) for name, expression in self._answer.items()}
        return None

    def delivery_id(self, headers: Mapping[str, str], body: Any) -> str | None:
        """Return the id of a delivery; None where the registry gives none."""
        return _name(self._delivery_id({"headers": dict(headers), "body": body}))

    def changes(self, records: list[Any]) -> Iterator[Change]:
        """Yield the events of a delivery; what is to be ignored is left out, what nobody knows is `unparsed`."""
        for record in records:
            if not self._ignored(record):
                yield self._change(record)

    def _change(self, record: Any) -> Change:
        at = _moment(self._time(record))
        record_id = _name(self._record_id(record))
        for kind in self._kinds:
            if not kind.when(record):
                continue
            event_type = kind.event_type(record)
            if isinstance(event_type, str) and STREAMS.get(event_type) == _TRAIL:
                fields = {name: expression(record) for name, expression in kind.fields.items()}
                return Change(event_type, _nested_labels(fields) | {"registry": self.registry}, at, record_id)
        return Change(
            UNPARSED,
            {
                "registry": self.registry,
                "reason": f"no entry of {self.file.name} knows such a delivery",
                "message": orjson.dumps(_outline(record)).decode()[:_MOST_KEPT],
            },
            at,
            record_id,
        )


def known(folder: Path | None = None) -> list[str]:
    """Return the names of the registries that come with this installation."""
    place = folder or assets.path(FOLDER)
    return sorted(file.stem for file in place.glob("*.yml"))


def load(name: str) -> Source:
    """Return a registry by its name, or by the path of a file of one's own.

    Raises:
        UnknownNameError: There is no such registry.
        AssetError: Its file cannot be meant.
    """
    from pathlib import Path

    if name.endswith((".yml", ".yaml")):
        return read(Path(name))
    if name not in known():
        raise UnknownNameError("registry", name, known())
    return read(assets.path(f"{FOLDER}/{name}.yml"))


def read(file: Path) -> Source:
    """Return the registry that a file describes.

    Raises:
        AssetError: It does not fit its schema, an expression is none, or it names a field outside of the contract.
    """
    said = read_yaml(file, schema="registry")

    def expression(text: str | None, where: str, default: str) -> Expression:
        return compiled(text or default, f"{file}: {where}")

    handshake = said.get("handshake") or {}
    kinds = []
    for number, kind in enumerate(said["changes"], 1):
        where = f"changes, entry {number}"
        fixed = kind.get("event_type")
        if fixed is not None and STREAMS.get(fixed) != _TRAIL:
            raise AssetError(
                f"{file}: {where}: {fixed!r} is no event of the audit trail.",
                next_step=meant(fixed, [name for name, stream in STREAMS.items() if stream == _TRAIL]),
            )
        for name in kind["fields"]:
            if name not in FIELDS and not name.startswith(_LABELS):
                raise AssetError(
                    f"{file}: {where}: the contract has no field {name!r}.",
                    next_step=f"{meant(name, FIELDS)} Or write labels.{name}.",
                )
        kinds.append(
            _Kind(
                expression(kind["when"], f"{where}, when", ""),
                expression(kind.get("event_type_of") or f"'{fixed}'", f"{where}, event_type_of", ""),
                {name: expression(text, f"{where}, {name}", "") for name, text in kind["fields"].items()},
            )
        )
    return Source(
        registry=said["registry"],
        meaning=said["meaning"],
        documentation=said["documentation"],
        proof=Proof.of(said["registry"], said["proof"]),
        by_options=bool(handshake.get("options")),
        examples=tuple(said["examples"]),
        file=file,
        _asks=expression(handshake.get("when"), "handshake, when", "`false`"),
        _answer={
            name: expression(text, f"handshake, {name}", "") for name, text in (handshake.get("answer") or {}).items()
        },
        _records=expression(said.get("records"), "records", "@"),
        _delivery_id=expression(said.get("delivery_id"), "delivery_id", "`null`"),
        _record_id=expression(said.get("record_id"), "record_id", "`null`"),
        _time=expression(said.get("time"), "time", "`null`"),
        _ignored=expression(said.get("ignore"), "ignore", "`false`"),
        _kinds=tuple(kinds),
    )


def check(file: Path) -> None:
    """See that each example of a file becomes the events that stand beside it.

    Raises:
        AssetError: One does not.
    """
    source = read(file)
    for example in source.examples:
        found = [
            {"event_type": change.event_type, **_flat(change.fields)}
            for change in source.changes(source.records(example["body"]))
        ]
        expected = [{"registry": source.registry, **_flat(event)} for event in example["events"]]
        if found != expected:
            raise AssetError(
                f"{file}: the example {example['name']!r} becomes {found}, and {expected} stands there.",
                next_step="Correct the expressions, or the events beside the example.",
            )


def _name(found: Any) -> str | None:
    """Return an id as text; None where there is none, or something that is no id stands in its place."""
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) and found != "" else None


def _opened(record: Any) -> Any:
    """Return a record; one that came as text, plain or in base64 (the message of a queue), is read."""
    if not isinstance(record, str):
        return record
    with contextlib.suppress(ValueError):
        return orjson.loads(record)
    with contextlib.suppress(ValueError):
        return orjson.loads(base64.b64decode(record, validate=True))
    return record


def _moment(value: Any) -> datetime | None:
    """Return when something happened; None where that cannot be read."""
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
        if isinstance(value, str):
            if value.replace(".", "", 1).isdigit():
                return _moment(float(value))
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _nested_labels(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields without those that are null, with all labels in one object."""
    found = {name: value for name, value in fields.items() if value is not None and not name.startswith(_LABELS)}
    labels = {
        name.removeprefix(_LABELS): value
        for name, value in fields.items()
        if value is not None and name.startswith(_LABELS)
    }
    return found | ({"labels": labels} if labels else {})


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    labels = fields.get("labels") or {}
    return {name: value for name, value in fields.items() if name != "labels"} | {
        f"labels.{name}": value for name, value in labels.items()
    }


def _outline(value: Any, depth: int = 4) -> Any:
    """Return the content of an unknown delivery, with long texts cut: they may be prompts."""
    most = 120
    if isinstance(value, dict):
        return (
            {str(name)[:most]: _outline(inner, depth - 1) for name, inner in list(value.items())[:50]}
            if depth
            else "…"
        )
    if isinstance(value, list):
        return [_outline(inner, depth - 1) for inner in value[:20]] if depth else "…"
    return f"{value[:most]}…" if isinstance(value, str) and len(value) > most else value
