"""Outcomes: the truth about predictions, which comes hours or weeks later, joined with those predictions.

Rows live in `model-logs-outcomes-<environment>-<month>`, one for each prediction, corrected by its id; never in the
audit trail, since the truth is personal data more often than not. docs/outcomes.md says how they are used.
"""

from model_logs.outcomes.arrivals import arrived
from model_logs.outcomes.join import Summary, join, retry
from model_logs.outcomes.truths import Truth, read

__all__ = ["Summary", "Truth", "arrived", "join", "read", "retry"]
