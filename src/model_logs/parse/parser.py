"""From a raw line to a document: the one that `ship` sends, equal to Logstash's for the same line.

`Parser.parse` has three ways to the same document: a line of a known form is taken as it stands (`forms`); an event
of our own logger is loaded, looked at and written (the short way); everything else goes the long way. It decides ids,
environment and stream; what a value may be stands in the contract, what a text line may look like in
`pipelines/patterns/`, and other words for both in `pipelines/units.yml`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from model_logs.environments import DEFAULT
from model_logs.parse import json_line
from model_logs.parse.checks import ID, fits
from model_logs.parse.forms import Forms
from model_logs.parse.normalise import Event, normalise, tree_of
from model_logs.parse.proxies import Proxies
from model_logs.parse.records import BETWEEN, END, Document, Origin, file_of, head_of
from model_logs.parse.routing import Places
from model_logs.parse.secret_places import hidden_in_line, hide, is_clean
from model_logs.parse.text import vocabulary
from model_logs.parse.text.lines import LONGEST_TEXT, TextLines
from model_logs.parse.text.other_lines import OtherLines
from model_logs.parse.timestamps import canonical
from model_logs.parse.wrappers import EMPTY, WRAPPED, Reading, Wrappers
from model_logs.redaction import redact
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["LONGEST_LINE", "Parser"]

# In bytes; a longer line is kept in part, as unparsed.
LONGEST_LINE: Final = 1024 * 1024
# In characters.
_LONGEST_ORIGINAL: Final = 65_536
# What is kept of an event that became unparsed, so that it can be found and its writer's sequence has no gap.
_KEPT: Final = (
    *("event.sequence", "process.entity_id", "process.pid", "host.name", "service.name", "service.version"),
    *("model_name", "model_version", "request_id", "trace.id", "span.id"),
)
_SAFE_TYPE_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.-")


class Parser:
    """Turns lines into documents; one for each process, no state beyond caches.

    Args:
        environments: The environments that have streams; anything else is `unknown`.
        default_environment: The environment of a line that names none.
        other_lines: A file in the form of `pipelines/other_lines.yml`; None for that one.
        attested: Whether these lines come by the road of registries and gates; never from a line itself.

    Raises:
        AssetError: `other_lines` cannot be read, or says something that makes no sense.
    """

    def __init__(
        self,
        *,
        environments: Iterable[str] = DEFAULT,
        default_environment: str = "development",
        other_lines: Path | None = None,
        attested: bool = False,
    ) -> None:
        self._attested = attested
        self._places = Places(environments, default_environment)
        self._words = vocabulary.load()
        self._text = TextLines(self._words)
        self._wrappers = Wrappers(self._words)
        self._others = OtherLines(other_lines)
        self._proxies = Proxies()
        self._forms = Forms()
        self._second = ""

    @property
    def missing(self) -> str:
        """Why no text line can be understood here; empty when the extra is installed."""
        return self._text.missing

    def parse(self, line: bytes, origin: Origin, *, ingested: str, offset: int | None = None) -> Document:
        """Return the document of one line; never raises.

        Args:
            line: The line as it stands in the file, with or without its line break.
            origin: Where it stands.
            ingested: The time of handling, ISO 8601 with `Z`.
            offset: Where it begins, for one of many lines that share an origin; None when the origin says so.
        """
        if offset is None:
            offset = origin.offset
        if len(line) <= LONGEST_LINE:
            document = self._forms.document(line, origin, offset, ingested)
            if document is not None:
                return document
        return self._parsed(line, origin if offset == origin.offset else replace(origin, offset=offset), ingested)

    def _parsed(self, line: bytes, origin: Origin, ingested: str) -> Document:
        """Return the document of a line of no known form."""
        if len(line) <= LONGEST_LINE:
            try:
                event = orjson.loads(line)
            except orjson.JSONDecodeError:
                event = None
            # A line of two bytes for each value is the densest.
            small = len(line) < 2 * json_line.MOST_VALUES
            if (
                type(event) is dict
                and (small or not json_line.too_big(event))
                and not json_line.may_repeat_names(line, event)
                and fits(event)
                and self._is_plain(event)
                and is_clean(event)
            ):
                if event["event_type"] not in table.ATTESTED:  # a form adds no mark
                    self._forms.learn(event, line, self._places.stream(event["event_type"], event["environment"]))
                return self._document(event, event["event"]["id"], origin, ingested)
        try:
            return self._long_way(line, origin, ingested)
        except Exception as error:  # noqa: BLE001 - a line that finds a fault of ours must not stop the shipper for ever
            return self._faulty(line, origin, ingested, error)

    def _is_plain(self, event: dict[str, Any]) -> bool:
        """Tell whether a fitting event also has its id, time, type, status and environment in their final form."""
        head = event.get("event")
        event_type = event.get("event_type", "")
        return (
            head is not None
            and self._is_final(event.get("@timestamp", ""))
            and ID.fullmatch(head.get("id", "")) is not None
            and event.get("environment") in self._places.allowed
            and "status" in event
            and (event_type in table.STREAMS or self._is_own_type(event_type))
            and event_type != "unparsed"
        )

    def _is_own_type(self, event_type: str) -> bool:
        """Tell whether a type is the writer's own in its final form, and no other word for one of the contract's."""
        return (
            _SAFE_TYPE_CHARACTERS.issuperset(event_type or " ")
            and self._words.event_type(event_type) == event_type
            and not self._words.is_ambiguous(event_type)
        )

    def _is_final(self, stamp: str) -> bool:
        """Tell whether a time is in the stored form; most lines share their second with the line before."""
        if stamp[:19] == self._second:
            return stamp.isascii() and stamp[19:20] == "." and stamp[20:23].isdecimal() and stamp[23:] == "Z"
        if canonical(stamp) != stamp:
            return False
        self._second = stamp[:19]
        return True

    def _document(self, tree: dict[str, Any], id_: str, origin: Origin, ingested: str) -> Document:
        """Add what the shipper knows to a good event, in place, and write it."""
        tree["event"]["ingested"] = ingested
        log = tree.setdefault("log", {})
        # Names of nobody's below log.file stay, as they do in Logstash.
        log.update(offset=origin.offset, file=log.get("file", {}) | file_of(origin))
        if tree["event_type"] in table.ATTESTED:
            tree["attested"] = self._attested
        stream = self._places.stream(tree["event_type"], tree["environment"])
        tree["data_stream"] = stream
        unparsed = stream["dataset"] == "model.unparsed"
        name = f"logs-{stream['dataset']}-{stream['namespace']}"
        entry = b"".join((head_of(name), id_.encode(), BETWEEN, orjson.dumps(tree), END))
        return Document(id_, name, entry, unparsed)

    def _long_way(self, line: bytes, origin: Origin, ingested: str) -> Document:
        raw = json_line.without_end(line)
        event, reason, reading = self._understood(raw, ingested)
        if reason == EMPTY:
            return Document(_line_id(raw, origin), "", b"", empty=True)
        id_ = event.fields.pop("event.id", "")
        if not id_:
            id_ = _line_id(raw, origin)
        elif ID.fullmatch(id_) is None:
            event.objects["labels"]["event_id"] = id_[:1024]
            id_ = hashlib.sha256(id_.encode()).hexdigest()
        event.fields["event.id"] = id_
        environment, written = self._places.environment(event.fields.get("environment"))
        event.fields["environment"] = environment
        if written is not None:
            event.objects["labels"]["environment"] = written[:1024]
        hide(event)
        problems = _problems(event, reason)
        if ignored := self._ignored(event, reading, raw):
            return Document(id_, "", b"", ignored=ignored)
        if problems:
            event.fields.setdefault("@timestamp", self._when(reading, raw, ingested))
            nowhere = reading.event is not None and "event_type" not in event.fields | event.bad
            hint = self._wrappers.elsewhere(reading.text) if nowhere else ""
            return self._unparsed(event, problems, raw, origin, ingested, hint=hint)
        event.fields.setdefault("status", self._status(event))
        return self._document(tree_of(event), id_, origin, ingested)

    def _understood(self, raw: bytes, ingested: str) -> tuple[Event, str, Reading]:
        """Return the event of a line, the reason where the line is unreadable, and the decoded text."""
        text = json_line.clean(raw[:LONGEST_LINE])
        if len(raw) > LONGEST_LINE:
            return Event(), f"longer than {LONGEST_LINE} bytes", Reading(text)
        if json_line.is_utf16(text):
            return Event(), "UTF-16, not UTF-8", Reading("")
        reading = self._wrappers.read(text, ingested)
        event, reason = Event(), reading.problem
        access = None if reading.event is None else self._proxies.read(reading.event)
        if access is not None:
            reading = reading._replace(event=None)
            event = normalise(self._others.of_access(access), self._words)
            if reading.wrapped:
                event.marks.append(WRAPPED)
        elif reading.event is not None:
            event = normalise(reading.event, self._words)
        elif not reason:
            event, reason = self._from_text(reading, ingested)
            if reading.wrapped:
                event.marks.append(WRAPPED)
        if reason and reading.cut:
            reason = "a part of a line that the container runtime cut"
        return event, reason, reading

    def _ignored(self, event: Event, reading: Reading, raw: bytes) -> str:
        """Return the user's pattern for a line that is not about models; empty for others and where an event is."""
        event_type = event.fields.get("event_type")
        of_nobody = (
            event_type is None and not event.bad and not event.fields.keys() & {"event.sequence", "model_name"}
        )
        access = event_type == "log" and reading.event is None
        if not (of_nobody or access) or self._wrappers.hints_at_an_event(reading.text):
            return ""
        return self._others.ignores(json_line.clean(raw[:LONGEST_LINE]))

    def _from_text(self, reading: Reading, ingested: str) -> tuple[Event, str]:
        """Return the event of a text line, or the reason why there is none."""
        text = reading.text
        if len(text) > LONGEST_TEXT:
            return Event(), f"text longer than {LONGEST_TEXT} characters"
        found = self._text.read(text)
        if found is None:
            return Event(), self._text.missing or "no pattern fits"
        if "event_type" not in found:
            return self._from_access(found, reading, ingested), ""
        event = normalise(found, self._words)
        event.bad |= self._text.doubts(text)
        event.fields = {name: value for name, value in event.fields.items() if name not in event.bad}
        return event, ""

    def _from_access(self, found: dict[str, Any], reading: Reading, ingested: str) -> Event:
        """Return the event of an access line, with its time, that of its wrapper, or that of its arrival."""
        moment = self._wrappers.times.leading(reading.text, ingested) or reading.time
        said = self._others.of_access(found) | {"message": reading.text, "@timestamp": moment or ingested}
        event = normalise(said, self._words)
        if not moment:
            event.marks.append("arrival_time")
        return event

    def _when(self, reading: Reading, raw: bytes, ingested: str) -> str:
        """Return when a line that was not understood was written: as it says, as its wrapper says, or now."""
        leading = self._wrappers.times.leading
        whole = json_line.clean(raw[:LONGEST_LINE])
        return leading(reading.text, ingested) or reading.time or leading(whole, ingested) or ingested

    def _status(self, event: Event) -> str:
        failed = event.fields.get("log.level") in self._words.levels_of_failure
        return "error" if failed or any(name.startswith("error.") for name in event.fields) else "success"

    def _faulty(self, line: bytes, origin: Origin, ingested: str, error: Exception) -> Document:
        raw = json_line.without_end(line)
        environment, _ = self._places.environment(None)
        event = Event(fields={"event.id": _line_id(raw, origin), "environment": environment})
        return self._unparsed(event, f"a fault of the parser: {type(error).__name__}", raw, origin, ingested)

    def _unparsed(
        self, event: Event, reason: str, raw: bytes, origin: Origin, ingested: str, *, hint: str = ""
    ) -> Document:
        kept = Event(objects=event.objects | {"metrics": {}, "features": {}})
        kept.fields = {
            "@timestamp": event.fields.get("@timestamp", ingested),
            "event.id": event.fields["event.id"],
            "event.original": hidden_in_line(json_line.clean(raw[:LONGEST_LINE])[:_LONGEST_ORIGINAL]),
            "event_type": "unparsed",
            "status": "invalid",
            "environment": event.fields["environment"],
            "reason": reason,
        }
        kept.fields |= {name: event.fields[name] for name in _KEPT if name in event.fields}
        named = {name or "event": why for name, why in event.bad.items()}
        whys = [f"{name}: {why}" for name, why in sorted(named.items())]
        if hint:
            whys.append(hint)
        if whys:
            kept.fields["error.message"] = redact("; ".join(whys))
        return self._document(tree_of(kept), kept.fields["event.id"], origin, ingested)


def _problems(event: Event, reason: str) -> str:
    """Return the reasons why an event is unparsed; empty for a good event."""
    if reason:
        return reason
    problems = [f"no {name}" for name in ("@timestamp", "event_type") if name not in event.fields | event.bad]
    if event.bad:
        problems.append(f"bad value: {', '.join(sorted(name or 'event' for name in event.bad))}")
    if event.fields.get("event_type") == "unparsed":
        problems.append("the event calls itself unparsed")
    return "; ".join(problems)


def _line_id(raw: bytes, origin: Origin) -> str:
    """Return the same id for the same line of the same file, wherever the file was moved."""
    return hashlib.sha256(b"%s\n%d\n%s" % (origin.fingerprint.encode(), origin.offset, raw)).hexdigest()
