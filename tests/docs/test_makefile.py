"""`make` on a machine that lacks what it needs: what is missing, and the next step."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = '#!/bin/sh\ncase "$2" in *version_info*) exit 1;; esac\n'
BARE = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n'


def _make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("stub", "said"),
    [(OLD, "is older than Python 3.11: install a newer one"), (BARE, "lacks the venv module: on Debian and Ubuntu")],
    ids=["old", "without venv"],
)
def test_a_python_that_will_not_do_is_named_with_the_next_step(tmp_path: Path, stub: str, said: str) -> None:
    python = tmp_path / "python-stub"
    python.write_text(stub, encoding="utf-8")
    python.chmod(0o755)
    done = _make(tmp_path, "demo", f"PYTHON={python}")
    assert done.returncode != 0
    assert f"{python} {said}" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_no_python_at_all_is_said(tmp_path: Path) -> None:
    done = _make(tmp_path, "demo", "PYTHON=")
    assert "No Python 3.11 or newer was found: install one" in done.stderr
    assert done.returncode != 0


def test_make_alone_lists_what_there_is(tmp_path: Path) -> None:
    done = _make(tmp_path)
    assert done.returncode == 0
    listed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("make ")}
    declared = next(
        line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if line.startswith(".PHONY")
    )
    # `format` is what one runs when lint complains; it needs no line of its own.
    assert listed == set(declared.split()[1:]) - {"help", "format"}
