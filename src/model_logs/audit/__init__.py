"""Was anything lost, doubled or late? Judged by each writer's sequence numbers: what `model-logs audit` runs.

Only the cluster is asked, never the files. The counting happens there (`dashboards/audit/*.esql`); numbers come here
only for the writers in which something is amiss, so millions of events need no more memory than thousands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.audit.records import Audit, WriterAudit
from model_logs.audit.steps import SETTLE, audit_writers

__all__ = ["SETTLE", "Audit", "WriterAudit", "audit_writers"]


if not TYPE_CHECKING:  # a type checker is to see the present names alone

    def __getattr__(name):  # noqa: ANN001, ANN202
        from model_logs.old_paths import renamed

        return renamed(__name__, name)
