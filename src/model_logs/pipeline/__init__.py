"""The test vectors of `pipelines/tests/`: a raw line as Filebeat ships it → the document that must come out.

They are run on `ship`'s parser and, where there is one, on a real Logstash; both must give the same. Behind
`model-logs pipeline test`; nothing else imports it.
"""

from __future__ import annotations

from model_logs.pipeline.comparison import Difference, Outcome, compare
from model_logs.pipeline.on_logstash import DEFAULT_IMAGE, Logstash, in_docker, installed
from model_logs.pipeline.on_ship import run_on_ship
from model_logs.pipeline.vectors import Vector, load

__all__ = [
    "DEFAULT_IMAGE",
    "Difference",
    "Logstash",
    "Outcome",
    "Vector",
    "compare",
    "in_docker",
    "installed",
    "load",
    "run_on_ship",
]
