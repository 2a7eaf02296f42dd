"""What the service does for one question: judge, keep the evidence, record the verdict once, and answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from model_logs.gate.evidence import document_of, write_evidence
from model_logs.gate.judging import judge
from model_logs.gate.trail import record_verdict
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from elasticsearch import Elasticsearch

    from model_logs.gate.service.questions import Asked

__all__ = ["Verdicts"]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Judges the questions of the service.

    Attributes:
        client: The cluster.
        folder: A folder like `chaos/`; None for that of the package.
        evidence: Where the files with the evidence go.
        by: Who asks, in the audit trail.
        roads: Where the event goes, as `record_verdict` takes it.
    """

    client: Elasticsearch
    folder: Path | None
    evidence: Path
    by: str
    roads: Mapping[str, Any]

    def judge(self, asked: Asked, opened: datetime) -> dict[str, Any]:
        """Judge what is asked, record it, and return the answer.

        Args:
            asked: The question, and whose it is.
            opened: When it was asked first; a window may begin then.
        """
        question = replace(asked.question, folder=self.folder)
        if asked.from_now:
            question = replace(question, end=opened + question.window)
        found = judge(self.client, question)
        document = document_of(found, by=self.by)
        sha256 = write_evidence(document, self.evidence / f"{document['id']}.json")
        record_verdict(found, id_=document["id"], sha256=sha256, by=self.by, **self.roads)
        return {
            "verdict": found.verdict,
            "id": document["id"],
            "model": question.model,
            "version": question.version,
            "environment": question.environment,
            "objective": found.objectives.name,
            "start": iso(found.window.start),
            "end": iso(found.window.end),
            "reasons": found.reasons,
            "checks": [each.as_dict() for each in found.checks],
            "sha256": sha256,
        }
