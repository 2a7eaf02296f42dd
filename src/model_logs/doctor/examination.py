"""The run of the checks, one after the other: a part of the estate that does not answer skips its checks alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Each module of looks binds them to their traps when it is imported.
from model_logs.doctor import left_out, logstash
from model_logs.doctor.cluster import certificates, events, fields, life_cycle, nodes, shards, streams
from model_logs.doctor.estate import Estate, Where
from model_logs.doctor.findings import Check, DoctorReport, Finding, NotAskedError, Severity, TrapResult
from model_logs.doctor.host import filebeat, log_contents, log_folders, logrotate
from model_logs.doctor.traps import bound
from model_logs.errors import ConfigurationError, ModelLogsError, meant

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["checks", "examine"]

_BOUND = (
    certificates,
    events,
    fields,
    filebeat,
    left_out,
    life_cycle,
    log_contents,
    log_folders,
    logrotate,
    logstash,
    nodes,
    shards,
    streams,
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


def examine(where: Where, only: Sequence[str] = ()) -> DoctorReport:
    """Look for every trap, or for those of the ids in `only`.

    Args:
        where: What to look at; a part that is not named is left out, and said.
        only: Ids of traps.

    Raises:
        ConfigurationError: There is no check of an id.
    """
    chosen = checks(only)
    with Estate(where) as estate:
        return DoctorReport(tuple(TrapResult.of(check.trap, _look(check, estate)) for check in chosen))


def _look(check: Check, estate: Estate) -> list[Finding]:
    try:
        return check.look(estate)
    except NotAskedError as reason:
        return [Finding(Severity.SKIPPED, str(reason))]
    except ModelLogsError as error:
        # What to do is about the part that does not answer, not about the trap.
        return [Finding(Severity.SKIPPED, error.what, remedy=error.next_step, failed=True)]
