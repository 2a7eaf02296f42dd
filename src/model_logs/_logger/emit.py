"""Writes one event of any type: encode, number, write. Nothing in here raises into serving code."""

from __future__ import annotations

from datetime import UTC
from time import time

from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.arrays import class_name
from model_logs._logger.encoding.fields import document, dump
from model_logs._logger.encoding.shortening import shorten
from model_logs._logger.encoding.text import clean
from model_logs._logger.encoding.values import ABSENT, convert, is_missing, moment
from model_logs._logger.request import current_request
from model_logs._logger.tracing import active_span
from model_logs.errors import ContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from model_logs._logger.writing.identity import Number
    from model_logs._logger.writing.writer import Stamp, Writer

__all__ = ["emit", "line_of", "render"]

_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")
_ID_LIMIT = 128
_TYPE_LIMIT = 128
# Time, id and sequence number of the longest kind, with what stands around them.
_AROUND = 256
# An event may bring these along; else the writer sets them.
_OWN = ("event_id", "timestamp")


def emit(
    writer: Writer, event_type: Any, fields: Mapping[str, Any], drawn: tuple[bytes, bytes, Number] | None = None
) -> None:
    """Write one event.

    Args:
        writer: Who writes.
        event_type: One of the contract's, or the user's own.
        fields: Python keyword → any value.
        drawn: A number that was taken already, after the text before it and the text between its two places.

    Raises:
        ContractError: Only in a test that asked for it.
    """
    try:
        stamp = writer.current(time())
        if stamp is None:
            return
        line = line_of(writer, stamp, event_type, fields, writer.limit, drawn)
        write, fd = stamp[6:]
        try:
            if write(fd, line) != len(line):
                writer.recover(line, None)
        except OSError as error:
            writer.recover(line, error)
    except ContractError:
        raise
    except Exception as error:  # noqa: BLE001 - serving code never sees an error of ours
        try:
            writer.survive(error)
        except Exception:  # noqa: BLE001 - the stack has no room for that call
            for _ in writer.at_the_end:
                break


def render(writer: Writer, event_type: Any, fields: Mapping[str, Any], limit: int) -> bytes:
    """Return the line of one event for another library to write; empty where logging is off or captured by a test.

    Args:
        writer: Whose id and number the event gets.
        event_type: As for `emit`.
        fields: As for `emit`.
        limit: The longest line in bytes.

    Raises:
        ContractError: Only in a test that asked for it.
    """
    line = b""
    try:
        stamp = writer.current(time())
        if stamp is not None:
            line = line_of(writer, stamp, event_type, fields, limit, None)
            if writer.captures:
                stamp[6](stamp[7], line)
                line = b""
            elif writer.closes:
                writer.write_close()
    except ContractError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        try:
            writer.survive(error)
        except Exception:  # noqa: BLE001 - as above
            for _ in writer.at_the_end:
                break
    return line


def line_of(  # noqa: PLR0917 - as for `_line`
    writer: Writer,
    stamp: Stamp,
    event_type: Any,
    fields: Mapping[str, Any],
    limit: int,
    drawn: tuple[bytes, bytes, Number] | None,
) -> bytes:
    """Return the line of an event, with words in the place of values that raise when they are read."""
    try:
        return _line(writer, stamp, event_type, fields, limit, drawn)
    except ContractError:
        raise
    except Exception:  # noqa: BLE001 - a value may do anything when it is looked at
        return _line(writer, stamp, event_type, _readable(fields), limit, drawn)


