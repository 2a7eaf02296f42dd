"""The contract table as trees, and the quick look that nearly every line passes.

`fits` says whether an event is already exactly what the contract wants, so that it can be stored as it stands. It
knows no remedies: whatever it does not know goes to `normalise`, which does the same to good events and says what is
wrong with bad ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from model_logs.redaction import is_secret
from model_logs.tables import contract as table

__all__ = [
    "BY_SHIPPER",
    "FITTING",
    "FLOATS",
    "ID",
    "LONGEST_KEYWORD",
    "OBJECTS",
    "RULES",
    "Leaf",
    "Quick",
    "fits",
    "is_value",
]

# A longer keyword is refused by Lucene (32,766 bytes), and ignored without a word by logsdb from 8,191 characters on.
LONGEST_KEYWORD: Final = 8191
# What a `float` of Elasticsearch holds.
FLOATS: Final = (-3.4028234663852886e38, 3.4028234663852886e38)
# What may be an `_id`: Elasticsearch refuses a whole bulk request for one of more than 512 bytes.
ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)

# Set on the way, whatever the line says.
BY_SHIPPER: Final = frozenset(
    {"event.ingested", "event.original", "log.offset", "log.file.path", "log.file.device_id", "log.file.inode"}
    | {"log.file.fingerprint", "attested"}
)
OBJECTS: Final = table.OBJECTS

_PYTHON: Final[dict[str, type]] = {
    "keyword": str,
    "text": str,
    "date": str,
    "float": float,
    "integer": int,
    "long": int,
    "byte": int,
    "boolean": bool,
}
# A level is stored in lower case; others than these are rare enough for the long way.
_LEVELS: Final = frozenset({"trace", "debug", "info", "warning", "warn", "error", "critical", "fatal"})
_GOOD_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z][A-Za-z0-9_-]{0,63}){0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The values that one field may hold, from the generated table."""

    name: str
    type: str
    low: float | None
    high: float | None
    values: frozenset[str] | None


# What a fitting value is: its Python type, lowest, highest, the only values, the longest text.
Quick = tuple[type, float, float, frozenset[str] | None, int]


def _grow(tree: dict[str, Any], name: str, leaf: object) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[last] = leaf


def _rules() -> dict[str, Leaf]:
    return {
        name: Leaf(name, kind, low, high, values)
        for name, (kind, low, high, values, _) in table.FIELDS.items()
        if kind != "object" and name not in BY_SHIPPER and name != "tags" and not name.startswith("data_stream.")
    }


def _quick(leaf: Leaf) -> Quick:
    longest = LONGEST_KEYWORD if leaf.type == "keyword" else 1 << 62
    values = _LEVELS if leaf.name == "log.level" else leaf.values
    low = 0 if leaf.low is None else leaf.low
    high = 0 if leaf.high is None else leaf.high
    return _PYTHON[leaf.type], low, high, values, longest


def _quick_tree() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, leaf in RULES.items():
        # A time has many forms: what holds one beside its own goes the long way.
        if leaf.type != "date" or name == "@timestamp":
            _grow(tree, name, _quick(leaf))
    for name, kind in OBJECTS.items():
        _grow(tree, name, kind)
    return tree


RULES: Final = _rules()
# Dotted names as a tree: an object is a dict, a field a tuple, an object with names of the user's own the type of its
# values.
FITTING: Final = _quick_tree()
# Names of labels, metrics and features that were found good and name no secret; bounded, since a caller chooses them.
_MOST_NAMES: Final = 10_000
_known_names: set[str] = set()


def _named_well(name: str) -> bool:
    if _GOOD_NAME.fullmatch(name) is None or is_secret(name):
        return False
    if len(_known_names) < _MOST_NAMES:
        _known_names.add(name)
    return True


def is_value(name: str, value: Any) -> bool:
    """Tell whether a value is a number or a short text, as an object of values holds them (`features`)."""
    low, high = FLOATS
    if type(value) is str:
        return len(value) <= table.LONGEST_VALUE[name]
    return type(value) in (int, float) and bool(low <= value <= high)


def _free_names_fit(own: str, kind: str, values: dict[str, Any]) -> bool:
    low, high = FLOATS
    for name, value in values.items():
        if name not in _known_names and not _named_well(name):
            return False
        if kind == "keyword":
            if type(value) is not str:
                return False
        elif kind == "value":
            if not is_value(own, value):
                return False
        elif type(value) is not float or not low <= value <= high:
            return False
    return True


def _value_fits(rule: Quick, value: Any) -> bool:
    wanted, low, high, values, longest = rule
    kind = type(value)
    if wanted is str:
        return kind is str and 0 < len(value) <= longest and (values is None or value in values)
    if wanted is bool:
        return kind is bool
    return (kind is wanted or (kind is int and wanted is float)) and low <= value <= high


def fits(event: dict[str, Any], tree: dict[str, Any] = FITTING) -> bool:
    """Tell whether every value is of its field's type, in its range, under a name of the contract.

    Times and ids are not looked at beyond being strings. An empty keyword or object, a tag, a dotted or unknown name
    do not fit: they need the long way.
    """
    for name, value in event.items():
        rule = tree.get(name)
        if type(rule) is tuple:
            if not _value_fits(rule, value):
                return False
        elif type(value) is not dict or rule is None or not value:
            return False  # an object without anything in it is none, and the long way drops it
        elif type(rule) is dict:
            if not fits(value, rule):
                return False
        elif name == "features" and event.get("features_sampled") is not True:
            return False  # another writer's: the long way adds by what such events are found
        elif len(value) > table.MOST_NAMES[name] or not _free_names_fit(name, rule, value):
            return False
    return True
