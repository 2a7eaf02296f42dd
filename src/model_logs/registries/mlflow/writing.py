"""How the store and the wrapper of MLflow's server write: one file, counted, and never an error for MLflow."""

from __future__ import annotations

import functools
import os
import traceback
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs._logger.complaints import complain
from model_logs.errors import ModelLogsError
from model_logs.journal import Journal
from model_logs.registries.approval import DEFAULT, Approval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from model_logs.registries.change import Change

__all__ = ["ATTEMPT", "REGISTRY", "Attempt", "approval", "counts", "guarded", "write"]

REGISTRY = "mlflow"
# What became of the changes of this process.
counts: Counter[str] = Counter()


@dataclass
class Attempt:
    """One request for a change, as the wrapper and the store see it; they run in different threads.

    Attributes:
        told: The store has dealt with it: it stands in the trail, or is no change.
        person: Who the server's own authentication found; None where it did not come so far.
    """

    told: bool = False
    person: Any = None


# The request that runs, where the wrapper of `--app-name` sees it.
ATTEMPT: ContextVar[Attempt | None] = ContextVar("model_logs_mlflow_attempt", default=None)


def guarded(step: Callable[..., Any], *args: Any) -> Any:
    """Return what a step of ours returns; None, counted and said, where it raises."""
    try:
        return step(*args)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with us, the registry goes on
        counts["lost"] += 1
        # The words of any other error may quote what the registry was given.
        said = error.what if isinstance(error, ModelLogsError) else _place_of(error)
        complain(
            "registry",
            f"a change of MLflow's registry is not in the audit trail: {said}\nNext step: fix that; "
            "`model-logs registry reconcile` finds the change.",
        )
        return None


def _place_of(error: Exception) -> str:
    """Return what an error is and where it was raised, without its words."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else ""
    return f"{type(error).__name__}{where}"


def write(changes: Iterable[Change]) -> None:
    """Write events, and the approvals that they mean; all are on the disk when this returns.

    Raises:
        JournalError: They are not.
    """
    counts["event"] += _journal().write_all(
        # MLflow has empty text where there is no run.
        (each.event_type, {**_without_empty(each.keywords), "registry": REGISTRY})
        for change in changes
        for each in approval().with_verdict(change)
    )


def _without_empty(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None and value != ""}


@functools.cache
def approval() -> Approval:
    """Return what means approval: MODEL_LOGS_APPROVAL."""
    return Approval.of(os.environ.get("MODEL_LOGS_APPROVAL") or DEFAULT)


@functools.cache
def _journal() -> Journal:
    import atexit

    journal = Journal(os.environ.get("MODEL_LOGS_REGISTRY_PATH") or "logs/registry.log", service="mlflow")
    atexit.register(journal.close)
    return journal
