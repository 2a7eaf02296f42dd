"""One method for each event type of the contract, made from the contract's table.

What type checkers and editors see stands in `_events.pyi`, which is generated with a full signature for each. Here
every keyword is taken, since a mistake must not raise into serving code.
"""

from __future__ import annotations

from model_logs._contract_table import STREAMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["EventMethods"]

# Written by the adapters, by whoever reads lines and by the logger itself, never by a caller.
NOT_CALLED = frozenset({"log", "unparsed", "writer_closed"})


class EventMethods:
    """Base of the logger: its methods are named like the event types; `prediction` writes a `predict`."""

    def _emit(self, event_type: str, fields: dict[str, Any]) -> None:
        raise NotImplementedError


def _method(event_type: str) -> Any:
    def method(self: EventMethods, **fields: Any) -> None:
        self._emit(event_type, fields)

    method.__name__ = event_type
    method.__qualname__ = f"EventMethods.{event_type}"
    method.__doc__ = f"Write one `{event_type}` event."
    return method


# `prediction` is of another kind: see `_prediction`.
for _type in STREAMS.keys() - NOT_CALLED - {"predict"}:
    setattr(EventMethods, _type, _method(_type))
