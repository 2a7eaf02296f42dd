"""A channel is one module, one template, one page and one test; everything else reads its declaration."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.serving import serving

from model_logs import assets, channels, settings
from model_logs.alerts.notify.configuration import receivers
from model_logs.alerts.notify.messages import Links, message
from model_logs.channels import posting
from model_logs.channels.declaration import NotDeliveredError
from model_logs.cli.install.init import annotated
from model_logs.errors import ConfigurationError
from model_logs.install.kibana import rule_bodies

if TYPE_CHECKING:
    from model_logs.channels.declaration import Declaration

ROOT = Path(__file__).parents[3]
every_channel = pytest.mark.parametrize("channel", channels.declared(), ids=lambda channel: channel.name)
# The settings that cannot be made up from their example.
VALUES = {
    "pagerduty_routing_key": "0" * 32,
    "slack_webhook_url": "https://hooks.slack.example/services/T/B/X",
    "webhook_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
}


def _values(channel: Declaration) -> dict[str, Any]:
    return {each.name: VALUES.get(each.name) or each.example.strip("[]") for each in channel.settings if each.needed}


def test_the_channels_are_those_of_the_folder() -> None:
    beside = {"declaration", "message", "posting", "stateful_receiver"}  # what channels share
    modules = {file.stem for file in (ROOT / "src/model_logs/channels").glob("[!_]*.py")}
    assert set(channels.named()) == modules - beside
    assert set(channels.named()) >= {"alertmanager", "email", "pagerduty", "slack", "webhook"}


@every_channel
def test_a_channel_has_its_template_its_page_and_its_limits(channel: Declaration) -> None:
    assert (assets.path("alerts/templates") / channel.template).is_file()
    page = (ROOT / "docs/channels" / f"{channel.name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {channel.title}\n")
    assert "## Limits" in page
    for name in channel.needs:
        assert f"{name}:" in page, name
    assert channel.limits
    assert channel.needs


@every_channel
def test_its_settings_are_known_explained_and_switch_it_on(channel: Declaration) -> None:
    written = annotated({})
    for each in channel.settings:
        assert each.name in settings.KNOWN["alerts"]
        assert f"MODEL_LOGS_{each.name.upper()}" in written
        assert each.meaning.endswith(".")
    environ = {f"MODEL_LOGS_{name.upper()}": value for name, value in _values(channel).items()}
    (made,) = receivers(environ).channels
    assert made.name == channel.name
    first, *others = channel.needs
    assert receivers({name: value for name, value in environ.items() if first.upper() not in name}).channels == ()
    for name in others:
        with pytest.raises(ConfigurationError, match=name):
            receivers({key: value for key, value in environ.items() if name.upper() not in key})


@every_channel
def test_a_secret_of_a_channel_is_not_shown(channel: Declaration) -> None:
    values = {each.name: f"https://secret-{each.name}.example/x" for each in channel.settings if each.secret}
    numbers = {"smtp_port": 587, "smtp_security": "tls"}
    made = channel.make({**_values(channel), **values, **numbers})
    assert "secret" not in repr(made)


@every_channel
def test_kibana_has_a_connector_or_leaves_the_channel_to_the_evaluator(channel: Declaration) -> None:
    licensed = {each.kibana.type: True for each in channels.declared() if each.kibana}
    wired = rule_bodies.wiring(licensed, _values(channel))
    types = [connector.type for connector in wired.by_channel[channel.name]]
    assert types == ([channel.kibana.type] if channel.kibana else [])


def test_a_channel_of_ones_own_needs_no_other_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file beside the others is found, and rules may name it."""
    (tmp_path / "pigeon.py").write_text(
        "from dataclasses import replace\n"
        "from model_logs.channels.slack import CHANNEL as SLACK\n"
        "CHANNEL = replace(SLACK, name='pigeon', title='Pigeon')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    for cached in (channels.declared, channels.named, channels.for_every_rule, channels.holding_state):
        cached.cache_clear()
    try:
        assert "pigeon" in channels.named()
        assert channels.find_channel("pigeon").template == "pigeon.j2"
    finally:
        monkeypatch.undo()
        for cached in (channels.declared, channels.named, channels.for_every_rule, channels.holding_state):
            cached.cache_clear()


# --- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["status", "head", "body"])
def test_a_receiver_that_answers_byte_by_byte_is_cut_off(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """A time-out is for each byte, so without a limit for the whole it holds a thread for hours."""
    monkeypatch.setattr(posting, "_WHOLE", 0.5)

    class Dribbling(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.wfile.write(
                {"status": b"HTTP/1.", "head": b"HTTP/1.1 200 OK\r\n", "body": b"HTTP/1.1 200 OK\r\n\r\n"}[part]
            )
            try:
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(Dribbling) as url:
        begun = time.monotonic()
        if part == "status":
            with pytest.raises(NotDeliveredError):
                posting.post(url, b"x", {}, "slow")
        else:
            # The status confirms; of its head and text no more is waited for.
            posting.post(url, b"x", {}, "slow")
        assert time.monotonic() - begun < 8


@pytest.mark.parametrize(
    "promised", [b"content-length: 9\r\n", b"transfer-encoding: chunked\r\n"], ids=["length", "chunked"]
)
def test_a_status_confirms_even_where_the_connection_breaks_behind_it(promised: bytes) -> None:
    class Breaking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + promised + b"\r\n")
            self.wfile.flush()
            time.sleep(0.2)  # the client reads the head before the reset throws away what is unread
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(Breaking) as url:
        assert posting.post(url, b"x", {}, "breaking")[0] == 200


@pytest.mark.parametrize(
    "url",
    ["hooks.example/x", "https://", "https:///path", "http://a b/", "http://x/\r\nHost: y", "file:///etc/passwd"],
)
def test_an_address_that_cannot_be_posted_to_is_said_before_the_first_alert(url: str) -> None:
    for name in ("slack_webhook_url", "webhook_url", "watchdog_url", "alertmanager_url", "pagerduty_url"):
        environ = {f"MODEL_LOGS_{name.upper()}": url, "MODEL_LOGS_WEBHOOK_SECRET": VALUES["webhook_secret"]}
        with pytest.raises(ConfigurationError):
            receivers({**environ, "MODEL_LOGS_PAGERDUTY_ROUTING_KEY": "0" * 32})


@every_channel
def test_every_template_is_filled_for_one_alert_and_for_many(channel: Declaration, rule: Any, intent: Any) -> None:
    from model_logs.alerts.notify.outages import Outage

    made = intent(channel.name)
    many = tuple(replace(made.episode, key=f"m{number}|production") for number in range(300))
    told = message(rule, made, links=Links(), holder="me", outage=Outage(many, holders=frozenset({"me"})))
    assert told.title.startswith("P1 High Error Rate: 300 alerts of ml-serving, the worst: churn in production")
    if channel.name in {"slack", "email", "pagerduty"}:
        assert told.body.count("- churn in production") == 10
        assert "and 290 more" in told.body
    assert told.facts["count"] == 300
    assert len(told.facts["alerts"]) == 300
    alone = message(rule, made, links=Links(), holder="me")
    assert "alerts of" not in alone.title + alone.body
