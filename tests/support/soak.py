"""Writes docs/soak.md: the report of the last `make soak`, from the results that pytest left as XML.

A run of some of the tests (`make soak ARGS="-k fraud"`) writes their rows anew and leaves the others. Each row says
which commit it is of.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

__all__ = ["report"]

REPORT = Path(__file__).parents[2] / "docs" / "soak.md"
_ROW = re.compile(r"^\| (?!test \|)([^|\n]+(?:\\\|[^|\n]*)*) \| \w+ \| [^\n]+\|$", re.MULTILINE)


def report(results: str, commit: str, machine: str, earlier: str = "") -> str:
    """Return the page: one row for each test, with its result, its seconds, and the commit that it ran on.

    Args:
        results: The XML of pytest.
        commit: What was tested.
        machine: Where, in words.
        earlier: The page before, where only some of the tests ran: its rows of other tests stay.
    """
    root = ET.fromstring(results)
    suite = next(root.iter("testsuite"))
    day = suite.attrib["timestamp"][:16].replace("T", " ")
    rows = {found[1]: found[0] for found in _ROW.finditer(earlier)}
    for case in root.iter("testcase"):
        ended = next((child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed")
        name = case.attrib["name"].replace("_", " ").removeprefix("test ").replace("|", "\\|")
        rows[name] = f"| {name} | {ended} | {float(case.attrib['time']):.0f} | {commit}, {day} |"
    return "\n".join(
        [
            "# The long tests",
            "",
            "`make soak` writes this page. It lists the tests that take minutes and are not part of `make test`. The",
            "long run of the whole path, with faults, is `make proof`; its report is [proof.md](proof.md).",
            "",
            f"Last run on {machine}.",
            "",
            "| test | result | seconds | commit, time (UTC) |",
            "|---|---|---:|---|",
            *(rows[name] for name in sorted(rows)),
            "",
        ]
    )


def main() -> None:
    """Write the report of the results in the file that is named; after `--some`, other rows stay."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    machine += f", load {os.getloadavg()[0]:.0f} when it ended"
    results = Path(sys.argv[1]).read_text(encoding="utf-8")
    earlier = REPORT.read_text(encoding="utf-8") if "--some" in sys.argv[2:] and REPORT.is_file() else ""
    REPORT.write_text(report(results, commit, machine, earlier), encoding="utf-8")
    sys.stdout.write(f"written: {REPORT}\n")


if __name__ == "__main__":
    main()
