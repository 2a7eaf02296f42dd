"""Messages and channels: what people read, and how each receiver takes it or refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from model_logs.alerts.notify.attempts import attempted
from model_logs.alerts.notify.messages import Links, message
from model_logs.alerts.notify.wording import measured
from model_logs.channels.declaration import NotDeliveredError, UndeliverableError
from model_logs.channels.email import Email
from model_logs.channels.pagerduty import PagerDuty
from model_logs.channels.slack import Slack
from model_logs.channels.webhook import Webhook

LINKS = Links("https://kibana.example", "https://wiki.example/runbooks")
KEY = "0123456789abcdef0123456789abcdef"
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class _Mailbox:
    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refuse: str | None = None

    # The names are aiosmtpd's.
    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    port = 0

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox():
    handler = _Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        handler.port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


def _email(mailbox: _Mailbox) -> Email:
    return Email("127.0.0.1", "alerts@example.org", ("ops@example.org",), port=mailbox.port, security="none")


@pytest.mark.parametrize("channel", ["slack", "email", "pagerduty"])
def test_a_message_says_model_value_threshold_window_and_the_first_steps(rule, intent, channel: str) -> None:
    told = message(rule, intent(channel), links=LINKS, holder="me")
    assert "churn" in told.title
    assert told.title.startswith("P1 High Error Rate: churn in production: 7.5 % of 400 predictions failed")
    for part in ("churn", "7.5 %", "5 %", "10 min", "alerts explain churn`", "Was a version deployed just before?"):
        assert part in told.body, part
    assert "May repeat" not in told.body
    assert told.link.startswith("https://kibana.example/app/dashboards#/view/model-logs-model-overview?_g=")
    assert told.runbook == "https://wiki.example/runbooks/high-error-rate.md"


def test_a_message_is_readable_at_night(rule, intent) -> None:
    """Each fact on a line of its own, the model's name in the commands, figures with their units, UTC."""
    lines = message(rule, intent("slack"), links=LINKS, holder="me").body.splitlines()
    assert lines[2:4] == [
        "Model: *churn* in production",
        "Value: *7.5 %*, threshold: 5 %, window: 10 min to 2026-02-01 12:00:00 UTC",
    ]
    assert "MODEL" not in "".join(lines)
    over = message(rule, intent("slack", "recovered"), links=LINKS, holder="me").body.splitlines()
    assert over[1].startswith("It was: churn in production: 7.5 %")
    assert over[3].startswith("Last value: *7.5 %*")


def test_a_model_name_in_a_command_cannot_become_a_second_command(rule, intent) -> None:
    made = intent("email")
    row = {**made.episode.row, "model_name": "x; rm -rf /"}
    told = message(rule, replace(made, episode=replace(made.episode, row=row)), links=LINKS, holder="me")
    assert "model-logs alerts explain 'x; rm -rf /'" in told.body


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1, "events", "1 event"),
        (1.0, "failed transitions or deployments", "1 failed transition or deployment"),
        (2, "events", "2 events"),
        (1, "ms", "1 ms"),
        (12345.0, "ms", "12,345 ms"),
        (None, "%", "none"),
        (7.49631, "%", "7.496 %"),
    ],
)
def test_a_figure_is_written_for_people(value: float | None, unit: str, said: str) -> None:
    assert measured(value, unit) == said


@pytest.mark.parametrize("channel", ["slack", "email"])
def test_a_recovery_says_so_and_spares_the_steps(rule, intent, channel: str) -> None:
    told = message(rule, intent(channel, "recovered"), links=LINKS, holder="me")
    assert told.title.startswith("RECOVERED High Error Rate")
    assert "is over" in told.body
    assert "2026-02-01 12:09:00 UTC" in told.body
    assert "First steps" not in told.body


def test_an_intent_of_another_process_is_marked_as_a_possible_repeat(rule, intent) -> None:
    told = message(rule, intent("slack"), links=LINKS, holder="another")
    assert told.may_repeat
    assert "May repeat" in told.body


def test_without_kibana_the_message_names_the_command_to_look_with(rule, intent) -> None:
    assert "model-logs alerts explain churn" in message(rule, intent("slack"), links=Links(), holder="me").body


def test_a_model_name_cannot_call_the_whole_channel(rule, intent) -> None:
    made = intent("slack")
    row = {**made.episode.row, "model_name": "<!channel> & co"}
    told = message(rule, replace(made, episode=replace(made.episode, row=row)), links=LINKS, holder="me")
    assert "<!" not in told.body
    assert "&lt;!channel&gt; &amp; co" in told.body


