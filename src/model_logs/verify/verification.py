"""The verification: write, look at each hop until the event is found or the time is over, and judge."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from model_logs.errors import ClusterError
from model_logs.verify import counters, shipper
from model_logs.verify.cluster import Place, ProbedCluster
from model_logs.verify.probe import target, write_probe
from model_logs.verify.records import Hop, VerifyResult
from model_logs.verify.shipper import Sight

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    from model_logs.verify.counters import CounterReading
    from model_logs.verify.probe import Probe
    from model_logs.verify.records import VerifySettings

__all__ = ["verify_path"]

_ORDER: Final = ("file", "shipper", "logstash", "index", "search")
_SHORTEST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 1.0
# A shipper that is just being started gets so long.
_PATIENCE: Final = 3.0
_NOT_WATCHED: Final = {
    "shipper": "give --state for `model-logs ship`, --filebeat-registry or --filebeat-url for Filebeat",
    "logstash": "give --logstash-url",
}
_REMEDIES: Final = {
    "unparsed": "Read the reason. What `verify` writes fits the event contract: what reads the lines is"
    " older than this program, or another program changes them.",
    "failure": "Correct what the reason names, usually a mapping in <template>@custom, then roll the stream over and"
    " index the failures again: `elk-bootstrap plan` shows what differs from the assets.",
    "elsewhere": "Add the environment to the list of the program that reads the lines (MODEL_LOGS_ENVIRONMENTS of"
    " Logstash, --environments of `model-logs ship`) and to `elk-bootstrap apply --environments`.",
    "refused": "Correct what the reason names; the event is in the dead-letter file and can be sent again.",
}


def verify_path(
    client: Elasticsearch, settings: VerifySettings, *, say: Callable[[str], None] = lambda _: None
) -> VerifyResult:
    """Send one event down the path and wait for it.

    Args:
        client: Of the cluster where it should arrive.
        settings: Which path, and for how long.
        say: Called with a short line each time that something was looked at; for a progress line.

    Raises:
        ConfigurationError: The path of the file, a URL or a port makes no sense.
        ClusterError: The cluster cannot be asked.
        VerifyError: The event cannot be written.
    """
    file = target(settings.file)
    if settings.beats:
        counters.reachable(settings.beats)
    cluster = ProbedCluster(client, settings.environment)
    # May we look at all? Better asked before anything is written.
    cluster.place("nobody")
    before = _Counted(settings)
    probe = write_probe(file, settings.environment)
    way = _Way(settings, cluster, probe, before)
    pause = _SHORTEST_PAUSE
    while not way.look() and way.age < settings.wait and not way.hopeless:
        say(f"{way.age:5.1f} s  last seen: {way.last}")
        time.sleep(min(pause, max(0.0, settings.wait - way.age)))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    return way.result()


class _Counted:
    """The counters from before the event."""

    def __init__(self, settings: VerifySettings) -> None:
        self.logstash = counters.logstash(settings.logstash_url, settings.ca_certs) if settings.logstash_url else None
        self.filebeat = (
            counters.filebeat_counters(settings.filebeat_url, settings.ca_certs) if settings.filebeat_url else None
        )


class _Way:
    """The observations of the event on its way."""

    def __init__(self, settings: VerifySettings, cluster: ProbedCluster, probe: Probe, before: _Counted) -> None:
        self._settings = settings
        self._cluster = cluster
        self._probe = probe
        self._before = before
        self._times: dict[str, float] = {"file": 0.0}
        self._sights = {"file": Sight(True, f"written to {probe.path} at {probe.offset:,}")}
        self._end: Place | None = None
        self._silent = ""

    @property
    def age(self) -> float:
        """Seconds since the line was written."""
        return time.monotonic() - self._probe.written

    @property
    def last(self) -> str:
        """The last hop that saw the event."""
        return next(name for name in reversed(_ORDER) if name in self._times)

    @property
    def hopeless(self) -> bool:
        """Whether no shipper has moved the event on for a while."""
        sight = self._sights.get("shipper")
        return sight is not None and not sight.seen and sight.final and self.age >= _PATIENCE

    def look(self) -> bool:
        """Look at each hop that has not seen the event; return whether the way has come to an end."""
        settings, probe = self._settings, self._probe
        try:
            self._look_in_cluster()
        except ClusterError as error:
            # It may come back within the time that there is.
            self._silent = error.what
        if "logstash" not in self._times and settings.logstash_url:
            self._note("logstash", self._at_logstash(counters.logstash(settings.logstash_url, settings.ca_certs)))
        if self._sight_of_shipper_may_change():
            self._note("shipper", self._at_shipper())
        if self._end is None and settings.state and (reason := shipper.refused(settings.state, probe)):
            self._note("shipper", Sight(True, f"`model-logs ship` sent it, and the cluster refused it: {reason}"))
            self._end = Place("refused", str(settings.state / "dead-letters.ndjson"), reason)
        return self._end is not None

    def _look_in_cluster(self) -> None:
        self._silent = ""
        place = self._cluster.place(self._probe.id)
        if place is not None:
            self._arrived(place)
        elif "index" not in self._times and self._cluster.indexed(self._probe.id):
            self._note("index", Sight(True, f"indexed in {self._cluster.stream}"))

    def _sight_of_shipper_may_change(self) -> bool:
        settings = self._settings
        watched = settings.state or settings.filebeat_registry or settings.filebeat_url
        return bool(watched) and self._end is None

    def _arrived(self, place: Place) -> None:
        self._end = place
        if place.kind == "found":
            self._note("index", Sight(True, f"indexed in {place.stream}"))
            self._note("search", Sight(True, f"visible to search in {place.stream}, where panels and rules look"))
        else:
            self._note("index", Sight(True, f"kept in {place.stream}: {place.reason}"))

    def _note(self, name: str, sight: Sight) -> None:
        if sight.seen:
            self._times.setdefault(name, self.age)
        self._sights[name] = sight

    def _at_shipper(self) -> Sight:
        settings = self._settings
        if settings.state:
            return shipper.sight_of_ship(
                settings.state, self._cluster.uuid, self._probe, guessed=settings.state_guessed
            )
        if settings.filebeat_registry:
            return shipper.sight_of_filebeat(settings.filebeat_registry, self._probe)
        return self._at_filebeat(counters.filebeat_counters(str(settings.filebeat_url), settings.ca_certs))

    def _at_filebeat(self, now: CounterReading) -> Sight:
        before = self._before.filebeat
        if now.counters is None or before is None or before.counters is None:
            return Sight(
                False, now.problem or (before.problem if before else ""), "Start Filebeat, or correct the URL."
            )
        read = now.counters.taken - before.counters.taken
        sent = now.counters.sent - before.counters.sent
        dropped = now.counters.dropped - before.counters.dropped
        counted = f"Filebeat has read {read:,} events since and had {sent:,} acknowledged"
        if dropped > 0:
            counted += f"; its output dropped {dropped:,}"
        return Sight(read > 0, counted, "See Filebeat's log: it finds no file, or waits for Logstash.")

    def _at_logstash(self, now: CounterReading) -> Sight:
        before = self._before.logstash
        if now.counters is None or before is None or before.counters is None:
            return Sight(
                False, now.problem or (before.problem if before else ""), "Start Logstash, or correct the URL."
            )
        new, old = now.counters, before.counters
        detail = f"Logstash has taken {new.taken - old.taken:,} events since and passed on {new.sent - old.sent:,}"
        trouble = [
            (new.refused - old.refused, "{:,} not stored (refused, or known already)"),
            (new.dead - old.dead, "the dead letter queue has grown by {:,} bytes"),
            (new.dropped - old.dropped, "{:,} dropped, since the dead letter queue is full"),
        ]
        said = [text.format(count) for count, text in trouble if count > 0]
        remedy = (
            "See Logstash's log: it waits for Elasticsearch, or cannot write to it." if new.taken > old.taken else ""
        )
        return Sight(new.taken > old.taken, "; ".join([detail, *said]), remedy)

    def result(self) -> VerifyResult:
        """Return the verdict."""
        place = self._end
        found = place is not None and place.kind == "found"
        problem, remedy = ("", "") if found else self._judged(place)
        return VerifyResult(
            id=self._probe.id,
            path=str(self._probe.path),
            offset=self._probe.offset,
            stream=self._cluster.stream,
            hops=tuple(self._hop(name) for name in _ORDER),
            found=found,
            last_seen=self.last,
            problem=problem,
            remedy=remedy,
        )

    def _hop(self, name: str) -> Hop:
        sight = self._sights.get(name)
        if name in self._times:
            return Hop(name, "seen", round(self._times[name], 3), sight.detail if sight else "")
        if _ORDER.index(name) < _ORDER.index(self.last):
            return Hop(name, "passed", None, "not watched" if sight is None else sight.detail)
        if sight is None and name in _NOT_WATCHED:
            return Hop(name, "not watched", None, _NOT_WATCHED[name])
        return Hop(name, "not seen", None, sight.detail if sight else "")

    def _judged(self, place: Place | None) -> tuple[str, str]:
        """Return the problem and its remedy."""
        if place is not None:
            texts = {
                "unparsed": f"It was not understood and is in {place.stream}: {place.reason}.",
                "failure": f"Elasticsearch refused it, and it is in {place.stream}: {place.reason}.",
                "elsewhere": f"It came to {place.stream} and not to {self._cluster.stream}: {place.reason}.",
                "refused": f"Elasticsearch refused it, and it is in {place.stream}: {place.reason}.",
            }
            return texts[place.kind], _REMEDIES[place.kind]
        return self._lost()

    def _lost(self) -> tuple[str, str]:
        last, settings = self.last, self._settings
        waited = f"It was not found within {settings.wait:g} s"
        if self.hopeless and self.age < settings.wait:
            waited = f"It was not found in {self.age:.0f} s, and waiting longer changes nothing"
        problem = f"{waited}; last seen: {last}."
        sights = [self._sights[name] for name in _ORDER[_ORDER.index(last) :] if name in self._sights]
        reasons = [sight.detail for sight in sights if not sight.seen and sight.detail]
        remedy = next((sight.remedy for sight in (*reversed(sights),) if sight.remedy), "")
        if settings.beats and last in {"file", "shipper"}:
            port = counters.reachable(settings.beats)
            if not port.seen:
                reasons.append(port.detail)
                remedy = port.remedy
        try:
            remedy = self._cluster_reasons(reasons) or remedy
        except ClusterError as error:
            reasons.append(self._silent or error.what)
        return " ".join([problem, *(f"{reason[:1].upper()}{reason[1:]}." for reason in reasons)]), remedy or (
            "Start the shipper that reads this file, then try again; --state, --filebeat-registry and --logstash-url"
            " let `verify` see more of the way."
        )

    def _cluster_reasons(self, reasons: list[str]) -> str:
        """Add the cluster's own reasons; return the remedy where one of them is the cause."""
        remedy = ""
        if self._silent:
            reasons.append(self._silent.rstrip("."))
        if not self._cluster.exists():
            reasons.append(f"there is no data stream {self._cluster.stream}")
            remedy = "Run `elk-bootstrap apply` with this environment (--environments)."
        blocks = self._cluster.blocks()
        if blocks and self.last != "file":
            reasons.append(f"the cluster is blocked ({blocks})")
            remedy = "Free disk space and take the block away; shippers go on by themselves."
        if self._cluster.blind:
            reasons.append(self._cluster.blind)
        return remedy
