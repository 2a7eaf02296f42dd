"""`model-logs alerts …` as people use it."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml
from click.testing import CliRunner

from model_logs import assets
from model_logs.alerts.notify.configuration import receivers
from model_logs.channels.email import Email
from model_logs.channels.pagerduty import PagerDuty
from model_logs.channels.slack import Slack
from model_logs.channels.webhook import Webhook
from model_logs.cli import model_logs
from model_logs.errors import ConfigurationError
from model_logs.state.store import INDEX

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch


def _run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(model_logs, ["alerts", *arguments], catch_exceptions=False, env=environment)


@pytest.fixture
def cluster(applied: Elasticsearch):
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    yield applied
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


def _failing_model(es: Elasticsearch) -> None:
    now = datetime.now(UTC)
    operations: list[Any] = []
    for each in range(100):
        at = (now - timedelta(seconds=40 + each)).isoformat(timespec="milliseconds")
        operations += [
            {"create": {"_index": "logs-model.prediction-production", "_id": f"cli-{each}"}},
            {
                "@timestamp": at,
                "event": {"id": f"cli-{each}", "ingested": at},
                "event_type": "predict",
                "status": "error",
                "environment": "production",
                "model_name": "churn",
                "latency_ms": 20,
                "request_id": "r",
            },
        ]
    assert not es.bulk(operations=operations, refresh=True)["errors"]


def test_the_rules_are_listed_without_a_cluster() -> None:
    done = _run("list", "--rules", "--url", "http://127.0.0.1:9")
    assert done.exit_code == 0
    assert "P1  high-error-rate" in done.stdout
    listed = orjson.loads(_run("list", "--rules", "--output", "json").stdout)
    assert {rule["id"]: rule["thresholds"]["max_used_pct"] for rule in listed if rule["id"] == "disk-usage-high"} == {
        "disk-usage-high": 80
    }


def test_watch_list_explain_and_silence_speak_of_the_same_alert(cluster, es_url, pagerduty) -> None:
    _failing_model(cluster)
    told = {
        "MODEL_LOGS_URL": es_url,
        "MODEL_LOGS_PAGERDUTY_ROUTING_KEY": "0" * 32,
        "MODEL_LOGS_PAGERDUTY_URL": pagerduty.url,
    }
    watched = _run("watch", "--once", **told)
    assert watched.exit_code == 0
    # The budget of errors burns fast too; slowly is asked each five minutes, which may end before the failures.
    assert {event["event_action"] for event in pagerduty.accepted} == {"trigger"}
    assert 2 <= len(pagerduty.accepted) <= 3
    assert "fired high-error-rate churn|production → pagerduty" in watched.stderr
    assert watched.stdout == ""

    listed = _run("list", **told)
    assert "Not judged now" not in listed.stderr
    assert "high-error-rate: churn in production: 100 % of 100 predictions failed, over 5 %" in listed.stdout
    explained = _run("explain", "churn", **told)
    assert "! P1 High Error Rate (production): fires since" in explained.stdout
    assert "measured 100 %, threshold 5 %, 100 events; the condition is true" in explained.stdout
    assert orjson.loads(_run("explain", "churn", "--output", "json", **told).stdout)
    assert "No rule measures anything of nobody" in _run("explain", "nobody", **told).stdout

    silenced = _run("silence", "high-error-rate", "--model", "churn", "--until", "2h", "--reason", "known", **told)
    id_ = silenced.stdout.strip()
    assert f"({id_})" in _run("list", **told).stdout
    assert _run("silence", "--end", id_, **told).exit_code == 0
    assert id_ not in _run("list", **told).stdout
    assert _run("silence", "--end", id_, **told).exit_code == 2
    assert _run("silence", "high-error-rate", **told).exit_code == 2


def test_explain_says_what_memory_and_condition_say_together_and_takes_any_name(cluster, es_url) -> None:
    _failing_model(cluster)
    told = {"MODEL_LOGS_URL": es_url}
    before = _run("explain", "churn", **told).stdout
    assert "! P1 High Error Rate (production): would fire, but `model-logs alerts watch` has not judged" in before
    assert "does not fire" not in before.split("P1 High Error Rate")[1].split("trend")[0]
    assert _run("watch", "--once", **told).exit_code == 0
    later = (datetime.now(UTC) + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")
    assert "-" not in "".join(re.findall(r"measured \S+ minutes", _run("explain", "churn", **told).stdout))
    assert _run("explain", "churn", "--at", later, **told).exit_code == 0
    for name in ("a\x01b", 'x" OR true //', "l1\nl2", "back\\slash", "\u202eright"):
        done = _run("explain", name, **told)
        assert done.exit_code == 0
        (line,) = done.stdout.splitlines()
        assert line.startswith("No rule measures anything of ")
        assert line.isprintable()
    for rule in ("high-error-rate", "High Error Rate", "DATA-DRIFT"):
        done = _run("explain", rule, **told)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "is a rule; `alerts explain` takes the name of a model" in done.stderr
        assert "Next step: Name a model" in done.stderr


def test_an_unconfigured_receiver_is_said_at_the_start(cluster, es_url) -> None:
    said = _run("watch", "--once", MODEL_LOGS_URL=es_url).stderr
    assert (
        "The channel pagerduty is not configured, so nothing is sent there. "
        "Rules that name it: deploy-failed, error-budget-fast-burn, error-budget-slow-burn, high-error-rate." in said
    )


def test_nothing_fires_is_not_said_of_rules_that_nobody_judges(cluster, es_url) -> None:
    listed = _run("list", MODEL_LOGS_URL=es_url)
    assert listed.stdout == "No alert fires, as of the last evaluation.\n"
    assert "Not judged now, last never: data-drift, deploy-failed" in listed.stderr
    assert "check that `model-logs alerts watch` runs" in listed.stderr
    assert _run("watch", "--once", MODEL_LOGS_URL=es_url).exit_code == 0
    assert _run("list", MODEL_LOGS_URL=es_url).stdout == "No alert fires.\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of one's own with one rule, whose threshold its tests do not expect."""
    folder = tmp_path / "alerts"
    for name in ("rules", "tests", "runbooks"):
        (folder / name).mkdir(parents=True)
        for file in (assets.path("alerts") / name).glob("disk-usage-high.*"):
            shutil.copy(file, folder / name)
    return folder