def test_pagerduty_gets_one_incident_and_its_end(rule, intent, pagerduty) -> None:
    channel = PagerDuty(KEY, pagerduty.url)
    for kind in ("fired", "fired", "recovered"):
        channel.send(message(rule, intent("pagerduty", kind), links=LINKS, holder="me"))
    assert [event["event_action"] for event in pagerduty.accepted] == ["trigger", "trigger", "resolve"]
    assert dict(pagerduty.incidents) == {"model-logs:high-error-rate:churn|production": 1}
    assert pagerduty.open == set()
    payload = pagerduty.accepted[0]["payload"]
    assert (payload["severity"], payload["source"]) == ("critical", "churn")
    assert payload["custom_details"]["value"] == 7.5
    assert {link["text"] for link in pagerduty.accepted[0]["links"]} == {"Dashboard", "Runbook"}


def test_pagerduty_refuses_a_wrong_key_for_ever_and_a_busy_moment_for_now(rule, intent, pagerduty) -> None:
    told = message(rule, intent("pagerduty"), links=LINKS, holder="me")
    with pytest.raises(UndeliverableError, match="400"):
        PagerDuty("too-short", pagerduty.url).send(told)
    assert pagerduty.refused["Length of 'routing_key' is incorrect (should be 32 characters)"] == 1
    pagerduty.failing = [500]
    with pytest.raises(NotDeliveredError, match="500"):
        PagerDuty(KEY, pagerduty.url).send(told)
    with pytest.raises(NotDeliveredError, match="cannot be reached"):
        PagerDuty(KEY, "https://127.0.0.1:9").send(told)


def test_a_key_of_any_length_fits_pagerduty(rule, intent, pagerduty) -> None:
    made = intent("pagerduty")
    long = replace(made, episode=replace(made.episode, key="m" * 400))
    PagerDuty(KEY, pagerduty.url).send(message(rule, long, links=LINKS, holder="me"))
    assert len(pagerduty.accepted) == 1


def test_slack_gets_the_text_and_its_refusals_are_final(rule, intent, slack) -> None:
    told = message(rule, intent("slack"), links=LINKS, holder="me")
    Slack(slack.url).send(told)
    assert slack.accepted[0]["text"] == told.body
    with pytest.raises(UndeliverableError, match="no_service"):
        Slack(slack.url + "x").send(told)
    with pytest.raises(UndeliverableError, match="no_text"):
        Slack(slack.url).send(replace(told, body=""))
    slack.failing = [429]
    with pytest.raises(NotDeliveredError):
        Slack(slack.url).send(told)


def test_a_passing_failure_is_tried_again_at_once(rule, intent, slack) -> None:
    slack.failing = [503, 502]
    told = message(rule, intent("slack"), links=LINKS, holder="me")
    attempted(partial(Slack(slack.url).send, told), "slack")
    assert len(slack.accepted) == 1


def test_a_webhook_is_signed_over_id_time_and_body(rule, intent, webhook) -> None:
    told = message(rule, intent("webhook"), links=LINKS, holder="me")
    Webhook(webhook.url + "/hook", SECRET).send(told)
    body, headers = webhook.accepted[0], webhook.headers[0]
    assert (body["type"], body["rule"], body["value"]) == ("alert.fired", "high-error-rate", 7.5)
    assert headers["webhook-id"] == told.id
    # The same by hand, without the library.
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{raw}".encode()
    digest = hmac.new(base64.b64decode(SECRET.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_a_webhook_with_another_secret_is_refused(rule, intent, webhook) -> None:
    with pytest.raises(UndeliverableError, match="401"):
        Webhook(webhook.url, "whsec_AAAA").send(message(rule, intent("webhook"), links=LINKS, holder="me"))


def test_mail_reaches_a_real_server(rule, intent, mailbox) -> None:
    told = message(rule, intent("email"), links=LINKS, holder="me")
    _email(mailbox).send(told)
    (mail,) = mailbox.mails
    text = mail.content.decode()
    assert mail.rcpt_tos == ["ops@example.org"]
    assert "Auto-Submitted: auto-generated" in text
    assert f"Message-ID: <{told.id}@model-logs>" in text
    assert "P1 High Error Rate" in text


@pytest.mark.parametrize(
    ("answer", "error"), [("550 unknown", UndeliverableError), ("450 greylisted", NotDeliveredError)]
)
def test_a_refused_receiver_is_final_or_passing_as_the_server_says(rule, intent, mailbox, answer, error) -> None:
    mailbox.refuse = answer
    with pytest.raises(error):
        _email(mailbox).send(message(rule, intent("email"), links=LINKS, holder="me"))


def test_a_mail_server_that_is_away_may_come_back(rule, intent) -> None:
    with pytest.raises(NotDeliveredError):
        Email("127.0.0.1", "a@example.org", ("b@example.org",), port=9, security="none").send(
            message(rule, intent("email"), links=LINKS, holder="me")
        )
