"""The test vectors of `pipelines/tests/`: a raw line as Filebeat ships it → the document that must come out.

They are run on `ship`'s parser and, where there is one, on a real Logstash; both must give the same. Behind
`model-logs pipeline test`; nothing else imports it.
"""

from __future__ import annotations

from model_logs.pipeline.comparison import Difference, VectorResult, compare_document
from model_logs.pipeline.on_logstash import DEFAULT_IMAGE, Logstash, in_docker, installed
from model_logs.pipeline.on_ship import run_on_ship
from model_logs.pipeline.vectors import Vector, load_vectors

__all__ = [
    "DEFAULT_IMAGE",
    "Difference",
    "Logstash",
    "Vector",
    "VectorResult",
    "compare_document",
    "in_docker",
    "installed",
    "load_vectors",
    "run_on_ship",
]
