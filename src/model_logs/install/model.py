"""An object to be installed, and the protocol of its kind: the vocabulary of plan, apply, status and remove.

It knows no server: the kinds of Elasticsearch stand in `elasticsearch`, those of Kibana in `kibana`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Body", "Object", "ObjectKind"]

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Object:
    """One thing to be installed.

    Attributes:
        kind: The name of its kind, a key of `installation.kinds()`.
        name: Its name in the cluster.
        body: As it is sent, without our mark.
    """

    kind: str
    name: str
    body: Mapping[str, Any] = field(repr=False)


class ObjectKind(Protocol):
    """What plan, apply, status and remove need to know of a kind of object."""

    name: str
    """As plan and backup write it."""

    def get(self, name: str) -> Body | None:
        """Return the object in the form in which it is written, or None."""
        ...

    def find(self, names: Collection[str]) -> dict[str, Body]:
        """Return those of the objects that exist, by name, with as few requests as the API allows."""
        ...

    def write(self, name: str, body: Body, mark: Mapping[str, Any], installed: Body | None) -> None:
        """Create it, or replace what was seen `installed`, and remember that it is ours."""
        ...

    def delete(self, name: str) -> None:
        """Delete it."""
        ...

    def canonical(self, body: Body) -> Any:
        """Return what is compared: the body without marks and without what the server adds."""
        ...

    def mark(self, body: Body) -> Body:
        """Return the mark that says whose it is; empty for a stranger's."""
        ...

    def changes(self, installed: Body | None, wanted: Body) -> tuple[Any, Any]:
        """Return the two sides of the difference that people are shown."""
        ...

    def restorable(self, body: Body) -> Body:
        """Return what is installed in the form in which `request` takes it."""
        ...

    def obstacle(self, name: str, installed: Body | None) -> str:
        """Return what stands in the way and cannot be replaced; empty when nothing does."""
        ...

    def request(self, name: str) -> str:
        """Return the line that writes it, such as `PUT /_ilm/policy/x`."""
        ...
