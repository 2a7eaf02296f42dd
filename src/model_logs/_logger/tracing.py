"""The trace and the span at hand: from OpenTelemetry or Elastic APM, whichever the process has loaded.

Neither is imported here.
"""

from __future__ import annotations

import sys

__all__ = ["active_span"]


def active_span() -> dict[str, str]:
    """Return `trace_id` and `span_id` as keywords; nothing where no span is active."""
    try:
        return _opentelemetry() or _elastic()
    except Exception:  # noqa: BLE001 - somebody else's code, and an event without a trace is still an event
        return {}


def _opentelemetry() -> dict[str, str]:
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return {}
    span = trace.get_current_span().get_span_context()
    return {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"} if span.is_valid else {}


def _elastic() -> dict[str, str]:
    apm = sys.modules.get("elasticapm")
    if apm is None:
        return {}
    found = {"trace_id": apm.get_trace_id(), "span_id": apm.get_span_id() or apm.get_transaction_id()}
    return {name: value for name, value in found.items() if value}
