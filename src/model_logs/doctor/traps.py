"""Binds each trap of `traps.yml` to the function that looks for it. It runs none of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.doctor.findings import Check, Finding, Trap
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.doctor.estate import Estate

    Look = Callable[[Estate], list[Finding]]

__all__ = ["bound", "trap", "traps"]

_LOOKS: dict[str, Look] = {}


def trap(name: str) -> Callable[[Look], Look]:
    """Return the decorator that makes a function the look for one trap."""

    def bind(look: Look) -> Look:
        _LOOKS[name] = look
        return look

    return bind


@cache
def traps() -> tuple[Trap, ...]:
    """Return every known trap, in the order in which they are looked for."""
    found = read_yaml(Path(__file__).parent / "traps.yml", schema="traps")
    return tuple(Trap(id=name, **body) for name, body in found.items())


def bound() -> tuple[Check, ...]:
    """Return every trap with its look.

    Raises:
        KeyError: A trap has none, or a look no trap: a mistake in this package.
    """
    found = tuple(Check(trap, _LOOKS[trap.id]) for trap in traps())
    if unknown := _LOOKS.keys() - {check.trap.id for check in found}:
        raise KeyError(f"not in traps.yml: {sorted(unknown)}")
    return found
