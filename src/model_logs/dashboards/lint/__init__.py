"""Finds mistakes in dashboards before their use: `check` reads the files, `check_answers` asks the node.

It finds and says; it changes nothing. A finding names the file, the place in it, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.dashboards.lint.answers import check_answers
from model_logs.dashboards.lint.definitions import check_dashboards
from model_logs.dashboards.lint.findings import LintFinding

__all__ = ["LintFinding", "check_answers", "check_dashboards"]


if not TYPE_CHECKING:  # a type checker is to see the present names alone

    def __getattr__(name):  # noqa: ANN001, ANN202
        from model_logs.old_paths import renamed

        return renamed(__name__, name)
