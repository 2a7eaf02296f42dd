"""Makes the seals that are due, one for each day that is over."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from model_logs.errors import ModelLogsError
from model_logs.seals import trail
from model_logs.seals.seal import FIRST, Seal, file_of, read_seals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elasticsearch import Elasticsearch

__all__ = ["SETTLE", "SealError", "seal_days", "write_seal"]

# A day is over when its last events had that long to arrive.
SETTLE = timedelta(hours=1)
_DAY = timedelta(days=1)


class SealError(ModelLogsError):
    """A seal cannot be written."""


def seal_days(
    client: Elasticsearch, folder: Path, *, now: datetime | None = None, until: date | None = None
) -> Iterator[Seal]:
    """Make and yield the seals that are due, the oldest first, each on the disk.

    Args:
        client: The cluster.
        folder: Where seals are kept.
        now: The time; by default this moment.
        until: The last day to seal; by default the last one that is over.

    Raises:
        ClusterError: The cluster refused, or answered in part.
        AssetError: A seal of the folder was changed.
        SealError: A seal cannot be written.
    """
    moment = now or datetime.now(UTC)
    last = (moment - SETTLE).astimezone(UTC).date() - _DAY
    last = min(last, until) if until else last
    seals = read_seals(folder) if folder.is_dir() else []
    if seals:
        day = seals[-1].day + _DAY
    else:
        span = trail.days(client)
        if span is None:
            return
        day = span[0]
    sealed = {key for seal in seals for key in (*seal.events, *seal.late)}
    while day <= last:
        # What is sealed is what can be read at this moment; what is handled later is late.
        at = now or datetime.now(UTC)
        events = {each.id: each.digest for each in trail.documents(client, day)}
        came = {}
        if seals:
            since = seals[-1].sealed_at - SETTLE
            came = {each.id: each.digest for each in trail.late(client, since, day) if each.id not in sealed}
        seal = Seal(day, at, seals[-1].head if seals else FIRST, events, came)
        write_seal(folder, seal)
        sealed.update(events, came)
        seals.append(seal)
        yield seal
        day += _DAY


def write_seal(folder: Path, seal: Seal) -> None:
    """Write a seal whole, or not at all."""
    file = file_of(folder, seal.day)
    half = file.with_suffix(".new")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        with half.open("wb") as opened:
            opened.write(orjson.dumps(seal.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            opened.flush()
            os.fsync(opened.fileno())
        # Fails where the file is there: a seal is never written over.
        os.link(half, file)
    except FileExistsError as error:
        raise SealError(
            f"{file} is there already.",
            next_step="Another run seals into this folder; wait for its end, and run only one at a time.",
        ) from error
    except OSError as error:
        raise SealError(
            f"{file} cannot be written: {error.strerror}.", next_step="Give a folder that may be written to, by --to."
        ) from error
    finally:
        half.unlink(missing_ok=True)
