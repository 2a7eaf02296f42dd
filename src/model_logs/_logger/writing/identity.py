"""The identity of a writer: 96 random bits, the numbers of its events, and the fields of each of them.

Numbers come in blocks of a thousand that share their leading digits, so that taking one formats nothing: a block's
iterator gives the last three digits, and the leading ones stand in the text around them. Taking the next element of
an iterator is one step of the interpreter: no lock, and no number twice. Each element holds the digits twice: alone,
and with what comes after them in the line of a prediction, which then is one part less to join.
"""

from __future__ import annotations

import os
from functools import cache
from operator import length_hint

import orjson

from model_logs._logger.encoding.line_prefix import LinePrefixes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeAlias

    from model_logs._logger.config import Config

__all__ = ["Identity", "Number"]

# The last digits of a number: for its place in the id, and for that in the sequence of a prediction.
Number: TypeAlias = "tuple[bytes, bytes]"
_BLOCK = 1000
_BEGIN = b'},"event_type":"predict","request_id":'


@cache
def _thousand(form: bytes) -> list[Number]:
    """Return the numbers of a block, made at the first event."""
    return [(digits, digits + _BEGIN) for digits in (form % n for n in range(_BLOCK))]


class Identity:
    """The identity of one writer.

    Attributes:
        name: The id, 24 hexadecimal digits.
        heads: The prepared beginnings of lines.
        block: The leading digits of the next numbers, and the iterator of their last three.
    """

    __slots__ = ("block", "heads", "name")

    def __init__(self, config: Config) -> None:
        self.name = os.urandom(12).hex().encode()
        # From 1 on, and without leading zeros.
        self.block: tuple[bytes, Iterator[Number]] = (b"", iter(_thousand(b"%d")[1:]))
        self.describe(config)

    def describe(self, config: Config) -> None:
        """Set the fields of every event."""
        service = {k: v for k, v in (("name", config.service), ("version", config.service_version)) if v}
        fields: dict[str, Any] = {
            "process": {"entity_id": self.name.decode(), "pid": os.getpid()},
            "host": {"name": config.host},
            **({"service": service} if service else {}),
            "environment": config.environment,
        }
        self.heads = LinePrefixes(orjson.dumps(fields)[1:-1])

    @property
    def drawn(self) -> int:
        """How many numbers were taken."""
        digits, numbers = self.block
        return int(digits or b"0") * _BLOCK + _BLOCK - 1 - length_hint(numbers)

    def next_block(self) -> None:
        """Begin the next thousand when none is left in this one.

        Another thread, or a signal handler that logs in the middle of this, may have begun it already. Which thousand
        comes next follows from the one that is used up, and nothing runs between the last two lines.
        """
        used = self.block
        if length_hint(used[1]):
            return
        following = (b"%d" % (int(used[0] or b"0") + 1), iter(_thousand(b"%03d")))
        if self.block is used:
            self.block = following
