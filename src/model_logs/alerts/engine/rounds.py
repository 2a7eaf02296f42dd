"""One pass over all rules: every window that is due, windows with late events, and the messages to send.

It owns the states of the rules while it is the leader. When it runs is for `watch` to say; what an evaluation means
for an alert is `transitions`'; how a message leaves is `delivery`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from model_logs.alerts.engine import removed_rules, silences
from model_logs.alerts.engine.expected_models import Keeper
from model_logs.alerts.engine.isolation import ErrorIsolation
from model_logs.alerts.engine.late_events import LateEvents
from model_logs.alerts.engine.progress import Progress
from model_logs.alerts.notify.messages import Links
from model_logs.alerts.notify.outbox import Outbox
from model_logs.alerts.rulebook import query_text, rules, transitions
from model_logs.alerts.rulebook.evaluation import Evaluation, evaluate
from model_logs.alerts.rulebook.rules import GRID
from model_logs.alerts.rulebook.serving_versions import SERVING_ALIASES
from model_logs.printing import printable
from model_logs.state import disk_samples
from model_logs.state.lease import Lease
from model_logs.state.store import StateConflictError, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from elasticsearch import Elasticsearch

    from model_logs.alerts.notify.delivery import Delivery
    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.alerts.rulebook.transitions import Intent
    from model_logs.state.audit_trail import Recorder
    from model_logs.state.store import Stored

__all__ = ["Evaluator", "Timing", "rule_state_id"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Timing:
    """How the evaluator treats time.

    Attributes:
        delay: How long after its end a window is judged, so that events can arrive.
        catch_up: How far back missed windows are judged after a pause.
        lookback: How far back late events lead to a second judgement.
        lease: Seconds without a sign of life until another evaluator takes over.
        timeout: Seconds for one query.
    """

    delay: timedelta = timedelta(seconds=5)
    catch_up: timedelta = timedelta(hours=6)
    lookback: timedelta = timedelta(hours=1)
    lease: float = 30.0
    timeout: float = 20.0


class Evaluator:
    """Evaluates rules and stores their state.

    Args:
        client: Of the cluster.
        which: The rules.
        delivery: The threads that send.
        recorder: Writes the events of what was sent.
        links: Where messages point to.
        serving_aliases: The aliases of a registry that mean the version that serves.
        timing: How time is treated.
        clock: The time of this machine.
        say: Tells the operator one line.
    """

    def __init__(
        self,
        client: Elasticsearch,
        which: tuple[Rule, ...],
        delivery: Delivery,
        recorder: Recorder,
        *,
        links: Links | None = None,
        serving_aliases: Iterable[str] = SERVING_ALIASES,
        timing: Timing | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        say: Callable[[str], None] = print,
    ) -> None:
        self._client = client
        self._rules = which
        self._gone: tuple[Rule, ...] = ()
        self._texts = {rule.id: query_text.alerts_query(rule) for rule in which}
        self._timing = timing or Timing()
        self._clock = clock
        self._say = say
        self._store = Store(client)
        catalog = which[0].catalog if which else None
        self._keeper = Keeper(client, self._store, serving_aliases=serving_aliases, catalog=catalog)
        self._late = LateEvents(client, self._store, lookback=self._timing.lookback)
        self._outbox = Outbox(self._store, delivery, recorder, links=links or Links(), clock=clock, say=say)
        self._states: dict[str, transitions.RuleState] = {}
        self._stored: dict[str, Stored | None] = {}
        self._silences: tuple[silences.Silence, ...] = ()
        self._troubles: dict[str, str] = {}
        self._sampled = _EPOCH
        self._looked = _EPOCH
        self._term = 0
        self._leading = False
        self.progress = Progress()
        self.lease = Lease(self._store, length=self._timing.lease)

    def start(self) -> None:
        """Create the index for the evaluator's state where it is missing."""
        self._store.ensure()

    def run_once(self) -> bool:
        """Evaluate the windows that are due and send messages; False when another evaluator is the leader.

        Raises:
            ClusterError: The cluster cannot be reached; nothing is lost, the windows stay due.
        """
        self.progress.begun()
        try:
            if not self._lead():
                return False
            to = self._floor(self._clock() - self._timing.delay)
            self._silences = silences.open_silences(self._store, self._clock())
            self._mend_clock(to)
            stuck: set[str] = set()
            for tick in self._ticks(to):
                self._judge(tick, to, stuck)
                self._send()
            self._sample()
            self._judge_late(to)
            self._send(current=True)
            self.progress.ended(self._states, stuck, self._clock())
        except StateConflictError:
            self._say("Another evaluator has taken over; this one waits.")
            self._step_down()
            return False
        return True

    def send(self) -> None:
        """Send messages that are due, without evaluating a rule."""
        try:
            if self._leading and self._lead():
                self._send()
        except StateConflictError:
            self._step_down()

    @property
    def sending(self) -> bool:
        """Whether a message is being sent."""
        return self._outbox.busy

    def stop(self) -> None:
        """Give the work back, so that another evaluator can begin at once."""
        self._outbox.close()
        try:
            if self._leading and self.lease.keep():
                self._send(more=False)
        except StateConflictError:
            self._step_down()
        self.lease.release()

    # --- leading --------------------------------------------------------------------------------------------------

    def _lead(self) -> bool:
        held = self.lease.keep()
        if held and not self._leading:
            self._term += 1
            self._load()
            self._leading = True
            self._say(f"This evaluator is the leader: {len(self._rules)} rules.")
        elif self._leading and not held:
            self._say("Another evaluator has taken over; this one waits.")
            self._step_down()
        return held

    def _still_leading(self) -> None:
        if not self.lease.keep():
            raise StateConflictError("The lease was lost.")

    def _step_down(self) -> None:
        self._leading = self.progress.leads = False
        self.lease.lose()
        self._outbox.forget()

    def _load(self) -> None:
        self._keeper.forget()
        self._late.forget()
        self._states, self._stored = {}, {}
        for rule in self._rules:
            stored = self._store.read(rule_state_id(rule))
            self._stored[rule.id] = stored
            if stored:
                self._states[rule.id] = transitions.RuleState.from_dict(stored.body)
            else:
                begin = self._floor(self._clock() - self._timing.delay) - rule.every
                self._states[rule.id] = transitions.RuleState(begin)
        self._load_gone()

    def _load_gone(self) -> None:
        """End the alerts of removed rules, from their stored state."""
        folder = self._rules[0].source.parent.parent if self._rules else rules.folder()
        found: list[Rule] = []
        for rule, stored in removed_rules.find_removed_rules(self._store, self._rules, folder):
            found.append(rule)
            state = transitions.RuleState.from_dict(stored.body)
            self._stored[rule.id], self._states[rule.id] = stored, state
            self._say(f"{rule.id}: the rule was removed; its {len(state.firing)} firing alerts are ended.")
            self._advance(
                rule, Evaluation(max(state.evaluated_to, self._floor(self._clock())), {}), transitions.advance
            )
        self._gone = tuple(found)

    @property
    def _holder(self) -> str:
        # Of this term: what an earlier one stored may have been sent by a leader in between.
        return f"{self.lease.holder}#{self._term}"

    def _save(self, rule: Rule, state: transitions.RuleState) -> None:
        body = {"rule": rule.id, "about": removed_rules.about(rule), **state.as_dict()}
        self._stored[rule.id] = self._store.write(
            rule_state_id(rule), removed_rules.STATE, body, self._stored[rule.id]
        )
        self._states[rule.id] = state

    # --- judging --------------------------------------------------------------------------------------------------

    def _floor(self, moment: datetime) -> datetime:
        return _EPOCH + (moment - _EPOCH) // GRID * GRID

    def _mend_clock(self, to: datetime) -> None:
        """Rewind states that are ahead of this machine's clock."""
        for rule in self._rules:
            ahead = self._states[rule.id].evaluated_to - to
            if ahead > _MINUTE:
                self._say(f"{rule.id}: was evaluated {ahead} ahead of this clock; it starts again from now.")
                self._states[rule.id] = transitions.rewound(self._states[rule.id], to)
                self._looked = _EPOCH

    def _ticks(self, to: datetime) -> Iterator[datetime]:
        """Yield the ends of windows that are due, in the order of time."""
        oldest = to - self._timing.catch_up
        for rule in self._rules:
            state = self._states[rule.id]
            if state.evaluated_to < oldest:
                self._say(
                    f"{rule.id}: windows before {oldest:%Y-%m-%d %H:%M} UTC are skipped, older than --catch-up."
                )
                self._states[rule.id] = replace(state, evaluated_to=oldest)
        tick = self._floor(min((self._states[rule.id].evaluated_to for rule in self._rules), default=to)) + GRID
        while tick <= to:
            if any(self._is_due(rule, tick) for rule in self._rules):
                yield tick
            tick += GRID

    def _is_due(self, rule: Rule, tick: datetime) -> bool:
        return not (tick - _EPOCH) % rule.every and tick > self._states[rule.id].evaluated_to

    def _judge(self, tick: datetime, to: datetime, stuck: set[str]) -> None:
        if not (tick - _EPOCH) % _MINUTE:
            with self._trouble("the list of expected models"):
                self._keeper.update(tick, still_leading=self._still_leading)
        for rule in self._rules:
            # The windows of a rule are judged in order: one that could not be judged holds up the later ones.
            if not self._is_due(rule, tick) or rule.id in stuck:
                continue
            self._still_leading()
            with self._trouble(rule.id) as trouble:
                evaluation = self._evaluated(rule, tick)
                if not evaluation.complete:
                    self._say(f"{rule.id}: more than {query_text.LIMIT:,} alerts at once; none of them is ended.")
                self._advance(rule, evaluation, transitions.advance, last=tick + rule.every > to)
            if trouble.there:
                stuck.add(rule.id)

    def _evaluated(self, rule: Rule, tick: datetime) -> Evaluation:
        text = self._texts[rule.id]
        return evaluate(self._client, self._informed(rule), text, tick, timeout=self._timing.timeout)

    def _informed(self, rule: Rule) -> Rule:
        """Return a rule with what tags of the registry state by now."""
        return replace(rule, catalog=self._keeper.catalog)

    def _advance(
        self, rule: Rule, evaluation: Any, how: Callable[..., transitions.RuleState], *, last: bool = True
    ) -> None:
        before = self._states[rule.id]
        state = how(
            self._informed(rule),
            before,
            evaluation,
            channels=self._outbox.channels,
            silenced=lambda row: self._silenced(rule, row),
            holder=self._holder,
        )
        if last or state != replace(before, evaluated_to=state.evaluated_to):
            self._save(rule, state)
        else:
            # On the way through missed windows: judged again after a crash, with the same result.
            self._states[rule.id] = state
        known = {intent.id for intent in before.outbox}
        for intent in state.outbox:
            if intent.id not in known:
                self._say(f"{intent.kind} {rule.id} {printable(intent.episode.key)} → {intent.channel or 'nobody'}")

    def _silenced(self, rule: Rule, row: Mapping[str, Any]) -> bool:
        now = self._clock()
        return any(silence.covers(rule, row, now) for silence in self._silences)

    def _judge_late(self, to: datetime) -> None:
        if to <= self._looked:
            return
        with self._trouble("late events"):
            pending = self._late.look(to)
            self._looked = to
            if pending is None:
                return
            for rule in self._rules:
                if rule.time_field == "@timestamp" and "::failures" not in rule.query:
                    self._advance(rule, list(self._again(rule, *pending)), transitions.advance_late)
            self._late.done()

    def _again(self, rule: Rule, first: datetime, end: datetime) -> Iterator[Any]:
        last = min(end + rule.window, self._states[rule.id].evaluated_to)
        tick = first + GRID
        while tick <= last:
            if not (tick - _EPOCH) % rule.every:
                self._still_leading()
                yield self._evaluated(rule, tick)
            tick += GRID

    def _sample(self) -> None:
        minute = self._clock().replace(second=0, microsecond=0)
        if minute != self._sampled:
            self._sampled = minute
            with self._trouble("disk samples"):
                disk_samples.write_disk_samples(self._client, self._clock())

    def _trouble(self, what: str) -> ErrorIsolation:
        return ErrorIsolation(self._troubles, what, self._say)

    # --- sending --------------------------------------------------------------------------------------------------

    def _send(self, *, more: bool = True, current: bool = False) -> None:
        for rule in (*self._rules, *self._gone):
            # First to people, then to the record: what cannot be recorded now must not keep anybody from being told.
            with self._trouble(f"sending of {rule.id}"):
                state = self._states[rule.id]
                if more:
                    allowed = partial(self._may_tell, self._term)
                    self._outbox.start(rule, state, self._holder, allowed, current=current)
                strike = partial(self._strike_off, rule, state)
                outbox, trouble = self._outbox.settle(rule, state.outbox, self._holder, strike, self._still_leading)
                if trouble:
                    raise trouble
                if rule in self._gone and not outbox:
                    self._forget(rule)

    def _may_tell(self, term: int) -> bool:
        """Tell a sending thread whether this process still holds the lease under which a message was given to it."""
        return self._leading and term == self._term and self.lease.safe()

    def _strike_off(self, rule: Rule, state: transitions.RuleState, left: tuple[Intent, ...]) -> None:
        self._save(rule, replace(state, outbox=left))

    def _forget(self, rule: Rule) -> None:
        """Drop the state of a removed rule once its last message is sent."""
        if stored := self._stored[rule.id]:
            self._store.delete(stored)
        self._gone = tuple(each for each in self._gone if each is not rule)


def rule_state_id(rule: Rule) -> str:
    """Return the id under which the state of a rule is stored."""
    return f"alerts-rule-{rule.id}"
