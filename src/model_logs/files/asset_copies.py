"""Copies of the assets that a user keeps and edits: made, noted with their version, and compared after an upgrade.

The files that come with the package are replaced by every upgrade. Who wants rules, pipelines or the compose stack as
files of their own copies them; a note beside them says which version each came from, so that a later comparison can
tell what the upgrade changed from what the user did.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.errors import ConfigurationError, UnknownNameError
from model_logs.files.reading import read_json
from model_logs.files.schemas import FOLDER
from model_logs.files.writing import write_file
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["NOTE", "SETS", "Change", "Copied", "compare_copies", "copy_assets", "files_of"]

NOTE = ".model-logs-assets.json"
# In place of the Dockerfile that builds from a checkout, which a user of the package has not.
_INSTALLED = "docker/installed.Dockerfile"
_DOCKERFILE = "docker/Dockerfile"
_PLACEHOLDER = b"@MODEL_LOGS_VERSION@"


@dataclass(frozen=True, slots=True)
class Set:
    """Assets that belong together.

    Attributes:
        about: What they are.
        used_by: What reads a copy of them.
        places: Files and folders.
    """

    about: str
    used_by: str
    places: tuple[str, ...]


SETS: dict[str, Set] = {
    "alerts": Set(
        "rules, their tests, runbooks, message templates",
        "model-logs alerts … --alerts DIR/alerts",
        ("alerts", FOLDER),
    ),
    "dashboards": Set(
        "dashboards and their queries",
        "model-logs report DIR/dashboards/NAME.yml; elk-bootstrap lint",
        ("dashboards", FOLDER),
    ),
    "pipelines": Set(
        "Logstash's configuration, patterns, test vectors",
        "Logstash; model-logs pipeline test",
        ("pipelines", FOLDER),
    ),
    "shipper": Set("Filebeat, logrotate, systemd, Kubernetes", "Filebeat and the system", ("shipper",)),
    "ilm": Set("lifecycle policies", "to read: `elk-bootstrap apply` takes those of the package", ("ilm",)),
    "mappings": Set(
        "the event contract and the templates",
        "to read: `elk-bootstrap apply` takes those of the package",
        ("mappings", FOLDER),
    ),
    "schemas": Set(
        "JSON Schemas of the files that you may write; they come with each set that needs them", "editors", (FOLDER,)
    ),
    "chaos": Set("objectives, and chaos experiments", "`model-logs gate --chaos DIR`", ("chaos", FOLDER)),
    "compose": Set(
        "the stack for one machine: Elasticsearch, Kibana, Logstash, Filebeat, MLflow",
        "docker compose -f docker-compose.elk.yml up",
        ("docker-compose.elk.yml", ".env.example", "docker", "pipelines", FOLDER, "shipper"),
    ),
}


@dataclass(frozen=True, slots=True)
class Copied:
    """The result of a copy for one file: `written`, `updated`, `as it was`, or `kept` because it was edited."""

    path: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Change:
    """One file that differs.

    Attributes:
        path: Below the folder.
        what: `upgrade` (the package changed it), `yours` (you did), `both`, `new`, `gone` (from the package) or
            `deleted` (by you).
        diff: From your file to that of the package; empty where only you changed it.
    """

    path: str
    what: str
    diff: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it for `--output json`."""
        return {"path": self.path, "change": self.what, "diff": self.diff}


def files_of(names: Sequence[str]) -> dict[str, bytes]:
    """Return path → content of every file of these sets, as the installed version has them.

    Raises:
        UnknownNameError: There is no set of a name.
    """
    found: dict[str, bytes] = {}
    for name in names:
        if name not in SETS:
            raise UnknownNameError("set of assets", name, SETS)
        for place in SETS[name].places:
            for file in _below(assets.path(place)):
                found[file.relative_to(assets.root()).as_posix()] = file.read_bytes()
    if _INSTALLED in found:
        found[_DOCKERFILE] = found.pop(_INSTALLED).replace(_PLACEHOLDER, version("model-logs").encode())
    return dict(sorted(found.items()))


