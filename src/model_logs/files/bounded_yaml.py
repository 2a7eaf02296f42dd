"""The loaders behind `reading.read_yaml`: PyYAML's safe one, with bounds, refusing a key that stands twice.

There are two: one in Python, and one that takes its events from libyaml, which is five times as quick. They read the
same; the words of an error come from the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from yaml.composer import Composer
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode
from yaml.resolver import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from yaml.nodes import Node

__all__ = ["BoundedLoader", "lines_of", "loaded"]

# Nobody writes deeper by hand. What is deeper ends in Python's own limit, somewhere.
MOST_DEPTH = 50
# With every alias written out: ten lines of aliases can mean more than a machine holds.
MOST_VALUES = 100_000


class _Bounds(Composer, SafeConstructor, Resolver):
    """Reads YAML as far as people write it; its errors carry the line, and no text of the file but a key."""

    def _begin(self) -> None:
        self._depth = 0
        self._looked_at: set[int] = set()

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Return the next node, if it is not too deep."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            _refuse(f"it is nested more than {MOST_DEPTH} deep", self.peek_event().start_mark)  # type: ignore[attr-defined]
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def get_single_node(self) -> Node | None:
        """Return the whole document, if it does not mean too much."""
        node = super().get_single_node()
        if node is not None:
            _count(node, {}, set())
        return node

    def flatten_mapping(self, node: MappingNode) -> None:
        """Put in what `<<` names, after a look at the keys that stand here: they may replace what they inherit."""
        if id(node) not in self._looked_at:
            self._looked_at.add(id(node))
            self._refuse_twice(node)
        super().flatten_mapping(node)

    def _refuse_twice(self, node: MappingNode) -> None:
        seen: dict[Any, int] = {}
        for key, _ in node.value:
            special = key.tag.rpartition(":")[2] in {"merge", "value"}
            name = key.value if special else self.construct_object(key, deep=True)
            try:
                first = seen.get(name)
            except TypeError:
                return  # a list is no key, which the constructor says
            if first is not None:
                _refuse(f"{name!r} is given twice, first in line {first}", key.start_mark)
            seen[name] = key.start_mark.line + 1


class BoundedLoader(_Bounds, yaml.SafeLoader):
    """The loader in Python."""

    def __init__(self, text: str) -> None:
        yaml.SafeLoader.__init__(self, text)
        self._begin()


try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    _QuickLoader: Any = BoundedLoader
else:

    class _FromEvents(_Bounds, CParser):
        """The loader that takes its events from libyaml: the nodes, and with them the bounds, are made in Python."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)
            self._begin()

    _QuickLoader = _FromEvents


def loaded(text: str) -> Any:
    """Return the content of a YAML text.

    Raises:
        yaml.YAMLError: It is no YAML, or goes beyond the bounds.
        ValueError: It holds a value that cannot be; TypeError, AttributeError, LookupError and others likewise.
    """
    try:
        return yaml.load(text, Loader=_QuickLoader)  # noqa: S506  # a SafeConstructor with bounds
    except Exception:  # noqa: BLE001  # whatever it is, the other loader says it in its words, or can read it
        return yaml.load(text, Loader=BoundedLoader)  # noqa: S506  # a SafeLoader with bounds


def _refuse(problem: str, mark: Any) -> NoReturn:
    raise ConstructorError(None, None, problem, mark)


def _count(node: Node, known: dict[int, int], unfinished: set[int]) -> int:
    """Return how many values a node means, with every alias written out."""
    if not isinstance(node, CollectionNode):
        return 1
    if id(node) in unfinished:
        _refuse("an alias is inside the value that it names", node.start_mark)
    if id(node) not in known:
        unfinished.add(id(node))
        total = 1 + sum(_count(inner, known, unfinished) for inner in _inner(node))
        unfinished.discard(id(node))
        if total > MOST_VALUES:
            _refuse(f"it means more than {MOST_VALUES:,} values", node.start_mark)
        known[id(node)] = total
    return known[id(node)]


def _inner(node: Any) -> Iterable[Node]:
    for each in node.value:
        if isinstance(each, tuple):
            yield from each
        else:
            yield each


def lines_of(text: str, places: Iterable[Sequence[object]]) -> list[int]:
    """Return the line of each place in a text that was read before; that of what it stands in where it is not there.

    Args:
        text: The YAML.
        places: Of each value: the keys and numbers that lead to it, from the top.
    """
    node = yaml.compose(text, Loader=BoundedLoader)
    return [_line_of(node, place) for place in places]


def _line_of(node: Node | None, place: Sequence[object]) -> int:
    mark = node.start_mark if node is not None else None
    for key in place:
        if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            mark = node.start_mark
        elif isinstance(node, MappingNode) and (entry := next(_entries(node, str(key)), None)):
            mark, node = entry[0].start_mark, entry[1]
        else:
            break
    return mark.line + 1 if mark is not None else 1


def _entries(node: MappingNode, key: str) -> Iterator[tuple[Any, Any]]:
    """Yield the entries of a mapping that have this key, its own before those that it inherits by `<<`."""
    inherited: list[Any] = []
    for name, value in node.value:
        if name.tag == "tag:yaml.org,2002:merge":
            inherited += value.value if isinstance(value, SequenceNode) else [value]
        # `on:` is a key that was read as True.
        elif isinstance(name, ScalarNode) and (name.value == key or _read_as(name) == key):
            yield name, value
    for each in inherited:
        if isinstance(each, MappingNode):
            yield from _entries(each, key)


def _read_as(name: ScalarNode) -> str:
    """Return what became of a key that was no text, as text."""
    text = name.tag == "tag:yaml.org,2002:str"
    return name.value if text else str(BoundedLoader("").construct_object(name))
