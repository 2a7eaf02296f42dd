"""Looks at the configuration of logrotate: whether a rotation loses lines. It reads it as far as that needs."""

from __future__ import annotations

import pwd
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.doctor.findings import NotAskedError, ok, problem, warning
from model_logs.doctor.traps import trap
from model_logs.errors import ConfigurationError
from model_logs.files.patterns import matches
from model_logs.files.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

__all__ = ["Block", "read_logrotate"]

_SCRIPTS = {"postrotate", "prerotate", "firstaction", "lastaction", "preremove"}
# What `taboo` leaves out of a folder.
_TABOO = ("~", ".bak", ".old", ".orig", ".rpmnew", ".rpmorig", ".rpmsave", ".dpkg-dist", ".dpkg-old", ".dpkg-new")


@dataclass
class Block:
    """The directives for some files.

    Attributes:
        where: File and line.
        patterns: Of the files.
        directives: Name → (arguments, file and line); those that hold for all files first.
    """

    where: str
    patterns: list[str]
    directives: dict[str, tuple[list[str], str]] = field(default_factory=dict)

    def on(self, name: str) -> str:
        """Return where a switch is on; empty where it is off. The later of `x` and `nox` holds."""
        return self.directives[name][1] if name in self.directives else ""

    def covers(self, path: str) -> bool:
        """Tell whether a file is one of these; a rotated one is not."""
        return any(matches(pattern, path, recursive=False) for pattern in self.patterns)


def read_logrotate(paths: tuple[Path, ...]) -> list[Block]:
    """Return the blocks of configurations; of a folder each file.

    Raises:
        ConfigurationError: A file cannot be read.
    """
    everywhere: dict[str, tuple[list[str], str]] = {}
    return [block for path in paths for file in _files(path) for block in _blocks(file, everywhere)]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.is_file() and not each.name.endswith(_TABOO))
    return [path]


def _blocks(file: Path, everywhere: dict[str, tuple[list[str], str]], depth: int = 0) -> Iterator[Block]:
    text = read_text(
        file,
        lenient=True,
        error=ConfigurationError,
        next_step="Correct the path to logrotate's configuration, or ask as a user that may read it.",
    )
    patterns: list[str] = []
    block: Block | None = None
    script = False
    for number, line in enumerate(text.splitlines(), start=1):
        words = _words(line)
        at = f"{file}, line {number}"
        if script or not words:
            script = script and words[:1] != ["endscript"]
        elif words[0] in _SCRIPTS:
            script = True
        elif block is None and (words[0].startswith(("/", "*", "~")) or "{" in words):
            opens = "{" in words
            patterns += words[: words.index("{")] if opens else words
            if opens:
                block, patterns = Block(at, patterns, dict(everywhere)), []
        elif words == ["}"] and block is not None:
            yield block
            block = None
        elif words[0] == "include" and block is None and len(words) > 1 and depth == 0:
            for each in _files(Path(words[1])):
                yield from _blocks(each, everywhere, depth + 1)
        else:
            _say(block.directives if block else everywhere, words, at)


def _words(line: str) -> list[str]:
    if line.lstrip().startswith("#"):
        return []
    try:
        return shlex.split(line.replace("{", " { ").replace("}", " } "))
    except ValueError:  # a quote that is not closed: within a script
        return line.split()


def _say(directives: dict[str, tuple[list[str], str]], words: list[str], at: str) -> None:
    name = words[0]
    if name.startswith("no") and name.removeprefix("no") in {"copytruncate", "compress", "delaycompress", "create"}:
        directives.pop(name.removeprefix("no"), None)
    else:
        directives[name] = (words[1:], at)


def _ours(estate: Estate) -> list[tuple[Block, list[str]]]:
    """Return the blocks that rotate our files, with those; every block where no files are known."""
    if not estate.where.logrotate:
        raise NotAskedError("no configuration of logrotate is named (--logrotate /etc/logrotate.d)")
    blocks = read_logrotate(estate.where.logrotate)
    try:
        paths = [str(file.path.absolute()) for file in estate.files]
    except NotAskedError:
        return [(block, []) for block in blocks]
    covered = [(block, [path for path in paths if block.covers(path)]) for block in blocks]
    return [(block, found) for block, found in covered if found]


def _looked(blocks: list[tuple[Block, list[str]]]) -> str:
    return (
        f"{len(blocks)} blocks of logrotate rotate these files" if blocks else "logrotate does not rotate these files"
    )


@trap("copytruncate")
def copytruncate(estate: Estate) -> list[Finding]:
    """Find rotation that copies a file and cuts it."""
    blocks = _ours(estate)
    return [
        problem(f"copytruncate for {' '.join(block.patterns)}", block.on("copytruncate"))
        for block, _ in blocks
        if block.on("copytruncate")
    ] or ok(_looked(blocks))


@trap("early-compress")
def early_compress(estate: Estate) -> list[Finding]:
    """Find rotation that compresses what Filebeat may not have read."""
    blocks = _ours(estate)
    return [
        warning(f"compress without delaycompress for {' '.join(block.patterns)}", block.on("compress"))
        for block, _ in blocks
        if block.on("compress") and not block.on("delaycompress")
    ] or ok(_looked(blocks))


@trap("rotation-owner")
def rotation_owner(estate: Estate) -> list[Finding]:
    """Find rotation that makes the new file for somebody else than its writer."""
    blocks = _ours(estate)
    found = []
    for block, covered in blocks:
        arguments, at = block.directives.get("create", ([], ""))
        owner = next((word for word in arguments if not word.isdigit()), None)
        for path in covered:
            writer = _owner(Path(path))
            if owner and owner != writer:
                found.append(problem(f"create gives {path} to {owner}, and {writer} writes it", at))
    return found or ok(_looked(blocks))


def _owner(path: Path) -> str:
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
