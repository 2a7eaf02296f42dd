"""Writes the result of `model-logs drift check` into the streams, as other checks of ours do.

The ids are derived from what was compared, so that a check that is run again records nothing twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from model_logs.drift.recording import findings
from model_logs.state.audit_trail import Recorder
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch import Elasticsearch

    from model_logs.drift.comparison import Comparison

__all__ = ["record_drift"]


def record_drift(
    client: Elasticsearch,
    found: Comparison,
    about: Mapping[str, str | None],
    *,
    environments: tuple[str, ...],
    end: datetime,
    at: datetime | None = None,
) -> None:
    """Record the score (`quality`), and `drift_detected` where something drifted.

    Args:
        client: The cluster.
        found: What was compared.
        about: `model`, `version` (None for all) and `environment`: what was judged.
        environments: The environments that have data streams.
        end: End of the window that was judged.
        at: When it was found; now without it.

    Raises:
        ClusterError: The cluster did not take an event.
    """
    said = findings(found)
    recorder = Recorder(client, "model-logs-drift", environments=environments)
    key = "|".join((*(str(value) for value in about.values()), found.reference, found.current, iso(end)))
    id_ = f"drift-{sha256(key.encode()).hexdigest()[:24]}"
    when = at or datetime.now(UTC)
    fields = {
        "model_name": about["model"],
        "model_version": about["version"],
        "environment": about["environment"],
        "drift_score": said.score,
    }
    recorder.record("quality", f"{id_}-quality", when, {**fields, "metrics": said.metrics or None})
    if said.drifted:
        recorder.record("drift_detected", id_, when, {**fields, "reason": said.reason})
