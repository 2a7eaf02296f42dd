"""Silences: nobody is told of an alert until a time; it is evaluated and recorded all the same."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from model_logs.alerts.rulebook.labels import value_label
from model_logs.errors import ModelLogsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.channels.stateful_receiver import StatefulReceiver
    from model_logs.state.store import Store

__all__ = ["Silence", "add", "end_silence", "open_silences"]

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
        elsewhere: Channel that holds a state → the id of its own silence.
    """

    id: str
    rule: str | None
    model: str | None
    environment: str | None
    until: datetime
    reason: str
    by: str
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def covers(self, rule: Rule, row: Mapping[str, Any], at: datetime) -> bool:
        """Tell whether the silence covers this row at that time."""
        return (
            at < self.until
            and self.rule in {None, rule.id}
            and self.model in {None, row.get("model_name")}
            and self.environment in {None, row.get("environment")}
        )


def open_silences(store: Store, now: datetime) -> tuple[Silence, ...]:
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
    stateful: Iterable[StatefulReceiver] = (),
) -> Silence:
    """Write a silence and return it; evaluators heed it within a round.

    Receivers that hold the state of alerts go first: what they repeat is theirs to silence, and a silence that only
    half of the receivers know would look as if it held.

    Raises:
        ModelLogsError: Such a receiver does not take it; then nothing is silenced anywhere.
    """
    labels = {"alertname": rule, "model_name": model, "environment": environment}
    wanted = {name: value_label(value) for name, value in labels.items() if value is not None}
    elsewhere: dict[str, str] = {}
    try:
        for channel in stateful:
            elsewhere[channel.name] = channel.silence(wanted, until=until, by=by, reason=reason)
    except ModelLogsError:
        _end_elsewhere(elsewhere, stateful)
        raise
    silence = Silence(f"silence-{secrets.token_hex(6)}", rule, model, environment, until, reason, by, elsewhere)
    body = {
        "rule": rule,
        "model": model,
        "environment": environment,
        "until": until.astimezone(UTC).isoformat(),
        "reason": reason,
        "by": by,
        "elsewhere": elsewhere,
    }
    store.write(silence.id, _KIND, body, None, visible=True)
    return silence


def end_silence(store: Store, id_: str, stateful: Iterable[StatefulReceiver] = ()) -> bool:
    """End a silence everywhere; False when there is none of that id.

    Raises:
        ModelLogsError: A receiver that holds the state of alerts does not end it; it can be tried again.
    """
    stored = store.read(id_)
    if stored is None:
        return False
    _end_elsewhere(stored.body.get("elsewhere") or {}, stateful)
    store.delete(stored)
    return True


def _end_elsewhere(ids: Mapping[str, str], stateful: Iterable[StatefulReceiver]) -> None:
    for channel in stateful:
        if id_ := ids.get(channel.name):
            channel.end_silence(id_)
