"""Stand-ins for PagerDuty, Slack and a webhook's receiver, on loopback: they refuse what the real ones refuse.

They are no PagerDuty and no Slack: what they check was taken from the public descriptions of Events API v2 and of
incoming webhooks. The mail server is a real one (aiosmtpd).
"""

from __future__ import annotations

import json
import re
import ssl
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pytest
import standardwebhooks
import trustme
from tests.support.serving import serving

from model_logs.alerts.engine.rounds import Evaluator, Timing
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.rulebook import rules, transitions
from model_logs.channels.pagerduty import PagerDuty
from model_logs.channels.slack import Slack
from model_logs.state.audit_trail import Recorder
from model_logs.state.store import INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
WEBHOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
RULES = rules.load_rules()
TWO = (rules.find_rule(RULES, "deploy-failed"), rules.find_rule(RULES, "high-error-rate"))
START = datetime(2026, 2, 1, 12, tzinfo=UTC)
_numbers = count()
Served = TypeVar("Served", bound="StandIn")


@dataclass
class StandIn:
    """A receiver on loopback.

    Attributes:
        accepted: The bodies that were taken, in order.
        refused: Reason → how often.
        failing: The statuses that the next requests are answered with instead.
        answer_headers: Sent with such an answer.
    """

    url: str = ""
    accepted: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    failing: list[int] = field(default_factory=list)
    answer_headers: dict[str, str] = field(default_factory=dict)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        raise NotImplementedError

    def refuse(self, status: int, reason: str) -> tuple[int, str]:
        self.refused[reason] += 1
        return status, reason


