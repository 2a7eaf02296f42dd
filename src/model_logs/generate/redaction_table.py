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
# Characters that few texts hold.
_RARE = "?&=Jj"
_NOTES = {
    "REPLACEMENT": "What stands where a secret stood.",
    "FIELDS": "The fields whose text is looked through, beside the values of all labels.",
    "NAMES": "A label called so, or ending so after a dot, dash or underscore, is replaced whole.",
    "UNLESS": "A label that ends so is not.",
    "PATTERNS": (
        "Name; marks, one of which must stand in the text; texts, of which the same is true in lower case;\n"
        "# expressions, one of which must be found there; expression; what takes the place of its match."
    ),
}


def render_redaction_table() -> dict[str, str]:
    """Return the module's path and text."""
    rules = redaction_rules.load_redaction_rules()
    patterns = tuple((p.name, p.marks, p.needs, p.gates, p.regex, p.put) for p in rules.patterns)
    tables: dict[str, tuple[str, Any]] = {
        "REPLACEMENT": ("str", rules.replacement),
        "FIELDS": ("tuple[str, ...]", rules.fields),
        "NAMES": ("tuple[str, ...]", rules.names),
        "UNLESS": ("tuple[str, ...]", rules.unless),
        "PATTERNS": ("tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str, str], ...]", patterns),
    }
    body = "\n".join(
        f"# {_NOTES[name]}\n{assignment(name, annotation, value)}" for name, (annotation, value) in tables.items()
    )
    return {_PATH: _HEAD + body + _tried(rules.patterns)}


def _tried(patterns: tuple[redaction_rules.Pattern, ...]) -> str:
    """Return the function that tells which patterns are to be tried: without a loop, since it runs for each text.

    No text is looked for twice: patterns of the same marks stand together, and texts that several patterns need are
    looked for once, where the first of those patterns is.
    """
    lists = [p.needs for p in patterns if p.needs]
    # The list that most others begin with.
    shared = max(lists, key=lambda needs: (len(needs) > 1) * sum(_begins(other, needs) for other in lists))
    ends = {mark if len(mark) == 1 else mark[-1] for p in patterns for mark in p.marks if _begins(p.needs, shared)}
    lines = ["", "", "def tried(text: str, lower: str) -> list[int]:"]
    lines.append(
        '    """Return the numbers of the patterns whose marks and needs stand in a text and in its lower case."""'
    )
    lines.append("    found = []")
    named = False
    for marks, together in groupby(enumerate(patterns), key=lambda pair: pair[1].marks):
        group = list(together)
        if not named and any(_begins(p.needs, shared) for _, p in group):
            named = True
            lines += _assigned("named", _any(sorted(ends), "text"), _any(shared, "lower"))
        indent, marked = "    ", _any(marks, "text")
        needs = [_needed(p.needs, shared) for _, p in group]
        if marked and any(each != needs[0] for each in needs):
            lines.append(f"    if {' or '.join(marked)}:")
            indent, marked = "        ", []
        for tests, numbered in groupby(zip(needs, group, strict=True), key=lambda pair: pair[0]):
            numbers = [number for _, (number, _) in numbered]
            act = f"found.append({numbers[0]})" if len(numbers) == 1 else f"found += {tuple(numbers)}"
            # What was looked for already is cheaper than a mark of several characters.
            first, then = (tests, marked) if tests[:1] == ["named"] else (marked, tests)
            lines += [*_condition(first, then, indent), f"{indent}    {act}"] if first or then else [f"{indent}{act}"]
    lines += ["    return found", ""]
    return "\n".join(lines)


def _begins(needs: tuple[str, ...], shared: tuple[str, ...]) -> bool:
    return bool(shared) and needs[: len(shared)] == shared


def _needed(needs: tuple[str, ...], shared: tuple[str, ...]) -> list[str]:
    """Return the tests for what a pattern needs, with a name for those that were made already."""
    return ["named", *_any(needs[len(shared) :], "lower")] if _begins(needs, shared) else _any(needs, "lower")


def _any(texts: tuple[str, ...] | list[str], name: str) -> list[str]:
    return [_test(text, name) for text in texts]


def _test(text: str, name: str) -> str:
    """Return the test for a text; for the one of its characters that is rare first, which is found much quicker."""
    rare = next((character for character in text if character in _RARE), "")
    found = f"{quoted(text)} in {name}"
    return f"{quoted(rare)} in {name} and {found}" if rare and len(text) > 1 else found


def _grouped(tests: list[str]) -> list[str]:
    return [f"({test})" if " and " in test else test for test in tests]


def _assigned(name: str, first: list[str], then: list[str]) -> list[str]:
    """Return the lines of an assignment, as `ruff format` leaves them."""
    one = f"    {name} = ({' or '.join(first)}) and ("
    head = [one] if len(one) <= WIDTH else [f"    {name} = (", *_lines(first, "        "), "    ) and ("]
    return [*head, *_lines(_grouped(then), "        "), "    )"]


def _lines(tests: list[str], indent: str) -> list[str]:
    one = f"{indent}{' or '.join(tests)}"
    return [one] if len(one) <= WIDTH else [f"{indent}{tests[0]}", *(f"{indent}or {test}" for test in tests[1:])]


def _condition(first: list[str], then: list[str], indent: str) -> list[str]:
    """Return the lines of a condition, as `ruff format` leaves them."""
    first, then = (_grouped(first), _grouped(then)) if len(first) + len(then) > 1 else (first, then)
    first, then = (first, then) if first and then else ([], first or then)
    left = "" if not first else f"({' or '.join(first)}) and " if len(first) > 1 else f"{first[0]} and "
    if len(then) == 1:
        # `and` after `and` needs no brackets.
        return [f"{indent}if {left}{then[0].removeprefix('(').removesuffix(')')}:"]
    right = " or ".join(then)
    whole = f"{indent}if {left}({right}):" if left else f"{indent}if {right}:"
    if len(whole) <= WIDTH:
        return [whole]
    return [f"{indent}if {left}(", *_lines(then, f"{indent}    "), f"{indent}):"]
