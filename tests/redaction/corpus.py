"""Planted secrets and innocent values, read from the YAML files beside this.

Half was written without a look at the patterns. No text of a secret stands in a file: a secret's `shape` (letters,
[classes], {counts}) is filled by a seeded generator.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
HALVES = ("unseen", "seen")
_PASSWORD = "[a-z]{4}[A-Z]{2}[0-9]{3}[a-z]{3}"
_ATOM = re.compile(r"\[((?:\\.|[^\]])+)\]|(.)", re.DOTALL)
_COUNT = re.compile(r"\{(\d+)\}")
_RANGE = re.compile(r"(.)-(.)|(.)")


@dataclass(frozen=True)
class Planted:
    """A secret, and each text that it was put into."""

    kind: str
    secret: str
    texts: tuple[str, ...]


def filled(shape: str, source: random.Random) -> str:
    """Return a text of a shape."""
    out, at = [], 0
    while at < len(shape):
        atom = _ATOM.match(shape, at)
        assert atom, f"{shape} is no shape from letter {at} on"
        at = atom.end()
        count = 1
        if atom[1] and (found := _COUNT.match(shape, at)):
            count, at = int(found[1]), found.end()
        letters = atom[2] or _letters(atom[1])
        out.append("".join(source.choice(letters) for _ in range(count)))
    return "".join(out)


def _letters(inside: str) -> str:
    return "".join(
        "".join(map(chr, range(ord(low), ord(high) + 1))) if low else one for low, high, one in _RANGE.findall(inside)
    )


def planted(half: str, seed: int = 11) -> list[Planted]:
    """Return the secrets of a half, in their texts."""
    read = yaml.safe_load((FOLDER / f"secrets-{half}.yml").read_text(encoding="utf-8"))
    positions = yaml.safe_load((FOLDER / "positions.yml").read_text(encoding="utf-8"))
    source = random.Random(seed)
    found = []
    for token in read["tokens"]:
        secret = filled(token["shape"], source)
        texts = tuple(text.replace("§", secret) for text in positions["token"])
        found.append(Planted(token["kind"], secret, texts))
    for named in read["names"]:
        secret = filled(named["shape"], source)
        named_texts = (text.replace("NAME", named["name"]).replace("§", secret) for text in positions["named"])
        found.append(Planted(named["name"], secret, tuple(named_texts)))
    for line in read["lines"]:
        secret = filled(line.get("shape", _PASSWORD), source)
        found.append(Planted(line["kind"], secret, (line["line"].replace("§", secret),)))
    return found


def innocent(half: str) -> list[str]:
    """Return the innocent lines of a half."""
    read: dict[str, list[str]] = yaml.safe_load((FOLDER / f"innocent-{half}.yml").read_text(encoding="utf-8"))
    return read["lines"]


def shows(text: str, secret: str) -> bool:
    """Tell whether a text still shows a secret: eight characters of its last two thirds, or all of a short one."""
    tail = secret[len(secret) // 3 :]
    size = min(8, len(tail))
    return any(tail[at : at + size] in text for at in range(len(tail) - size + 1))
