"""Builds an Elasticsearch home from the jars: with modules, descriptors and our own Java.

A distribution is built once and named by a hash of all that went into it (lock file, our sources, the sources of
additional plugins), so that a change of any of them builds another and an unchanged one starts at once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.errors import NodeError
from model_logs.node.folders import cache_folder, locked
from model_logs.node.jars import LOCK_FILE, fetch, locked_jars
from model_logs.node.native import put_libzstd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_logs.node.jars import Jar
    from model_logs.node.java_runtime import Java

__all__ = ["Distribution", "ensure_distribution", "version"]

JAVA_SOURCES = Path(__file__).with_name("java")

_DESCRIPTOR = "plugin-descriptor.properties"
_NO_MODULES = ("lib", "compiler", "native")
_BUILDING = ".building-"
_FORMAT = b"1"  # raise it when this module builds something else from the same input


@dataclass(frozen=True)
class Distribution:
    """An Elasticsearch home.

    Attributes:
        root: Its folder: `lib/` and `modules/`.
    """

    root: Path

    @property
    def class_path(self) -> str:
        """Java's class path: the server's jars and our launcher."""
        return str(self.root / "lib" / "*")


def version() -> str:
    """Return the version of Elasticsearch that the lock file names."""
    return next(jar.version for jar in locked_jars() if jar.artifact == "elasticsearch")


def ensure_distribution(java: Java, extra_java: Sequence[Path] = (), *, progress: bool = False) -> Distribution:
    """Return the distribution, built now if need be.

    Args:
        java: Compiles our sources.
        extra_java: Folders with the sources of additional plugins, laid out as `java/plugin` beside this module.
        progress: Draw a progress bar on stderr while something is downloaded.

    Raises:
        NodeError: A download failed, our Java does not compile, or libzstd is missing.
    """
    cache = cache_folder()
    root = cache / f"dist-{_key(extra_java)}"
    if root.is_dir():
        return Distribution(root)
    try:
        with locked(cache / "cache.lock"):
            if not root.is_dir():
                fetch(locked_jars(), cache / "jars", progress=progress)
                for abandoned in cache.glob(f"{_BUILDING}*"):
                    shutil.rmtree(abandoned, ignore_errors=True)
                building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=cache))
                try:
                    _build(building, cache / "jars", java, extra_java)
                    building.rename(root)
                finally:
                    shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        raise NodeError(
            f"The node's cache {cache} cannot be written: {error}.",
            next_step="make room or name another folder in MODEL_LOGS_CACHE (about 150 MB are needed).",
        ) from error
    return Distribution(root)


def _key(extra_java: Sequence[Path]) -> str:
    key = hashlib.sha256(_FORMAT + LOCK_FILE.read_bytes())
    for folder in (JAVA_SOURCES, *extra_java):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                key.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return key.hexdigest()[:16]


def _build(root: Path, jars: Path, java: Java, extra_java: Sequence[Path]) -> None:
    by_place: dict[str, list[Jar]] = {}
    for jar in locked_jars():
        by_place.setdefault(jar.place, []).append(jar)
    modules = {place for place in by_place if place not in _NO_MODULES}
    for place in ("lib", *modules):
        folder = root / "lib" if place == "lib" else root / "modules" / place
        folder.mkdir(parents=True)
        for jar in by_place[place]:
            _link(jars / jar.file_name, folder / jar.file_name)
    for module in modules:
        _write_descriptor(root / "modules" / module, modules)
    (root / "plugins").mkdir()

    (native,) = by_place["native"]
    put_libzstd(jars / native.file_name, root / "lib" / "platform")

    compiler = [str(java.executable), "-jar", str(jars / by_place["compiler"][0].file_name)]
    _compile(compiler, JAVA_SOURCES / "launcher", root / "lib" / "model-logs-launcher.jar", root)
    _compile(compiler, JAVA_SOURCES / "esql", root / "modules" / "x-pack-esql" / "model-logs-esql.jar", root)
    for source in (JAVA_SOURCES / "plugin", *extra_java):
        _build_plugin(compiler, source, root)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _write_descriptor(module: Path, modules: set[str]) -> None:
    """Copy a module's descriptor out of its jar, fitted to what is here.

    The server is on the class path, so a module cannot be a named Java module; and it can extend only what is there.
    """
    lines = []
    for line in _published_descriptor(module).splitlines():
        name, _, value = line.partition("=")
        if name == "extended.plugins":
            present = [extended for extended in value.split(",") if extended in modules]
            if present:
                lines.append(f"{name}={','.join(present)}")
        elif line and not line.startswith("#") and name != "modulename":
            lines.append(line)
    (module / _DESCRIPTOR).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _published_descriptor(module: Path) -> str:
    for path in sorted(module.glob("*.jar")):
        with zipfile.ZipFile(path) as archive:
            try:
                return archive.read(f"META-INF/es-plugins/{module.name}/{_DESCRIPTOR}").decode()
            except KeyError:
                continue
    raise NodeError(
        f"No jar of the module {module.name} carries its descriptor.",
        next_step="this is a fault of the lock file: run python -m model_logs.node.relock.",
    )


def _build_plugin(compiler: list[str], source: Path, root: Path) -> None:
    descriptor = (source / _DESCRIPTOR).read_text(encoding="utf-8")
    name = next(line.partition("=")[2] for line in descriptor.splitlines() if line.startswith("name="))
    folder = root / "modules" / name
    folder.mkdir()
    (folder / _DESCRIPTOR).write_text(
        f"{descriptor}version={version()}\nelasticsearch.version={version()}\njava.version=17\n", encoding="utf-8"
    )
    _compile(compiler, source, folder / f"{name}.jar", root)


def _compile(compiler: list[str], source: Path, target: Path, root: Path) -> None:
    """Compile a folder of sources into a jar, which also takes the folder's other files."""
    class_path = [*(root / "lib").glob("*.jar"), *(root / "modules" / "x-pack-core").glob("*.jar")]
    with tempfile.TemporaryDirectory() as classes:
        result = subprocess.run(  # noqa: S603  # our own compiler over our own sources
            [
                *compiler,
                *("-17", "-nowarn", "-proc:none", "-encoding", "UTF-8"),
                *("-cp", os.pathsep.join(map(str, class_path))),
                *("-d", classes, str(source)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise NodeError(
                f"The Java sources in {source} do not compile:\n{result.stderr.strip()}",
                next_step="reinstall model-logs, or fix the sources if they are yours.",
            )
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for folder, unwanted in ((Path(classes), ""), (source, ".java")):
                for path in sorted(folder.rglob("*")):
                    if path.is_file() and path.suffix != unwanted and path.name != _DESCRIPTOR:
                        archive.write(path, path.relative_to(folder))
