"""Prometheus Alertmanager: the real program on loopback, with a receiver of webhooks behind it.

An hour is not waited for: what Alertmanager knows of it is the `endsAt` of each alert, which is read from it, and it
resolves by itself after one second what comes without one.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from tests.support.serving import serving

from model_logs.alerts.engine.rounds import Evaluator, Timing
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.notify.watchdog import Watchdog
from model_logs.alerts.rulebook import rules
from model_logs.alerts.rulebook.labels import labels_of
from model_logs.catalog.facts import ModelFacts
from model_logs.catalog.models_file import Catalog, Entry
from model_logs.channels import posting
from model_logs.channels.alertmanager import Alertmanager
from model_logs.channels.declaration import NotDeliveredError, UndeliverableError
from model_logs.channels.stateful_receiver import LabelledAlert
from model_logs.cli import model_logs
from model_logs.errors import ConfigurationError
from model_logs.state.audit_trail import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs prometheus-alertmanager: bash tests/tools.sh")

CONFIGURATION = """
global: {resolve_timeout: 1s}
route: {receiver: hook, group_by: [alertname, owner], group_wait: 2s, group_interval: 1s, repeat_interval: 4h}
receivers: [{name: hook, webhook_configs: [{url: '%s'}]}]
"""
OWNERS = ("crm", "risk", "search")
KEEP = timedelta(hours=6, minutes=5)


@dataclass
class Running:
    """An Alertmanager, and what its receiver was told.

    Attributes:
        url: Its address.
        told: The notifications, in order.
    """

    folder: Path
    port: int
    told: list[dict[str, Any]] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                str(PROGRAM),
                f"--config.file={self.folder / 'alertmanager.yml'}",
                f"--storage.path={self.folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.until(self._ready)

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def _ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/-/ready", timeout=1):
                return True
        except OSError:
            return False

    @staticmethod
    def until(true: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.05)

    def alerts(self) -> list[dict[str, Any]]:
        """What it holds: active, silenced or not."""
        with urlopen(f"{self.url}/api/v2/alerts", timeout=10) as answer:
            found = json.load(answer)
        assert isinstance(found, list)
        return found

    def notified(self, status: str) -> Counter[str]:
        """Owner → how many notifications of that status."""
        return Counter(each["groupLabels"].get("owner", "") for each in self.told if each["status"] == status)

    def settle(self) -> None:
        """Give it the time for any notification that it is about to send."""
        time.sleep(4)


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Running(tmp_path, free.getsockname()[1])

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(Hook) as hook:
        (tmp_path / "alertmanager.yml").write_text(CONFIGURATION % hook)
        made.start()
        yield made
        made.kill()


@pytest.fixture
def outage(world: Any, alertmanager: Running) -> Callable[..., Evaluator]:
    """A world whose clock is near that of Alertmanager, and evaluators that tell it."""
    world.now = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=90)
    owned = Catalog(tuple(Entry(f"{owner}-*", None, ModelFacts(owner)) for owner in OWNERS))
    which = (replace(rules.find_rule(rules.load_rules(), "deploy-failed"), catalog=owned),)

    def evaluator() -> Evaluator:
        made = Evaluator(
            world.es,
            which,
            Delivery([Alertmanager((alertmanager.url,))], attempts=1, keep=KEEP + timedelta(minutes=90)),
            Recorder(world.es, "alerts"),
            timing=Timing(),
            clock=lambda: world.now,
            say=world.said.append,
        )
        made.start()
        world.evaluators.append(made)
        return made

    return evaluator


def _fail(world: Any, number: int) -> None:
    operations: list[Any] = []
    for each in range(number):
        id_ = f"outage-{world.now.timestamp():.0f}-{each}"
        event = {
            "@timestamp": world.now.isoformat(),
            "event": {"id": id_, "ingested": world.now.isoformat()},
            "event_type": "deployed",
            "status": "failed",
            "environment": "production",
            "model_name": f"{OWNERS[each % 3]}-{each:03}",
            "model_version": "4",
        }
        operations += [{"create": {"_index": "logs-model.lifecycle-production", "_id": id_}}, event]
    assert not world.es.bulk(operations=operations, refresh=True)["errors"]


@pytest.mark.parametrize("models", [30, pytest.param(300, marks=pytest.mark.soak)])
def test_an_outage_of_many_models_is_one_notification_per_owner_resolved_once(
    world, outage, alertmanager, models: int
) -> None:
    evaluator = outage()
    world.run(evaluator)
    _fail(world, models)
    world.run(evaluator, 3)
    alertmanager.until(lambda: len(alertmanager.told) >= 3)
    alertmanager.settle()
    assert alertmanager.notified("firing") == dict.fromkeys(OWNERS, 1)
    assert [len(each["alerts"]) for each in alertmanager.told] == [models // 3] * 3
    one = alertmanager.told[0]["alerts"][0]
    assert set(one["labels"]) == {
        *("alertname", "severity", "priority", "owner", "source"),
        *(column for column in evaluator._rules[0].by if column != "variant"),
    }
    assert one["labels"]["alertname"] == "deploy-failed"
    assert one["annotations"]["value"] == "1 failure"
    assert "First steps" not in one["annotations"]["summary"]
    world.run(evaluator, 15, step=1)
    alertmanager.until(lambda: sum(alertmanager.notified("resolved").values()) >= 3)
    world.run(evaluator, 3)
    alertmanager.settle()
    assert alertmanager.notified("resolved") == dict.fromkeys(OWNERS, 1)
    assert alertmanager.notified("firing") == dict.fromkeys(OWNERS, 1)
    fired = [event["alert"]["channel"] for event in world.events("alert_fired")]
    assert set(fired) == {"alertmanager"}


def test_an_evaluator_that_is_away_for_an_hour_resolves_nothing(world, outage, alertmanager) -> None:
    first = outage()
    world.run(first)
    _fail(world, 3)
    world.run(first, 1)
    alertmanager.until(lambda: len(alertmanager.told) >= 3)
    given = world.now
    ends = [datetime.fromisoformat(each["endsAt"]) for each in alertmanager.alerts()]
    assert min(ends) - given > timedelta(hours=1) + timedelta(seconds=30)
    # It dies; without an end of ours Alertmanager would have resolved by now.
    first._outbox.close()
    first.lease.release()
    world.evaluators.clear()
    alertmanager.settle()
    world.now += timedelta(minutes=57)
    _fail(world, 3)
    world.now += timedelta(minutes=3)
    world.run(outage(), 2)
    alertmanager.settle()
    assert alertmanager.notified("resolved") == {}
    assert alertmanager.notified("firing") == dict.fromkeys(OWNERS, 1)


def test_what_fires_is_given_again_while_a_rule_cannot_be_judged(world, outage, alertmanager) -> None:
    evaluator = outage()
    world.run(evaluator)
    _fail(world, 3)
    world.run(evaluator, 1)
    before = min(each["endsAt"] for each in alertmanager.alerts())
    evaluator._texts = {"deploy-failed": "FROM logs-model.lifecycle-* | WHERE no_such_function(value)"}
    world.run(evaluator, 30, step=5)
    after = min(each["endsAt"] for each in alertmanager.alerts())
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) > timedelta(minutes=25)
    alertmanager.settle()
    assert alertmanager.notified("resolved") == {}


def test_an_alertmanager_that_is_killed_repeats_at_most_once(world, outage, alertmanager) -> None:
    evaluator = outage()
    world.run(evaluator)
    _fail(world, 30)
    world.run(evaluator, 1)
    alertmanager.until(lambda: len(alertmanager.told) >= 3)
    alertmanager.kill()
    world.run(evaluator, 1)
    assert any("alertmanager: " in line and "tried again in the next round" in line for line in world.said)
    alertmanager.start()
    world.run(evaluator, 2)
    alertmanager.settle()
    assert all(number <= 2 for number in alertmanager.notified("firing").values())
    world.run(evaluator, 15, step=1)
    alertmanager.until(lambda: sum(alertmanager.notified("resolved").values()) >= 3)
    alertmanager.settle()
    assert alertmanager.notified("resolved") == dict.fromkeys(OWNERS, 1)
    assert any("alertmanager: works again" in line for line in world.said)


def test_what_began_and_ended_while_alertmanager_was_away_is_over_there_too(world, outage, alertmanager) -> None:
    evaluator = outage()
    world.run(evaluator)
    alertmanager.kill()
    _fail(world, 3)
    world.run(evaluator, 40, step=1)
    assert evaluator._states["deploy-failed"].outbox
    alertmanager.start()
    world.run(evaluator, 1)
    alertmanager.settle()
    assert alertmanager.told == []
    assert evaluator._states["deploy-failed"].outbox == ()


# --- members, answers, names ----------------------------------------------------------------------------------------


def _alert(rule: rules.Rule, name: str, **changes: Any) -> LabelledAlert:
    row = {"model_name": name, "environment": "production"}
    at = datetime.now(UTC)
    labels = labels_of(rule, f"{name}|production", row)
    return replace(LabelledAlert(labels, {"summary": name}, at, at + timedelta(hours=1)), **changes)


def test_a_member_that_is_away_or_hangs_holds_up_no_other(rule, alertmanager, monkeypatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        dead, hanging = "http://127.0.0.1:9", f"http://127.0.0.1:{silent.getsockname()[1]}"
        channel = Alertmanager((dead, hanging, alertmanager.url))
        channel.refresh([_alert(rule, "churn")])
        channel.refresh([_alert(rule, "fraud")])
        # Those that failed are left alone for a while.
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert {each["labels"]["model_name"] for each in alertmanager.alerts()} == {"churn", "fraud"}


def test_every_member_is_given_everything(rule, tmp_path, alertmanager) -> None:
    taken: list[bytes] = []

    class Second(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["content-length"])))
            assert self.headers["authorization"] == "Bearer secret"
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(Second) as second:
        Alertmanager((alertmanager.url, second), "Bearer secret").refresh(
            [_alert(rule, f"m{n}") for n in range(1200)]
        )
    assert len(alertmanager.alerts()) == 1200
    assert sum(len(json.loads(body)) for body in taken) == 1200


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (302, {"location": "/login"}, UndeliverableError),
        (400, {}, UndeliverableError),
        (401, {}, UndeliverableError),
        (429, {"retry-after": "240"}, NotDeliveredError),
        (500, {}, NotDeliveredError),
        (503, {"retry-after": "9" * 30}, NotDeliveredError),
    ],
)
def test_only_a_success_counts(rule, status: int, headers: dict[str, str], error: type[Exception]) -> None:
    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(Refusing) as url, pytest.raises(error):
        Alertmanager((url + "/prefix/",)).refresh([_alert(rule, "churn")])
    assert asked == ["/prefix/api/v2/alerts"]


NAMES = [
    "a\nb",
    "a\\nb",
    "safe\u202etxt",
    "safe\\u202etxt",
    "",
    "  ",
    "-",
    "x" * 600,
    "x" * 601,
    "{{ .Labels }}",
    "é",
]


def test_names_that_look_the_same_are_alerts_of_their_own(rule, alertmanager) -> None:
    Alertmanager((alertmanager.url,)).refresh([_alert(rule, name) for name in NAMES])
    found = alertmanager.alerts()
    assert len(found) == len(NAMES)
    assert all(value.isprintable() for each in found for value in each["labels"].values())


def test_an_address_that_is_none_spoils_no_alert(rule, alertmanager) -> None:
    odd = [
        _alert(rule, f"m{n}", link=link) for n, link in enumerate(["not a url", "http://[", "http://a b/%zz", "é"])
    ]
    Alertmanager((alertmanager.url,)).refresh(odd)
    assert len(alertmanager.alerts()) == len(odd)


@pytest.mark.parametrize("url", ["alertmanager:9093", "ftp://x", "http://", "http://a b", "http://me:pw@am:9093"])
def test_an_address_that_cannot_be_posted_to_is_said_at_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        Alertmanager((url,))
    assert "pw" not in str(error.value)


# --- silences, sign of life -----------------------------------------------------------------------------------------


def _run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(model_logs, ["alerts", *arguments], env=environment)


def test_a_silence_is_alertmanagers_too_and_ends_there(world, rule, es_url, alertmanager) -> None:
    told = {"MODEL_LOGS_URL": es_url, "MODEL_LOGS_ALERTMANAGER_URL": alertmanager.url}
    model = "churn\u202e"
    done = _run("silence", rule.id, "--model", model, "--until", "2h", "--reason", "known", **told)
    assert done.exit_code == 0, done.stderr
    Alertmanager((alertmanager.url,)).refresh([_alert(rule, model), _alert(rule, "fraud")])
    alertmanager.until(lambda: len(alertmanager.told) >= 1)
    alertmanager.settle()
    (notified,) = alertmanager.told
    assert [each["labels"]["model_name"] for each in notified["alerts"]] == ["fraud"]
    assert _run("silence", "--end", done.stdout.strip(), **told).exit_code == 0
    alertmanager.until(lambda: len(alertmanager.told) >= 2)
    assert "nothing" not in _run("silence", "--until", "2h", **told).stderr


def test_a_silence_that_alertmanager_does_not_take_silences_nothing(world, rule, es_url) -> None:
    told = {"MODEL_LOGS_URL": es_url, "MODEL_LOGS_ALERTMANAGER_URL": "http://127.0.0.1:9"}
    done = _run("silence", rule.id, "--until", "2h", **told)
    assert done.exit_code != 0
    assert "alertmanager" in done.stderr
    assert "silenced" not in _run("list", **told).stdout


def test_the_watchdog_fires_always_and_for_minutes_only(alertmanager) -> None:
    said: list[str] = []
    watchdog = Watchdog("", [Alertmanager((alertmanager.url,))], say=said.append)
    now = datetime.now(UTC)
    watchdog.beat(now)
    watchdog.beat(now + timedelta(seconds=5))
    watchdog.close()
    (alert,) = alertmanager.alerts()
    assert alert["labels"] == {"alertname": "Watchdog", "severity": "none"}
    assert datetime.fromisoformat(alert["endsAt"]) - now == pytest.approx(
        timedelta(minutes=3), abs=timedelta(seconds=1)
    )
    assert said == []
