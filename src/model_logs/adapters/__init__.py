"""Ways into the logger for teams that already log with something else: structlog, and the standard library.

Each adapter writes through the same writer as `model_logs.logger`: the same ids, the same redaction, the same counts.
Nothing is imported here: `model_logs.adapters.structlog` needs structlog, `model_logs.adapters.stdlib` nothing.
"""

from __future__ import annotations

__all__: list[str] = []
