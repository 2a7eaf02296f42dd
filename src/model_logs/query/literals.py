"""Values as ES|QL writes them: strings, lists and numbers of rules, panels and objectives."""

from __future__ import annotations

__all__ = ["literal"]

# What a string of ES|QL cannot hold as it is. It knows no \\u, so any other character stands for itself.
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def literal(value: float | str | tuple[str, ...] | None) -> str:
    """Return a value as a literal; a number is always a double, since the branches of a CASE must have one type."""
    if value is None:
        return "TO_DOUBLE(null)"
    if isinstance(value, tuple):
        return f"({', '.join(literal(one) for one in value)})"
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    return repr(float(value))