def test_the_tests_of_ones_own_rules_pass_or_say_what_differs(
    own: Path, clean_es: Elasticsearch, es_url: str
) -> None:
    passed = _run("test", "--alerts", str(own), "--url", es_url)
    assert passed.exit_code == 0
    assert passed.stdout == "ok     disk-usage-high: 6 cases\n"
    # The cluster holds the samples of that run now.
    refused = _run("test", "--alerts", str(own), "--url", es_url)
    assert refused.exit_code == 1
    assert "events or samples; tests of rules write synthetic ones among them" in refused.stderr


def test_a_failing_case_and_an_unnoticed_change_are_shown(own: Path, clean_es: Elasticsearch, es_url: str) -> None:
    rule = own / "rules" / "disk-usage-high.yml"
    document = yaml.safe_load(rule.read_text(encoding="utf-8"))
    document["thresholds"]["max_used_pct"] = 82
    rule.write_text(yaml.safe_dump(document), encoding="utf-8")
    tests = own / "tests" / "disk-usage-high.yml"
    cases = yaml.safe_load(tests.read_text(encoding="utf-8"))
    cases["cases"] = [case for case in cases["cases"] if case["name"].startswith("eighty percent")]
    tests.write_text(yaml.safe_dump(cases), encoding="utf-8")
    done = _run("test", "--alerts", str(own), "--url", es_url, "--mutations")
    assert done.exit_code == 1
    assert "FAILED disk-usage-high: 1 cases" in done.stdout
    assert "at 5m00s all-1 should fire and does not" in done.stdout
    assert "no case notices when twice the window" not in done.stdout  # a failing case notices everything


def test_receivers_come_from_the_environment_and_from_the_file(tmp_path, monkeypatch) -> None:
    file = tmp_path / "model-logs.yml"
    file.write_text(
        "alerts:\n  slack_webhook_url: https://hooks.example/x\n  smtp_host: mail.example\n"
        "  email_from: a@example.org\n  email_to: [b@example.org, c@example.org]\n  kibana_url: https://me:secret@kibana.example\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("MODEL_LOGS_CONFIG", str(file))
    environ = {
        "MODEL_LOGS_PAGERDUTY_ROUTING_KEY": "key",
        "MODEL_LOGS_WEBHOOK_URL": "https://hook.example",
        "MODEL_LOGS_WEBHOOK_SECRET": "whsec_AAAA",
        "MODEL_LOGS_EMAIL_TO": "d@example.org, e@example.org",
    }
    told = receivers(environ)
    email, pagerduty, slack, webhook = told.channels
    assert [type(channel) for channel in told.channels] == [Email, PagerDuty, Slack, Webhook]
    assert email.to == ("d@example.org", "e@example.org")
    assert email.port == 587
    assert told.links.kibana == "https://kibana.example"
    assert "key" not in repr(pagerduty)
    assert "hooks.example" not in repr(slack)
    assert "whsec" not in repr(webhook)


def test_a_missing_library_is_said_before_the_first_message(monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "standardwebhooks" else name)
    with pytest.raises(ConfigurationError, match=r"standardwebhooks[\s\S]*model-logs\[alerts\]"):
        receivers({"MODEL_LOGS_WEBHOOK_URL": "https://hooks.example", "MODEL_LOGS_WEBHOOK_SECRET": "whsec_a2V5"})
    assert receivers({}).channels == ()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"MODEL_LOGS_SMTP_HOST": "mail"}, "email_from, email_to"),
        ({"MODEL_LOGS_WEBHOOK_URL": "https://hook.example"}, "webhook_secret"),
        ({"MODEL_LOGS_WEBHOOK_URL": "ftp://x", "MODEL_LOGS_WEBHOOK_SECRET": "AAAA"}, "is no address"),
        (
            {
                "MODEL_LOGS_SMTP_HOST": "m",
                "MODEL_LOGS_EMAIL_FROM": "a@b",
                "MODEL_LOGS_EMAIL_TO": "c@d",
                "MODEL_LOGS_SMTP_SECURITY": "magic",
            },
            "smtp_security is 'magic'",
        ),
    ],
)
def test_a_receiver_that_is_configured_in_part_is_an_error(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        receivers(environ)
    assert said in str(error.value)
    assert error.value.exit_code == 2