def _readable(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event with words in the place of values that raise when they are read."""
    found: dict[str, Any] = {}
    for name in list(fields):
        value = fields[name]
        try:
            dump(document("log", {name: value}, Adjustments()))
        except Exception as error:  # noqa: BLE001 - as above
            value = f"<{class_name(type(value))} raised {type(error).__name__}>"
        found[name] = value
    return found


def _line(  # noqa: PLR0917 - by position, since it runs for each event
    writer: Writer,
    stamp: Stamp,
    event_type: Any,
    fields: Mapping[str, Any],
    limit: int,
    drawn: tuple[bytes, bytes, Number] | None,
) -> bytes:
    notes = Adjustments(writer.redact, writer.features_sample)
    if writer.trace:
        fields = {**active_span(), **fields}
    own, found = _encoded(event_type, fields, notes)
    tail = stamp[5].tail
    body = dump(found)
    room = limit - len(tail) - _AROUND
    if len(body) > room:
        notes.add("truncated")
        body = shorten(found, room)
    if notes.counts or notes.problems:
        _account(writer, notes)
    # Nothing can go wrong from here to the write: a number that is taken and not written is a lost event.
    prefix, middle, (number, _) = drawn or writer.draw(stamp)
    begin = _begin(prefix, middle, number, own) if own else b"".join((prefix, number, middle, number))
    return b"".join((begin, b"},", body, b",", tail, b"}\n"))


def _encoded(
    event_type: Any, fields: Mapping[str, Any], notes: Adjustments
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the time and id that an event brings along, and its encoded fields."""
    name = convert("event_type", "keyword", event_type, notes)
    if name is ABSENT:
        name = "unnamed"
    if len(name) > _TYPE_LIMIT:
        name = clean(name, notes, _TYPE_LIMIT)
    if fields.get("request_id") is None and (request := current_request()) is not None:
        fields = {**fields, "request_id": request}
    if not fields.keys().isdisjoint(_OWN):
        own = _own(fields, notes)
        return own, document(name, {k: v for k, v in fields.items() if k not in _OWN}, notes)
    return {}, document(name, fields, notes)


def _own(fields: Mapping[str, Any], notes: Adjustments) -> dict[str, bytes]:
    found = {"time": _time(fields.get("timestamp"), notes), "id": _identifier(fields.get("event_id"), notes)}
    return {name: value for name, value in found.items() if value}


def _begin(prefix: bytes, middle: bytes, number: bytes, own: dict[str, bytes]) -> bytes:
    """Return the line up to its sequence number, with a time and an id that are not the writer's."""
    time, between, identifier = prefix.partition(b'Z","event":{"id":"')
    if "time" in own:
        time = b'{"@timestamp":"' + own["time"]
    return b"".join((time, between, own.get("id") or identifier + number, middle, number))


def _time(value: Any, notes: Adjustments) -> bytes:
    if value is None:
        return b""
    if is_missing(value):
        notes.add(
            "placeholder", tag="placeholder", problem=f"timestamp is {class_name(type(value))}, which is no time"
        )
        return b""
    try:
        when = moment(value)
        when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        return when.replace(tzinfo=None).isoformat(timespec="milliseconds").encode()
    except Exception:  # noqa: BLE001 - a class of the caller's may do anything
        found = convert("timestamp", "keyword", value, notes, redacted=True)
        notes.labels["timestamp"] = found
        notes.add("invalid", problem=f"timestamp is {found!r}, and must be a datetime or ISO 8601")
        return b""


def _identifier(value: Any, notes: Adjustments) -> bytes:
    """Return an id that Elasticsearch takes; the hash of any other, which is kept in a label."""
    if value is None:
        return b""
    text: str = convert("event_id", "keyword", value, notes)
    if not 0 < len(text) <= _ID_LIMIT or not _ID_CHARACTERS.issuperset(text):
        notes.add("coerced")
        notes.labels["event_id"] = convert("event_id", "keyword", value, notes, redacted=True)[:1024]
        text = _hashed(text)
    return text.encode()


def _hashed(text: str) -> str:
    try:
        from hashlib import sha256
    except ImportError:
        # The interpreter is at its end.
        return text.encode().hex()[:_ID_LIMIT]
    return sha256(text.encode()).hexdigest()


def _account(writer: Writer, notes: Adjustments) -> None:
    """Add an event's adjustments to the counters; raise them in a strict test."""
    if writer.strict and notes.problems:
        raise ContractError(
            "; ".join(notes.problems) + ".", next_step="See docs/reference/events.md for the keywords."
        )
    for name in notes.counts:
        writer.tally.add(name)