def _below(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for file in sorted(place.rglob("*")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(place).parts)
        if file.is_file() and not hidden:
            yield file


def copy_assets(names: Sequence[str], folder: Path, *, force: bool = False) -> list[Copied]:
    """Write the files of some sets into a folder, and note where they came from.

    A file that was edited since it was copied, or that was there before, stays, unless `force` is given.

    Raises:
        UnknownNameError: There is no set of a name.
        ConfigurationError: The note in the folder cannot be read.
        ModelLogsError: A file cannot be written.
    """
    wanted = files_of(names)
    note = _read_note(folder)
    noted: dict[str, Any] = note["files"]
    done = []
    for path, content in wanted.items():
        target = folder / path
        there = target.read_bytes() if target.is_file() else None
        outcome = _outcome(there, content, noted.get(path, {}).get("sha256"), force=force)
        if outcome in {"written", "updated"}:
            write_file(target, content, next_step="Name another folder: --to.")
            if target.suffix == ".sh":
                target.chmod(target.stat().st_mode | 0o111)
        if outcome != "kept":
            noted[path] = {"version": version("model-logs"), "sha256": _hash(content)}
        done.append(Copied(path, outcome))
    note["sets"] = sorted({*note["sets"], *names})
    text = json.dumps(note, indent=2, sort_keys=True) + "\n"
    write_file(folder / NOTE, text.encode(), next_step="Name another folder: --to.")
    return done


def _outcome(there: bytes | None, content: bytes, noted: str | None, *, force: bool) -> str:
    if there is None:
        return "written"
    if there == content:
        return "as it was"
    return "updated" if force or _hash(there) == noted else "kept"


def compare_copies(folder: Path) -> list[Change]:
    """Return the differences between copies and the installed version, by path.

    Raises:
        ConfigurationError: The folder holds no copies, or its note cannot be read.
    """
    if not (folder / NOTE).is_file():
        raise ConfigurationError(
            f"{printable(folder)} holds no copies of the assets: there is no {NOTE} in it.",
            next_step="Name the folder that `elk-bootstrap assets copy NAME --to DIR` wrote to.",
        )
    note = _read_note(folder)
    packaged = files_of([name for name in note["sets"] if name in SETS])
    found = []
    for path in sorted({*packaged, *note["files"]}):
        target = folder / path
        mine = target.read_bytes() if target.is_file() else None
        change = _change(path, mine, packaged.get(path), note["files"].get(path, {}).get("sha256"))
        if change is not None:
            found.append(change)
    return found


def _change(path: str, mine: bytes | None, packaged: bytes | None, noted: str | None) -> Change | None:
    if packaged is None:
        return Change(path, "gone") if mine is not None else None
    if mine is None:
        return Change(path, "deleted" if noted else "new", _diff(path, b"", packaged) if not noted else "")
    if mine == packaged:
        return None
    edited, upgraded = _hash(mine) != noted, _hash(packaged) != noted
    if edited and not upgraded:
        return Change(path, "yours")
    return Change(path, "both" if edited else "upgrade", _diff(path, mine, packaged))


def _diff(path: str, mine: bytes, packaged: bytes) -> str:
    before, after = (content.decode("utf-8", "replace").splitlines() for content in (mine, packaged))
    names = (f"yours/{path}", f"model-logs {version('model-logs')}/{path}")
    return "\n".join(difflib.unified_diff(before, after, *names, lineterm=""))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_note(folder: Path) -> dict[str, Any]:
    if not os.path.lexists(folder / NOTE):
        return {"about": "Written by `elk-bootstrap assets copy`; see `assets diff`.", "sets": [], "files": {}}
    found = read_json(folder / NOTE, error=ConfigurationError)
    files = found.get("files") if isinstance(found, dict) else None
    if not isinstance(files, dict) or not all(isinstance(each, dict) for each in files.values()):
        raise ConfigurationError(f"{printable(folder / NOTE)} holds no files.", next_step="Copy into another folder.")
    if not isinstance(found.get("sets"), list):
        found["sets"] = []
    for path in files:
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise ConfigurationError(
                f"{printable(folder / NOTE)} names a file outside its folder.", next_step="Copy into another folder."
            )
    return dict(found)
