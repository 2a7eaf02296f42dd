"""The tools of the desk: what keeps `make unit` quick, and the reports of `make soak` and `make coverage`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import unreached
from tests.support.soak import report

ROOT = Path(__file__).parents[1]
ASKS = """
import os, pytest

@pytest.fixture
def jruby():
    return None

@pytest.fixture
def asks_later(request):
    return request.getfixturevalue("jruby")

def sees_java():
    return os.environ.get("MODEL_LOGS_JAVA_HOME", "none of its own") == GIVEN

def test_plain():
    assert not sees_java()

def test_asks(jruby):
    assert sees_java()

def test_after_one_that_may():
    assert not sees_java()

def test_asks_through_another(asks_later):
    assert sees_java()

@pytest.mark.node
def test_says_so():
    assert sees_java()
"""
ONE = """<testsuites><testsuite name="pytest" timestamp="{time}">
<testcase name="test_{name}" time="61.4">{end}</testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize("given", [None, "/a/java/of/the/user"], ids=["no Java is set", "a Java is set"])
def test_a_test_without_the_mark_finds_no_java(tmp_path: Path, given: str | None) -> None:
    written = ASKS.replace("GIVEN", repr(given or "none of its own"))
    (tmp_path / "test_asking.py").write_text(written, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import pytest_collection_modifyitems, pytest_runtest_setup\n", encoding="utf-8"
    )
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n  node:\n  java:\n  browser:\n  go:\n", encoding="utf-8"
    )
    environment = {key: value for key, value in os.environ.items() if key != "MODEL_LOGS_JAVA_HOME"}
    if given:
        environment["MODEL_LOGS_JAVA_HOME"] = given

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "5 passed" in ran.stdout, ran.stdout + ran.stderr


def test_a_run_of_some_long_tests_leaves_the_rows_of_the_others() -> None:
    first = report(ONE.format(time="2026-11-01T10:00:00", name="a|b", end=""), "aaa", "a machine")
    second = report(ONE.format(time="2026-11-02T10:00:00", name="b[x]", end="<failure/>"), "bbb", "a machine", first)
    third = report(ONE.format(time="2026-11-03T10:00:00", name="b[x]", end=""), "ccc", "a machine", second)

    assert (
        "| a\\|b | passed | 61 | aaa, 2026-11-01 10:00 |\n| b[x] | failure | 61 | bbb, 2026-11-02 10:00 |" in second
    )
    assert "| a\\|b | passed | 61 | aaa, 2026-11-01 10:00 |\n| b[x] | passed | 61 | ccc, 2026-11-03 10:00 |" in third
    assert "a\\|b" not in report(ONE.format(time="2026-11-03T10:00:00", name="b", end=""), "ccc", "a machine")


def test_the_branches_that_nothing_reaches_are_named_and_the_worst_module_comes_first() -> None:
    def module(steps: list[list[int]], never: list[int]) -> dict[str, object]:
        summary = {"missing_branches": len(steps), "missing_lines": len(never)}
        return {"missing_branches": steps, "missing_lines": never, "summary": summary}

    totals = {"covered_branches": 1006, "num_branches": 1010, "covered_lines": 90, "num_statements": 95}
    files = {
        "src/model_logs/whole.py": module([], []),
        "src/model_logs/a.py": module([[7, 9]], []),
        "src/model_logs/cli/b.py": module([[3, -1], [5, 6], [5, 8]], [5, 6, 7, 9]),
    }
    page = unreached.report({"files": files, "totals": totals}, "`pytest -k b` of abc")

    assert "It ran `pytest -k b` of abc." in page
    assert "1,006 of 1,010 branches" in page
    assert "1 of 3 modules are reached whole" in page
    assert page.endswith("| `cli/b.py` | 3 | 3→ | 5-7, 9 |\n| `a.py` | 1 | 7→9 |  |\n")
