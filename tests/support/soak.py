"""Writes docs/soak.md: the report of the last `make soak`, from the results that pytest left as XML."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

__all__ = ["report"]

REPORT = Path(__file__).parents[2] / "docs" / "soak.md"


def report(results: str, commit: str, machine: str) -> str:
    """Return the page: one row for each test, with its result and its seconds."""
    root = ET.fromstring(results)
    suite = next(root.iter("testsuite"))
    rows = []
    for case in root.iter("testcase"):
        ended = next((child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed")
        name = case.attrib["name"].replace("_", " ").removeprefix("test ").replace("|", "\\|")
        rows.append(f"| {name} | {ended} | {float(case.attrib['time']):.0f} |")
    return "\n".join(
        [
            "# The long tests",
            "",
            "Written by `make soak`: the tests that take minutes and are no part of `make test`. The long run of the",
            "whole road, with faults, is `make proof`; its report is [proof.md](proof.md).",
            "",
            f"Last run: {suite.attrib['timestamp'][:16].replace('T', ' ')} on {machine}, commit {commit}.",
            "",
            "| test | result | seconds |",
            "|---|---|---:|",
            *sorted(rows),
            "",
        ]
    )


def main() -> None:
    """Write the report of the results in the file that is named."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    results = Path(sys.argv[1]).read_text(encoding="utf-8")
    REPORT.write_text(report(results, commit, machine), encoding="utf-8")
    sys.stdout.write(f"written: {REPORT}\n")


if __name__ == "__main__":
    main()
