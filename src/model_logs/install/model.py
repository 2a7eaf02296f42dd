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
    """One object to be installed.

    Attributes:
        kind: The name of its kind, a key of `installation.kinds()`.
        name: Its name in the cluster.
        body: As it is sent, without our mark.
    """

    kind: str
    name: str
    body: Mapping[str, Any] = field(repr=False)


class ObjectKind(Protocol):
    """A kind of object, as plan, apply, status and remove need it."""

    name: str
    """As plan and backup write it."""

    def get(self, name: str) -> Body | None:
        """Return the object in the form in which it is written, or None."""
        ...

    def find(self, names: Collection[str]) -> dict[str, Body]:
        """Return those of the objects that exist, by name, with as few requests as the API allows."""
        ...

    def write(self, name: str, body: Body, mark: Mapping[str, Any], installed: Body | None) -> None:
        """Create the object, or replace the one seen as `installed`, and mark it as ours."""
        ...

    def delete(self, name: str) -> None:
        """Delete it."""
        ...

    def canonical(self, body: Body) -> Any:
        """Return the body to compare: without marks and without the server's additions."""
        ...

    def mark(self, body: Body) -> Body:
        """Return the mark that names the object's owner; empty for an object of others."""
        ...

    def changes(self, installed: Body | None, wanted: Body) -> tuple[Any, Any]:
        """Return the two sides of the difference that people are shown."""
        ...

    def restorable(self, body: Body) -> Body:
        """Return the installed object in the form that `request` takes."""
        ...

    def obstacle(self, name: str, installed: Body | None) -> str:
        """Return the obstacle that cannot be replaced; empty where there is none."""
        ...

    def request(self, name: str) -> str:
        """Return the request line that writes the object, such as `PUT /_ilm/policy/x`."""
        ...
