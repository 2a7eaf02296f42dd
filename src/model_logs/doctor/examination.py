"""Runs the checks, one after the other; what one cannot see does not keep the others from looking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.doctor import logstash as _logstash

# Each of these binds its looks to their traps when it is imported.
from model_logs.doctor.cluster import certificates as _certificates
from model_logs.doctor.cluster import events as _events
from model_logs.doctor.cluster import life_cycle as _life_cycle
from model_logs.doctor.cluster import nodes as _cluster
from model_logs.doctor.cluster import shards as _shards
from model_logs.doctor.cluster import streams as _streams
from model_logs.doctor.estate import Estate, Where
from model_logs.doctor.findings import Check, Finding, NotAskedError, Report, Result, Severity
from model_logs.doctor.host import filebeat as _filebeat
from model_logs.doctor.host import log_contents as _files
from model_logs.doctor.host import log_folders as _folders
from model_logs.doctor.host import logrotate as _logrotate
from model_logs.doctor.traps import bound
from model_logs.errors import ConfigurationError, ModelLogsError, meant

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["checks", "examine"]

_BOUND = (
    _certificates,
    _cluster,
    _events,
    _filebeat,
    _files,
    _folders,
    _life_cycle,
    _logrotate,
    _logstash,
    _shards,
    _streams,
)


def checks(only: Sequence[str] = ()) -> tuple[Check, ...]:
    """Return the checks of these ids, all without any.

    Raises:
        ConfigurationError: There is no check of an id.
    """
    found = bound()
    if unknown := set(only) - {check.trap.id for check in found}:
        raise ConfigurationError(
            f"There is no check {', '.join(sorted(unknown))}.",
            next_step=f"{meant(min(unknown), [each.trap.id for each in found])}"
            " `elk-bootstrap doctor --list` explains each.",
        )
    return tuple(check for check in found if not only or check.trap.id in only)


def examine(where: Where, only: Sequence[str] = ()) -> Report:
    """Look for every trap, or for those of the ids in `only`.

    Args:
        where: What to look at; a part that is not named is left out, and said.
        only: Ids of traps.

    Raises:
        ConfigurationError: There is no check of an id.
    """
    chosen = checks(only)
    with Estate(where) as estate:
        return Report(tuple(Result.of(check.trap, _look(check, estate)) for check in chosen))


def _look(check: Check, estate: Estate) -> list[Finding]:
    try:
        return check.look(estate)
    except NotAskedError as reason:
        return [Finding(Severity.SKIPPED, str(reason))]
    except ModelLogsError as error:
        # What to do is about the part that does not answer, not about the trap.
        return [Finding(Severity.SKIPPED, error.what, remedy=error.next_step, failed=True)]
