"""Truths in files, good ones and bad ones, and the command that loads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from model_logs.errors import ConfigurationError
from model_logs.outcomes import Truth, read
from model_logs.outcomes.truths import Refused

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def of(path: Path) -> list[Truth | Refused]:
    return list(read(path, now=NOW))


def test_csv_ndjson_and_parquet_say_the_same(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rows = [
        {"request_id": "a", "label": "stays", "value": None, "time": "2026-11-01T10:00:00Z"},
        {"request_id": "b", "label": None, "value": 2.5, "time": "2026-11-01T12:00:00+02:00"},
    ]
    (tmp_path / "t.csv").write_text(
        "\ufeffrequest_id,label,value,time\na,stays,,2026-11-01T10:00:00Z\nb,,2.5,2026-11-01T12:00:00+02:00\n",
        encoding="utf-8",
    )
    (tmp_path / "t.ndjson").write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    at = datetime(2026, 11, 1, 10, tzinfo=UTC)
    expected = [Truth("a", at, "stays"), Truth("b", at, None, 2.5)]
    assert of(tmp_path / "t.csv") == of(tmp_path / "t.ndjson") == of(tmp_path / "t.parquet") == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"label": "x"}, "no request_id"),
        ({"request_id": "  ", "label": "x"}, "no request_id"),
        ({"request_id": "a"}, "neither a label nor a value"),
        ({"request_id": "a", "label": ""}, "neither a label nor a value"),
        ({"request_id": "a", "value": "much"}, "is no number"),
        ({"request_id": "a", "value": "inf"}, "no number that can be stored"),
        ({"request_id": "a", "value": "1e39"}, "no number that can be stored"),
        ({"request_id": "a", "value": [1]}, "is no number"),
        ({"request_id": "a", "label": "x", "time": "yesterday"}, "neither ISO 8601"),
        ({"request_id": "a", "label": "x", "time": 1e300}, "neither ISO 8601"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_number(tmp_path: Path, row: object, reason: str) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text('{"request_id": "good", "label": "x"}\n' + json.dumps(row) + "\n", encoding="utf-8")
    good, bad = of(path)
    assert good == Truth("good", NOW, "x")
    assert isinstance(bad, Refused)
    assert bad.row == 2
    assert reason in bad.reason


def test_broken_lines_cost_only_themselves(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"request_id": "a", "label": true}\n{"request\n[1]\n{"request_id": 7, "label": 3}\n', encoding="utf-8"
    )
    first, second, third, last = of(path)
    assert first == Truth("a", NOW, "true")
    assert [type(found) for found in (second, third)] == [Refused, Refused]
    assert last == Truth("7", NOW, "3")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.xlsx", b"", "of no known kind"),
        ("t.csv", b"id_of_customer,label\n1,x\n", "It needs request_id"),
        ("t.csv", b"", "It needs request_id"),
        ("t.csv", b"request_id,label\n\xff\xfe,x\n", "no UTF-8"),
        ("t.parquet", b"not parquet", "no Parquet file"),
        ("absent.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        of(path)
