"""What the transaction of a call changes, as SQLAlchemy's session knows it: exactly that, and without a read.

MLflow loads each row before it changes it, so the session holds what stood there before. A hook reads it when the
session is about to write.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import sqlalchemy
from mlflow.store.model_registry.dbmodels.models import (
    SqlModelVersion,
    SqlModelVersionTag,
    SqlRegisteredModel,
    SqlRegisteredModelAlias,
    SqlRegisteredModelTag,
)

from model_logs.registries.mlflow.changes import Seen
from model_logs.registries.mlflow.writing import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

__all__ = ["WATCH", "Watch", "is_prompt", "watched"]

_IS_PROMPT = "mlflow.prompt.is_prompt"


class Watch:
    """The eye on one call.

    Args:
        name: The registered model that it is about, by the name that it has after the call.
        prompt: It is known to be a prompt already.
    """

    def __init__(self, name: str, *, prompt: bool) -> None:
        self.seen = Seen(prompt=prompt)
        self._name = name

    def begin(self, session: Any) -> None:
        """Look at what a session is about to write, each time."""
        sqlalchemy.event.listen(session, "before_flush", self._before_flush)

    def end(self, session: Any, store: SqlAlchemyStore) -> None:
        """Ask in the same transaction, by primary key, whether this is a prompt."""
        if not self.seen.prompt:
            # What is not written yet is written by MLflow, whose errors are its own.
            with session.no_autoflush:
                self.seen.prompt = _is_prompt(session, store, self._name)

    def _before_flush(self, session: Any, _: Any, __: Any) -> None:
        guarded(self._look, session)

    def _look(self, session: Any) -> None:
        for row in session.dirty:
            self._changed(row)
        for row in session.new:
            if isinstance(row, SqlRegisteredModelAlias):
                self.seen.aliases.append((row.alias, None, str(row.version)))
        for row in session.deleted:
            self._deleted(row)

    def _changed(self, row: Any) -> None:
        if isinstance(row, SqlModelVersion):
            for before in _before(row, "current_stage"):
                self.seen.stages.append((str(row.version), str(before).lower(), str(row.current_stage).lower()))
        elif isinstance(row, SqlRegisteredModelAlias):
            for before in _before(row, "version"):
                self.seen.aliases.append((row.alias, str(before), str(row.version)))
        if isinstance(row, (SqlModelVersion, SqlRegisteredModel)) and _changes(row, "description"):
            self.seen.described = True

    def _deleted(self, row: Any) -> None:
        if isinstance(row, SqlRegisteredModelAlias):
            self.seen.aliases.append((row.alias, str(row.version), None))
        elif isinstance(row, (SqlRegisteredModelTag, SqlModelVersionTag)):
            self.seen.removed.add(row.key)
            self.seen.prompt = self.seen.prompt or row.key == _IS_PROMPT


# The call that runs in this thread.
WATCH: ContextVar[Watch | None] = ContextVar("model_logs_mlflow_watch", default=None)


def watched(make: Callable[..., Any], store: SqlAlchemyStore) -> Callable[..., Any]:
    """Return the store's maker of sessions, in which the call that runs is watched."""

    @contextmanager
    def session_of(read_only: bool = True) -> Iterator[Any]:
        watch = None if read_only else WATCH.get()
        with make(read_only=read_only) as session:
            if watch is not None:
                guarded(watch.begin, session)
            yield session
            if watch is not None:
                guarded(watch.end, session, store)

    return session_of


def is_prompt(store: SqlAlchemyStore, name: str) -> bool:
    """Return whether a registered model is a prompt, in a transaction of its own."""
    with store.ManagedSessionMaker() as session:
        return _is_prompt(session, store, name)


def _is_prompt(session: Any, store: SqlAlchemyStore, name: str) -> bool:
    query = store._get_query(session, SqlRegisteredModelTag)  # noqa: SLF001 - it knows of workspaces
    return query.filter_by(name=name, key=_IS_PROMPT).with_entities(SqlRegisteredModelTag.key).first() is not None


def _before(row: Any, name: str) -> tuple[Any, ...]:
    """Return what an attribute of a row was, where it is another one now; nothing otherwise."""
    return tuple(sqlalchemy.inspect(row).attrs[name].history.deleted or ())


def _changes(row: Any, name: str) -> bool:
    return bool(sqlalchemy.inspect(row).attrs[name].history.has_changes())
