"""Writes docs/coverage.md: the branches of src/ that no test reaches, from the JSON that `make coverage` leaves.

A branch that ends a line which runs is named by its line; where the line itself never runs, its lines are named.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

__all__ = ["report"]

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "coverage.md"
_SOURCE = "src/model_logs/"
_MOST = 15  # in a cell: whoever mends a module asks coverage.py for the rest


def report(results: dict[str, Any], of: str) -> str:
    """Return the page: one row for each module with a branch or a line that nothing reaches, the worst first.

    Args:
        results: The JSON of coverage.py, with branches.
        of: Which tests ran, where, and on which commit, in words.
    """
    files = results["files"].items()
    rows = [(_row(path.removeprefix(_SOURCE), found), found["summary"]) for path, found in files]
    shown = [row for row, summary in rows if summary["missing_branches"] or summary["missing_lines"]]
    shown.sort(key=lambda row: (-row[0], row[1]))
    total = results["totals"]
    whole = len(rows) - len(shown)
    figures = (
        f"{total['covered_branches']:,} of {total['num_branches']:,} branches and {total['covered_lines']:,} of"
        f" {total['num_statements']:,} lines of `src/` are reached; {whole} of {len(rows)} modules are reached whole."
        " What runs in processes that a test starts is not counted: some of these are reached all the same."
        " `7→9` is the step from line 7 to line 9, `7→` the one out of the function."
    )
    return "\n".join(
        [
            "# Branches that no test reaches",
            "",
            f"`make coverage` writes this page. It ran {of}.",
            "",
            figures,
            "",
            "| module | branches not reached | steps | lines that never run |",
            "|---|---:|---|---|",
            *(f"| `{name}` | {count} | {steps} | {lines} |" for count, name, steps, lines in shown),
            "",
        ]
    )


def _row(name: str, found: dict[str, Any]) -> tuple[int, str, str, str]:
    never = set(found["missing_lines"])
    steps = [f"{begin}→{end if end > 0 else ''}" for begin, end in found["missing_branches"] if begin not in never]
    return found["summary"]["missing_branches"], name, _listed(steps), _listed(_ranges(sorted(never)))


def _listed(items: list[str]) -> str:
    more = len(items) - _MOST
    return ", ".join(items[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _ranges(numbers: list[int]) -> list[str]:
    """Join what follows each other: `3, 7-9`."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]


def main() -> None:
    """Write the page from the file that is named; what follows are the arguments that narrowed the run."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    narrowed = " ".join(sys.argv[2:])
    of = f"`pytest {narrowed}`" if narrowed else "all tests of `make test`"
    of += f" of {commit} on {datetime.now(UTC):%Y-%m-%d}"
    of += f", on {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    REPORT.write_text(report(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), of), encoding="utf-8")
    sys.stdout.write(f"written: {REPORT}\n")


if __name__ == "__main__":
    main()
