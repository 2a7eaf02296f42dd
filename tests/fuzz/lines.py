"""Lines at random for the parser: noise, broken copies of good lines, and events with any value in any field.

Run as a program it is the long run: MODEL_LOGS_FUZZ_LINES lines (default 20,000), MODEL_LOGS_FUZZ_SEED to repeat one.
It prints what came of them and the slowest line, and exits 1 when a document is wrong or a line took over 50 ms.
"""
# ruff: noqa: T201 - it is a program

from __future__ import annotations

import base64
import json
import math
import os
import random
import re
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from model_logs.parse import Document, Origin, Parser
from model_logs.pipeline import load_vectors
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from collections.abc import Iterator

INGESTED: Final = "2026-01-15T10:30:01.000Z"
SLOWEST_MS: Final = 50.0

_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_STREAM: Final = re.compile(r"logs-model\.(prediction|lifecycle|unparsed)-(development|staging|production|unknown)")
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_NAMES: Final = [
    *table.FIELDS,
    *table.OBJECTS,
    *table.ALIASES,
    "tags",
    "@metadata",
    "data_stream",
    "_id",
    "timestamp",
    "level",
]
_NAMES_OF_NOBODY: Final = [
    "",
    ".",
    "..",
    "a",
    "a.b",
    " ",
    "é",
    "\x00",
    "[x]",
    "x" * 300,
    "a." * 30,
    "labels.x",
    "metrics.y",
    "event",
]
_SCALARS: Final = [
    *(None, True, False, 0, -1, 1, 7, 0.5, -0.5, 1e39, 1e308, 2**31, 2**53, 2**63, 2**64, 10**30, 12.0, 200),
    *(
        "",
        " ",
        "abc",
        "success",
        "SUCCESS",
        "Production",
        "predict",
        "unparsed",
        "transitioned",
        "12.5",
        "prod",
        "2026-01-15",
    ),
    *(
        "2026-01-15T10:30:00Z",
        "9999-12-31T23:59:59+18:00",
        "0001-01-01T00:00:00+01:00",
        "\x00",
        "\ud800",
        "ü" * 200,
        "x" * 9000,
    ),
    *("password=hunter2", "\u2028", "🚀", "w-1", "a\nb", '{"event_type":"predict"}'),
]


_PREFIXES: Final = [
    *(
        b"api-1  | ",
        b"(M pid=1) ",
        b"[default0]:",
        b"0: ",
        b"INFO:root:",
        b"50%|##|\r",
        b"{",
        b"[",
        b"x\x08",
        b'{"a":1} ',
    ),
    *(b"2026-01-15T10:30:00.1Z stdout F ", b"2026-01-15T10:30:00.1Z stdout P ", b"Jan 15 10:30:00 h app[1]: "),
    *(
        b"2026-01-15T10:30:00,123 [INFO ] W-9000-m_1.0-stdout MODEL_LOG - ",
        b"[2026-01-15 10:30:00 +0000] [7] [INFO] ",
    ),
]


