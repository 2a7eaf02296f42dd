"""Finds the one native library that the node cannot do without: libzstd.

Elasticsearch compresses `logsdb` and `best_compression` indices with it; without it such an index is acknowledged and
never becomes active. A pinned jar brings it for Linux and macOS on x86-64 and ARM; where that one cannot be loaded (a
libc that is too old, or musl) the system's is taken.
"""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

from model_logs.errors import NodeError

__all__ = ["platform_name", "put_libzstd"]

# Elasticsearch's name of a platform → the folder in the pinned jar.
_IN_JAR = {
    "darwin-aarch64": "macos-aarch64",
    "darwin-x64": "macos-amd64",
    "linux-aarch64": "linux-aarch64",
    "linux-x64": "linux-amd64",
}
_LIBRARY_FOLDERS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/opt/homebrew/lib",
    "/opt/local/lib",
)


def platform_name() -> str:
    """Return what Elasticsearch calls this platform, such as `linux-x64` or `darwin-aarch64`."""
    system = {"darwin": "darwin", "linux": "linux"}.get(sys.platform)
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "aarch64", "arm64": "aarch64"}.get(
        platform.machine().lower()
    )
    if system is None or machine is None:
        raise NodeError(
            f"The development node does not run on {sys.platform} {platform.machine()}; it needs Linux or macOS, "
            "x86-64 or ARM of 64 bits.",
            next_step="give --url of a cluster that runs elsewhere.",
        )
    return f"{system}-{machine}"


def put_libzstd(jar: Path, folder: Path) -> None:
    """Put a libzstd that can be loaded here where Elasticsearch looks for it.

    Args:
        jar: The pinned jar that carries one.
        folder: `lib/platform` of a distribution.

    Raises:
        NodeError: Neither that one nor one of the system can be loaded.
    """
    name = platform_name()
    file_name = "libzstd.dylib" if name.startswith("darwin") else "libzstd.so"
    target = folder / name / file_name
    target.parent.mkdir(parents=True)
    with zipfile.ZipFile(jar) as archive:
        target.write_bytes(archive.read(f"aircompressor/{_IN_JAR[name]}/{file_name}"))
    if _loads(target):
        return
    for candidate in _of_the_system():
        if _loads(candidate):
            target.write_bytes(candidate.read_bytes())
            return
    raise NodeError(
        f"The node needs the library libzstd, and none that fits {name} was found "
        "(without it Elasticsearch accepts an index and never opens it).",
        next_step="install it: apt-get install libzstd1, dnf install libzstd, apk add zstd-libs "
        "or brew install zstd.",
    )


def _loads(path: Path) -> bool:
    try:
        ctypes.CDLL(str(path)).ZSTD_versionNumber()
    except (OSError, AttributeError):
        return False
    return True


def _of_the_system() -> list[Path]:
    """Return where the system keeps libzstd: what its loader knows, then the usual folders."""
    try:
        listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    except OSError:
        listed = ""
    found = [Path(line.split("=>")[-1].strip()) for line in listed.splitlines() if "libzstd.so.1 " in line]
    for folder in (Path(sys.prefix) / "lib", *map(Path, _LIBRARY_FOLDERS)):
        for pattern in ("libzstd.so.1", "*-linux-gnu/libzstd.so.1", "libzstd.1.dylib", "libzstd.dylib"):
            found.extend(sorted(folder.glob(pattern)))
    return found
