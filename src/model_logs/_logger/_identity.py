"""Who writes: 96 random bits, the numbers of its events, and what stands in each of them.

Numbers come in blocks of a thousand that share their leading digits, so that taking one formats nothing: a block's
iterator gives the last three digits, and the leading ones stand in the text around them. Taking the next element of
an iterator is one step of the interpreter: no lock, and no number twice.
"""

from __future__ import annotations

import os
from operator import length_hint

import orjson

from model_logs._logger._heads import TAIL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from model_logs._logger._config import Config

__all__ = ["Identity"]

_BLOCK = 1000
_DIGITS = [b"%03d" % n for n in range(_BLOCK)]


class Identity:
    """One writer.

    Attributes:
        name: The id, 24 hexadecimal digits.
        heads: What was made for this writer.
        block: The leading digits of the next numbers, and the iterator of their last three.
    """

    __slots__ = ("block", "heads", "name")

    def __init__(self, config: Config) -> None:
        self.name = os.urandom(12).hex().encode()
        # From 1 on, and without leading zeros.
        self.block: tuple[bytes, Iterator[bytes]] = (b"", iter([b"%d" % n for n in range(1, _BLOCK)]))
        self.describe(config)

    def describe(self, config: Config) -> None:
        """Set what stands in each event."""
        service = {k: v for k, v in (("name", config.service), ("version", config.service_version)) if v}
        fields: dict[str, Any] = {
            "process": {"entity_id": self.name.decode(), "pid": os.getpid()},
            "host": {"name": config.host},
            **({"service": service} if service else {}),
            "environment": config.environment,
        }
        self.heads: dict[Any, bytes] = {TAIL: orjson.dumps(fields)[1:-1]}

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
        following = (b"%d" % (int(used[0] or b"0") + 1), iter(_DIGITS))
        if self.block is used:
            self.block = following
