"""Values at random for the logger: whatever a caller may hand over, in every keyword of the contract and in labels.

A program: MODEL_LOGS_FUZZ_VALUES values (default 20,000), MODEL_LOGS_FUZZ_SEED to repeat a run. Each call must write
one line of strict JSON that the parser takes for an event under the id that the logger gave it, and raise nothing.
Prints what came of them and the slowest call; exits 1 when a line is wrong or missing, or a call took over 50 ms.
"""
# ruff: noqa: T201 - it is a program

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import json
import math
import os
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from model_logs import logger
from model_logs.parse import Origin, Parser
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLOWEST_MS: Final = 50.0
_AT_ONCE: Final = 8
_KEYWORDS: Final = [*table.KEYWORDS, "labels", "metrics", "tags", "mine", "ünknown"]
_TYPES: Final = [*(name for name in table.STREAMS if name != "unparsed"), "mine", "Mine Too"]


class Hostile:
    """Raises whatever is asked of it."""

    def _fail(self, *_: object) -> Any:
        raise RuntimeError("no")

    __str__ = __repr__ = __len__ = __iter__ = __bool__ = __float__ = __int__ = __eq__ = _fail
    __hash__ = object.__hash__


class Colour(enum.Enum):
    """An enumeration of a caller's."""

    RED = "red"
    NESTED = ("a", 1)


def _cycle() -> list[Any]:
    found: list[Any] = [1]
    found.append(found)
    return found


def _deep() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(3_000):
        found = {"a": found}
    return found


_MAKERS: Final[list[Callable[[random.Random], Any]]] = [
    lambda r: r.choice([None, True, False, 0, 1, -1, 12.5, 1e39, 2**31, 2**63, 2**64, 10**400, -0.0]),
    lambda r: r.choice(
        [math.nan, math.inf, -math.inf, decimal.Decimal("NaN"), decimal.Decimal("1e-30"), decimal.Decimal(3)]
    ),
    lambda r: r.choice(
        ["success", "production", "", " ", "abc", "12.5", "a\nb", '{"event_type":"deployed"}', "\x00\x1f\x7f"]
    ),
    lambda r: r.choice(
        ["\ud800", "a\udfffb", "\u2028", "🚀", "é" * 200, "password=hunter2", "Bearer abcdefghijklmnop0123"]
    ),
    lambda r: "".join(chr(r.randrange(0x110000)) for _ in range(r.randint(0, 30))),
    lambda r: r.choice(["x", "ü", '"', "\\", "\n", "password="]) * r.choice([10, 1_000, 9_000, 200_000]),
    lambda r: r.choice(
        [np.float32(0.25), np.float64("nan"), np.int64(7), np.uint64(2**64 - 1), np.bool_(True), np.float16(1)]
    ),
    lambda r: r.choice([np.arange(4), np.zeros((2, 2)), np.array("x"), np.datetime64("2026-01-15"), np.str_("s")]),
    lambda r: r.choice([b"abc", b"\xff\x00", bytearray(b"x"), memoryview(b"m"), r.randbytes(50)]),
    lambda r: r.choice([dt.datetime(2026, 1, 15, tzinfo=dt.UTC), dt.date(2026, 1, 15), dt.time(1), dt.timedelta(1)]),
    lambda r: r.choice(
        [uuid.UUID(int=r.getrandbits(128)), Path("/a"), Colour.RED, Colour.NESTED, fractions.Fraction(1, 3), 1j]
    ),
    lambda r: r.choice([Hostile(), object(), len, Hostile, ValueError("x"), (n for n in range(3)), {Hostile(): 1}]),
    lambda r: r.choice([_cycle(), _deep(), [Hostile()], {"a": {"b": {"c": object()}}}, {1: 2, None: 3, ("t",): 4}]),
    lambda r: r.choice(
        [set(), {1, "a"}, (1, 2), range(10), [[]], {}, {"": 1, "a..b": 2, " ": 3}, list(range(1_000))]
    ),
    lambda r: {str(n): r.random() for n in range(r.choice([1, 10, 500]))},
]


def events(number: int, chance: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Event types and their keywords, until so many values were given."""
    while number > 0:
        keywords = chance.sample(_KEYWORDS, min(number, _AT_ONCE))
        number -= len(keywords)
        yield chance.choice(_TYPES), {keyword: chance.choice(_MAKERS)(chance) for keyword in keywords}


def wrong(number: int, line: bytes, parser: Parser) -> str:
    """What is wrong with the line of a call; empty when nothing is."""
    try:
        written = json.loads(line, parse_constant=_refuse)
    except ValueError as error:
        return str(error)
    document = parser.parse(line, Origin("values", 1, 1, "0", number), ingested="2026-01-15T10:30:01.000Z")
    source = json.loads(document.body)
    if written["event"]["sequence"] != number:
        return f"sequence {written['event']['sequence']} at {number}"
    if document.id != written["event"]["id"]:
        return f"the id became {document.id}"
    if document.unparsed and not source["reason"].startswith("bad value:"):
        return str(source["reason"])
    return ""


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def main() -> int:
    """Give the values, read what was written, and say what came of it."""
    number = int(os.environ.get("MODEL_LOGS_FUZZ_VALUES", "20000"))
    seed = int(os.environ.get("MODEL_LOGS_FUZZ_SEED", str(random.randrange(1 << 32))))
    calls, slowest = 0, (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.log"
        logger.configure(path=path, service="fuzz", environment="production")
        for event_type, keywords in events(number, random.Random(seed)):
            began = time.process_time_ns()
            logger.event(event_type, **keywords)
            took = (time.process_time_ns() - began) / 1e6
            slowest = max(
                slowest, (took, ", ".join(f"{name}: {type(value).__name__}" for name, value in keywords.items()))
            )
            calls += 1
        stats, parser, problems, lines = logger.stats(), Parser(), Counter[str](), 0
        with path.open("rb") as file:
            for lines, line in enumerate(file, 1):
                if problem := wrong(lines, line, parser):
                    problems[problem] += 1
    print(f"{number} values in {calls} calls, seed {seed}: {lines} lines, {problems.total()} wrong")
    for problem, times in problems.most_common(5):
        print(f"  {times} x {problem}")
    print(f"slowest call: {slowest[0]:.1f} ms of CPU ({slowest[1]})")
    print(f"the logger's own account: {stats}")
    return 1 if problems or lines != calls or slowest[0] > SLOWEST_MS else 0


if __name__ == "__main__":
    sys.exit(main())
