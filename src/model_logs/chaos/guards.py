"""The guards of a run: not in production by mistake, not at night, and not where the machine lacks what it needs."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.chaos.experiment import Experiment

__all__ = ["Guards", "check_needs", "toolkit"]

_OLDEST = (3, 12)
_PRODUCTION = "production"
_NEEDS: dict[str, tuple[Callable[[], bool], str, str]] = {
    "root": (lambda: os.geteuid() == 0, "root", "Run as root, on a machine that is there to be harmed."),
    "cgroup": (
        lambda: os.access("/sys/fs/cgroup/memory", os.W_OK) or os.access("/sys/fs/cgroup/cgroup.procs", os.W_OK),
        "a control group that we may write to",
        "Run as root on Linux, outside of a container or in a privileged one.",
    ),
    "stress-ng": (
        lambda: shutil.which("stress-ng") is not None,
        "stress-ng",
        "On Debian and Ubuntu: apt install stress-ng",
    ),
    "libfaketime": (
        lambda: any(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")),
        "libfaketime",
        "On Debian and Ubuntu: apt install libfaketime",
    ),
}


@dataclass(frozen=True, slots=True)
class Guards:
    """What a run is allowed.

    Attributes:
        environment: Where it happens.
        production: Whether `--production` was given.
        confirmed: The environment's name, typed once more.
        any_time: Allow it outside business hours.
        now: The local time.
    """

    environment: str
    production: bool = False
    confirmed: str = ""
    any_time: bool = False
    now: datetime | None = None

    def check(self) -> None:
        """Refuse what is not allowed.

        Raises:
            ConfigurationError: Production, not said twice; or outside Monday to Friday, 9:00 to 17:00.
        """
        if self.environment == _PRODUCTION and not (self.production and self.confirmed == self.environment):
            raise ConfigurationError(
                "Experiments run in staging; production has to be asked for twice.",
                next_step="Once every experiment passes in staging: --production --confirm production",
            )
        now = self.now or datetime.now().astimezone()
        if not self.any_time and (now.weekday() > 4 or not 9 <= now.hour < 17):  # noqa: PLR2004 - Friday; business hours
            raise ConfigurationError(
                f"It is {now:%A %H:%M} here: experiments run in business hours, Monday to Friday, 9:00 to 17:00.",
                next_step="Wait, or say that somebody is watching: --any-time",
            )


def toolkit() -> str:
    """Return the Chaos Toolkit's program beside this Python.

    Raises:
        MissingExtraError: It is not installed.
        ConfigurationError: This Python is too old for it.
    """
    if sys.version_info < _OLDEST:
        raise ConfigurationError(
            f"The Chaos Toolkit needs Python 3.12 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}.",
            next_step="Make one for it: python3.12 -m venv chaos && chaos/bin/pip install 'model-logs[chaos]'",
        )
    found = shutil.which("chaos", path=str(Path(sys.executable).parent)) or shutil.which("chaos")
    if found is None:
        raise MissingExtraError(
            "This needs the Chaos Toolkit, which is not installed.", next_step="pip install 'model-logs[chaos]'"
        )
    return found


def check_needs(experiment: Experiment) -> None:
    """Refuse an experiment that needs what this machine lacks.

    Raises:
        ConfigurationError: The message names what is missing.
    """
    from model_logs.chaos.experiment import target_of

    for need in target_of(experiment.content).get("needs", ()):
        there, what, next_step = _NEEDS.get(need, (lambda: True, "", ""))
        if not there():
            raise ConfigurationError(f"{experiment.name} needs {what}, which is not here.", next_step=next_step)
