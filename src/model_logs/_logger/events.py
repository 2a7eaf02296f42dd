"""One method for each event type of the contract, made from the contract's table.

What type checkers and editors see stands in `events.pyi`, which is generated with a full signature for each. Here
every keyword is taken, since a mistake must not raise into serving code.
"""

from __future__ import annotations

from model_logs.tables.contract import STREAMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from model_logs._logger.writing.writer import Writer

__all__ = ["EventMethods"]

# Written by the adapters, by `verify`, by programs that read lines and by the logger itself, never by a caller; for
# `outcome` the facade has a method of its own.
NOT_CALLED = frozenset({"erased", "log", "outcome", "probe", "unparsed", "writer_closed"})


class EventMethods:
    """Base of the logger: its methods are named like the event types; `prediction` writes a `predict`."""

    _writer: Writer

    def _emit(self, event_type: str, fields: dict[str, Any]) -> None:
        raise NotImplementedError


def _method(event_type: str) -> Any:
    def method(self: EventMethods, /, *others: Any, **fields: Any) -> None:
        # Without a name of its own a value is a label, and counted as unknown.
        try:
            self._emit(event_type, {**dict(zip(_UNNAMED, others, strict=False)), **fields} if others else fields)
        except (RecursionError, MemoryError):
            # The stack or memory is at its end; to count needs neither.
            for _ in self._writer.at_the_end:
                break

    method.__name__ = event_type
    method.__qualname__ = f"EventMethods.{event_type}"
    method.__doc__ = f"Write one `{event_type}` event."
    return method


_UNNAMED = tuple(f"argument_{n}" for n in range(1, 65))

# `prediction` is of another kind: see `prediction.py`.
for _type in STREAMS.keys() - NOT_CALLED - {"predict"}:
    setattr(EventMethods, _type, _method(_type))
