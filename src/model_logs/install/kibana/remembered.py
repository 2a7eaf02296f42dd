"""Kinds of objects in Kibana with a record of the last write: their common part.

Kibana's bodies have no room for a mark of ours. What was written stands in the index `model-logs-state` instead: a
hash of the body, the body as it was sent and as Kibana kept it, and the object's `updated_at`. An object that was
saved since, and is no longer as it was kept, was edited by a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs.errors import ClusterError
from model_logs.install.canonical import hashed
from model_logs.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana.client import Kibana
    from model_logs.install.model import Body
    from model_logs.state.store import Stored

__all__ = ["CONTENT", "Remembered"]

_RECORD = "kibana_object"
_RAW, CONTENT, _UPDATED, _REMEMBERED = "raw", "content", "updated_at", "remembered"


class Remembered:
    """The common part of all kinds of objects in Kibana.

    A body is what is sent. What is installed is an envelope around it: as Kibana keeps it (`raw`), what of it is
    compared (`content`), since when it stands so (`updated_at`), and what we remember of it (`remembered`).
    """

    name = ""

    def __init__(self, kibana: Kibana, client: Elasticsearch) -> None:
        self._kibana = kibana
        self._store = Store(client)

    def get(self, name: str) -> Body | None:
        found = self._read(name)
        if found is None:
            return None
        raw, content, updated = found
        record = self._record(name)
        return {_RAW: raw, CONTENT: content, _UPDATED: updated, _REMEMBERED: dict(record.body) if record else None}

    def find(self, names: Collection[str]) -> dict[str, Body]:
        """Return the objects that exist; Kibana returns them one at a time."""
        return {name: body for name in names if (body := self.get(name)) is not None}

    def canonical(self, body: Body) -> Any:
        return body[CONTENT] if _REMEMBERED in body else self._content(body)

    def mark(self, body: Body) -> Body:
        record = body.get(_REMEMBERED)
        if not record:
            return {}
        # What Kibana itself changes in what it keeps, in an upgrade, leaves `updated_at` alone and is nobody's edit.
        untouched = record[_UPDATED] == body[_UPDATED]
        kept = hashed(body[CONTENT]) if untouched else hashed(record["kept"])
        return {**record["mark"], "stored_as": kept}

    def changes(self, installed: Body | None, wanted: Body) -> tuple[Any, Any]:
        """Return the two forms of an object that a diff compares.

        Kibana fills in defaults, so what it keeps is compared with what it kept, and what we send with what we sent.
        """
        if installed is None:
            return None, self._content(wanted)
        record = installed[_REMEMBERED]
        if not record:
            return installed[CONTENT], self._content(wanted)
        if record[_UPDATED] == installed[_UPDATED]:
            return record["sent"], self._content(wanted)
        return installed[CONTENT], record["kept"]

    def restorable(self, body: Body) -> Body:
        raw: Body = body[_RAW]
        return raw

    def obstacle(self, name: str, installed: Body | None) -> str:
        del name, installed
        return ""

    def write(self, name: str, body: Body, mark: Mapping[str, Any], installed: Body | None) -> None:
        now = self.get(name)
        if (now or {}).get(_UPDATED) != (installed or {}).get(_UPDATED):
            raise ClusterError(
                f"The {self.name} {name} was changed while this ran. It was left as it is.",
                next_step="Look at it with `elk-bootstrap plan`, then apply again.",
            )
        self._store.ensure()
        self._put(name, body, exists=now is not None)
        found = self._read(name)
        if found is None:
            raise ClusterError(
                f"The {self.name} {name} was written and is not there.",
                next_step="Look at Kibana's log, then apply again.",
            )
        _, content, updated = found
        record = {"mark": dict(mark), _UPDATED: updated, "sent": self._content(body), "kept": content}
        self._store.write(self._key(name), _RECORD, record, self._record(name))

    def delete(self, name: str) -> None:
        self._delete(name)
        if record := self._record(name):
            self._store.delete(record)

    def request(self, name: str) -> str:
        raise NotImplementedError

    def _key(self, name: str) -> str:
        return f"kibana|{self._kibana.space}|{self.name}|{name}"

    def _record(self, name: str) -> Stored | None:
        return self._store.read(self._key(name))

    def _content(self, body: Body) -> Any:
        return body

    def _read(self, name: str) -> tuple[Body, Any, str] | None:
        """Return the object as it is kept, what of it is compared, and since when it stands so."""
        raise NotImplementedError

    def _put(self, name: str, body: Body, *, exists: bool) -> None:
        raise NotImplementedError

    def _delete(self, name: str) -> None:
        raise NotImplementedError
