"""Silences: nobody is told of an alert until a time; it is evaluated and recorded all the same."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.state.store import Store

__all__ = ["Silence", "add", "end", "load"]

_KIND = "silence"


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence.

    Attributes:
        id: Its id in the state.
        rule: Only this rule; None for every one.
        model: Only this model.
        environment: Only this environment.
        until: When it ends.
        reason: Why, for those who come after.
        by: Who.
    """

    id: str
    rule: str | None
    model: str | None
    environment: str | None
    until: datetime
    reason: str
    by: str

    def covers(self, rule: Rule, row: Mapping[str, Any], at: datetime) -> bool:
        """Tell whether nobody is to be told of this row at that time."""
        return (
            at < self.until
            and self.rule in {None, rule.id}
            and self.model in {None, row.get("model_name")}
            and self.environment in {None, row.get("environment")}
        )


def load(store: Store, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that have not ended."""
    found = []
    for stored in store.of_kind(_KIND):
        body = dict(stored.body)
        until = datetime.fromisoformat(body.pop("until"))
        if until > now:
            found.append(Silence(id=stored.id, until=until, **body))
    return tuple(found)


def add(
    store: Store,
    *,
    until: datetime,
    reason: str,
    by: str,
    rule: str | None = None,
    model: str | None = None,
    environment: str | None = None,
) -> Silence:
    """Write a silence and return it; evaluators heed it within a round."""
    silence = Silence(f"silence-{secrets.token_hex(6)}", rule, model, environment, until, reason, by)
    body = {
        "rule": rule,
        "model": model,
        "environment": environment,
        "until": until.astimezone(UTC).isoformat(),
        "reason": reason,
        "by": by,
    }
    store.write(silence.id, _KIND, body, None, visible=True)
    return silence


def end(store: Store, id_: str) -> bool:
    """End a silence; False when there is none of that id."""
    stored = store.read(id_)
    if stored is None:
        return False
    store.delete(stored)
    return True
