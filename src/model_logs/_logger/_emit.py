"""Writes one event of any type: encode, number, write. Nothing in here raises into serving code."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from model_logs._logger._encode import document, dump
from model_logs._logger._values import Notes
from model_logs._logger._writer import MIDDLE
from model_logs.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs._logger._writer import Writer

__all__ = ["emit"]


def emit(writer: Writer, event_type: str, fields: Mapping[str, Any], number: bytes | None = None) -> None:
    """Write one event.

    Args:
        writer: Who writes.
        event_type: One of the contract's, or the user's own.
        fields: Python keyword → any value.
        number: The sequence number, where it was drawn already.
    """
    line = b""
    try:
        now = time_ns() // 1_000_000
        stamp = writer.stamp
        if now != stamp[0]:
            ticked = writer.tick(now)
            if ticked is None:
                return
            stamp = ticked
        _, prefix, numbers, _, write, fd, _ = stamp
        notes = Notes()
        body = dump(document(event_type, fields, notes, None))
        if notes.counts:
            account(writer, notes)
        if number is None:
            number = next(numbers)
        line = b"".join((prefix, number, MIDDLE, number, b"},", body, b",", writer.tail, b"}\n"))
        if write(fd, line) != len(line):
            writer.recover(line, None)
    except OSError as error:
        writer.recover(line, error)
    except ContractError:
        raise
    except Exception as error:  # noqa: BLE001 - serving code never sees an error of ours
        writer.survive(error)


def account(writer: Writer, notes: Notes) -> None:
    """Add what was done to an event to the counters; raise it in a test that asked for that."""
    if writer.strict and notes.problems:
        raise ContractError(
            "; ".join(notes.problems) + ".", next_step="See docs/reference/events.md for the keywords."
        )
    for name in notes.counts:
        writer.tally.add(name)
