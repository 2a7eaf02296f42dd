"""The demo: a real model, really served, really asked, and its events followed to the six answers.

Nothing in it is made up: the classifiers are trained here, the slow version is slow because it is a large forest, the
failing one fails because scikit-learn refuses its input, and every number on the page was measured a minute ago. It
is also the shortest whole example of how the parts of this project are used together. Needs the extra `demo`.
"""

from __future__ import annotations

from model_logs.demo.mlflow_server import python_with_mlflow
from model_logs.demo.tour import DemoOptions, Outcome, run

__all__ = ["DemoOptions", "Outcome", "python_with_mlflow", "run"]
