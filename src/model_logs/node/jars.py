"""The jars of the node: which, from the lock file beside this module, and how they come onto this machine.

Every jar is fetched by `jgo` from Maven Central, or from the mirror that `MODEL_LOGS_MAVEN` names, and is taken only
when its SHA-256 is the locked one. The lock file is written by `python -m model_logs.node.relock`, never by hand.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.errors import NodeError
from model_logs.retrying import Pauses, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["LOCK_FILE", "Jar", "fetch", "locked_jars"]

LOCK_FILE = Path(__file__).with_name("jars.lock")

_ATTEMPTS = 3
_PAUSES = Pauses(first=1, longest=4)
_INCOMING = ".incoming-"
_DOWNLOADS_AT_ONCE = 4


@dataclass(frozen=True)
class Jar:
    """One line of the lock file.

    Attributes:
        place: Where it belongs: `lib`, the name of a module, `compiler` or `native`.
        group: Maven group.
        artifact: Maven artifact.
        version: Maven version.
        sha256: Hexadecimal SHA-256 of the file.
        size: Bytes.
    """

    place: str
    group: str
    artifact: str
    version: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        """The name of the file, the same as in a Maven repository."""
        return f"{self.artifact}-{self.version}.jar"

    def is_at(self, path: Path) -> bool:
        """Tell whether the file at a path is this jar, byte for byte."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() == self.sha256


def locked_jars() -> list[Jar]:
    """Read the lock file."""
    jars = []
    for line in LOCK_FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            place, coordinate, sha256, size = line.split()
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(place, group, artifact, version, sha256, int(size)))
    return jars


def fetch(jars: list[Jar], folder: Path, *, progress: bool) -> None:
    """Bring the jars into a folder; those that are there and whole are left alone.

    The caller holds the lock of the cache. A download goes to a folder beside it and is moved when it is verified, so
    that an interrupted run leaves nothing half-written.

    Args:
        jars: What is wanted.
        folder: Where it is wanted.
        progress: Draw a progress bar on stderr.

    Raises:
        NodeError: A download failed, or brought something else than the locked file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = list({jar.file_name: jar for jar in jars if not jar.is_at(folder / jar.file_name)}.values())
    if not missing:
        return
    for abandoned in folder.glob(f"{_INCOMING}*"):  # of a run that was killed: the lock of the cache is ours
        shutil.rmtree(abandoned, ignore_errors=True)
    incoming = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=folder))
    try:
        with (
            _bar(sum(jar.size for jar in missing), enabled=progress) as advance,
            ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
        ):
            tasks = [pool.submit(_fetch_one, jar, incoming, folder, advance) for jar in missing]
            try:
                for task in tasks:
                    task.result()
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _fetch_one(jar: Jar, incoming: Path, folder: Path, advance: Callable[[int], None]) -> None:
    path = _download(jar, incoming)
    if not jar.is_at(path):
        with path.open("rb") as handle:
            got = hashlib.file_digest(handle, "sha256").hexdigest()
        raise NodeError(
            f"{jar.file_name} is not the file that model-logs was built for:\n"
            f"  expected SHA-256 {jar.sha256}, {jar.size} bytes\n"
            f"  received SHA-256 {got}, {path.stat().st_size} bytes\n"
            "It was thrown away; nothing of it was run.",
            next_step="start again; when it stays so, the repository or a proxy in between serves changed files: "
            "name another with MODEL_LOGS_MAVEN.",
        )
    path.replace(folder / jar.file_name)
    advance(jar.size)


def _download(jar: Jar, incoming: Path) -> Path:
    # Heavy, and of the extra `node`: loaded only when there is something to download.
    try:
        import requests
        from jgo.maven import MavenContext
    except ImportError as error:
        raise NodeError(
            f"The jars of the node cannot be downloaded: {error}.", next_step="pip install 'model-logs[node]'."
        ) from error
    mirror = os.environ.get("MODEL_LOGS_MAVEN", "").rstrip("/")
    context = MavenContext(repo_cache=incoming, remote_repos={"mirror": mirror} if mirror else None, timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()

    def resolved() -> Path:
        try:
            return Path(artifact.resolve())
        except (OSError, RuntimeError):
            # What jgo left of a broken download would count as the file.
            (incoming / artifact.component.path_prefix / artifact.filename).unlink(missing_ok=True)
            raise

    def least(error: Exception) -> float | None:
        return 0 if isinstance(error, requests.RequestException) else None

    try:
        return retry(resolved, attempts=_ATTEMPTS, pauses=_PAUSES, least=least)
    except (OSError, RuntimeError) as error:
        raise NodeError(
            f"{jar.group}:{jar.artifact}:{jar.version} could not be downloaded "
            f"from {mirror or 'Maven Central'}: {error}.",
            next_step="check the connection and start again (complete files are kept); behind a firewall, "
            "name a mirror of Maven Central in MODEL_LOGS_MAVEN.",
        ) from error


def _bar(total: int, *, enabled: bool) -> AbstractContextManager[Callable[[int], None]]:
    return _drawn_bar(total) if enabled else nullcontext(lambda _size: None)


def _drawn_bar(total: int) -> AbstractContextManager[Callable[[int], None]]:
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    @contextmanager
    def bar() -> Iterator[Callable[[int], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("Downloading Elasticsearch 8.19 (once)", total=total)
            yield lambda size: progress.advance(task, size)

    return bar()
