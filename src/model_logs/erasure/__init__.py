"""Erasure of personal data: predictions, outcomes, unparsed and refused copies, by request ids or by model and time.

What `model-logs erase` runs. Each batch is first written down in the audit trail, as an event `erased` with person,
reason, counts and the writers' numbers, and then deleted: whatever interrupts it, no number is missing without a
record. The audit trail itself is not erased.
"""

from __future__ import annotations

from model_logs.erasure.blocks import put_back
from model_logs.erasure.erasing import Request, erase
from model_logs.erasure.looking import Found, Plan, look
from model_logs.erasure.selection import Selection

__all__ = ["Found", "Plan", "Request", "Selection", "erase", "look", "put_back"]
