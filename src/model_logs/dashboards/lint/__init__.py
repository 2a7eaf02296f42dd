"""What is wrong with dashboards before anybody sees it: `check` reads the files, `check_answers` asks the node.

It finds and says; it changes nothing. A finding names the file, the place in it, and what to do.
"""

from __future__ import annotations

from model_logs.dashboards.lint.answers import check_answers
from model_logs.dashboards.lint.definitions import check
from model_logs.dashboards.lint.findings import Finding

__all__ = ["Finding", "check", "check_answers"]
