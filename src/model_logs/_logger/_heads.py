"""The parts of a prediction's line that are the same from call to call, kept as bytes."""

from __future__ import annotations

from typing import Any

import orjson

from model_logs._logger._encode import PLANS
from model_logs._logger._values import number_of

__all__ = ["Heads", "UnusualError"]

_MOST = 1024
_FIELDS = ("status", "model_name", "model_version", "stage", "variant", "prediction_label")


class UnusualError(Exception):
    """A value needs more than the short way does."""


class Heads(dict[Any, bytes]):
    """Status, name, version, stage, variant and class → a line's members from there to the request id; bounded.

    A key that is not there is made and remembered, or raises `UnusualError`.

    Args:
        tail: The members that stand in each event of this process.
        short: Whether the short way may be taken at all.
    """

    __slots__ = ("short", "tail")

    def __init__(self, tail: bytes, *, short: bool = True) -> None:
        super().__init__()
        self.tail = tail
        self.short = short

    def __missing__(self, key: tuple[Any, ...]) -> bytes:
        if not self.short:
            raise UnusualError
        given = {name: _text(value) for name, value in zip(_FIELDS, key, strict=True) if value is not None}
        if not {"status", "model_name"} <= given.keys() or not all(PLANS[n].takes(v) for n, v in given.items()):
            raise UnusualError
        # Remembered as text, which a dictionary can tell apart; 3, 3.0 and True are one key to it.
        plain = tuple(given.get(name) for name in _FIELDS)
        if plain in self:
            return self[plain]
        members = orjson.dumps({"event_type": "predict", **given})[1:-1]
        head = b"".join((b"},", members, b",", self.tail, b',"request_id":'))
        if len(self) >= _MOST:
            self.clear()
        self[plain] = head
        return head


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    number = number_of(value)
    if type(number) is not int:
        raise UnusualError
    return str(number)
