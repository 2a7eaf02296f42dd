"""The grok pattern file: its own rules, equal results on Elastic's Grok, and no line that makes a match slow."""

from __future__ import annotations

import random
import re
import struct
from typing import TYPE_CHECKING, Any

import onigurumacffi
import pytest

from model_logs.errors import AssetError
from model_logs.parse.json_line import clean
from model_logs.parse.text.grok import Grok, read_patterns
from model_logs.parse.text.lines import LONGEST_TEXT
from model_logs.parse.text.vocabulary import load
from model_logs.pipeline import load_vectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Captures = Callable[..., list[list[dict[str, Any] | None]]]

EVENT = "%{ML_EVENT}"

# Pieces of lines: right, nearly right and wrong ones, to be put together at random.
PIECES = [
    *(
        "2026-01-15T10:30:00Z",
        "2026-01-15 10:30:00,123",
        "2026-1-5 10:30",
        "2026-01-15T10:30:00.5 +0200",
        "yesterday",
    ),
    *(
        "INFO",
        "-",
        "- INFO -",
        "[WARN]",
        "error:",
        "Critical",
        "INF0",
        "PREDICT",
        "transitioned",
        "deployed",
        "x_1",
        "ÜBER",
    ),
    *("model=m", "model_name=ตรวจจับ", 'model="a \\" b"', "model='a b'", 'model="open', "model=", "Model=m"),
    *(
        "request_id=r-1",
        "request_id=550e8400-e29b-41d4-a716-446655440000",
        "version=v3.2.1",
        "version=\u00a0",
        "run_id=1",
    ),
    *(
        "latency=12.5ms",
        "latency=1.2e3",
        "latency=.5 s",
        "latency=1e5µs",
        "latency=1e5μs",
        "latency=abc",
        "latency=5 status=ok",
    ),
    *(
        "latency_ms=-1",
        "latency=1e99999",
        "latency=٣",
        "score=0.25",
        "score=1.2e-3",
        "batch_size=32",
        "batch_size=1234567890",
    ),
    *(
        "status=success",
        "status=fáiled",
        "status=",
        "stage=Production",
        "from=a",
        "to=b",
        "env=production",
        "alias=champion",
    ),
    *(
        "user=Ana María López",
        "user=\u2003x",
        'user="a" b',
        "user=O'Brien",
        "reason=too slow, really",
        "error=no\troute",
    ),
    *(
        "fallback_level=2",
        "variant=canary",
        "label=a",
        "registry=mlflow",
        "trace_id=t",
        "previous_version=1",
        "foo=bar",
    ),
    *(
        " ",
        "  ",
        "\t",
        "\u00a0",
        "\u0085",
        "\u2028",
        "\x00",
        "\x0b",
        "\r",
        "\ufeff",
        "é",
        "🚀",
        "\\",
        '"',
        "'",
        "=",
        "%{X}",
    ),
]


def fuzzed_lines(number: int, chance: random.Random) -> list[str]:
    """Lines that look like ours: most begin as they should, and some characters are changed."""
    lines = []
    for _ in range(number):
        pieces = chance.choices(PIECES, k=chance.choice([1, 1, 2, 2, 3, 4, 6, 12]))
        if chance.random() < 0.8:
            pieces[:0] = [
                chance.choice(PIECES[:2]),
                chance.choice(["INFO deployed model=m", "PREDICT model=m", "x model=m"]),
            ]
        line = chance.choice([" "] * 12 + ["\t", "  ", ""]).join(pieces)
        for _ in range(chance.choice([0, 0, 0, 1, 3])):
            at = chance.randrange(len(line) + 1)
            line = line[:at] + chance.choice(PIECES)[:1] + line[at + chance.randint(0, 1) :]
        lines.append(line)
    return lines


def as_elastic(captures: dict[str, Any] | None) -> dict[str, Any] | None:
    """Elastic's `float` has 32 bits."""
    if captures is None:
        return None
    return {n: struct.unpack("f", struct.pack("f", v))[0] if isinstance(v, float) else v for n, v in captures.items()}


def fitting(elastic_grok: Captures, patterns: dict[str, str], lines: list[str], expressions: tuple[str, ...]) -> int:
    """Hold every line against every expression, here and on Elastic's Grok; return how often one fitted."""
    groks = [Grok(patterns, expression) for expression in expressions]
    times = 0
    for line, theirs in zip(lines, elastic_grok(lines, *expressions), strict=True):
        ours = [grok.captures(line) for grok in groks]
        assert [as_elastic(found) for found in ours] == [as_elastic(found) for found in theirs], repr(line)
        times += sum(found is not None for found in ours)
    return times


def test_elastics_own_grok_finds_the_same_in_every_vector(elastic_grok: Captures, patterns: dict[str, str]) -> None:
    lines = [clean(vector.line) for vector in load_vectors()]

    assert fitting(elastic_grok, patterns, lines, load().text_patterns) >= 70


