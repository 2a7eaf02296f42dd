"""The checks of `elk-bootstrap doctor`: they search an installation for every known trap, and write nothing.

`traps.yml` says of each trap how it shows, why it bites and what to do; one small function each finds it. What is
looked at (`estate`) is Elasticsearch, the monitoring API of Logstash, and files of this machine.
"""

from __future__ import annotations

from model_logs.doctor.estate import Estate, Where
from model_logs.doctor.examination import checks, examine
from model_logs.doctor.findings import Check, DoctorReport, Finding, Severity, Trap, TrapResult

__all__ = [
    "Check",
    "DoctorReport",
    "Estate",
    "Finding",
    "Severity",
    "Trap",
    "TrapResult",
    "Where",
    "checks",
    "examine",
]
