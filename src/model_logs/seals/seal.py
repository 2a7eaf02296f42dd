"""One seal: a file for each day, whose head holds the hashes of the day's events and the head of the day before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.errors import AssetError
from model_logs.files.reading import read_json
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FIRST", "Seal", "file_of", "read_seals"]

VERSION = 1
# What stands before the first seal.
FIRST = "0" * 64
_PATTERN = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].json"
_NEXT_STEP = "Restore the file from where your command put it; a seal is never edited."


@dataclass(frozen=True)
class Seal:
    """The seal of one day.

    Attributes:
        day: The day, UTC.
        sealed_at: When it was made.
        before: The head of the seal before it.
        events: Id → hash of each event of the day.
        late: Id → hash of events of earlier days that came after their own seals.
    """

    day: date
    sealed_at: datetime
    before: str
    events: Mapping[str, str]
    late: Mapping[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The hash of everything that the seal says, and so of all seals before it."""
        return hashlib.sha256(orjson.dumps(self._said(), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def document(self) -> dict[str, Any]:
        """Return the content of its file."""
        return {**self._said(), "head": self.head}

    def _said(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "day": self.day.isoformat(),
            "sealed_at": iso(self.sealed_at),
            "before": self.before,
            "events": dict(self.events),
            "late": dict(self.late),
        }


def file_of(folder: Path, day: date) -> Path:
    """Return the file of a day's seal."""
    return folder / f"{day.isoformat()}.json"


def read_seals(folder: Path) -> list[Seal]:
    """Return the seals of a folder, the oldest first.

    Raises:
        AssetError: A file is no seal, or says another head than it has, or does not follow from the one before.
    """
    found: list[Seal] = []
    for file in sorted(folder.glob(_PATTERN)):
        seal = _read(file)
        expected = found[-1].head if found else FIRST
        if seal.before != expected:
            what = f"the seal of {found[-1].day}" if found else "the first seal, for another one stood before it"
            raise AssetError(f"{file} does not follow from {what}.", next_step=_NEXT_STEP)
        found.append(seal)
    return found


def _read(file: Path) -> Seal:
    said = read_json(file)
    try:
        seal = Seal(
            day=date.fromisoformat(said["day"]),
            sealed_at=datetime.fromisoformat(said["sealed_at"]),
            before=str(said["before"]),
            events={str(key): str(value) for key, value in said["events"].items()},
            late={str(key): str(value) for key, value in said["late"].items()},
        )
        right = said["version"] == VERSION and said["head"] == seal.head and file.stem == seal.day.isoformat()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AssetError(f"{file} is no seal: {type(error).__name__}.", next_step=_NEXT_STEP) from error
    if not right:
        raise AssetError(f"{file} was changed: its head is not the hash of what it says.", next_step=_NEXT_STEP)
    return seal
