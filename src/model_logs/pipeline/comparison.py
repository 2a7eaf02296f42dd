"""Compares a document with what its vector expects, name by name, so that a person sees at once what is different."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from model_logs.pipeline.vectors import Vector

__all__ = ["ABSENT", "Difference", "VectorResult", "compare_document"]

ABSENT: Final = "(absent)"
# The stream of a vector whose line becomes no document.
NONE: Final = "none"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
# Added on the way, different each time or at each place.
_ALWAYS_FREE: Final = ("log.offset", "log.file.", "data_stream.", "event.ingested")
# Compared only where a vector names them: Filebeat adds the host, and most decisions here are about other things.
_FREE_UNLESS_NAMED: Final = frozenset({"attested", "event.id", "host.name"})
# The mark of an event whose time is that of its arrival.
_OF_ARRIVAL: Final = "arrival_time"
_FREE_OF_UNPARSED: Final = frozenset({"@timestamp", "event.original", "error.message"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One name whose value is not what was expected."""

    name: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.name}: expected {_shown(self.expected)}, got {_shown(self.got)}"


@dataclass(frozen=True, slots=True)
class VectorResult:
    """The result of one vector on one engine; it passed when there is no difference."""

    vector: Vector
    differences: tuple[Difference, ...]


def compare_document(vector: Vector, source: Mapping[str, Any] | None, id_: str | None = None) -> VectorResult:
    """Compare one document's source, and its id where it is known, with the vector.

    Args:
        vector: What is expected.
        source: The document; None when none came out.
        id_: The `_id`; None takes it from `event.id`.
    """
    if source is None or vector.stream == NONE:
        expected, got = ("none" if vector.stream == NONE else "one"), (ABSENT if source is None else "one")
        fits = source is None and vector.stream == NONE
        return VectorResult(vector, () if fits else (Difference("the document", expected, got),))
    document = dict(_flat(source))
    found = [*_of_the_way(vector, document, id_ or str(document.get("event.id", "")))]
    for name in sorted(vector.expect.keys() | document.keys()):
        if name not in vector.expect and _is_free(name, vector):
            continue
        expected, got = vector.expect.get(name, ABSENT), document.get(name, ABSENT)
        if not _same(expected, got):
            found.append(Difference(name, expected, got))
    return VectorResult(vector, tuple(found))


def _of_the_way(vector: Vector, document: Mapping[str, Any], id_: str) -> Iterator[Difference]:
    """Check what every document must have, though no vector writes it down."""
    stream = ".".join(("logs", str(document.get("data_stream.dataset")), str(document.get("data_stream.namespace"))))
    wanted = f"logs.model.{vector.stream}.{vector.expect.get('environment')}"
    if stream != wanted:
        yield Difference("data_stream", wanted, stream)
    if document.get("event.id") != id_:
        yield Difference("event.id", id_, document.get("event.id", ABSENT))
    if vector.id == "line" and not _HASH.fullmatch(id_):
        yield Difference("_id", "the hash of a line", id_)
    if vector.id not in {"", "line", id_}:
        yield Difference("_id", vector.id, id_)
    if "event.ingested" not in document:
        yield Difference("event.ingested", "a time", ABSENT)
    if vector.stream == "unparsed" and "event.original" not in vector.expect:
        original = vector.line.decode("utf-8", "replace")
        if document.get("event.original") != original:
            yield Difference("event.original", original, document.get("event.original", ABSENT))


def _is_free(name: str, vector: Vector) -> bool:
    if name.startswith(_ALWAYS_FREE) or name in _FREE_UNLESS_NAMED:
        return True
    if name == "@timestamp" and _OF_ARRIVAL in vector.expect.get("tags", ()):
        return True
    return vector.stream == "unparsed" and name in _FREE_OF_UNPARSED


def _flat(source: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in source.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return math.isclose(expected, got, rel_tol=1e-12)
    return bool(expected == got)


def _shown(value: Any) -> str:
    if value is ABSENT:
        return ABSENT
    text = repr(value)
    return text if len(text) <= 300 else text[:299] + "…"  # noqa: PLR2004 - as long as a person reads on a line
