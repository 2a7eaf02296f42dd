"""The environment and the data stream of an event, from its type and environment alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.environments import UNKNOWN, canonical_environment
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Places"]


class Places:
    """The environments of one installation and the streams that follow from them.

    Args:
        environments: The ones that have streams; any other is `unknown`, so that a caller cannot create streams.
        default: The environment of an event that names none.
    """

    def __init__(self, environments: Iterable[str], default: str) -> None:
        self.allowed = frozenset(filter(None, map(canonical_environment, environments)))
        self._default = self.environment(default)
        kinds = {*table.STREAMS.values(), table.UNKNOWN_TYPE_STREAM}
        self._streams = {
            (kind, name): {"type": "logs", "dataset": f"model.{kind}", "namespace": name}
            for kind in kinds
            for name in (*self.allowed, UNKNOWN)
        }

    def environment(self, written: str | None) -> tuple[str, str | None]:
        """Return the environment, and what was written when that is not in the list; the default for None."""
        if written is None:
            return self._default
        name = canonical_environment(written)
        if name in self.allowed or name == UNKNOWN:
            return name, None
        return UNKNOWN, written

    def stream(self, event_type: str, environment: str) -> dict[str, Any]:
        """Return the three `data_stream` fields for an event type in a known environment."""
        return self._streams[table.STREAMS.get(event_type, table.UNKNOWN_TYPE_STREAM), environment]
