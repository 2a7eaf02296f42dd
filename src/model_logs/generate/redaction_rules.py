"""Reads `mappings/redaction.yml`: its pieces put in their places, its alternatives joined, its defaults filled in.

Everything that is made of that file, for Python and for Ruby, is made of what `load` returns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from model_logs import assets
from model_logs.files.reading import read_yaml

__all__ = ["Pattern", "Rules", "assembled_regex", "load_redaction_rules"]

_PIECE = re.compile(r"\{\{(?:only ([^{}]+)|([a-z]+))\}\}")
_LONGEST_END = 6
_LONGEST_NAME = 12
_LONGEST_GAP = 3
_FIRST = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True)
class Pattern:
    """One expression.

    Attributes:
        name: What it finds, in words.
        marks: Texts, one of which stands in every text that it fits; none where it has no such sign.
        needs: Texts in lower case, of which the same is true; none where it has no such text.
        gate: An expression that is found in the lower case of each such text; empty where there is none.
        gates: The same as several, each of which begins with a character of its own where it can: Python finds one
            character five times as quickly as one of several.
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
    gates: tuple[str, ...]
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


def load_redaction_rules() -> Rules:
    """Return what the file says."""
    read = read_yaml(assets.path("mappings/redaction.yml"), schema="redaction")
    replacement = read["replacement"]
    parts = {
        name: f"(?:{'|'.join(part)})" if isinstance(part, list) else part for name, part in read["parts"].items()
    }
    patterns = tuple(_pattern(given, parts, replacement) for given in read["patterns"])
    return Rules(replacement, tuple(read["fields"]), tuple(read["names"]), tuple(read["unless"]), patterns)


def assembled_regex(regex: str, parts: dict[str, str]) -> str:
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
    alternatives = tuple(assembled_regex(regex, parts) for regex in regexes)
    groups = re.compile("|".join(alternatives), re.ASCII).groups
    return Pattern(
        given["name"],
        tuple(given.get("marks", ())),
        tuple(given.get("needs", ())),
        _gate(given),
        _gates(given),
        _joined(alternatives),
        given.get("put", f"\\1{replacement}" if groups else replacement),
        alternatives,
        tuple(given["hides"]),
        tuple(given["leaves"]),
    )


def _gate(given: dict[str, Any]) -> str:
    found = [_behind(given["heads"])] if "heads" in given else []
    if "names" in given:
        found.append(_before_sign(given["names"], plural=given.get("plural", False)))
    return "|".join([*found, *([given["gate"]] if "gate" in given else [])])


def _gates(given: dict[str, Any]) -> tuple[str, ...]:
    heads = given.get("heads", ())
    signs = sorted({head[-1] for head in heads})
    if len(signs) > 1 and not {"names", "gate"} & given.keys():
        return tuple(_behind([head for head in heads if head[-1] == sign]) for sign in signs)
    gate = _gate(given)
    return (gate,) if gate else ()


def _behind(heads: list[str]) -> str:
    """Return an expression for the sign that ends one of the heads and has a long word behind it."""
    # Each place of a long head that is not looked at saves time at each dash of each text.
    ends = {head[-_LONGEST_END:] for head in heads}
    signs = "".join(sorted({end[-1] for end in ends}, reverse=True))
    return f"[{signs}](?=[a-z0-9_.=+/-]{{12}})(?:{_ended(ends)})"


def _before_sign(names: list[str], *, plural: bool) -> str:
    """Return an expression for a sign behind one of the names: the sign is looked for first, the name afterwards."""
    ends = {form[-_LONGEST_NAME:] for name in names for form in _forms(name)}
    if plural:
        # But for a name such as MY_TOKEN: max_tokens is a word of models.
        ends |= {f"{form}s"[-_LONGEST_NAME:] for name in names if name != "+_token" for form in _forms(name)}
    # An end within another one says nothing more.
    ends = {end for end in ends if not any(end != other and end.endswith(other) for other in ends)}
    # Quotes, a bracket and blanks, one place after another; behind more of them the whole expression looks.
    closing = "[\"'\\\\\\] \\t]"
    gap = f"[%2;{closing[1:]}"
    behind = f"(?<={gap * (_LONGEST_GAP + 1)}.)"
    for width in range(_LONGEST_GAP, 0, -1):
        # Other forms of a quote, and a number with a quote or blanks behind it: rare, so that the expression looks.
        rare = f"|(?<=&quot{gap * width}.)" + (f"|(?<=[0-9]{closing * width}.)" if plural else "")
        behind = f"(?<={gap * width}.)(?:{_ended(ends, gap * width + '.')}|{behind}{rare})"
    numbers = ("[0-9]", "[0-9][0-9]", "[_-][0-9]", "[_-][0-9][0-9]") if plural else ()
    counted = "|".join(_ended(ends, f"{number}.") for number in numbers)
    counted = f"|(?<=[0-9].)(?:{counted})" if counted else ""
    return f"[:=%](?:{_ended(ends, '.')}|{behind}{counted}|(?<=%22.)|(?<=%)3a)"


def _forms(name: str) -> list[str]:
    if name.startswith("+_"):
        return [name[1:]]
    return [name.replace("_", between) for between in ("", "_", "-")]


def _ended(ends: set[str], then: str = "") -> str:
    """Return an expression for a place with one of the texts before it, and a part of fixed width between.

    Their last two letters are looked at first, which is quick and nearly always enough.
    """
    widths = sorted({len(end) for end in ends})
    by_width = [tuple(re.escape(end) for end in sorted(ends) if len(end) == width) for width in widths]
    whole = "|".join(f"(?<=(?:{_joined(of_width)}){then})" for of_width in by_width)
    last = _joined(tuple(sorted({re.escape(end[-2:]) for end in ends})))
    return f"(?<=(?:{last}){then})(?:{whole})" if len(widths) > 1 and widths[0] > 1 else whole


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
