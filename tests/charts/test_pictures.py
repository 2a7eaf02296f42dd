"""Pictures of the panels: whole, readable by what reads PNG and SVG, with the names and numbers in them."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from model_logs.dashboards.charts import write_pictures
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_logs.dashboards.report import Report


def test_every_drawn_panel_gives_a_png_and_an_svg_in_both_schemes(report: Report, tmp_path: Path) -> None:
    files = write_pictures(report, tmp_path)
    drawn = [panel for panel in report.dashboard.panels if panel.chart != "table"]
    assert sorted(file.name for file in files) == sorted(
        f"{panel.id}-{scheme}.{kind}" for panel in drawn for scheme in ("light", "dark") for kind in ("png", "svg")
    )
    for file in files:
        content = file.read_bytes()
        if file.suffix == ".png":
            width, height = struct.unpack(">II", content[16:24])
            assert content.startswith(b"\x89PNG")
            assert width > 1000
            assert height > 300
        else:
            texts = {element.text for element in ET.fromstring(content).iter("{http://www.w3.org/2000/svg}text")}
            title = next(panel.title for panel in drawn if file.name.startswith(panel.id))
            assert title in texts


def test_a_picture_shows_each_model(report: Report, tmp_path: Path) -> None:
    write_pictures(report, tmp_path, ("light",))
    for panel in ("prediction-latency", "throughput-per-model", "error-rate-per-model"):
        text = (tmp_path / f"{panel}-light.svg").read_text(encoding="utf-8")
        for name in ("churn", "fraud", "search-ranking"):
            assert name in text


def test_a_picture_of_nothing_says_what_is_missing_and_what_to_do(
    made_up: Callable[[list[str]], Report], tmp_path: Path
) -> None:
    empty = made_up([])
    files = write_pictures(empty, tmp_path)
    drawn = [panel for panel in empty.dashboard.panels if panel.chart != "table"]
    assert len(files) == 4 * len(drawn)
    for panel in drawn:
        root = ET.fromstring((tmp_path / f"{panel.id}-dark.svg").read_text(encoding="utf-8"))
        text = " ".join(" ".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))
        for words in (panel.title, panel.question, "No data.", panel.empty):
            assert words in text
        content = (tmp_path / f"{panel.id}-light.png").read_bytes()
        assert struct.unpack(">II", content[16:24])[0] > 600


def test_a_picture_of_nothing_says_for_whom(made_up: Callable[[list[str]], Report], tmp_path: Path) -> None:
    write_pictures(replace(made_up([]), filters={"model_name": ("nosuch",)}), tmp_path, ("light",))
    for file in tmp_path.glob("*.svg"):
        assert "No data for model nosuch." in file.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_one_message(report: Report, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelLogsError, match="cannot be written"):
        write_pictures(report, tmp_path / "file")


def test_without_vl_convert_the_message_names_the_extra(
    report: Report, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ModelLogsError, match=r"pip install 'model-logs\[report\]'"):
        write_pictures(report, tmp_path)
