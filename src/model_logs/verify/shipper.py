"""Looks at the shipper from outside: the checkpoint of `model-logs ship`, or Filebeat's registry. Changes neither."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from model_logs.errors import ModelLogsError
from model_logs.files.reading import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from model_logs.verify.probe import Probe

__all__ = ["Sight", "refused", "sight_of_filebeat", "sight_of_ship"]


@dataclass(frozen=True)
class Sight:
    """The observation at one hop of the path.

    Attributes:
        seen: The event was here.
        detail: What was seen, or why it was not.
        remedy: What to do when this is the last place.
        final: Waiting changes nothing: nobody is there who could bring the event on.
    """

    seen: bool
    detail: str
    remedy: str = ""
    final: bool = False


def sight_of_ship(state: Path, cluster: str, probe: Probe, *, guessed: bool = False) -> Sight:
    """Tell how far `model-logs ship` is with the file.

    Args:
        state: Its state folder.
        cluster: UUID of the cluster; there is one checkpoint for each.
        probe: The event.
        guessed: The folder is the default one and was not named: another shipper may read the file.
    """
    from model_logs.ship.files.checkpoint import Checkpoint

    folder_remedy = "Give the --state of the shipper that reads this file."
    if not state.is_dir():
        return Sight(False, f"{state} is no state folder of a shipper", folder_remedy, final=not guessed)
    entry = next((each for each in _entries(Checkpoint(state, cluster).path) if _same(each, probe)), None)
    if entry is not None and entry["offset"] >= probe.end:
        return Sight(True, f"`model-logs ship` has read it, and the cluster acknowledged up to {entry['offset']:,}")
    pid = _running(state)
    if pid is None:
        return Sight(
            False,
            f"no `model-logs ship` runs with the state folder {state}",
            f"Start it: model-logs ship '{probe.path.parent}/*.log*' --state {state}",
            final=entry is not None or not guessed,
        )
    if entry is None:
        return Sight(
            False,
            f"`model-logs ship` runs (process {pid}) and does not follow {probe.path}, or ships to another cluster",
            "Start it with a pattern that matches this file, and with the same --url as verify.",
        )
    if entry["reserved"] < probe.end:
        return Sight(
            False,
            f"`model-logs ship` (process {pid}) is not at the line yet, but at {entry['offset']:,}",
            "It is behind: give it time (--wait), and see its own progress line.",
        )
    return Sight(
        True,
        f"`model-logs ship` (process {pid}) reads the file and has no answer for it yet: acknowledged are"
        f" {entry['offset']:,} bytes, the line ends at {probe.end:,}",
        "See what the shipper says; it waits for a cluster that takes nothing, and loses nothing.",
    )


def _entries(path: Path) -> list[dict[str, Any]]:
    """Return what a checkpoint says; nothing when it cannot be read, which its owner will say better."""
    try:
        files = read_json(path)["files"]
        return [each for each in files if {"device", "inode", "offset", "reserved"} <= each.keys()]
    except (ModelLogsError, KeyError, TypeError, AttributeError):
        return []


def _same(entry: dict[str, Any], probe: Probe) -> bool:
    return (entry["device"], entry["inode"]) == (probe.device, probe.inode)


def _running(state: Path) -> int | None:
    """Return the process that holds the state folder.

    The lock is tried only where the number in it is that of a living process, which may be another by now: a shipper
    that starts in the moment in which we hold it would be turned away.
    """
    try:
        with (state / "lock").open("rb") as lock:
            pid = int(lock.read())
            if not _lives(pid):
                return None
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return pid
    except (OSError, ValueError):
        return None
    return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def refused(state: Path, probe: Probe) -> str:
    """Return why the cluster refused the event outright, from `ship`'s dead-letter file; empty when it did not."""
    path = state / "dead-letters.ndjson"
    needle = probe.id.encode()
    try:
        with path.open("rb") as lines:
            for line in lines:
                if needle in line and orjson.loads(line).get("id") == probe.id:
                    return str(orjson.loads(line).get("reason"))
    except (OSError, orjson.JSONDecodeError):
        return ""
    return ""


def sight_of_filebeat(registry: Path, probe: Probe) -> Sight:
    """Tell how far Filebeat is with the file: what is acknowledged stands in its registry.

    Args:
        registry: The folder `registry/filebeat` below Filebeat's `path.data`, or one above it.
        probe: The event.
    """
    offsets = [offset for source, offset in _cursors(registry) if source == str(probe.path)]
    if not offsets:
        return Sight(
            False,
            f"Filebeat's registry in {registry} does not know {probe.path}",
            "Check that Filebeat runs, `paths` matches the file, and the file is longer than"
            " prospector.scanner.fingerprint.length.",
        )
    if offsets[-1] >= probe.end:
        return Sight(True, f"Filebeat has read it, and its output acknowledged up to {offsets[-1]:,}")
    return Sight(
        False,
        f"Filebeat knows {probe.path}; acknowledged are {offsets[-1]:,} bytes, the line ends at {probe.end:,}",
        "See Filebeat's log: it waits for Logstash, or is behind.",
    )


def _cursors(registry: Path) -> Iterator[tuple[str, int]]:
    """Yield path and offset of each state, in the order written: the last snapshot, then the changes since."""
    for folder in (registry, registry / "filebeat", registry / "registry" / "filebeat"):
        if (folder / "log.json").is_file():
            for text in (*_snapshot(folder), *_lines(folder / "log.json")):
                yield from _cursor(text)


def _snapshot(folder: Path) -> list[Any]:
    try:
        found = json.loads((folder / (folder / "active.dat").read_text(encoding="utf-8").strip()).read_bytes())
    except (OSError, ValueError):
        return []
    return [{"v": each} for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue  # the line that is being written


def _cursor(said: Any) -> Iterator[tuple[str, int]]:
    try:
        state = said["v"]
        yield str(state["meta"]["source"]), int(state["cursor"]["offset"])
    except (KeyError, TypeError, ValueError):
        return