@dataclass
class PagerDutyStandIn(StandIn):
    """Events API v2 as far as it matters: checks the event, and keeps incidents by their key.

    Attributes:
        open: The keys of incidents that are open.
        incidents: Key → how many incidents were opened for it.
    """

    open: set[str] = field(default_factory=set)
    incidents: Counter[str] = field(default_factory=Counter)

    @property
    def actions(self) -> list[str]:
        return [event["event_action"] for event in self.accepted]

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        if path != "/v2/enqueue":
            return self.refuse(404, "Not Found")
        try:
            event = json.loads(body)
        except ValueError:
            return self.refuse(400, "Invalid JSON")
        errors = list(self._errors(event, len(body)))
        if errors:
            self.refused.update(errors)
            return 400, json.dumps(
                {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            )
        key = event["dedup_key"]
        self.accepted.append(event)
        if event["event_action"] == "trigger" and key not in self.open:
            self.open.add(key)
            self.incidents[key] += 1
        elif event["event_action"] == "resolve":
            self.open.discard(key)
        return 202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": key})

    @staticmethod
    def _errors(event: Any, size: int) -> Iterator[str]:
        if not isinstance(event, dict):
            yield "Event is no object"
            return
        action, key, payload = event.get("event_action"), event.get("dedup_key"), event.get("payload") or {}
        fired = action == "trigger"
        links = [str(link.get("href", "")) for link in event.get("links", [])]
        wrong = {
            "Event is larger than 512 KB": size > 512 * 1024,
            "Length of 'routing_key' is incorrect (should be 32 characters)": not re.fullmatch(
                r"[0-9a-zA-Z]{32}", str(event.get("routing_key"))
            ),
            "'event_action' is invalid": action not in {"trigger", "acknowledge", "resolve"},
            "'dedup_key' is missing or too long": not isinstance(key, str) or not 0 < len(key) <= 255,
            "'links' must have an href": not all(href.startswith(("http://", "https://")) for href in links),
            "'payload.summary' is missing, blank or too long": fired
            and not 0 < len(payload.get("summary", "")) <= 1024,
            "'payload.source' is missing or blank": fired and not payload.get("source"),
            "'payload.severity' is invalid": fired
            and payload.get("severity") not in {"critical", "error", "warning", "info"},
        }
        yield from (reason for reason, true in wrong.items() if true)


@dataclass
class SlackStandIn(StandIn):
    """An incoming webhook: answers `ok`, or one word that says what is wrong."""

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        if path != "/services/T000/B000/secret":
            return self.refuse(404, "no_service")
        if not headers.get("content-type", "").startswith("application/json"):
            return self.refuse(400, "invalid_payload")
        try:
            message = json.loads(body)
        except ValueError:
            return self.refuse(400, "invalid_payload")
        if not message.get("text") and not message.get("blocks"):
            return self.refuse(400, "no_text")
        self.accepted.append(message)
        return 200, "ok"


@dataclass
class WebhookStandIn(StandIn):
    """A receiver of Standard Webhooks that checks the signature."""

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        try:
            message = standardwebhooks.Webhook(WEBHOOK_SECRET).verify(body, headers)
        except standardwebhooks.WebhookVerificationError as error:
            return self.refuse(401, str(error))
        self.accepted.append(message)
        self.headers.append(headers)
        return 204, ""


def _serve(stand_in: Served, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                # The sender was killed in the middle: no whole request arrived, so there is nothing to judge.
                self.close_connection = True
                return
            extra: dict[str, str] = {}
            if stand_in.failing:
                status, text, extra = stand_in.failing.pop(0), "try later", stand_in.answer_headers
            else:
                status, text = stand_in.answer(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(Handler, tls=tls) as stand_in.url:
        yield stand_in


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    """An authority for certificates, and the file that makes it trusted."""
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return authority, str(file)


@pytest.fixture
def pagerduty(authority: tuple[trustme.CA, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[PagerDutyStandIn]:
    """PagerDuty's library speaks https only, so the stand-in has a certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("127.0.0.1").configure_cert(tls)
    monkeypatch.setenv("SSL_CERT_FILE", authority[1])
    yield from _serve(PagerDutyStandIn(), tls)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    for stand_in in _serve(SlackStandIn()):
        stand_in.url += "/services/T000/B000/secret"
        yield stand_in


@pytest.fixture
def webhook() -> Iterator[WebhookStandIn]:
    yield from _serve(WebhookStandIn())


@pytest.fixture
def told(pagerduty: PagerDutyStandIn, slack: SlackStandIn) -> list[Any]:
    """Channels to the stand-ins."""
    return [PagerDuty(ROUTING_KEY, pagerduty.url), Slack(slack.url)]


@pytest.fixture
def rule() -> rules.Rule:
    return rules.find_rule(RULES, "high-error-rate")


@pytest.fixture
def episode() -> transitions.Episode:
    at = datetime(2026, 2, 1, 12, tzinfo=UTC)
    row = {
        "model_name": "churn",
        "environment": "production",
        "value": 7.5,
        "threshold": 5.0,
        "events": 400,
        "failures": 30,
        "versions": ["3", "4"],
    }
    return transitions.Episode("churn|production", at, at, None, told=True, value=7.5, threshold=5.0, row=row)


@pytest.fixture
def intent(episode: transitions.Episode) -> Callable[..., transitions.Intent]:
    def make(channel: str, kind: Literal["fired", "recovered"] = "fired", **changes: Any) -> transitions.Intent:
        until = episode.since + timedelta(minutes=9) if kind == "recovered" else None
        fields = {"holder": "me", **changes}
        return transitions.Intent(f"alert-{kind}-{channel}", kind, _with(episode, until), channel, **fields)

    return make


class World:
    """A cluster, a clock, and evaluators that look at both."""

    def __init__(self, es: Elasticsearch, told: list[Any]) -> None:
        self.es = es
        self.told = told
        self.now = self.start = START
        self.said: list[str] = []
        self.evaluators: list[Evaluator] = []

    def evaluator(
        self,
        *,
        told: list[Any] | None = None,
        which: tuple[rules.Rule, ...] = TWO,
        client: Elasticsearch | None = None,
        **timing: Any,
    ) -> Evaluator:
        client = client or self.es
        made = Evaluator(
            client,
            which,
            Delivery(self.told if told is None else told, attempts=1),
            Recorder(client, "alerts"),
            timing=Timing(**timing),
            clock=lambda: self.now,
            say=self.said.append,
        )
        made.start()
        self.evaluators.append(made)
        return made

    def predictions(
        self, status: str, number: int, *, start: datetime | None = None, minutes: float = 5, model: str = "churn"
    ) -> None:
        """Write predictions evenly over some minutes, ending now unless a start is given."""
        begin = start or self.now - timedelta(minutes=minutes)
        operations: list[Any] = []
        for each in range(number):
            at = begin + timedelta(minutes=minutes) * each / number
            id_ = f"event-{next(_numbers)}"
            operations += [
                {"create": {"_index": "logs-model.prediction-production", "_id": id_}},
                {
                    "@timestamp": at.isoformat(timespec="milliseconds"),
                    "event": {"id": id_, "ingested": self.now.isoformat(timespec="milliseconds")},
                    "event_type": "predict",
                    "status": status,
                    "environment": "production",
                    "model_name": model,
                    "model_version": "3",
                    "latency_ms": 20,
                    "request_id": id_,
                    "host": {"name": "host-1"},
                },
            ]
        assert not self.es.bulk(operations=operations, refresh=True)["errors"]

    def run(self, evaluator: Evaluator, minutes: float = 0, *, step: float = 0.5) -> None:
        """Let time pass in steps; at each the evaluator does its round and sends everything."""
        for _ in range(int(minutes / step) or 1):
            if minutes:
                self.now += timedelta(minutes=step)
            evaluator.run_once()
            self.flush(evaluator)

    @staticmethod
    def flush(evaluator: Evaluator) -> None:
        while evaluator.sending:
            evaluator._outbox._delivery.wait(5)
            evaluator.send()

    def events(self, kind: str) -> list[dict[str, Any]]:
        self.es.indices.refresh(index="logs-model.lifecycle-*")
        found = self.es.search(
            index="logs-model.lifecycle-*", query={"term": {"event_type": kind}}, size=100, sort=["@timestamp"]
        )
        return [hit["_source"] for hit in found["hits"]["hits"]]

    def fail_deployment(self, model: str = "churn") -> None:
        """Write that a deployment failed, now."""
        self.lifecycle("deployed", status="failed", model_name=model, model_version="4")

    def lifecycle(self, event_type: str, **fields: Any) -> None:
        """Write what a registry said, now."""
        id_ = f"lifecycle-{next(_numbers)}"
        event = {
            "@timestamp": self.now.isoformat(),
            "event": {"id": id_, "ingested": self.now.isoformat()},
            "event_type": event_type,
            "status": "success",
            "environment": "production",
            "model_name": "churn",
            "model_version": "3",
            **fields,
        }
        operations: list[Any] = [{"create": {"_index": "logs-model.lifecycle-production", "_id": id_}}, event]
        assert not self.es.bulk(operations=operations, refresh=True)["errors"]


@pytest.fixture
def world(applied: Elasticsearch, told: list[Any]):
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    made = World(applied, told)
    yield made
    for evaluator in made.evaluators:
        evaluator.stop()
    # It goes on after mistakes of its own, so a test would not notice them.
    assert not [line for line in made.said if "mistake in model-logs" in line]
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


def _with(episode: transitions.Episode, until: datetime | None) -> transitions.Episode:
    from dataclasses import replace

    return replace(episode, until=until)
