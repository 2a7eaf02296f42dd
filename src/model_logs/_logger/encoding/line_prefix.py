"""The part of a prediction's line that is the same from call to call, kept as bytes.

It is found by status, name, version and class, one plain dictionary below the other: four look-ups of text, whose
hash Python keeps, take a third of the time of one by a tuple, which has to be made and hashed for each call.
"""

from __future__ import annotations

import orjson

from model_logs._logger.encoding.fields import PLANS
from model_logs._logger.encoding.values import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["LinePrefixes", "UnusualError"]

_MOST = 1024
_FIELDS = ("stage", "variant", "status", "model_name", "model_version", "prediction_label")


class UnusualError(Exception):
    """A value needs more than the short way does."""


class LinePrefixes:
    """The prepared beginnings of lines of one writer.

    Attributes:
        tail: What stands in each of its events: process, host, service and environment.
        plain: Status → name → version → class → the end of the line, from the status on.
        staged: Stage → variant → the same, where one of the two is given.
        known: How many there are.
    """

    __slots__ = ("known", "plain", "staged", "tail")

    def __init__(self, tail: bytes) -> None:
        self.tail = tail
        self.plain: dict[Any, Any] = {}
        self.staged: dict[Any, Any] = {}
        self.known = 0

    def learn(self, *key: Any) -> bytes:
        """Make the beginning of lines for a new key, and remember it.

        Args:
            key: Stage, variant, status, name, version, class.

        Raises:
            UnusualError: Something has to be done to a value first.
        """
        texts = [None if value is None else _text(value) for value in key]
        given = {name: value for name, value in zip(_FIELDS, texts, strict=True) if value is not None}
        if not {"status", "model_name"} <= given.keys() or not all(PLANS[n].takes(v) for n, v in given.items()):
            raise UnusualError
        # Remembered as text, which a dictionary can tell apart; 3, 3.0 and True are one key to it.
        if self.known >= _MOST:
            # Another thread may be reading; it then finds nothing, and comes here.
            self.plain.clear()
            self.staged.clear()
            self.known = 0
        stage, variant, *path, last = texts
        at = self.plain
        if stage is not None or variant is not None:
            at = self.staged.setdefault(stage, {}).setdefault(variant, {})
        for value in path:
            at = at.setdefault(value, {})
        end: bytes | None = at.get(last)
        if end is None:
            end = b"".join((b",", orjson.dumps(given)[1:-1], b",", self.tail, b"}\n"))
            self.known += 1
            at[last] = end
        return end


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    number = number_of(value)
    if type(number) is not int:
        raise UnusualError
    return str(number)
