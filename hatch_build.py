"""The README for a package page: its pictures and links are relative, and no repository stands beside it there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r'(?P<before>\b(?:src|srcset)="|!\[[^\]]*\]\()(?P<path>(?![a-z]+:|#|/)[^")\s]+)')
_LINK = re.compile(r'(?P<before>\bhref="|(?<!!)\[[^\]]*\]\()(?P<path>(?![a-z]+:|#|/)[^")\s]+)')


class Readme(MetadataHookInterface):
    """Writes the address of the repository, from [project.urls], before each relative one."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the long description."""
        repository = metadata["urls"]["Repository"].rstrip("/")
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = _PICTURE.sub(rf"\g<before>{repository}/raw/HEAD/\g<path>", text)
        text = _LINK.sub(rf"\g<before>{repository}/blob/HEAD/\g<path>", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
