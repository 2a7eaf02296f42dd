"""Transitions of alerts between evaluations (new, known, over, found late) and their messages; no clock, no cluster.

The state of a rule is one value. It is advanced by one evaluation at a time and then written in one piece, together
with what is to be sent, so that a process killed at any point has either told nobody and remembers nothing, or
remembers whom to tell.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from model_logs.alerts.rulebook.groups import TOGETHER, grouped, lead_of, outages
from model_logs.alerts.rulebook.labels import labels_of
from model_logs.channels import for_every_rule, holding_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from model_logs.alerts.rulebook.evaluation import Alert, Evaluation
    from model_logs.alerts.rulebook.rules import Rule

__all__ = ["Episode", "Intent", "RuleState", "advance", "advance_late", "intent_as_dict", "intent_from", "rewound"]

Kind = Literal["fired", "recovered"]

# How long an alert that is over is remembered, so that late events do not tell of it again.
REMEMBERED = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch of time in which an alert was true.

    Attributes:
        key: What it is about, within the rule.
        since: The window's end at which it was first true.
        last_true: The newest at which it was true.
        until: When it was over; None while it fires.
        told: Somebody was, or will be, told that it fired.
        value: The newest measured value.
        threshold: What that was compared with.
        row: The newest row.
        labels: Its identity for receivers that hold a state, its owner among them; made when it began.
        group: The key of the alert that leads the outage it belongs to; empty while nobody was told.
        grouped_at: When that outage began.
    """

    key: str
    since: datetime
    last_true: datetime
    until: datetime | None
    told: bool
    value: float | None
    threshold: float | None
    row: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    group: str = ""
    grouped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """One message to be sent; it is stored before it is sent.

    Attributes:
        id: The same for the same thing, whoever stores it.
        kind: fired or recovered.
        episode: What about.
        channel: To whom; the empty string when nobody is to be told and it is only recorded.
        holder: The process that stored it; another one that finds it cannot know whether it was sent.
        tries: How often it was tried in vain.
        not_before: When to try next; None for at once.
        late: It was found by events that came late.
    """

    id: str
    kind: Kind
    episode: Episode
    channel: str
    holder: str
    tries: int = 0
    not_before: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class RuleState:
    """The stored state of one rule.

    Attributes:
        evaluated_to: The end of the newest window that was judged.
        firing: Key → the episode.
        over: Episodes of the last hours that are over.
        outbox: What is still to be sent, in order.
    """

    evaluated_to: datetime
    firing: Mapping[str, Episode] = field(default_factory=dict)
    over: tuple[Episode, ...] = ()
    outbox: tuple[Intent, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the state as JSON has it."""
        return {
            "evaluated_to": self.evaluated_to.isoformat(),
            "firing": [_plain(episode) for episode in self.firing.values()],
            "over": [_plain(episode) for episode in self.over],
            "outbox": [intent_as_dict(intent) for intent in self.outbox],
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> RuleState:
        """Return the state that `as_dict` wrote."""
        firing = [_episode(each) for each in body["firing"]]
        return cls(
            datetime.fromisoformat(body["evaluated_to"]),
            {episode.key: episode for episode in firing},
            tuple(_episode(each) for each in body["over"]),
            tuple(intent_from(each) for each in body["outbox"]),
        )


def advance(
    rule: Rule,
    state: RuleState,
    evaluation: Evaluation,
    *,
    channels: Iterable[str],
    silenced: Callable[[Mapping[str, Any]], bool],
    holder: str,
) -> RuleState:
    """Return the state after one more window.

    Args:
        rule: The rule.
        state: Before.
        evaluation: What the rule says of the window; later than any before.
        channels: Who is told, of those that are configured.
        silenced: Whether nobody is to be told of a row.
        holder: This process.
    """
    at = evaluation.at
    firing: dict[str, Episode] = {}
    over = list(state.over)
    outbox = list(state.outbox)
    news: list[Episode] = []
    ends: list[Episode] = []
    for key, alert in evaluation.alerts.items():
        known = state.firing.get(key)
        quiet = silenced(alert.row)
        episode = _seen(known, alert, at) if known else _new(rule, alert, at)
        if not episode.told and not quiet:
            news.append(replace(episode, told=True))
        elif known is None:
            # Silenced: it is recorded that it fired and that nobody was told.
            outbox += _intents(rule, "fired", episode, (), holder)
        firing[key] = episode
    for key, episode in state.firing.items():
        if key in firing:
            continue
        if not evaluation.complete or at - episode.last_true < rule.quiet_for:
            firing[key] = episode
            continue
        ends.append(replace(episode, until=at))
    over += ends
    known_before = [episode for key, episode in firing.items() if key in state.firing and state.firing[key].told]
    for episode in grouped(news, known_before, at):
        firing[episode.key] = episode
        outbox += _intents(rule, "fired", episode, channels, holder, not_before=_joins(episode, at))
    outbox += _endings(rule, ends, firing, channels, holder)
    open_ = {lead_of(episode) for episode in firing.values() if episode.told}
    kept = tuple(
        episode
        for episode in over
        if at - (episode.until or at) < REMEMBERED or (episode.told and lead_of(episode) in open_)
    )
    return replace(state, evaluated_to=at, firing=firing, over=kept, outbox=tuple(outbox))


def advance_late(
    rule: Rule,
    state: RuleState,
    evaluations: Iterable[Evaluation],
    *,
    channels: Iterable[str],
    silenced: Callable[[Mapping[str, Any]], bool],
    holder: str,
) -> RuleState:
    """Return the state after windows were judged again because events came late.

    What was told already is not told again: an alert that is true beside a remembered one of the same key is that
    one. What is left was missed: people are told that it fired and, unless it goes on, that it is over.

    Args:
        rule: The rule.
        state: Before.
        evaluations: In the order of time, none later than `state.evaluated_to`.
        channels: Who is told.
        silenced: Whether nobody is to be told of a row.
        holder: This process.
    """
    # Two windows further apart than this are two episodes, as they would have been in time.
    gap = max(rule.quiet_for, rule.every) + rule.every
    found: dict[str, list[Episode]] = {}
    for evaluation in evaluations:
        for key, alert in evaluation.alerts.items():
            episodes = found.setdefault(key, [])
            if episodes and evaluation.at - episodes[-1].last_true <= gap:
                episodes[-1] = _seen(episodes[-1], alert, evaluation.at)
            else:
                episodes.append(_new(rule, alert, evaluation.at))
    firing = dict(state.firing)
    over = list(state.over)
    outbox = list(state.outbox)
    news: list[Episode] = []
    for key, episodes in found.items():
        known = [episode for episode in (*state.over, *state.firing.values()) if episode.key == key]
        for episode in episodes:
            if any(_beside(episode, other, gap) for other in known):
                continue
            news.append(replace(episode, told=not silenced(episode.row)))
    before = [episode for episode in state.firing.values() if episode.told]
    for began, outage in outages(news):
        told = grouped([episode for episode in outage if episode.told], before, began)
        ends: list[Episode] = []
        for episode in (*told, *(episode for episode in outage if not episode.told)):
            to = tuple(channels) if episode.told else ()
            outbox += _intents(rule, "fired", episode, to, holder, late=True)
            if state.evaluated_to - episode.last_true < max(rule.quiet_for, rule.every):
                # It goes on: whether it is over is for the next window to say.
                firing[episode.key] = episode
            else:
                ends.append(replace(episode, until=episode.last_true + rule.every))
        over += ends
        outbox += _endings(rule, ends, firing, tuple(channels), holder, late=True)
    return replace(state, firing=firing, over=tuple(over), outbox=tuple(outbox))


def rewound(state: RuleState, to: datetime) -> RuleState:
    """Return the state as it was before any evaluation after `to`.

    For a clock that was put back, or that of another evaluator that was ahead: without this nothing would be judged,
    and nothing be over, until the time has come that was thought to be now.
    """

    def earlier(episode: Episode) -> Episode:
        until = episode.until and min(episode.until, to)
        began = episode.grouped_at and min(episode.grouped_at, to)
        return replace(
            episode,
            since=min(episode.since, to),
            last_true=min(episode.last_true, to),
            until=until,
            grouped_at=began,
        )

    return replace(
        state,
        evaluated_to=to,
        firing={key: earlier(episode) for key, episode in state.firing.items()},
        over=tuple(earlier(episode) for episode in state.over),
        outbox=tuple(replace(intent, not_before=None) for intent in state.outbox),
    )


def _beside(episode: Episode, other: Episode, gap: timedelta) -> bool:
    end = other.until or datetime.max.replace(tzinfo=UTC) - gap
    return episode.last_true + gap >= other.since and episode.since <= end + gap


def _new(rule: Rule, alert: Alert, at: datetime) -> Episode:
    return Episode(
        alert.key,
        at,
        at,
        None,
        told=False,
        value=alert.value,
        threshold=alert.threshold,
        row=alert.row,
        labels=labels_of(rule, alert.key, alert.row),
    )


def _joins(episode: Episode, at: datetime) -> datetime | None:
    """Return the time to send an alert: at once for the first of an outage, later for those that join it."""
    began = episode.grouped_at or at
    return began + TOGETHER if timedelta(0) < at - began <= TOGETHER else None


def _endings(
    rule: Rule,
    ends: Iterable[Episode],
    firing: Mapping[str, Episode],
    channels: Iterable[str],
    holder: str,
    *,
    late: bool = False,
) -> list[Intent]:
    """Return the intents for alerts that are over.

    People are told when the last alert of an outage is over; a receiver that holds the state of each alert, of each.
    """
    open_ = {lead_of(episode) for episode in firing.values() if episode.told}
    made: list[Intent] = []
    for episode in ends:
        to = [name for name in channels if lead_of(episode) not in open_ or name in holding_state()]
        made += _intents(rule, "recovered", episode, to if episode.told else (), holder, late=late)
    return made


def _seen(known: Episode, alert: Alert, at: datetime) -> Episode:
    return replace(known, last_true=at, value=alert.value, threshold=alert.threshold, row=alert.row)


def _intents(
    rule: Rule,
    kind: Kind,
    episode: Episode,
    channels: Iterable[str],
    holder: str,
    *,
    late: bool = False,
    not_before: datetime | None = None,
) -> list[Intent]:
    told = {*rule.actions, *for_every_rule()}
    chosen = [channel for channel in channels if channel in told] or [""]
    return [
        Intent(
            _intent_id(rule, kind, episode, channel),
            kind,
            episode,
            channel,
            holder,
            late=late,
            not_before=None if channel in holding_state() else not_before,
        )
        for channel in chosen
    ]


def _intent_id(rule: Rule, kind: Kind, episode: Episode, channel: str) -> str:
    text = f"{rule.id}\n{episode.key}\n{episode.since.isoformat()}\n{kind}\n{channel}"
    return f"alert-{sha256(text.encode()).hexdigest()[:32]}"


def _plain(item: Episode | Intent) -> dict[str, Any]:
    return {name: _json(value) for name, value in asdict(item).items()}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json(each) for each in value]
    return value


def _episode(body: Mapping[str, Any]) -> Episode:
    names = ("since", "last_true", "until", "grouped_at")
    # An earlier version knew of no groups.
    times = {name: datetime.fromisoformat(body[name]) if body.get(name) else None for name in names}
    return Episode(**{**body, **times})


def intent_as_dict(intent: Intent) -> dict[str, Any]:
    """Return an intent as JSON has it."""
    return _plain(intent)


def intent_from(body: Mapping[str, Any]) -> Intent:
    """Return what `RuleState.as_dict` wrote of one intent."""
    when = body["not_before"] and datetime.fromisoformat(body["not_before"])
    return Intent(**{**body, "episode": _episode(body["episode"]), "not_before": when})
