"""From a raw line to a document: JSON events and text lines, checked against the event contract.

Used by `model-logs ship` and `model-logs pipeline test`; Logstash does the same in `pipelines/`. Reads no file and
talks to no cluster.
"""

from __future__ import annotations

from model_logs.parse._model import Document, Origin
from model_logs.parse._parser import Parser

__all__ = ["Document", "Origin", "Parser"]
