"""The faults that are on: each has a file that says how it is undone, written before the fault begins.

So a fault is undone by whoever comes first: the action that began it, the rollback, the end of the experiment, or,
where all of these were killed, the next start. The folder is `MODEL_LOGS_CHAOS_STATE`, or `.model-logs-chaos` here.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.chaos.tools.processes import Process, signal_group
from model_logs.errors import ModelLogsError
from model_logs.files.writing import write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["UndoError", "fault", "state_folder", "undo_all", "unfinished", "wait"]

_STATE = "MODEL_LOGS_CHAOS_STATE"


class UndoError(ModelLogsError):
    """A fault could not be undone: its file stays, and says what is to be done by hand."""


def state_folder() -> Path:
    """Return the folder of the faults that are on."""
    return Path(os.environ.get(_STATE) or ".model-logs-chaos").absolute()


@contextmanager
def fault(what: str, undo: str, **arguments: Any) -> Iterator[None]:
    """Undo a fault at the end of a block, however it ends.

    Args:
        what: One sentence for people: `the process 17 is stopped`.
        undo: One of the ways to undo in this module.
        arguments: Its arguments, as JSON takes them.

    Raises:
        UndoError: It could not be undone.
    """
    file = _write(what, undo, arguments)
    try:
        yield
    finally:
        _undo(file)


def wait(seconds: float) -> None:
    """Let the fault last."""
    time.sleep(seconds)


def unfinished() -> list[str]:
    """Return a sentence for each fault that is on."""
    return [json.loads(file.read_text("utf-8"))["what"] for file in _files()]


def undo_all() -> list[str]:
    """Undo every fault that is on; return their sentences.

    Raises:
        UndoError: Some could not be undone; all others were.
    """
    undone, errors = [], []
    for file in _files():
        try:
            undone.append(_undo(file))
        except UndoError as error:
            errors.append(error)
    if errors:
        raise UndoError("; ".join(error.what for error in errors), next_step=errors[0].next_step)
    return undone


def _files() -> list[Path]:
    return sorted(state_folder().glob("*.fault.json"))


def _write(what: str, undo: str, arguments: dict[str, Any]) -> Path:
    file = state_folder() / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.fault.json"
    write_private(file, json.dumps({"what": what, "undo": undo, "arguments": arguments}).encode())
    return file


def _undo(file: Path) -> str:
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return ""  # somebody else was first
    try:
        _UNDO[found["undo"]](**found["arguments"])
    except Exception as error:
        raise UndoError(
            f"Not undone: {found['what']} ({type(error).__name__}: {error}).",
            next_step=f"Undo it by hand ({found['undo']} {found['arguments']}), then remove {file}.",
        ) from error
    file.unlink(missing_ok=True)
    return str(found["what"])


def _continue_process(pid: int, started: float) -> None:
    signal_group(Process(pid, started), signal.SIGCONT)


def _kill_process(pid: int, started: float) -> None:
    signal_group(Process(pid, started), signal.SIGKILL)


def _restore_file(path: str, copy: str | None) -> None:
    """Put a file back; without a copy it was not there before."""
    if copy is None:
        Path(path).unlink(missing_ok=True)
        return
    if Path(copy).exists():
        # Replaced in one step, so that nobody reads half of it.
        beside = Path(path).with_name(f".{Path(path).name}.restored")
        shutil.copy2(copy, beside)
        beside.replace(path)
        Path(copy).unlink()


def _remove_toxic(api: str, proxy: str, toxic: str) -> None:
    from model_logs.chaos.tools.toxiproxy import Toxiproxy

    Toxiproxy(api).remove_toxic(proxy, toxic)


def _enable_proxy(api: str, proxy: str) -> None:
    from model_logs.chaos.tools.toxiproxy import Toxiproxy

    Toxiproxy(api).enable(proxy, enabled=True)


def _remove_cgroup(folders: list[str], back: list[tuple[str, str, int]]) -> None:
    """Move processes back to the groups that they came from, and remove the folders.

    Args:
        folders: Of the groups that were made.
        back: Of each process the file `cgroup.procs` it came from, the folder it went to, and its id.
    """
    for home, _, pid in back:
        with contextlib.suppress(ProcessLookupError, OSError):
            Path(home).write_text(str(pid), encoding="ascii")
    for folder in folders:
        for _ in range(50):
            if not Path(folder).exists():
                break
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
                break
            time.sleep(0.1)
        else:
            raise OSError(f"{folder} is still in use")


_UNDO: dict[str, Callable[..., None]] = {
    "continue_process": _continue_process,
    "enable_proxy": _enable_proxy,
    "kill_process": _kill_process,
    "remove_cgroup": _remove_cgroup,
    "remove_toxic": _remove_toxic,
    "restore_file": _restore_file,
}
