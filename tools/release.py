"""`make release`: builds what is handed to a package index, once nothing speaks against it. It uploads nothing.

What speaks against it is named in one list: an address that is still a placeholder, a version without its section in
CHANGELOG.md, changes that are not committed.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
VERSIONED = "src/model_logs/__init__.py"
# RFC 2606 keeps this name for examples: no repository will ever be there.
PLACEHOLDER = re.compile(r"\bexample\.(?:com|net|org)\b")


def objections(root: Path, today: dt.date) -> Iterator[str]:
    """Yield each reason against a release: what, where, and the next step."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, address in project["urls"].items():
        if PLACEHOLDER.search(address):
            yield f"pyproject.toml, [project.urls]: {name} is still a placeholder ({address}); put the real address."
    version = re.search(r'^__version__ = "(.+)"$', (root / VERSIONED).read_text(encoding="utf-8"), re.MULTILINE)
    yield from _changelog((root / "CHANGELOG.md").read_text(encoding="utf-8"), version[1] if version else "?", today)
    command = ["git", "status", "--porcelain"]
    state = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603  # fixed words
    if changed := state.stdout.splitlines():
        yield f"git: {len(changed)} files differ from the last commit ({changed[0][3:]} …); commit or remove them."


def _changelog(text: str, version: str, today: dt.date) -> Iterator[str]:
    unreleased = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## \[|\Z)", text, re.MULTILINE | re.DOTALL)
    if unreleased and unreleased[1].strip():
        yield f"CHANGELOG.md: lines stand below Unreleased; move them to the section of {version}."
    dated = re.search(rf"^## \[{re.escape(version)}\] - (\S+)$", text, re.MULTILINE)
    if not dated:
        yield f"CHANGELOG.md: nothing is said of {version}; add the section [{version}] with today's date."
    elif dated[1] != today.isoformat():
        yield f"CHANGELOG.md: {version} is dated {dated[1]}; write {today}."


def main() -> int:
    """Build the wheel and the source distribution into dist/, or say why not."""
    against = list(objections(ROOT, dt.datetime.now(dt.UTC).date()))
    for objection in against:
        print(objection, file=sys.stderr)
    if against:
        print("Not built: no release goes out like this.", file=sys.stderr)
        return 1
    subprocess.run([sys.executable, "-m", "build", "--outdir", ROOT / "dist", ROOT], check=True)  # noqa: S603  # fixed words
    print("Built into dist/. Next: try the wheel in an empty folder, then tag the commit and upload both files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
