"""The evidence of a verdict: a file that is written, read again, and held against the audit trail and the events."""

from model_logs.gate.evidence.document import Evidence, document_of, hash_of, read_evidence, write_evidence
from model_logs.gate.evidence.verification import Verification, verify_evidence

__all__ = [
    "Evidence",
    "Verification",
    "document_of",
    "hash_of",
    "read_evidence",
    "verify_evidence",
    "write_evidence",
]
