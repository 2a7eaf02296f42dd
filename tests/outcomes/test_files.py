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
        ({"request_id": "a", "label": "x", "time": True}, "neither ISO 8601"),
        ({"request_id": "a", "label": "x", "time": "1969-12-31"}, "before 1970"),
        ({"request_id": "a", "label": "x", "time": -1}, "before 1970"),
        ({"request_id": "a", "label": "x", "time": "2099-01-01"}, "in the future"),
        ({"request_id": ["a"], "label": "x"}, "no single value"),
        ({"request_id": True, "label": "x"}, "is no id"),
        ({"request_id": "a", "label": {"is": "x"}}, "no single value"),
        ({"request_id": "a", "label": "x", "model_name": ["m"]}, "no single value"),
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
        ("t.parquet", b"not parquet", "cannot be read as Parquet"),
        ("absent.csv", None, "cannot be read"),
        ("t.parquet", b"PAR1" + bytes(100) + b"PAR1", "cannot be read as Parquet: .*[a-z]"),
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


@pytest.mark.parametrize(
    "written",
    ["2026-11-29T10:00:00Z", "20261129T100000Z", "1795946400", "1795946400000", "1.7959464e9", "1795946400000000000"],
)
def test_times_are_read_in_the_unit_in_which_they_were_written(tmp_path: Path, written: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"request_id,label,time\na,x,{written}\n", encoding="utf-8")
    assert of(path) == [Truth("a", datetime(2026, 11, 29, 10, tzinfo=UTC), "x")]


def test_a_day_without_hyphens_is_no_number_of_seconds(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("request_id,label,time\na,x,20261129\n", encoding="utf-8")
    assert of(path) == [Truth("a", datetime(2026, 11, 29, tzinfo=UTC), "x")]


@pytest.mark.parametrize(
    "text",
    ["request_id;label\na;x\n", "request_id\tlabel\na\tx\n", "Request_ID, LABEL\na,x\n", "id|label\r\na|x\r\n"],
)
def test_tables_of_spreadsheets_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert of(path) == [Truth("a", NOW, "x")]


def test_a_quote_that_is_never_closed_takes_no_row_with_it_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('request_id,label\na,x\nb,"y\nc,z\nd,z\n', encoding="utf-8")
    good, bad = of(path)
    assert good == Truth("a", NOW, "x")
    assert isinstance(bad, Refused)
    assert bad.row == 2
    assert "what follows was not read" in bad.reason


def test_long_cells_are_cut_as_the_logger_cuts_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"request_id,label\n{'i' * 9000},{'l' * 200_000}\n", encoding="utf-8")
    assert of(path) == [Truth("i" * 8190 + "…", NOW, "l" * 8190 + "…")]


def test_parquet_holds_nanoseconds_years_beyond_9999_bytes_and_whole_numbers_as_floats(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    def truths(**columns: object) -> list[Truth | Refused]:
        parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
        return of(tmp_path / "t.parquet")

    at = datetime(2026, 11, 29, 10, 0, 0, 123456, tzinfo=UTC)
    nanoseconds = pa.array([1795946400123456789, None], pa.timestamp("ns", "Mars/Olympus"))
    assert truths(request_id=["a", "b"], label=["x", "y"], time=nanoseconds) == [
        Truth("a", at, "x"),
        Truth("b", NOW, "y"),
    ]
    (late,) = truths(request_id=["a"], label=["x"], time=pa.array([2**62], pa.timestamp("us")))
    assert isinstance(late, Refused)
    assert truths(request_id=[b"a"], label=[b"x"]) == [Truth("a", NOW, "x")]
    assert truths(request_id=[777.0, None], label=["x", "y"])[0] == Truth("777", NOW, "x")


def test_an_array_in_a_file_of_lines_is_told_how_to_become_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text('[{"request_id": "a", "label": "x"}]', encoding="utf-8")
    (refused,) = of(path)
    assert isinstance(refused, Refused)
    assert "jq -c" in refused.reason


def test_what_has_no_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    endless = tmp_path / "t.csv"
    endless.symlink_to("/dev/zero")
    with pytest.raises(ConfigurationError, match="no regular file"):
        of(endless)
