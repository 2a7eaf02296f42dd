"""Prometheus Alertmanager by its v2 API: the road for many models.

Grouping, routes by owner, inhibition, silences and high availability are Alertmanager's. Alerts go to every member of
its cluster, as Prometheus sends them, because members share notifications and silences and no alerts. One member that
takes them is enough; one that fails is left alone for a minute, so that it holds up nothing.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import orjson

from model_logs.channels.declaration import ChannelSetting, Declaration, NotDeliveredError, UndeliverableError, listed
from model_logs.channels.posting import checked_address, post
from model_logs.channels.stateful_receiver import LabelledAlert, StatefulReceiver
from model_logs.errors import ConfigurationError, ModelLogsError
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["CHANNEL", "Alertmanager"]

# So many alerts are posted at once, and so long a failing member is left alone.
_AT_ONCE = 500
_REST = 60.0
# Every address that this fits is one for Go as well.
_PLAIN_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?"
)
# Alertmanager refuses a silence without a matcher; this one is on each of our alerts and on no other.
_OURS = {"source": "model-logs"}


@dataclass(frozen=True)
class Alertmanager(StatefulReceiver):
    """The members of an Alertmanager cluster.

    Attributes:
        members: The address of each.
        authorization: The Authorization header, whole; none without.
        stopwatch: Seconds that never go back.
    """

    members: tuple[str, ...]
    authorization: str | None = field(default=None, repr=False)
    name: str = "alertmanager"
    stopwatch: Callable[[], float] = field(default=time.monotonic, repr=False)
    _resting: dict[str, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for member in self.members:
            checked_address(member, "An address in alerts.alertmanager_url", example="http://alertmanager:9093")
            if urlsplit(member).username is not None:
                # It stands in messages about a member that is away.
                raise ConfigurationError(
                    "An address in alerts.alertmanager_url holds a user.",
                    next_step="Remove it, and set MODEL_LOGS_ALERTMANAGER_AUTHORIZATION='Basic …' instead.",
                )
        if self.authorization and not (self.authorization.isascii() and self.authorization.isprintable()):
            raise ConfigurationError(
                "alerts.alertmanager_authorization is no header.", next_step="Write it as Bearer … or Basic …"
            )

    def refresh(self, alerts: Sequence[LabelledAlert]) -> None:
        """Post alerts to every member that is not left alone."""
        at = datetime.now(UTC)
        bodies = [
            orjson.dumps([_body(alert, at) for alert in alerts[begin : begin + _AT_ONCE]])
            for begin in range(0, len(alerts), _AT_ONCE)
        ]
        now = self.stopwatch()
        awake = [member for member in self.members if self._resting.get(member, 0) <= now]
        errors = self._each(awake or self.members, lambda member: self._give(member, bodies))
        for member, error in errors.items():
            self._rest(member, error)
        failed = [error for error in errors.values() if error]
        if len(failed) == len(errors):
            raise _worst(failed)

    def silence(self, labels: Mapping[str, str], *, until: datetime, by: str, reason: str) -> str:
        """Write a silence to the first member that takes it; its cluster hands it on."""
        body = {
            "matchers": [
                {"name": name, "value": value, "isRegex": False, "isEqual": True}
                for name, value in {**_OURS, **labels}.items()
            ],
            "startsAt": iso(datetime.now(UTC)),
            "endsAt": iso(until),
            "createdBy": by or "model-logs",
            "comment": reason or "no reason was given",
        }
        answer = self._first(lambda member: self._post(member, "silences", orjson.dumps(body)))
        try:
            return str(orjson.loads(answer)["silenceID"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise UndeliverableError(
                f"{self.name} did not answer to a silence with the silence's id.",
                next_step="See that alerts.alertmanager_url is the address of an Alertmanager.",
            ) from error

    def end_silence(self, id_: str) -> None:
        """End a silence at the first member that answers."""
        try:
            self._first(lambda member: self._post(member, f"silence/{quote(id_, safe='')}", b"", method="DELETE"))
        except UndeliverableError as error:
            # It has ended by itself: Alertmanager says so with 500 or 404, by its version.
            if "404" not in str(error):
                raise

    def _give(self, member: str, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self._post(member, "alerts", body)

    def _post(self, member: str, path: str, body: bytes, *, method: str = "POST") -> str:
        headers = {"content-type": "application/json"}
        if self.authorization:
            headers["authorization"] = self.authorization
        address = f"{member.rstrip('/')}/api/v2/{path}"
        return post(address, body, headers, f"{self.name} ({member})", method=method)[1]

    def _first(self, ask: Callable[[str], str]) -> str:
        errors: list[ModelLogsError] = []
        for member in self.members:
            try:
                return ask(member)
            except (NotDeliveredError, UndeliverableError) as error:
                errors.append(error)
        raise _worst(errors)

    def _each(
        self, members: Sequence[str], give: Callable[[str], None]
    ) -> dict[str, NotDeliveredError | UndeliverableError | None]:
        """Call a function for every member of the cluster at once: one that hangs must not hold up the others."""
        from concurrent.futures import ThreadPoolExecutor

        def tried(member: str) -> NotDeliveredError | UndeliverableError | None:
            try:
                give(member)
            except (NotDeliveredError, UndeliverableError) as error:
                return error
            return None

        if len(members) == 1:
            return {members[0]: tried(members[0])}
        with ThreadPoolExecutor(len(members), thread_name_prefix="model-logs-alertmanager") as pool:
            return dict(zip(members, pool.map(tried, members), strict=True))

    def _rest(self, member: str, error: ModelLogsError | None) -> None:
        if error is None:
            self._resting.pop(member, None)
            return
        wanted = error.retry_after if isinstance(error, NotDeliveredError) else None
        self._resting[member] = self.stopwatch() + (wanted.total_seconds() if wanted else _REST)


def _worst(errors: Sequence[ModelLogsError]) -> ModelLogsError:
    """Return the error to report: one after which a retry makes sense, where there is one."""
    return next((error for error in errors if isinstance(error, NotDeliveredError)), errors[0])


def _body(alert: LabelledAlert, now: datetime) -> dict[str, Any]:
    # An alert that began longer ago than its `group_wait` makes Alertmanager notify at once, while the others of its
    # group are on their way. It keeps the earliest begin that it was given; ours stands in the annotation `since`.
    starts = now if alert.ends_at > now else alert.starts_at
    body: dict[str, Any] = {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": iso(starts),
        # Alertmanager refuses an end before the begin.
        "endsAt": iso(max(starts, alert.ends_at)),
    }
    # It refuses a whole request for one address that is none.
    if _PLAIN_ADDRESS.fullmatch(alert.link):
        body["generatorURL"] = alert.link
    return body


CHANNEL = Declaration(
    name="alertmanager",
    title="Alertmanager",
    meaning="Prometheus Alertmanager, which groups, routes by owner, silences and repeats; for every rule.",
    settings=(
        ChannelSetting(
            "alertmanager_url",
            "Address of Prometheus Alertmanager; those of all members of a cluster with commas between.",
            kind="list",
            example="[http://alertmanager-0:9093, http://alertmanager-1:9093]",
            needed=True,
        ),
        ChannelSetting(
            "alertmanager_authorization",
            "The Authorization header for Alertmanager, whole, such as `Bearer …` or `Basic …`.",
            secret=True,
        ),
    ),
    make=lambda values: Alertmanager(
        listed(values["alertmanager_url"]), values.get("alertmanager_authorization") or None
    ),
    limits=(
        "Version 0.22 or newer.",
        "When it comes back without its data, it may notify once more.",
        "An alert that began and ended while no evaluator ran is recorded, but Alertmanager does not notify of it.",
    ),
    every_rule=True,
    holds_state=True,
)
