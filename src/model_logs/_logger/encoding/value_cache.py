"""Remembers the JSON of values that repeat from event to event: labels, flags, small numbers.

What is remembered is bounded, clean of secrets and exactly what the long way would write; a value that needs
anything done to it is not for here. It is found as the heads of lines are: one dictionary below the other.
"""

from __future__ import annotations

from itertools import chain

import orjson

from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.fields import KEYWORD_OF, PLANS, label_name
from model_logs.redaction import is_secret, redact
from model_logs.tables.contract import CARRIES, KEYWORDS, MOST_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

__all__ = ["READY", "TOGETHER", "PreparedLine", "fragments", "make_ready", "spread"]

_MOST = 4096
_MOST_OF_ONE = 256
_LONGEST = 256
_MOST_LABELS = MOST_NAMES["labels"]


# Below the names and values of labels, the member that they make together. No name is None.
_MADE: Final = None
_label_members: dict[tuple[str, str], bytes] = {}


class Tree:
    """A cache of nested dictionaries, emptied when it is full.

    Attributes:
        root: The first of them; to be read only.
    """

    __slots__ = ("_known", "root")

    def __init__(self) -> None:
        self.root: dict[Any, Any] = {}
        self._known = 0

    def keep(self, path: tuple[Any, ...], value: Any) -> None:
        """Remember a value at the end of a path."""
        if self._known >= _MOST:
            # Another thread may be reading; it then finds nothing, and makes it again.
            self.root.clear()
            self._known = 0
        self._known += len(path)
        *between, last = path
        at = self.root
        for key in between:
            at = at.setdefault(key, {})
        at[last] = value


# Level → name → message.
READY = Tree()
# Name → value → name → value → … → _MADE.
TOGETHER = Tree()


class PreparedLine:
    """Prepared JSON members for level, logger and message of a logging library, in the place of labels.

    Attributes:
        members: What stands in the line.
        fields: The same as keywords, for the long way.
    """

    __slots__ = ("fields", "members")

    def __init__(self, members: bytes, fields: dict[str, Any]) -> None:
        self.members = members
        self.fields = fields


def make_ready(level: str, name: str | None, message: str) -> PreparedLine | None:
    """Make the JSON members for a level, a logger's name and a message; None where they need the long way."""
    if not message or len(message) > _LONGEST or redact(message) is not message:
        return None
    fields = {"level": level, "logger": name, "message": message}
    log = {"level": level} if name is None else {"level": level, "logger": name}
    try:
        members = orjson.dumps({"log": log, "message": message})[1:-1]
    except TypeError:
        return None
    made = PreparedLine(b"," + members, fields)
    READY.keep((level, name, message), made)
    return made


def spread(made: PreparedLine, more: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return the labels and the keywords of a line of a logging library, where its own names become labels."""
    keywords = {name: KEYWORD_OF.get(name, name) for name in more}
    ours = {name for name, keyword in keywords.items() if keyword in KEYWORDS and keyword not in made.fields}
    labels = {name: value for name, value in more.items() if name not in ours}
    return labels or None, {**{keywords[name]: more[name] for name in ours}, **made.fields}


def fragments(labels: Any, more: dict[str, Any]) -> bytes:
    """Return the JSON members of labels and other keywords, each with a comma before it.

    Raises:
        LookupError: The long way has to be taken; also whatever a value's `__hash__` raises.
    """
    if not more:
        return _labelled(labels)
    parts: list[bytes] = []
    for keyword, value in more.items():
        if value is None:
            continue
        exact, begin, known = _MEMBERS[keyword]
        # Of one type for each keyword, so that 1, 1.0 and True are not mixed up below.
        if type(value) is not exact:
            raise LookupError(keyword)
        if known is None:
            if value * 0.0 != 0.0:
                raise LookupError(keyword)
            parts += (begin, orjson.dumps(value))
        else:
            parts.append(known.get(value) or _keep(known, value, _member(keyword, value), _MOST_OF_ONE))
    if labels:
        parts.append(labels.members if type(labels) is PreparedLine else _labelled(labels))
    return b"".join(parts)


def _labelled(labels: Any) -> bytes:
    """Return the member that labels make; the same labels come together more often than not."""
    if type(labels) is not dict:
        raise LookupError("labels")
    at: Any = TOGETHER.root
    try:
        # Only text is in there, so that nothing else is found.
        for name, value in labels.items():
            at = at[name][value]
        found: bytes = at[_MADE]
    except KeyError:
        return _learned(labels)
    return found


def _learned(labels: dict[Any, Any]) -> bytes:
    if len(labels) > _MOST_LABELS:
        raise LookupError("labels")
    made = b',"labels":{' + b",".join([_label(name, value) for name, value in labels.items()]) + b"}"
    if len(made) <= _LONGEST:
        TOGETHER.keep((*chain.from_iterable(labels.items()), _MADE), made)
    return made


def _label(name: Any, value: Any) -> bytes:
    if type(name) is not str or type(value) is not str:
        raise LookupError(name)
    return _label_members.get((name, value)) or _keep(_label_members, (name, value), _new_label(name, value), _MOST)


def _new_label(name: str, value: str) -> bytes:
    if is_secret(name) or len(value) > _LONGEST or redact(value) is not value:
        raise LookupError(name)
    if label_name(name, Adjustments()) != name:
        # Cleaned it may be called like another one, which only the long way sees.
        raise LookupError(name)
    return orjson.dumps({name: value})[1:-1]


def _keep(known: dict[Any, bytes], key: Any, part: bytes, most: int) -> bytes:
    if len(part) <= _LONGEST:
        if len(known) >= most:
            known.clear()
        known[key] = part
    return part


def _member(keyword: str, value: Any) -> bytes:
    plan = PLANS[keyword]
    if not plan.takes(value):
        raise LookupError(keyword)
    for part in (plan.leaf, *reversed(plan.group)):
        value = {part: value}
    return b"," + orjson.dumps(value)[1:-1]


def _members() -> dict[str, tuple[Any, bytes, dict[Any, bytes] | None]]:
    """Return the keywords that a prediction may carry, each with its encoding.

    That is the one type that is taken as it is, the begin of its member, and the members that were made before; None
    for floats, which rarely repeat.
    """
    groups = [plan.group[0] for plan in PLANS.values() if plan.group]
    return {
        keyword: (plan.exact, b',"%b":' % plan.name.encode(), None if plan.exact is float else {})
        for keyword, plan in PLANS.items()
        # Of several members of one object no two may be written apart; a number in an object would need its brace.
        if plan.name in CARRIES["predict"]
        and plan.exact is not None
        and not (plan.group and (groups.count(plan.group[0]) > 1 or plan.exact is float))
    }


_MEMBERS = _members()
