"""A registry store of MLflow that writes each change into the audit trail: `--registry-store-uri elk+sqlite:///…`.

MLflow finds it by its entry points, one for each scheme. It is MLflow's own store of that database with each changing
method wrapped: the call runs, its transaction is watched, and then its event is on the disk. A fault of ours never
reaches MLflow: it is counted and said. A change whose line could not be written is found by
`model-logs registry reconcile`.
"""

from __future__ import annotations

import functools
import inspect
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from mlflow.store.model_registry.sqlalchemy_workspace_store import WorkspaceAwareSqlAlchemyStore
from mlflow.version import VERSION

from model_logs.errors import ConfigurationError
from model_logs.registries.change import Change, change_id
from model_logs.registries.mlflow.changes import CALLS, is_prompts_own
from model_logs.registries.mlflow.people import current_person, current_workspace
from model_logs.registries.mlflow.runs import facts
from model_logs.registries.mlflow.watching import WATCH, Watch, is_prompt, watched
from model_logs.registries.mlflow.writing import ATTEMPT, REGISTRY, approval, counts, guarded, write
from model_logs.registries.ownership import is_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_logs.registries.mlflow.changes import Event

__all__ = ["TESTED", "build", "counts"]

# The versions, by their first two numbers, with which every call of `CALLS` was tried.
TESTED = ("3.17",)
_ANY_VERSION = "MODEL_LOGS_MLFLOW_UNTESTED"
_PREFIX = "elk+"
# A text of a call is recognised in MLflow's message by so many of its first letters.
_SHORTEST_TEXT, _BEGIN = 4, 20
_INVALID = frozenset({"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS", "BAD_REQUEST"})


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
    try:
        is_source(REGISTRY, "plugin", "plugin")
        approval()
    except ConfigurationError as wrong:
        raise MlflowException(f"Nothing was started. {wrong.what} Next step: {wrong.next_step}") from wrong
    base = WorkspaceAwareSqlAlchemyStore if MLFLOW_ENABLE_WORKSPACES.get() else SqlAlchemyStore
    try:
        return _logged(base)(plain)
    except ModuleNotFoundError as missing:
        if plain.startswith("postgresql"):
            raise MlflowException(
                f"The driver of {plain.split('://', 1)[0]}:// is missing ({missing.name}). Next step: "
                "pip install psycopg2-binary, and write --registry-store-uri elk+postgresql+psycopg2://…"
            ) from missing
        raise


@functools.cache
def _logged(base: type[SqlAlchemyStore]) -> type[SqlAlchemyStore]:
    """Return a subclass of a store in which each changing method is wrapped, and its transactions are watched."""

    def begin(self: SqlAlchemyStore, *args: Any, **kwargs: Any) -> None:
        base.__init__(self, *args, **kwargs)
        self.ManagedSessionMaker = watched(self.ManagedSessionMaker, self)

    methods = {name: _wrapped(getattr(base, name), name) for name in CALLS if hasattr(base, name)}
    return type(f"Logged{base.__name__}", (base,), {"__init__": begin, **methods})


