"""Writes Python literals the way `ruff format` leaves them, so that generated modules need no exception from it."""

from __future__ import annotations

from typing import Any

__all__ = ["WIDTH", "Code", "assignment", "quoted"]

WIDTH = 118


class Code(str):
    """Text that is already code, such as a name or `*_ALL`."""

    __slots__ = ()


def assignment(name: str, annotation: str, value: Any) -> str:
    """Return `name: annotation = value`, on one line where it fits."""
    return f"{name}: {annotation} = {_fit(value, len(name) + len(annotation) + 5, 0)}\n"


def _fit(value: Any, used: int, indent: int, *, trailing: int = 0) -> str:
    line = _line(value)
    if used + len(line) + trailing <= WIDTH or not isinstance(value, dict | tuple | frozenset):
        return line
    pad = " " * (indent + 4)
    if isinstance(value, dict):
        parts = [
            f"{pad}{_line(k)}: {_fit(v, indent + 6 + len(_line(k)), indent + 4, trailing=1)},\n"
            for k, v in value.items()
        ]
        return "{\n" + "".join(parts) + " " * indent + "}"
    if isinstance(value, frozenset):
        inner = _fit(_Set(sorted(value)), used + len("frozenset("), indent, trailing=trailing + 1)
        if "\n" not in inner:
            return f"frozenset({inner})"
        # The call's one argument hugs its bracket only where the formatter lets it: a line of its own otherwise.
        whole = _line(_Set(sorted(value)))
        body = whole if len(pad) + len(whole) <= WIDTH else _fit(_Set(sorted(value)), WIDTH, indent + 4)
        return f"frozenset(\n{pad}{body}\n{' ' * indent})"
    opening, closing = ("{", "}") if isinstance(value, _Set) else ("(", ")")
    parts = [f"{pad}{_fit(v, indent + 4, indent + 4, trailing=1)},\n" for v in value]
    return opening + "\n" + "".join(parts) + " " * indent + closing


class _Set(tuple[Any, ...]):
    __slots__ = ()


def quoted(text: str) -> str:
    """Return a text in the quotes that need fewer escapes, double ones where it is the same."""
    sign = "'" if text.count('"') > text.count("'") else '"'
    return sign + text.replace("\\", "\\\\").replace("\n", "\\n").replace(sign, f"\\{sign}") + sign


def _line(value: Any) -> str:
    match value:
        case Code():
            text = str(value)
        case str():
            text = quoted(value)
        case dict():
            text = "{" + ", ".join(f"{_line(k)}: {_line(v)}" for k, v in value.items()) + "}"
        case frozenset():
            text = f"frozenset({_line(_Set(sorted(value)))})"
        case _Set():
            text = "{" + ", ".join(map(_line, value)) + "}"
        case tuple():
            text = "(" + ", ".join(map(_line, value)) + ("," if len(value) == 1 else "") + ")"
        case float():
            text = repr(value).replace("e+", "e")
        case _:
            text = repr(value)
    return text
