"""Renders `src/model_logs/tables/redaction.py`: what a secret looks like, for code that must not read YAML."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from model_logs.generate import redaction_rules
from model_logs.generate.literal import WIDTH, assignment, quoted

__all__ = ["render_redaction_table"]

_PATH = "src/model_logs/tables/redaction.py"
_HEAD = '''\
# Generated from mappings/redaction.yml by `python -m model_logs.generate`: change that file, not this one.
"""What a secret looks like, as plain literals; why, stands in `mappings/redaction.yml`."""

'''
_NOTES = {
    "REPLACEMENT": "What stands where a secret stood.",
    "FIELDS": "The fields whose text is looked through, beside the values of all labels.",
    "NAMES": "A label called so, or ending so after a dot, dash or underscore, is replaced whole.",
    "UNLESS": "A label that ends so is not.",
    "PATTERNS": (
        "Name; marks, one of which must stand in the text; texts, of which the same is true in lower case;\n"
        "# expression that must be found there; expression; what takes the place of its match."
    ),
}


def render_redaction_table() -> dict[str, str]:
    """Return the module's path and text."""
    rules = redaction_rules.load_redaction_rules()
    patterns = tuple((p.name, p.marks, p.needs, p.gate, p.regex, p.put) for p in rules.patterns)
    tables: dict[str, tuple[str, Any]] = {
        "REPLACEMENT": ("str", rules.replacement),
        "FIELDS": ("tuple[str, ...]", rules.fields),
        "NAMES": ("tuple[str, ...]", rules.names),
        "UNLESS": ("tuple[str, ...]", rules.unless),
        "PATTERNS": ("tuple[tuple[str, tuple[str, ...], tuple[str, ...], str, str, str], ...]", patterns),
    }
    body = "\n".join(
        f"# {_NOTES[name]}\n{assignment(name, annotation, value)}" for name, (annotation, value) in tables.items()
    )
    return {_PATH: _HEAD + body + _tried(rules.patterns)}


def _tried(patterns: tuple[redaction_rules.Pattern, ...]) -> str:
    """Return the function that tells which patterns are to be tried: without a loop, since it runs for each text."""
    lines = ["", "", "def tried(text: str, lower: str) -> list[int]:  # noqa: PLR0915 - a pattern, two statements"]
    lines.append(
        '    """Return the numbers of the patterns whose marks and needs stand in a text and in its lower case."""'
    )
    lines.append("    found = []")
    for (marks, needs), together in groupby(enumerate(patterns), key=lambda pair: (pair[1].marks, pair[1].needs)):
        numbers = [number for number, _ in together]
        act = f"found.append({numbers[0]})" if len(numbers) == 1 else f"found += {tuple(numbers)}"
        condition = _condition(_tests(marks, "text"), _tests(needs, "lower"))
        lines += [*condition, f"        {act}"] if condition else [f"    {act}"]
    lines += ["    return found", ""]
    return "\n".join(lines)


def _tests(texts: tuple[str, ...], name: str) -> list[str]:
    return [f"{quoted(text)} in {name}" for text in texts]


def _condition(first: list[str], then: list[str]) -> list[str]:
    """Return the lines of a condition, as `ruff format` leaves them."""
    left = " or ".join(first)
    if first and then:
        left = f"({left}) and " if len(first) > 1 else f"{left} and "
    elif not then:
        return [f"    if {left}:"] if first else []
    right = " or ".join(then)
    if len(then) == 1:
        return [f"    if {left}{right}:"]
    whole = f"    if {left}({right}):"
    if len(whole) <= WIDTH:
        return [whole]
    inner = [f"        {right}"]
    if len(inner[0]) > WIDTH:
        inner = [f"        {then[0]}", *(f"        or {test}" for test in then[1:])]
    return [f"    if {left}(", *inner, "    ):"]
