"""A registry store of MLflow that writes each change into the audit trail: `--registry-store-uri elk+sqlite:///…`.

MLflow finds it by its entry points, one for each scheme. It is MLflow's own store of that database with each changing
method wrapped: what stands before is read by primary key, the call runs, and then its event is on the disk. A fault
of ours never reaches MLflow: it is counted and said. A change whose line could not be written is found by
`model-logs registry reconcile`.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.dbmodels.models import (
    SqlModelVersion,
    SqlRegisteredModelAlias,
    SqlRegisteredModelTag,
)
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from mlflow.store.model_registry.sqlalchemy_workspace_store import WorkspaceAwareSqlAlchemyStore
from mlflow.version import VERSION

from model_logs._logger.complaints import complain
from model_logs.journal import Journal
from model_logs.registries.identity import change_id
from model_logs.registries.mlflow.changes import CALLS
from model_logs.registries.mlflow.people import current_user, current_workspace
from model_logs.registries.ownership import is_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.registries.mlflow.changes import Event

__all__ = ["TESTED", "build", "counts"]

REGISTRY = "mlflow"
# The versions, by their first two numbers, with which every call of `CALLS` was tried.
TESTED = ("3.17",)
_ANY_VERSION = "MODEL_LOGS_MLFLOW_UNTESTED"
_PREFIX = "elk+"
_INVALID = frozenset({"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS", "BAD_REQUEST"})
_IS_PROMPT = "mlflow.prompt.is_prompt"

# What became of the changes of this process.
counts: Counter[str] = Counter()


def build(store_uri: str) -> SqlAlchemyStore:
    """Return MLflow's store of a database, with the audit trail around it.

    Args:
        store_uri: elk+sqlite:///…, elk+postgresql+psycopg2://… or elk+postgresql://….

    Raises:
        MlflowException: MLflow's version was not tested, or the driver of the database is missing; before traffic.
    """
    plain = store_uri.removeprefix(_PREFIX)
    if VERSION.rsplit(".", 1)[0] not in TESTED and not os.environ.get(_ANY_VERSION):
        raise MlflowException(
            f"model-logs was tested with MLflow {', '.join(TESTED)}, and this is {VERSION}. Nothing was started. "
            f"Next step: --registry-store-uri {plain.split('://', 1)[0]}://… starts MLflow without the audit trail; "
            f"{_ANY_VERSION}=yes with it, at your own risk."
        )
    base = WorkspaceAwareSqlAlchemyStore if MLFLOW_ENABLE_WORKSPACES.get() else SqlAlchemyStore
    try:
        return _logged(base)(plain)
    except ModuleNotFoundError as missing:
        if plain.startswith("postgresql://"):
            raise MlflowException(
                f"The driver of postgresql:// is missing ({missing.name}). Next step: pip install psycopg2-binary, "
                "and write --registry-store-uri elk+postgresql+psycopg2://…"
            ) from missing
        raise


@functools.cache
def _logged(base: type[SqlAlchemyStore]) -> type[SqlAlchemyStore]:
    """Return a subclass of a store in which each changing method is wrapped."""
    methods = {name: _wrapped(getattr(base, name), name) for name in CALLS if hasattr(base, name)}
    return type(f"Logged{base.__name__}", (base,), methods)


def _wrapped(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(self: SqlAlchemyStore, *args: Any, **kwargs: Any) -> Any:
        events = _guarded(_before, self, name, signature, (self, *args), kwargs) or []
        try:
            result = method(self, *args, **kwargs)
        except Exception as error:
            _guarded(_failed, name, events, error)
            raise
        _guarded(_succeeded, events, result)
        return result

    return call


def _guarded(step: Callable[..., Any], *args: Any) -> Any:
    """Return what a step of ours returns; None, counted and said, where it raises."""
    try:
        return step(*args)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with us, the registry goes on
        counts["lost"] += 1
        complain("registry", f"a change of MLflow's registry is not in the audit trail: {error}")
        return None


def _before(
    store: SqlAlchemyStore, name: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[Event]:
    if not is_source(REGISTRY, "plugin", default="plugin"):
        counts["other_source"] += 1
        return []
    return list(CALLS[name].events(signature.bind(*args, **kwargs).arguments, _Reads(store)))


def _succeeded(events: list[Event], result: Any) -> None:
    workspace = current_workspace()
    for event in events:
        fields = dict(event.fields)
        if event.event_type == "version_created":
            fields["model_version"] = str(result.version)
        stamp = getattr(result, event.stamp, None) if event.stamp else None
        if stamp is not None:
            about = (fields["model_name"], fields.get("model_version"), stamp)
            fields["event_id"] = change_id(REGISTRY, workspace, event.event_type, *about)
            fields["timestamp"] = datetime.fromtimestamp(stamp / 1000, UTC)
        _write(event, fields, workspace)


def _failed(name: str, events: list[Event], error: Exception) -> None:
    code = getattr(error, "error_code", "")
    if code in CALLS[name].harmless:
        return
    for event in events:
        if not event.only_success:
            said = {
                "status": "invalid" if code in _INVALID else "failed",
                "error_type": code or type(error).__name__,
                "error_message": str(error),
            }
            _write(event, {**event.fields, **said}, current_workspace())


def _write(event: Event, fields: dict[str, Any], workspace: str | None) -> None:
    labels = {**fields.get("labels", {}), **({"workspace": workspace} if workspace else {})}
    given = {**fields, "registry": REGISTRY, "user": current_user(), **({"labels": labels} if labels else {})}
    # MLflow has empty text where there is no run.
    _journal().write(
        event.event_type, {name: value for name, value in given.items() if value is not None and value != ""}
    )
    counts["event"] += 1


@functools.cache
def _journal() -> Journal:
    import atexit

    journal = Journal(os.environ.get("MODEL_LOGS_REGISTRY_PATH") or "logs/registry.log", service="mlflow")
    atexit.register(journal.close)
    return journal


class _Reads:
    """Reads of one row by its primary key."""

    def __init__(self, store: SqlAlchemyStore) -> None:
        self._store = store

    def stage(self, name: str, version: str) -> str | None:
        found = self._one(SqlModelVersion, SqlModelVersion.current_stage, name=name, version=int(version))
        return str(found).lower() if found is not None else None

    def in_stage(self, name: str, stage: str) -> list[str]:
        with self._store.ManagedSessionMaker() as session:
            query = self._store._get_query(session, SqlModelVersion)  # noqa: SLF001 - it knows of workspaces
            rows = query.filter_by(name=name, current_stage=stage.capitalize()).with_entities(SqlModelVersion.version)
            return [str(row[0]) for row in rows]

    def aliased(self, name: str, alias: str) -> str | None:
        found = self._one(SqlRegisteredModelAlias, SqlRegisteredModelAlias.version, name=name, alias=alias)
        return str(found) if found is not None else None

    def is_prompt(self, name: str) -> bool:
        return self._one(SqlRegisteredModelTag, SqlRegisteredModelTag.value, name=name, key=_IS_PROMPT) is not None

    def _one(self, table: Any, column: Any, **key: Any) -> Any:
        with self._store.ManagedSessionMaker() as session:
            query = self._store._get_query(session, table)  # noqa: SLF001 - it knows of workspaces
            row = query.filter_by(**key).with_entities(column).one_or_none()
            return row[0] if row else None
