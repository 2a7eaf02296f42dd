"""What others put into names, summaries and answers: people are told all the same, in words that hurt nobody."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.support.serving import serving

from model_logs.alerts.notify.messages import Links, message, plain_message, spoken
from model_logs.channels.declaration import UndeliverableError
from model_logs.channels.pagerduty import PagerDuty
from model_logs.channels.slack import Slack
from model_logs.channels.webhook import Webhook
from model_logs.cli import model_logs
from model_logs.cli.alerts import watch as alerts_watch
from model_logs.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_logs.alerts.rulebook import rules

KEY = "0123456789abcdef0123456789abcdef"
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
LINKS = Links("https://kibana.example", "https://wiki.example/runbooks")
NAMES = [
    "fraud\nP1 fake",
    "a\x1b[31mred",
    "safe\u202etxt.exe",
    "x\u2028y",
    "bell\x07",
    "\r\nBcc: all@example.org",
    "z\u200bw",
]


# --- answers that are no delivery -----------------------------------------------------------------------------------


class Redirecting(BaseHTTPRequestHandler):
    """Sends every POST to a page that says yes to a GET, as a login page does."""

    status = 302
    asked: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append(f"POST {self.path}")
        self.send_response(self.status)
        self.send_header("location", "/login")
        self.end_headers()

    def do_GET(self) -> None:
        self.asked.append(f"GET {self.path}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(params=[301, 302, 303, 307, 308])
def redirecting(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    asked: list[str] = []
    handler = type("Handler", (Redirecting,), {"status": request.param, "asked": asked})
    with serving(handler) as url:
        yield SimpleNamespace(url=url, asked=asked)


@pytest.mark.parametrize(
    "channel",
    [
        lambda url: Slack(url + "/services/x"),
        lambda url: Webhook(url + "/hook", SECRET),
    ],
    ids=["slack", "webhook"],
)
def test_a_redirect_is_no_delivery_and_is_not_followed(
    rule: rules.Rule, intent: Callable[..., Any], redirecting: SimpleNamespace, channel: Callable[[str], Any]
) -> None:
    made = channel(redirecting.url)
    with pytest.raises(UndeliverableError, match="redirect"):
        made.send(message(rule, intent(made.name), links=LINKS, holder="me"))
    assert [asked.split()[0] for asked in redirecting.asked] == ["POST"]


def test_a_redirect_of_pagerduty_is_no_incident(rule: rules.Rule, intent: Callable[..., Any], pagerduty: Any) -> None:
    pagerduty.failing, pagerduty.answer_headers = [302], {"location": "/v2/enqueue"}
    with pytest.raises(UndeliverableError, match="redirect"):
        PagerDuty(KEY, pagerduty.url).send(message(rule, intent("pagerduty"), links=LINKS, holder="me"))
    assert pagerduty.accepted == []


# --- summaries ------------------------------------------------------------------------------------------------------

BROKEN = {
    "division by zero": "{{ value / (threshold - threshold) }}",
    "a number and a word": "{{ value + model_name }}",
    "a long text": "{{ 'x' * 1000000000 }}",
    "a longer text": "{{ 'x' * 10**10 }}",
    "a huge number": "{{ 9**9**9 }}",
    "an endless loop": "{% for i in range(10**12) %}x{% endfor %}",
    "an endless macro": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "a wide format": "{{ '%1000000000d' | format(value) }}",
    "a wide remainder": "{{ '%1000000000d' % value }}",
    "a doubled text": "{% set x = model_name %}" + "{% set x = x ~ x %}" * 40,
    "nested loops": "{% for a in versions %}" * 12 + "{% endfor %}" * 12,
    "deep brackets": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "a missing column": "{{ nothing }}",
    "a missing column in a filter": "{{ nothing | number }} {{ nothing | listed }}",
    "Python's insides": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "another file": "{% include '/etc/hostname' %}",
    "an open brace": "{{ value",
    "an unknown filter": "{{ value | center(1000000000) }}",
}


@pytest.mark.parametrize("summary", BROKEN.values(), ids=BROKEN)
def test_a_summary_that_fails_in_any_way_is_an_error_at_once_and_becomes_plain_words(
    rule: rules.Rule, intent: Callable[..., Any], summary: str
) -> None:
    broken = replace(rule, summary=summary)
    begun = time.process_time()
    with pytest.raises(AssetError, match=r"summary of .* cannot be filled"):
        message(broken, intent("slack"), links=LINKS, holder="me")
    said = spoken(broken, intent("slack").episode)
    assert said == "High Error Rate: churn|production, value 7.5 %, threshold 5 %"
    assert said in plain_message(broken, intent("slack"), holder="me").body
    assert time.process_time() - begun < 5


def test_a_summary_may_choose_walk_compute_and_format(rule: rules.Rule, intent: Callable[..., Any]) -> None:
    text = "{% for v in versions %}v{{ v }} {% endfor %}{{ '%.1f' | format(value * 2) }} {{ model_name | upper }}"
    told = message(replace(rule, summary=text), intent("slack"), links=LINKS, holder="me")
    assert told.title == "P1 High Error Rate: v3 v4 15.0 CHURN"


def test_a_text_is_bounded_however_much_a_row_holds(rule: rules.Rule, intent: Callable[..., Any]) -> None:
    made = intent("email")
    row = {**made.episode.row, "versions": ["v" * 10_000] * 10_000, "model_name": "m" * 100_000}
    long = replace(made, episode=replace(made.episode, row=row))
    told = message(replace(rule, summary="{{ versions | join(' ') }}"), long, links=LINKS, holder="me")
    assert len(told.body) < 25_000


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("channel", ["slack", "email", "pagerduty", "webhook"])
def test_no_name_breaks_a_line_or_speaks_to_a_terminal(
    rule: rules.Rule, intent: Callable[..., Any], channel: str, name: str
) -> None:
    made = intent(channel)
    row = {**made.episode.row, "model_name": name, "versions": [name], "host": name}
    hostile = replace(made, episode=replace(made.episode, key=f"{name}|production", row=row))
    innocent = message(rule, made, links=Links(), holder="me")
    for told in (
        message(rule, hostile, links=Links(), holder="me"),
        plain_message(rule, hostile, holder="me"),
    ):
        for text in (told.title, told.link, told.body, *_texts(told.facts)):
            assert all(character.isprintable() for character in text.replace("\n", ""))
        assert "\n" not in told.title
        assert all("\n" not in text for text in _texts(told.facts))
    told = message(rule, hostile, links=Links(), holder="me")
    assert len(told.body.splitlines()) == len(innocent.body.splitlines())
    # The command that is shown still asks for that very model.
    shown = subprocess.run(
        ["bash", "-c", f"printf %s {told.facts['first_steps'][0].split('explain ')[1].split('`')[0]}"],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert shown.stdout.decode() == name


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


# --- commands -------------------------------------------------------------------------------------------------------


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(model_logs, ["alerts", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("lease", ["0", "-1", "nan", "inf", "2.9", "1e9", "soon"])
def test_a_lease_that_cannot_be_kept_is_refused(lease: str) -> None:
    done = _run("watch", "--once", "--lease", lease, "--url", "http://127.0.0.1:9")
    assert done.exit_code == 2
    assert "3 to 3600 seconds" in done.stderr


@pytest.mark.parametrize("until", ["2020-01-01T00:00", "2020-01-01"])
def test_a_silence_that_is_over_is_refused_with_the_next_step(until: str) -> None:
    done = _run("silence", "high-error-rate", "--until", until, "--url", "http://127.0.0.1:9")
    assert done.exit_code == 2
    assert "is over, so nothing would be silenced" in " ".join(done.stderr.split())
    assert "--until 2h" in done.stderr


def test_a_wall_clock_that_is_put_back_lets_nobody_sleep_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    class PutBack(datetime):
        calls = 0

        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            cls.calls += 1
            return datetime.now(tz) - timedelta(hours=cls.calls)

    monkeypatch.setattr(alerts_watch, "datetime", PutBack)
    waited: list[float] = []

    class Stop:
        def is_set(self) -> bool:
            # With a clock that goes back at each look it would never end.
            return sum(waited) > 5

        def wait(self, seconds: float) -> None:
            waited.append(seconds)
            time.sleep(seconds)

    alerts_watch._wait(SimpleNamespace(sending=False), Stop(), 0.3)  # type: ignore[arg-type]
    assert sum(waited) < 1
