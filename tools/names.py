"""Names of functions and classes that stand for several things: those that more than one module defines.

`python tools/names.py [FOLDER]` prints the count and each name with its modules. A command's function has the
command's name, and `main` and the two ways to end a chain of structlog are names that others give.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src" / "model_logs"


def shared_names(folder: Path) -> dict[str, list[str]]:
    """Return each public name that several modules define at their top level, with the paths of those modules."""
    found = defaultdict(list)
    for file in sorted(folder.rglob("*.py")):
        place = file.relative_to(folder).as_posix()
        for each in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and each.name[0] != "_":
                found[each.name].append(place)
    return {name: places for name, places in sorted(found.items()) if len(places) > 1}


def main() -> None:
    """Print the figures: all shared names, and those outside the command lines."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    shared = shared_names(folder)
    outside = [name for name, places in shared.items() if sum(not place.startswith("cli/") for place in places) > 1]
    for name, places in shared.items():
        print(f"{name}: {', '.join(places)}")
    print(
        f"{len(shared)} names stand in several modules, {sum(map(len, shared.values()))} places; "
        f"{len(outside)} of them outside the command lines."
    )


if __name__ == "__main__":
    main()
