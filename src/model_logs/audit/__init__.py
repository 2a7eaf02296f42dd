"""Was anything lost, doubled or late? Judged by each writer's sequence numbers: what `model-logs audit` runs.

Only the cluster is asked, never the files. The counting happens there (`dashboards/audit/*.esql`); numbers come here
only for the writers in which something is amiss, so millions of events need no more memory than thousands.
"""

from __future__ import annotations

from model_logs.audit.records import Audit, WriterAudit
from model_logs.audit.steps import SETTLE, audit

__all__ = ["SETTLE", "Audit", "WriterAudit", "audit"]
