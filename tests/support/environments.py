"""Python environments beside ours, for servers that would not bear our libraries' versions: made once, and cached."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["environment"]

ROOT = Path(__file__).parents[2]
# What `model_logs` itself needs for logging and for its command line.
_OURS = ("click", "jinja2", "orjson", "python-json-logger", "pyyaml", "structlog")


def environment(requirements: list[str]) -> dict[str, str]:
    """Return the environment variables under which `python` has what was asked for, and `model_logs` from this tree.

    Args:
        requirements: As pip takes them.

    Raises:
        CalledProcessError: Something cannot be installed; pip has said what.
    """
    wanted = sorted({*requirements, *_OURS})
    key = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "model-logs" / "environments"
    folder = cache / key
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        python = str(folder / "bin" / "python")
        uv = shutil.which("uv")  # ten times as quick as pip, where somebody has it
        installer = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
        subprocess.run([*installer, "--quiet", *wanted], check=True)
        (folder / "made").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODEL_LOGS_", "PYTHON"))}
    return kept | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(folder),
        "PYTHONPATH": str(ROOT / "src"),
        # So that nothing here reports home, and nothing looks for git.
        "GIT_PYTHON_REFRESH": "quiet",
        "DO_NOT_TRACK": "1",
    }
