"""The language of summaries and templates: Jinja2 without constructs that could run for ever or fill the memory.

A text may show values, choose with `if`, walk over lists of a row, and use the filters below. It may not call,
define, set, include or raise to a power, and multiplies numbers only; so its work is bounded by its own length and
the row.
Whatever else goes wrong in it is one error that says so. Foreign text comes out on one line (`printable`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from model_logs import assets
from model_logs.errors import AssetError
from model_logs.printing import printable
from model_logs.times import in_largest_unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jinja2 import Environment

__all__ = ["harmless", "measured", "moment_for_people", "render_text", "span_for_people", "spelled"]

_SHOWN = 4
_LONG = 1_000
# No value and no text is longer than this: a name has a thousand characters, a message some thousands.
_LONGEST = 20_000
_LONGEST_VALUE = 2_000
_MOST_VALUES = 200
# A template is parsed and compiled before it is judged, which a huge one makes long.
_LONGEST_TEMPLATE = 50_000
_DEEPEST_LOOP = 2
_MOST_LOOPS = 20
_WIDEST = 100
# Nodes of Jinja2's grammar.
_ALLOWED = frozenset(
    {
        *("Template", "Output", "TemplateData", "Name", "Const", "List", "Tuple", "Getattr", "Getitem", "Slice"),
        *("If", "For", "CondExpr", "Compare", "Operand", "And", "Or", "Not", "Test", "Filter", "Keyword"),
        *("Concat", "Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Neg", "Pos"),
    }
)
_NUMBERS_ONLY = frozenset({"+", "-", "*", "/", "//", "%"})
# Those of Jinja2 whose answer is no longer than what they are given, but for a few characters.
_PLAIN_FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "first", "float", "int", "last", "length", "list", "lower"),
    *("max", "min", "reverse", "sort", "string", "sum", "title", "trim", "unique", "upper"),
)
_SPEC = re.compile(r"\d{3,}|\*")
_DIGITS = 15


def render_text(text: str, values: Mapping[str, Any], folder: Path, *, named: str, next_step: str) -> str:
    """Return a text of somebody's, filled.

    Args:
        text: The template itself, or the name of a file of the folder `templates/`, which ends in `.j2`.
        values: What it may show; foreign text in it becomes harmless on the way.
        folder: The folder with `templates/` beside `rules/`.
        named: What it is, for the message.
        next_step: What to do when it cannot be filled.

    Raises:
        AssetError: It asks for what is not there, cannot be computed, or is not allowed.
    """
    try:
        environment = _environment(folder)
        if text.endswith(".j2") and "\n" not in text:
            text = environment.loader.get_source(environment, text)[0]  # type: ignore[union-attr]  # it was given one
        return _filled(_compiled(folder, text), values)
    except Exception as error:
        # Somebody's own text may raise anything: a division by zero, a sum of a word and a number, a deep nesting.
        why = f"{type(error).__name__}: {error}" if not isinstance(error, _NotAllowedError) else str(error)
        raise AssetError(f"{named} cannot be filled: {printable(why, most=300)}", next_step=next_step) from error


def harmless(value: Any) -> Any:
    """Return a value with each foreign text in it as one harmless line of bounded length."""
    if isinstance(value, str):
        return printable(value, most=_LONGEST_VALUE)
    if isinstance(value, Mapping):
        return {harmless(key): harmless(inner) for key, inner in list(value.items())[:_MOST_VALUES]}
    if isinstance(value, list | tuple):
        return [harmless(inner) for inner in value[:_MOST_VALUES]]
    return value


def spelled(value: object) -> str:
    """Return a value of a row for people: a moment, a figure, or a text as it stands."""
    return moment_for_people(value) if isinstance(value, datetime) else _number(value)


def measured(value: object, unit: str) -> str:
    """Return a figure with its unit, for people: 1 event, 2 events, 3 ms."""
    if value == 1 and len(unit) > len("ms"):
        unit = " ".join(word.removesuffix("s") for word in unit.split())
    return "none" if value is None else f"{_number(value)} {unit}"


def moment_for_people(value: datetime | str | None) -> str:
    """Return a time for people, in UTC."""
    if value is None:
        return "?"
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.strftime("%Y-%m-%d %H:%M:%S UTC")


def span_for_people(span: timedelta) -> str:
    """Return a span of time for people."""
    number, unit = in_largest_unit(span, days=False)
    return f"{number} {'min' if unit == 'm' else unit}"


class _NotAllowedError(Exception):
    """A template uses a construct that its language leaves out."""


@lru_cache
def _environment(folder: Path) -> Environment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        intercepted_binops = _NUMBERS_ONLY

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            for side in (left, right):
                if not isinstance(side, int | float):
                    raise _NotAllowedError(f"{operator} takes numbers, and {type(side).__name__} is not one")
            return super().call_binop(context, operator, left, right)

    environment = Bounded(
        # A folder of somebody's own needs no templates of its own.
        loader=FileSystemLoader([folder / "templates", assets.path("alerts/templates")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Plain text and Slack's own markup; the filter `slack` escapes what Slack reads.
        autoescape=False,
    )
    kept = {name: environment.filters[name] for name in _PLAIN_FILTERS}
    ours: dict[str, Callable[..., Any]] = {
        "number": _number,
        "measured": measured,
        "listed": _listed,
        "moment": moment_for_people,
        "slack": _slack,
        "format": _formatted,
        "join": _joined,
        "replace": _replaced,
        "round": _rounded,
        "truncate": _cut,
    }
    environment.filters = kept | ours
    environment.globals = {}
    return environment


@lru_cache(maxsize=256)
def _compiled(folder: Path, text: str) -> Any:
    if len(text) > _LONGEST_TEMPLATE:
        raise _NotAllowedError(f"it is longer than {_LONGEST_TEMPLATE:,} characters")
    from jinja2 import nodes

    environment = _environment(folder)
    tree = environment.parse(text)
    _check(tree, 0)
    if len(list(tree.find_all(nodes.For))) > _MOST_LOOPS:
        raise _NotAllowedError(f"more than {_MOST_LOOPS} loops are not allowed in it")
    return environment.from_string(tree)


def _check(node: Any, loops: int) -> None:
    kind = type(node).__name__
    if kind not in _ALLOWED:
        raise _NotAllowedError(f"{kind.lower()} is not allowed in it")
    if kind == "For":
        loops += 1
        if loops > _DEEPEST_LOOP or node.recursive:
            raise _NotAllowedError("loops within loops within loops are not allowed in it")
    for child in node.iter_child_nodes():
        _check(child, loops)


def _filled(template: Any, values: Mapping[str, Any]) -> str:
    parts: list[str] = []
    left = _LONGEST
    for part in template.generate(harmless(values)):
        parts.append(part[:left])
        left -= len(part)
        if left <= 0:
            parts.append("…")
            break
    return "".join(parts).strip()


# --- filters --------------------------------------------------------------------------------------------------------


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        # `str` first: of a column that is not there it raises.
        return "?" if value is None else printable(str(value))
    if float(value).is_integer() or abs(value) >= _LONG:
        return f"{value:,.0f}"
    return f"{value:.{_SHOWN}g}"


def _listed(value: object) -> str:
    items = [str(each) for each in (value if isinstance(value, list | tuple) else [value])]
    more = len(items) - _SHOWN
    return ", ".join(items) if more <= 0 else f"{', '.join(items[:_SHOWN])} and {more} more"


def _slack(value: object) -> str:
    # What Slack takes for links, mentions and channels begins with one of these.
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _formatted(spec: object, *values: object) -> str:
    if _SPEC.search(str(spec)):
        raise _NotAllowedError("format takes widths of two digits")
    return str(spec) % values


def _joined(values: object, between: object = "") -> str:
    items = [str(each) for each in (values if isinstance(values, list | tuple) else [values])]
    return str(between)[:_LONG].join(items[:_MOST_VALUES])[:_LONGEST]


def _replaced(text: object, old: object, new: object) -> str:
    whole, other = str(text)[:_LONGEST], str(new)[:_WIDEST]
    return whole.replace(str(old), other)[:_LONGEST]


def _rounded(value: float, digits: int = 0) -> float:
    return round(float(value), max(-_DIGITS, min(_DIGITS, int(digits))))


def _cut(text: object, length: int = 255) -> str:
    whole, most = str(text), max(1, int(length))
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"
