"""Patterns for paths: the files that one leads to, and whether it leads to a path; the only matching of paths here.

A `PathPattern` is cut into components once. Looking at folders (`paths`) and judging a name that is no longer there
(`matches`) use the same components, so that a file which was found is recognised later. The rules are those of
Python's `glob` with `recursive`: `*`, `?` and `[…]` stay within a component, `**` alone is any number of folders, and
none of them takes a name that begins with a dot. It opens no file.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PathPattern", "matches"]

_MAGIC = re.compile(r"[*?[]")
_FOLDERS = "**"
# Somebody renamed or deleted it meanwhile, or it is no folder: nothing to say.
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


class PathPattern:
    """A path, or a pattern of paths.

    Args:
        text: As the user wrote it: relative or absolute, perhaps with `~`.

    Attributes:
        text: The same, absolute and without `.`, `..` and doubled slashes.
        is_pattern: Whether it can lead to more than one path.

    Raises:
        ConfigurationError: It is relative, and the working folder is gone.
    """

    def __init__(self, text: str) -> None:
        self.text = _absolute(text)
        self.is_pattern = _MAGIC.search(self.text) is not None
        self._components = _components(self.text)

    def __str__(self) -> str:
        return self.text

    def matches(self, path: str) -> bool:
        """Tell whether the pattern leads to an absolute path, which need not exist; also where the two are equal."""
        return path == self.text or _fits(self._components, path.split("/")[1:], hidden=False)

    def paths(self, on_error: Callable[[str, OSError], None] | None = None) -> Iterator[str]:
        """Yield the paths that exist and that the pattern leads to, whatever stands there.

        A folder that several names lead to is looked into once for each component, so that a link to a folder above
        does not lead round for ever.

        Args:
            on_error: Called with a folder that cannot be listed, and why.
        """
        if os.path.lexists(self.text):
            yield self.text
        if self.is_pattern:
            yield from _Walk(self._components, on_error).paths()


def matches(pattern: str, path: str, *, hidden: bool = False, recursive: bool = True) -> bool:
    """Tell whether a pattern of another program leads to a path, by name alone.

    Args:
        pattern: Absolute.
        path: Absolute.
        hidden: Whether `*` and the like take a name that begins with a dot, as in Go.
        recursive: Whether `**` crosses folders; if not, it is `*`.
    """
    return _fits(_components(pattern, recursive=recursive), path.split("/")[1:], hidden=hidden)


@dataclass(frozen=True, slots=True)
class _Component:
    """One part of a pattern between slashes: a name, an expression for names, or any number of folders."""

    name: str
    regex: re.Pattern[str] | None = None
    folders: bool = False

    def takes(self, name: str, *, hidden: bool = False) -> bool:
        if self.folders:
            return hidden or not name.startswith(".")
        if self.regex is None:
            return name == self.name
        if name.startswith(".") and not self.name.startswith(".") and not hidden:
            return False
        return self.regex.match(name) is not None


def _components(pattern: str, *, recursive: bool = True) -> tuple[_Component, ...]:
    made: list[_Component] = []
    for name in pattern.split("/")[1:]:
        if recursive and name == _FOLDERS:
            if not (made and made[-1].folders):  # two of them say what one says
                made.append(_Component(name, folders=True))
        elif _MAGIC.search(name):
            made.append(_Component(name, re.compile(fnmatch.translate(name))))
        else:
            made.append(_Component(name))
    return tuple(made)


def _fits(components: tuple[_Component, ...], names: list[str], *, hidden: bool) -> bool:
    """Match names against components; like a wildcard over characters, in time that grows with their product."""
    reached = _passed(components, {0})
    for name in names:
        after = set()
        for at in reached:
            if at < len(components) and components[at].takes(name, hidden=hidden):
                after.add(at if components[at].folders else at + 1)
        reached = _passed(components, after)
        if not reached:
            return False
    return len(components) in reached


def _passed(components: tuple[_Component, ...], reached: set[int]) -> set[int]:
    """Add what follows a `**`, which may stand for no folder at all."""
    return reached | {at + 1 for at in reached if at < len(components) and components[at].folders}


class _Walk:
    """One walk through the folders."""

    def __init__(self, components: tuple[_Component, ...], on_error: Callable[[str, OSError], None] | None) -> None:
        self._components = components
        self._on_error = on_error
        self._seen: set[tuple[int, int, int]] = set()

    def paths(self) -> Iterator[str]:
        # Links to folders come last: what has a name of its own is found under that one.
        waiting: list[tuple[str, int]] = [("/", 0)]
        links: list[tuple[str, int]] = []
        while waiting or links:
            folder, at = waiting.pop() if waiting else links.pop()
            at, folder = self._literal(folder, at)
            if at == len(self._components):
                if os.path.lexists(folder):
                    yield folder
                continue
            component = self._components[at]
            last = at == len(self._components) - 1
            if component.folders and not self._first_visit(folder, at):
                continue
            for entry in self._listed(folder):
                if not component.takes(entry.name):
                    continue
                if last:
                    yield entry.path
                if (component.folders or not last) and _is_folder(entry):
                    kind = links if entry.is_symlink() else waiting
                    kind.append((entry.path, at if component.folders else at + 1))
            if component.folders and not last:
                waiting.append((folder, at + 1))

    def _literal(self, folder: str, at: int) -> tuple[int, str]:
        """Go on through components that are plain names."""
        while at < len(self._components):
            component = self._components[at]
            if component.folders or component.regex is not None:
                break
            folder = f"{folder.rstrip('/')}/{component.name}"
            at += 1
        return at, folder

    def _first_visit(self, folder: str, at: int) -> bool:
        try:
            found = os.stat(folder)  # noqa: PTH116 - many of them at each look
        except OSError as error:
            self._failed(folder, error)
            return False
        key = (at, found.st_dev, found.st_ino)
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        """Return what stands in a folder, by name; the descriptor is given back before anything is looked at."""
        try:
            with os.scandir(folder) as listing:
                return sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self._failed(folder, error)
            return []

    def _failed(self, folder: str, error: OSError) -> None:
        if self._on_error is not None and error.errno not in _NOT_THERE:
            self._on_error(folder, error)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _absolute(text: str) -> str:
    """Return the absolute path; `..` behind a link leads where the link leads, as in a shell command."""
    text = os.path.expanduser(text)  # noqa: PTH111 - a pattern is no path
    if not text.startswith("/"):
        try:
            text = f"{os.getcwd()}/{text}"  # noqa: PTH109 - as above
        except OSError as error:
            raise ConfigurationError(
                f"{text!r} is relative, and the working folder is gone: {error.strerror}.",
                next_step="Change to a folder that exists, or write the whole path.",
            ) from error
    made: list[str] = []
    for name in text.split("/"):
        if name == "..":
            above = "/" + "/".join(made)
            real = above if _MAGIC.search(above) else os.path.realpath(above)
            made = [part for part in real.split("/") if part][:-1]
        elif name not in {"", "."}:
            made.append(name)
    return "/" + "/".join(made)
