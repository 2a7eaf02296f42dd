"""One method for each event type of the contract, made from the contract's table.

What type checkers and editors see stands in `_events.pyi`, which is generated with a full signature for each. Here
every keyword is taken, since a mistake must not raise into serving code.
"""

from __future__ import annotations

from typing import Any

from model_logs._contract_table import STREAMS

__all__ = ["EventMethods"]

# Written by the logger itself and by whoever reads lines, never by a caller.
NOT_CALLED = frozenset({"writer_closed", "unparsed"})


class EventMethods:
    """Base of the logger: its methods are named like the event types; `prediction` writes a `predict`."""

    def _emit(self, event_type: str, fields: dict[str, Any]) -> None:
        raise NotImplementedError


def _method(event_type: str, name: str) -> Any:
    def method(self: EventMethods, **fields: Any) -> None:
        self._emit(event_type, fields)

    method.__name__ = name
    method.__qualname__ = f"EventMethods.{name}"
    method.__doc__ = f"Write one `{event_type}` event."
    return method


for _type in STREAMS:
    if _type not in NOT_CALLED:
        _name = "prediction" if _type == "predict" else _type
        setattr(EventMethods, _name, _method(_type, _name))
