"""Drift: the comparison of a model's logged features, by a sample, with those of an earlier time or a file.

`model-logs drift check` compares a window with a reference; `record` takes what another tool found. Both write what
the alert DataDriftAlert looks at. docs/drift.md says how they are used.
"""

from model_logs.drift.comparison import Comparison, FeatureDrift, compare
from model_logs.drift.recording import record
from model_logs.drift.sample import MOST_ROWS, Sample, read_file, read_window

__all__ = ["MOST_ROWS", "Comparison", "FeatureDrift", "Sample", "compare", "read_file", "read_window", "record"]
