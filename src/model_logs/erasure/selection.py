"""The documents that an erasure is about: those of some requests, or those of a model before a moment.

A document is asked for by its fields where they are searchable. What was not understood or was refused holds a
request's id somewhere in its text, so there each text is looked at, and an id counts where no letter or digit touches
it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from model_logs import contract
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

__all__ = ["Selection", "request_id_of"]

# Terms of one query; Elasticsearch takes 65,536.
_TERMS: Final = 10_000
# Ids of one query that looks for them in texts and labels: each is asked of all of those fields.
_PHRASES: Final = 20
_TEXTS: Final = ("message", "error.message", "url.path", "trace.id", "span.id", "prediction_label", "labels.*")
# A shorter id stands in many a text by chance: there it counts only behind the name of its field.
_TELLING: Final = 6
_RUN: Final = re.compile(r"[A-Za-z0-9]+")
_NAMED: Final = re.compile(
    r"""(?:request[._-]?id|http\.request\.id)["']?\s*[=:]\s*["']?([^\s"',;}]+)""", re.IGNORECASE
)
_NAMES: Final = frozenset({"request_id", "requestid", "request-id", "http.request.id", "x-request-id"})


def request_id_of(source: Mapping[str, Any]) -> str:
    """Return the request of a document; empty where it names none."""
    found = source.get("request_id")
    return found if isinstance(found, str) else ""


@dataclass(frozen=True)
class Selection:
    """What is to be erased: `request_ids`, or `model` with `before`.

    Attributes:
        request_ids: The requests, as the services logged them.
        model: The model; empty where requests are named.
        before: Only what happened before; None where requests are named.
        environment: Only the streams of this environment; empty for all.
    """

    request_ids: frozenset[str] = field(default=frozenset(), repr=False)
    model: str = ""
    before: datetime | None = None
    environment: str = ""

    def in_events(self) -> Iterator[tuple[dict[str, Any], bool]]:
        """Yield searches over events, each with whether every hit counts; the others are to be looked at."""
        if self.model:
            yield self._of_model(), True
            return
        ids = sorted(self.request_ids)
        for begin in range(0, len(ids), _TERMS):
            yield {"terms": {"request_id": ids[begin : begin + _TERMS]}}, True
        telling = [each for each in ids if len(each) >= _TELLING]
        for begin in range(0, len(telling), _PHRASES):
            wanted = [
                {"multi_match": {"query": each, "fields": list(_TEXTS), "type": "phrase", "lenient": True}}
                for each in telling[begin : begin + _PHRASES]
            ]
            yield {"bool": {"should": wanted, "minimum_should_match": 1}}, False

    def in_outcomes(self) -> Iterator[tuple[dict[str, Any], bool]]:
        """Yield searches over the rows of truths."""
        for query, counts in self.in_events():
            if counts:
                yield query, True

    def in_texts(self) -> Iterator[tuple[dict[str, Any], bool]]:
        """Yield searches over what was not understood or was refused: all of it, each document to be looked at."""
        yield {"match_all": {}}, False

    def truths_without_model(self, requests: list[str]) -> dict[str, Any]:
        """Return the search for truths about some requests that name no model."""
        return {
            "bool": {
                "filter": [{"term": {"event_type": "outcome"}}, {"terms": {"request_id": requests}}],
                "must_not": [{"exists": {"field": "model_name"}}],
            }
        }

    def fits(self, source: Mapping[str, Any]) -> bool:
        """Tell whether a document is meant, by all that it holds."""
        if not self.model:
            return any(self._names_a_request(key, text) for key, text in _texts(source))
        refused = (source.get("document") or {}).get("source") if "document" in source else source
        event: Mapping[str, Any] = refused if isinstance(refused, dict) else source
        kind = contract.load_contract().event_types.get(str(event.get("event_type")))
        if self._is_later(event, source) or (kind is not None and kind.stream == "lifecycle"):
            return False
        return event.get("model_name") == self.model or any(
            self._model_in_text.search(text) for _, text in _texts(source)
        )

    def _of_model(self) -> dict[str, Any]:
        if self.before is None:
            raise AssertionError("a model is erased before a moment")
        span = {"range": {"@timestamp": {"lt": iso(self.before)}}}
        return {"bool": {"filter": [{"term": {"model_name": self.model}}, span]}}

    def _is_later(self, event: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
        from model_logs.parse.timestamps import canonical

        said = canonical(str(event.get("@timestamp") or source.get("@timestamp") or ""))
        return self.before is not None and said is not None and said >= iso(self.before)

    @cached_property
    def _model_in_text(self) -> re.Pattern[str]:
        name = re.escape(self.model)
        return re.compile(rf"""model(?:[._]?name)?["']?\s*[=:]\s*["']?{name}(?![A-Za-z0-9_.-])""", re.IGNORECASE)

    @cached_property
    def _by_first_run(self) -> dict[str, list[tuple[int, str]]]:
        """The telling ids by their first run of letters and digits, each with what stands before that run."""
        found: dict[str, list[tuple[int, str]]] = {}
        for each in self.request_ids:
            run = _RUN.search(each)
            if run is not None and len(each) >= _TELLING:
                found.setdefault(run[0], []).append((run.start(), each))
        return found

    def _names_a_request(self, key: str, text: str) -> bool:
        if text in self.request_ids and (len(text) >= _TELLING or key.lower() in _NAMES):
            return True
        if any(found[1] in self.request_ids for found in _NAMED.finditer(text)):
            return True
        return any(
            self._stands_at(text, run.start() - before, wanted)
            for run in _RUN.finditer(text)
            for before, wanted in self._by_first_run.get(run[0], ())
        )

    @staticmethod
    def _stands_at(text: str, begin: int, wanted: str) -> bool:
        end = begin + len(wanted)
        if begin < 0 or not text.startswith(wanted, begin):
            return False
        touched_before = begin > 0 and wanted[0].isalnum() and text[begin - 1].isalnum()
        touched_behind = end < len(text) and wanted[-1].isalnum() and text[end].isalnum()
        return not (touched_before or touched_behind)


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text and number of a document with the name that it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield key, str(value)
