"""Where a file is that left its name while nobody looked: a search by inode, in its folder and in those about it.

Rotation moves a file within its folder, into a folder below it or beside it (logrotate's `olddir`); a link that is
set anew leaves it where it is. The search goes no further than that, and not on for ever. An inode is no proof, since
it is given to new files: who finds one compares the content.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Whereabouts"]

# Names that one search looks at beyond the file's own folders; a listing of so many takes some 50 ms.
_MOST_NAMES = 50_000
_DEPTH = 2


class Whereabouts:
    """One search, for any number of files: each folder is listed once."""

    def __init__(self) -> None:
        self._listings: dict[str, tuple[dict[int, str], list[str]]] = {}
        self._left = _MOST_NAMES

    def find(self, key: tuple[int, int], *paths: str, far: bool = False) -> str | None:
        """Return the present name of a file; None when it is not there.

        Args:
            key: Device and inode.
            paths: The names under which it was last seen.
            far: Whether to look in the folders about it as well.
        """
        folders = dict.fromkeys(str(Path(path).parent) for path in paths if path)
        for folder in folders:
            if found := self._in(folder, key):
                return found
        if far:
            for folder in folders:
                for other in self._about(folder):
                    if found := self._in(other, key):
                        return found
        return None

    def _in(self, folder: str, key: tuple[int, int]) -> str | None:
        device, inode = key
        path = self._listed(folder)[0].get(inode)
        if path is None:
            return None
        try:
            found = os.lstat(path)
        except OSError:
            return None
        return path if (found.st_dev, found.st_ino) == (device, inode) else None

    def _about(self, folder: str) -> Iterator[str]:
        """Yield the folders below one, then those beside it and below them; nearest first."""
        above = str(Path(folder).parent)
        for root in (folder, above) if above not in {"/", folder} else (folder,):
            level = [root]
            for _ in range(_DEPTH):
                level = [below for each in level for below in self._listed(each)[1]]
                for each in level:
                    if self._left <= 0:
                        return
                    yield each

    def _listed(self, folder: str) -> tuple[dict[int, str], list[str]]:
        """Return what stands in a folder: files by inode, and folders."""
        if folder not in self._listings:
            files: dict[int, str] = {}
            folders: list[str] = []
            try:
                with os.scandir(folder) as listing:
                    for entry in listing:
                        if entry.is_file(follow_symlinks=False):
                            files[entry.inode()] = entry.path
                        elif entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
            except OSError:
                pass  # not there, or not for us: what is in it is not found
            self._left -= len(files) + len(folders)
            self._listings[folder] = (files, sorted(folders))
        return self._listings[folder]