def _wrapped(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(self: SqlAlchemyStore, *args: Any, **kwargs: Any) -> Any:
        if not guarded(is_source, REGISTRY, "plugin", "plugin"):
            counts["other_source"] += 1
            return method(self, *args, **kwargs)
        said = guarded(_said, signature, (self, *args), kwargs) or {}
        watch = Watch(said.get("new_name") or said.get("name") or "", prompt=_of_prompt(said))
        token = WATCH.set(watch)
        try:
            result = method(self, *args, **kwargs)
        except Exception as error:
            guarded(_failed, self, name, said, error)
            raise
        finally:
            WATCH.reset(token)
        guarded(_succeeded, name, said, watch, result)
        return result

    return call


def _said(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return a call's arguments by the names that MLflow's REST API has for them."""
    said = dict(signature.bind(*args, **kwargs).arguments)
    said.pop("self", None)
    if tag := said.pop("tag", None):
        said["key"], said["value"] = tag.key, tag.value
    if "tags" in said:
        said["tags"] = {tag.key: tag.value for tag in said["tags"] or ()}
    if said.get("version") is not None:
        try:
            said["version"] = str(int(said["version"]))
        except (TypeError, ValueError):
            # No version, and perhaps a text that was pasted into the wrong place.
            said["odd"] = said.pop("version")
    return said


def _of_prompt(said: dict[str, Any]) -> bool:
    """Return whether a call's own tags say that it is about a prompt."""
    return any(is_prompts_own(str(key)) for key in (*(said.get("tags") or ()), said.get("key") or ""))


def _succeeded(name: str, said: dict[str, Any], watch: Watch, result: Any) -> None:
    changes: list[Change] = []
    try:
        for event in CALLS[name].did(said, watch.seen, result):
            stamp = getattr(result, event.stamp, None) if event.stamp else None
            fields = event.fields
            if event.event_type == "version_created" and fields["run_id"]:
                fields = _merged(fields, facts(fields["run_id"]))
            changes.append(_change(event, fields, stamp, prompt=watch.seen.prompt))
    finally:
        write(changes)
    _deal_with()


def _failed(store: SqlAlchemyStore, name: str, said: dict[str, Any], error: Exception) -> None:
    code = getattr(error, "error_code", "")
    if code not in CALLS[name].harmless:
        event = CALLS[name].meant(said)
        prompt = _of_prompt(said) or _perhaps_prompt(store, str(said.get("name")))
        fields = {
            **event.fields,
            "status": "invalid" if code in _INVALID else "failed",
            "error.type": code or type(error).__name__,
            "error.message": str(error),
        }
        if prompt is not False:
            # MLflow's message repeats what was wrong, and with it the text of a prompt.
            for text in ("tag.value", "error.message"):
                fields.pop(text, None)
        elif _quotes(str(error), said):
            del fields["error.message"]
        write([_change(event, fields, None, prompt=bool(prompt))])
    _deal_with()


def _quotes(message: str, said: dict[str, Any]) -> bool:
    """Return whether a message repeats a text that came with the call: it may be a secret."""
    given = (said.get("value"), said.get("description"), said.get("odd"), *(said.get("tags") or {}).values())
    texts = [str(text) for text in given if text and len(str(text)) >= _SHORTEST_TEXT]
    # In whole or in part, as it is or as a parameter of the database.
    begins = {form[:_BEGIN] for text in texts for form in (text, repr(text)[1:-1])}
    return any(begin in message for begin in begins)


def _perhaps_prompt(store: SqlAlchemyStore, name: str) -> bool | None:
    """Return whether a model is a prompt; None where the database cannot say it."""
    try:
        return is_prompt(store, name)
    except Exception:  # noqa: BLE001 - the call failed already, perhaps for the same reason
        return None


def _change(event: Event, fields: dict[str, Any], stamp: int | None, *, prompt: bool) -> Change:
    workspace = current_workspace()
    labels = {**({"kind": "prompt"} if prompt else {}), **({"workspace": workspace} if workspace else {})}
    told = _merged(_merged(fields, current_person().fields), {"labels": labels} if labels else {})
    at = identity = None
    if stamp is not None:
        at = datetime.fromtimestamp(stamp / 1000, UTC)
        about = (fields["model_name"], fields.get("model_version"), stamp)
        identity = change_id(REGISTRY, workspace, event.event_type, *about)
    return Change(event.event_type, told, at, identity)


def _merged(fields: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return fields with more of them, labels of both."""
    labels = {**fields.get("labels", {}), **more.get("labels", {})}
    return {**fields, **more, **({"labels": labels} if labels else {})}


def _deal_with() -> None:
    attempt = ATTEMPT.get()
    if attempt is not None:
        attempt.told = True
