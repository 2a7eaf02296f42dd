"""Reads `mappings/redaction.yml`: its pieces put in their places, its alternatives joined, its defaults filled in.

Everything that is made of that file, for Python and for Ruby, is made of what `load` returns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from model_logs import assets
from model_logs.files.reading import read_yaml

__all__ = ["Pattern", "Rules", "expanded", "load"]

_PIECE = re.compile(r"\{\{(?:only ([^{}]+)|([a-z]+))\}\}")
_LONGEST_END = 6
_FIRST = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True)
class Pattern:
    """One expression.

    Attributes:
        name: What it finds, in words.
        marks: Texts, one of which stands in every text that it fits; none where it has no such sign.
        needs: Texts in lower case, of which the same is true; none where it has no such text.
        gate: An expression that is found in the lower case of each such text; empty where there is none.
        regex: The expression, whole.
        put: What takes the place of its match, with `\\1` for its first group.
        alternatives: The expressions that it was joined of.
        hides: Texts that it fits.
        leaves: Texts that it does not fit.
    """

    name: str
    marks: tuple[str, ...]
    needs: tuple[str, ...]
    gate: str
    regex: str
    put: str
    alternatives: tuple[str, ...]
    hides: tuple[str, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """The whole file."""

    replacement: str
    fields: tuple[str, ...]
    names: tuple[str, ...]
    unless: tuple[str, ...]
    patterns: tuple[Pattern, ...]


def load() -> Rules:
    """Return what the file says."""
    read = read_yaml(assets.path("mappings/redaction.yml"), schema="redaction")
    replacement = read["replacement"]
    parts = {
        name: f"(?:{'|'.join(part)})" if isinstance(part, list) else part for name, part in read["parts"].items()
    }
    patterns = tuple(_pattern(given, parts, replacement) for given in read["patterns"])
    return Rules(replacement, tuple(read["fields"]), tuple(read["names"]), tuple(read["unless"]), patterns)


def expanded(regex: str, parts: dict[str, str]) -> str:
    """Return an expression with its pieces in their places."""
    while found := _PIECE.search(regex):
        literal, name = found[1], found[2]
        piece = _only(literal, parts["begin"]) if literal else parts[name]
        regex = f"{regex[: found.start()]}{piece}{regex[found.end() :]}"
    return regex


def _only(literal: str, begin: str) -> str:
    """Return a literal that is no end of a longer word: it is looked for first, what stands before it afterwards."""
    # Each lookbehind of the piece, widened by the literal that was read meanwhile.
    return re.escape(literal) + re.sub(r"(?<=[]A-Za-z])\)(?=[|)])", "." * len(literal) + ")", begin)


def _pattern(given: dict[str, Any], parts: dict[str, str], replacement: str) -> Pattern:
    regexes = given["regex"] if isinstance(given["regex"], list) else [given["regex"]]
    alternatives = tuple(expanded(regex, parts) for regex in regexes)
    groups = re.compile("|".join(alternatives), re.ASCII).groups
    return Pattern(
        given["name"],
        tuple(given.get("marks", ())),
        tuple(given.get("needs", ())),
        _gate(given),
        _joined(alternatives),
        given.get("put", f"\\1{replacement}" if groups else replacement),
        alternatives,
        tuple(given["hides"]),
        tuple(given["leaves"]),
    )


def _gate(given: dict[str, Any]) -> str:
    found = [_behind(given["heads"])] if "heads" in given else []
    return "|".join([*found, *([given["gate"]] if "gate" in given else [])])


def _behind(heads: list[str]) -> str:
    """Return an expression for the sign that ends one of the heads and has a long word behind it."""
    # Each place of a long head that is not looked at saves time at each dash of each text.
    ends = sorted({head[-_LONGEST_END:] for head in heads})
    widths = sorted({len(end) for end in ends})
    behind = "|".join(f"(?<={_joined(tuple(re.escape(e) for e in ends if len(e) == width))})" for width in widths)
    signs = "".join(sorted({end[-1] for end in ends}, reverse=True))
    return f"[{signs}](?=[a-z0-9_.=+/-]{{12}})(?:{behind})"


def _joined(alternatives: tuple[str, ...]) -> str:
    """Return one expression; where all begin with a letter or a digit, those with the same one are put together.

    An expression of a hundred alternatives would be compared with each at each place of a text.
    """
    if len(alternatives) == 1 or not all(_FIRST.match(regex) for regex in alternatives):
        return "|".join(alternatives)
    firsts: dict[str, list[str]] = {}
    for regex in alternatives:
        firsts.setdefault(regex[0], []).append(regex[1:])
    groups = (f"(?:{'|'.join(rest)})" if len(rest) > 1 else rest[0] for rest in firsts.values())
    return "|".join(map("".join, zip(firsts, groups, strict=True)))