def test_elastics_own_grok_finds_the_same_in_lines_at_random(
    elastic_grok: Captures, patterns: dict[str, str]
) -> None:
    lines = fuzzed_lines(20_000, random.Random())

    assert fitting(elastic_grok, patterns, lines, load().text_patterns) >= 1_000


def test_every_part_finds_the_same_alone(patterns: dict[str, str], elastic_grok: Captures) -> None:
    """A part that is only ever used inside a whole line could differ and be hidden by it."""
    parts = ("%{ML_TIME:x}", "%{ML_VALUE:x}", "%{ML_REST:x}", "%{ML_NUMBER:x}", "%{ML_LEVEL:x}", "%{ML_PAIR}")
    lines = [*PIECES, *(piece.partition("=")[2] for piece in PIECES)]

    assert fitting(elastic_grok, patterns, lines, tuple(rf"\A{part}\z" for part in parts)) >= 100


def adversarial_lines() -> list[str]:
    head = "2026-01-15T10:30:00Z x model=m"
    repeated = [
        '"',
        "'",
        "\\",
        '\\"',
        " ",
        "\t",
        "=",
        "a ",
        "a=",
        " model=m",
        " user=a",
        ' user="',
        " latency=1",
        "1",
        "é ",
        " status=a",
    ]
    repeated += [
        " user=a b",
        " user=a b=",
        ' reason="a',
        " latency=1 m",
        "1e",
        ".1",
        " x",
        " 1",
        "/",
        "2026-01-15T10:30:00Z ",
    ]
    starts = [
        head,
        head + " user=",
        head + ' user="',
        head + " latency=",
        "",
        "2026-01-15T10:30:00Z",
        "2026-01-15T10:30:00Z x",
        '1.2.3.4 - - [x] "GET /',
        "INFO 2026-01-15T10:30:00Z x",
        "2026-01-15T10:30:00Z [INFO] x (scheme=http,method=GET,path=/x",
    ]
    ends = ["", "\x00", " x", '"', " user="]
    return [
        (start + piece * LONGEST_TEXT)[: LONGEST_TEXT - len(end)] + end
        for start in starts
        for piece in repeated
        for end in ends
    ]


@pytest.mark.slow
def test_no_line_makes_a_match_slow(patterns: dict[str, str]) -> None:
    """Oniguruma counts its steps and gives up at ten million; a square of this length would be 400 times that."""
    regexes = [Grok(patterns, expression)._regex for expression in load().text_patterns]

    for line in adversarial_lines():
        assert len(line) == LONGEST_TEXT
        for regex in regexes:
            regex.search(line)  # raises OnigError when it gives up


def test_the_limit_of_steps_is_there(patterns: dict[str, str]) -> None:
    slow = onigurumacffi.compile(r"\A(?:a|a?)+\z")

    with pytest.raises(onigurumacffi.OnigError, match="limit"):
        slow.search("a" * 200 + "b")


def test_every_pattern_is_used_and_spells_its_classes_out(patterns: dict[str, str]) -> None:
    used = set(re.findall(r"%\{(\w+)", " ".join([*patterns.values(), *load().text_patterns])))

    assert used == set(patterns)
    for name, expression in patterns.items():
        assert not re.search(r"\\[dswDSWbBhH]|\(\?[imx]|\[\[:", expression), name
        assert not re.search(r"\((?!\?)", expression), f"{name} captures by a bare group"


def test_every_capture_is_a_field_of_the_contract_or_known_to_units_yml(patterns: dict[str, str]) -> None:
    from model_logs.parse.text.lines import field_name
    from model_logs.tables import contract as table

    words = load()
    scratch = {words.text_time} | {name for quantity in words.quantities for name in (quantity.number, quantity.unit)}
    captured = set(re.findall(r"%\{\w+:([^:}]+)", " ".join(patterns.values())))

    assert {name for name in captured if name.startswith("[@metadata]")} == scratch
    assert {field_name(name) for name in captured - scratch} <= set(table.FIELDS)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("%{NOSUCH:x}", "not defined"),
        ("%{A:x}%{A:x}", "captures x twice"),
        ("%{A:x:long}", "asks for the type long"),
        ("[", "no regular expression"),
        ("%{LOOP}", "refers to itself"),
    ],
)
def test_a_broken_expression_says_what_is_wrong(expression: str, message: str) -> None:
    with pytest.raises(AssetError, match=message):
        Grok({"A": "a", "LOOP": "%{LOOP}"}, expression)


def test_a_broken_pattern_file_says_where(tmp_path: Path) -> None:
    file = tmp_path / "patterns"
    file.write_text("A a\n# a comment\n\nA b\n")

    with pytest.raises(AssetError, match="line 4: A stands there twice"):
        read_patterns(file)


def test_types_and_empty_captures() -> None:
    grok = Grok({"N": "[0-9]*"}, r"\A%{N:whole:int},%{N:share:float},%{N:text},%{N:none}\z")

    assert grok.captures("1,2,3,") == {"whole": 1, "share": 2.0, "text": "3"}
    assert grok.captures("no") is None
