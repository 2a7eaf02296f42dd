"""From a raw line to a document: JSON events and text lines, checked against the event contract.

Used by `model-logs ship` and `model-logs pipeline test`; Logstash does the same in `pipelines/`. Reads no file and
talks to no cluster.
"""

from __future__ import annotations

from model_logs.parse.parser import Parser
from model_logs.parse.records import Document, Origin

__all__ = ["Document", "Origin", "Parser"]
