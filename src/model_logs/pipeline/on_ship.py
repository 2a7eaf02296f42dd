"""Runs the vectors on the parser of `model-logs ship`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from model_logs.errors import PipelineError
from model_logs.parse import Origin, Parser
from model_logs.pipeline.comparison import VectorResult, compare_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_logs.pipeline.vectors import Vector

__all__ = ["run_on_ship"]

_INGESTED = "2026-01-15T10:30:01.000Z"


def run_on_ship(vectors: Iterable[Vector]) -> list[VectorResult]:
    """Parse each line and compare.

    Raises:
        PipelineError: The parser cannot read text lines here.
    """
    if Parser().missing:
        raise PipelineError(
            "The vectors hold text lines, and the parser of `ship` can read none here: the extra `text` is missing.",
            next_step="pip install 'model-logs[text]', or run them elsewhere: --on logstash, --on docker.",
        )
    outcomes = []
    for number, vector in enumerate(vectors):
        parser = Parser(default_environment=vector.env or "development", attested=vector.attested)
        origin = Origin(f"/var/log/models/{vector.file}", 66305, 1311, "5f" * 32, number)
        document = parser.parse(vector.line, origin, ingested=_INGESTED)
        source = orjson.loads(document.body) if document.entry else None
        outcomes.append(compare_document(vector, source, document.id))
    return outcomes