def value(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON value; nested ones seldom, and now and then very deep."""
    kind = chance.random()
    if kind < 0.8 or depth > 3:
        return chance.choice(_SCALARS)
    if kind < 0.88:
        return [value(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    if kind < 0.995:
        return {name(chance): value(chance, depth + 1) for _ in range(chance.randint(0, 4))}
    deep: Any = 1
    for _ in range(chance.choice([10, 19, 20, 21, 200, 500])):
        deep = {"a": deep} if chance.random() < 0.5 else [deep]
    return deep


def name(chance: random.Random) -> str:
    """A name of the contract, whole or its first part, or one of nobody's."""
    found = chance.choice(_NAMES if chance.random() < 0.8 else _NAMES_OF_NOBODY)
    return found.partition(".")[0] if chance.random() < 0.2 else found


def event(chance: random.Random) -> dict[str, Any]:
    """An event: usually with a type and a time, and any values beside them."""
    made = {name(chance): value(chance) for _ in range(chance.randint(0, 12))}
    if chance.random() < 0.8:
        made |= {"@timestamp": "2026-01-15T10:30:00.000Z", "event_type": chance.choice([*table.STREAMS, "mine"])}
    if chance.random() < 0.5:
        made["event"] = {"id": f"w-{chance.randrange(1 << 40)}", "sequence": chance.randint(0, 9)}
    return made


def broken(line: bytes, chance: random.Random) -> bytes:
    """A line with bytes changed, lost, doubled or put in."""
    found = bytearray(line)
    for _ in range(chance.choice([0, 1, 1, 2, 5, 20])):
        at = chance.randrange(len(found) + 1)
        width = chance.choice([0, 1, 1, 2, 10])
        put = chance.choice(
            [
                b"",
                chance.randbytes(1),
                b'"',
                b"\\",
                b"{",
                b"}",
                b":",
                b" ",
                b"\xed\xa0\x80",
                bytes(found[at : at + 40]),
            ]
        )
        found[at : at + width] = put
    return bytes(found).replace(b"\n", b" ")


def lines(number: int, chance: random.Random) -> Iterator[bytes]:
    """Any number of lines, each of one of the kinds above."""
    good = [vector.line for vector in load_vectors()]
    for _ in range(number):
        kind = chance.random()
        if kind < 0.2:
            yield chance.randbytes(chance.choice([0, 1, 10, 100, 1000])).replace(b"\n", b" ")
        elif kind < 0.4:
            yield broken(chance.choice(good), chance)
        elif kind < 0.5:
            yield wrapped(chance.choice(good), chance)
        elif kind < 0.9:
            yield json.dumps(event(chance)).encode()
        elif kind < 0.999:
            yield broken(json.dumps(event(chance)).encode(), chance)
        else:
            yield huge(chance)


def wrapped(line: bytes, chance: random.Random) -> bytes:
    """A line in one or several wrappers of other programs, now and then in a broken one."""
    for _ in range(chance.choice([1, 1, 2, 3, 8])):
        if chance.random() < 0.3:
            text = line.decode("utf-8", "replace")
            line = json.dumps({"log": text + "\n", "stream": "stdout", "time": "2026-01-15T10:30:00.5Z"}).encode()
        else:
            line = (
                chance.choice(_PREFIXES)
                + line
                + chance.choice([b"", b"", b" [repeated 3x across cluster]", b"}", b"{"])
            )
    return line if chance.random() < 0.8 else broken(line, chance)


def huge(chance: random.Random) -> bytes:
    """A line near or over the limits: of length, of depth, of the number of values."""
    size = chance.choice([9_990, 10_010, 100_000, 1_000_000, 1_100_000])
    return chance.choice(
        [
            b"x" * size,
            b'{"message":"' + b"x" * size + b'"}',
            b'{"event_type":"predict","labels":{' + b",".join(b'"l%d":"x"' % n for n in range(size // 10)) + b"}}",
            b'{"a":' + b"[" * size,
            b'{"a":[' + b"1," * (size // 2) + b"1]}",
            b'{"@timestamp":"2026-01-15T10:30:00.000Z","event_type":"predict","x":"'
            + b"\\ud800" * (size // 6)
            + b'"}',
            b"2026-01-15T10:30:00Z x model=m" + b" user=a" * (size // 7),
            b'2026-01-15T10:30:00Z x model="' + b'\\"' * (size // 2),
            b"password=" * (size // 9),
            b"x " + b'{"event_type":' * (size // 14),
            b"x " + b'{"event_type":{' + b'"a":"b",' * (size // 8),
            b"api-1 | " * (size // 8),
            b"\r" * size + b'event_type"',
            b'"event_type" ' + b'{"a":1} ' * (size // 8),
        ]
    )


def wrong(document: Document) -> str:
    """What is wrong with a document; empty when nothing is."""
    if document.empty:
        return "an empty line with a document" if document.entry else ""
    if b"\n" in document.body:
        return "more than one line"
    source = json.loads(document.body, parse_constant=_refuse, parse_float=_finite)
    where = _STREAM.fullmatch(document.data_stream)
    if where is None:
        return "the stream"
    kind, environment = where.groups()
    event = source["event"]
    checks = {
        "the id": _ID.fullmatch(document.id) and event["id"] == document.id,
        "data_stream": source["data_stream"]
        == {"type": "logs", "dataset": f"model.{kind}", "namespace": environment},
        "the environment": source["environment"] == environment,
        "unparsed": document.unparsed is (kind == "unparsed"),
        "a time": _STAMP.fullmatch(source["@timestamp"]) and event["ingested"] == INGESTED,
        "the reason": not document.unparsed or (source["reason"] and isinstance(event["original"], str)),
        "a fault of the parser": not source.get("reason", "").startswith("a fault"),
        "the type or the status": "event_type" in source and "status" in source,
    }
    return ", ".join(name for name, holds in checks.items() if not holds)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def _finite(digits: str) -> float:
    assert math.isfinite(float(digits)), digits
    return float(digits)


def origin(number: int) -> Origin:
    """Where the line of a number stands."""
    return Origin(path="/var/log/fuzz.log", device=1, inode=2, fingerprint="5f" * 32, offset=number)


def main() -> int:
    """Run the lines, and say what became of them."""
    number = int(os.environ.get("MODEL_LOGS_FUZZ_LINES", "20000"))
    seed = int(os.environ.get("MODEL_LOGS_FUZZ_SEED", str(random.randrange(1 << 32))))
    parser, counts, slowest, failures = Parser(), Counter[str](), (0.0, b""), 0
    for offset, line in enumerate(lines(number, random.Random(seed))):
        began = time.process_time_ns()
        document = parser.parse(line, origin(offset), ingested=INGESTED)
        took = (time.process_time_ns() - began) / 1e6
        slowest = max(slowest, (took, line[:80]))
        counts[document.data_stream.split("-")[1]] += 1
        if problem := wrong(document):
            failures += 1
            print(f"WRONG ({problem}): {base64.b64encode(line[:2000]).decode()}")
    print(f"{number} lines, seed {seed}: {dict(counts)}, {failures} wrong")
    print(f"slowest line: {slowest[0]:.1f} ms of CPU, {slowest[1]!r}")
    return 1 if failures or slowest[0] > SLOWEST_MS else 0


if __name__ == "__main__":
    sys.exit(main())
