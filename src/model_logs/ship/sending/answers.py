"""Answers to bulk requests, event by event; anything that is no such answer is refused here.

A proxy, a captive portal or a broken cluster may answer 200 with whatever it likes. Only an answer that has one item
for each event, in the form that Elasticsearch gives them, is believed; any other is treated as no answer at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

__all__ = ["Verdict", "WrongAnswerError", "all_created", "verdicts"]

_CREATED = b'"status":201'
_FAILURE_STORE = frozenset({"used", "not_enabled", "failed", "not_applicable_or_unknown"})
_CONFLICT = 409


class WrongAnswerError(Exception):
    """It is no answer to `_bulk`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The cluster's answer for one event.

    Attributes:
        status: HTTP status, 200 to 599.
        diverted: Whether the failure store took it.
        kind: Elasticsearch's name of the error; empty for a success.
        reason: Type and message, with the inner cause.
    """

    status: int
    diverted: bool = False
    kind: str = ""
    reason: str = ""

    @property
    def is_created(self) -> bool:
        """Whether the stream has it now."""
        return self.status < 300 and not self.diverted  # noqa: PLR2004 - the successes of HTTP

    @property
    def is_known(self) -> bool:
        """Whether the stream had it before."""
        return self.status == _CONFLICT


def all_created(raw: bytes, count: int) -> bool:
    """Tell at a glance whether an answer says that each of the events was created."""
    return raw.startswith(b'{"errors":false') and raw.count(_CREATED) == count and b'"failure_store"' not in raw


def verdicts(raw: bytes, count: int) -> list[Verdict]:
    """Return what an answer says of each event.

    Raises:
        WrongAnswerError: It is none.
    """
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise WrongAnswerError("no JSON") from error
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise WrongAnswerError("no list of items")
    if len(items) != count:
        raise WrongAnswerError(f"{len(items):,} items for {count:,} events")
    return [_verdict(item) for item in items]


def _verdict(item: Any) -> Verdict:
    if not isinstance(item, dict) or list(item) != ["create"] or not isinstance(item["create"], dict):
        raise WrongAnswerError("an item that is no answer to `create`")
    answer = item["create"]
    status, error, store = answer.get("status"), answer.get("error"), answer.get("failure_store")
    if type(status) is not int or not 200 <= status <= 599:  # noqa: PLR2004 - answers of HTTP
        raise WrongAnswerError("an item without a status")
    if store is not None and (not isinstance(store, str) or store not in _FAILURE_STORE):
        raise WrongAnswerError("an item with an unknown failure_store")
    diverted = store == "used"
    if status < 300 and error is None:  # noqa: PLR2004 - the successes of HTTP
        return Verdict(status, diverted)
    if status == _CONFLICT and error is None:
        return Verdict(status)
    if status < 400 or not isinstance(error, dict) or not isinstance(error.get("type"), str):  # noqa: PLR2004
        raise WrongAnswerError("an item with a status and an error that do not belong together")
    return Verdict(status, diverted, error["type"], _reason(error))


def _reason(error: dict[str, Any]) -> str:
    """Return type and reason, with the inner cause that was sent."""
    said = f"{error['type']}: {error.get('reason')}"
    cause = error.get("caused_by")
    return f"{said} ({cause.get('type')}: {cause.get('reason')})" if isinstance(cause, dict) else said
