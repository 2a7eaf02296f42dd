"""The test vectors of `pipelines/tests/`: a raw line as Filebeat ships it → the document that must come out.

They are run on `ship`'s parser and, where there is one, on a real Logstash; both must give the same. Behind
`model-logs pipeline test`; nothing else imports it.
"""

from __future__ import annotations

from model_logs.pipeline._compare import Difference, Outcome, compare
from model_logs.pipeline._ship import run_on_ship
from model_logs.pipeline._vectors import FOLDER, Vector, load

__all__ = ["FOLDER", "Difference", "Outcome", "Vector", "compare", "load", "run_on_ship"]
