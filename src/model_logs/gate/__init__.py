"""Release gates: a version passes, fails, or stays inconclusive, with stated error rates and evidence.

A gate asks the cluster for counts by block of time (`dashboards/gate/`), holds them to objectives (`chaos/`), and
says what it cannot know: too few events, gaps, events on their way. `model_logs.gate.method` is the statistics.
"""

from model_logs.gate.judging import Judgement, judge
from model_logs.gate.question import SETTLE, Question, Window
from model_logs.gate.verdict import FAILED, INCONCLUSIVE, NOT_JUDGED, PASSED, Check, Doubt

__all__ = [
    "FAILED",
    "INCONCLUSIVE",
    "NOT_JUDGED",
    "PASSED",
    "SETTLE",
    "Check",
    "Doubt",
    "Judgement",
    "Question",
    "Window",
    "judge",
]
