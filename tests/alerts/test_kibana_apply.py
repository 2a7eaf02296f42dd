"""Rules and connectors in plan, apply and remove, against the stand-in for Kibana: no Kibana runs here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.kibana import stand_in

from model_logs import install
from model_logs.alerts.rulebook import rules
from model_logs.cluster import Connection
from model_logs.errors import ClusterError
from model_logs.install import ObjectState, kibana
from model_logs.install.kibana.rule_bodies import object_id
from model_logs.state.lease import Lease
from model_logs.state.store import INDEX, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elasticsearch import Elasticsearch
    from tests.support.kibana import StandIn

RATE = object_id("rule", "high-error-rate")
KINDS = {"Kibana alert rule", "Kibana connector"}
TOLD = {
    "MODEL_LOGS_PAGERDUTY_ROUTING_KEY": "0" * 32,
    "MODEL_LOGS_SLACK_WEBHOOK_URL": "https://hooks.slack.example/services/T/B/X",
    "MODEL_LOGS_SMTP_HOST": "mail.example.org",
    "MODEL_LOGS_EMAIL_FROM": "alerts@example.org",
    "MODEL_LOGS_EMAIL_TO": "ops@example.org",
}


class Estate:
    """A cluster and the stand-in for its Kibana."""

    def __init__(self, es: Elasticsearch, server: StandIn, backups: Path) -> None:
        self.es, self.server, self.backups = es, server, backups

    @property
    def opened(self) -> kibana.Kibana:
        return kibana.connect_kibana(Connection(url=self.server.url, timeout=10), backoff=0)

    def apply(self, **options: Any) -> install.ApplyReport:
        found = install.make_plan(self.es, kibana=self.opened)
        return install.apply_plan(self.es, found, kibana=self.opened, backup_folder=self.backups, **options)

    def written(self, report: install.ApplyReport) -> int:
        return sum(r.kind in KINDS and r.outcome in {"created", "updated"} for r in report.results)

    def step(self, name: str) -> install.Step:
        return next(s for s in install.make_plan(self.es, kibana=self.opened).steps if s.object.name == name)

    def kept(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: found["body"] for (_, of, name), found in self.server.objects.items() if of == kind}


@pytest.fixture
def estate(applied: Elasticsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    for name, value in TOLD.items():
        monkeypatch.setenv(name, value)
    with stand_in(license="gold") as server:
        yield Estate(applied, server, tmp_path / "backups")
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


def test_apply_installs_every_rule_and_the_connectors_that_they_need(estate: Estate) -> None:
    assert estate.apply().complete
    assert {body["name"] for body in estate.kept("alert").values()} == {
        f"[model-logs] {r.name}" for r in rules.load_rules()
    }
    assert {body["connector_type_id"] for body in estate.kept("action").values()} == {
        ".pagerduty",
        ".slack",
        ".email",
    }
    assert kibana.notes(estate.opened) == ()


def test_a_second_apply_sends_no_write(estate: Estate) -> None:
    estate.apply()
    before = list(estate.server.writes)
    assert estate.written(estate.apply()) == 0
    assert estate.server.writes == before


def test_with_a_basic_licence_everything_falls_back_and_that_is_said(estate: Estate) -> None:
    estate.server.license = "basic"
    assert estate.apply().complete
    assert {body["connector_type_id"] for body in estate.kept("action").values()} == {".index", ".server-log"}
    assert len(kibana.notes(estate.opened)) == 3
    estate.server.license = "gold"
    report = estate.apply()
    assert report.complete
    # Three connectors are new, and every rule tells somebody else.
    assert estate.written(report) == 3 + len(rules.load_rules())


@pytest.mark.parametrize("version", ["8.19.2", "9.1.0", "9.4.1"])
def test_an_older_kibana_takes_every_rule_and_shows_no_artifacts(estate: Estate, version: str) -> None:
    """It refuses a long guide (before 9.3), and gives back neither guide nor dashboards (before 9.5)."""
    estate.server.version = version
    assert estate.apply().complete
    guide = estate.kept("alert")[RATE]["artifacts"]["investigation_guide"]["blob"]
    assert "## First steps" in guide
    assert ("the rest is in high-error-rate.md" in guide) == (version < "9.3")
    assert estate.step(RATE).state is ObjectState.CURRENT
    before = _of_rules(estate)
    assert estate.written(estate.apply()) == 0
    # The same Kibana after an upgrade: what it shows now was always there and is nobody's edit.
    estate.server.version = "9.5.1"
    assert estate.step(RATE).state in {ObjectState.CURRENT, ObjectState.OUTDATED}
    assert _of_rules(estate) == before


def _of_rules(estate: Estate) -> list[Any]:
    return [write for write in estate.server.writes if "/alerting/" in str(write) or "/actions/" in str(write)]


def test_whether_the_evaluator_is_at_work_is_said(estate: Estate) -> None:
    estate.server.license = "basic"
    (said,) = [note for note in kibana.notes(estate.opened, estate.es) if "was not seen" in note]
    assert said.startswith("No Predictions: `model-logs alerts watch` was not seen here")
    store = Store(estate.es)
    lease = Lease(store)
    assert lease.keep()
    # Nobody is told twice as long as Kibana only writes to an index.
    assert len(kibana.notes(estate.opened, estate.es)) == 3
    estate.server.license = "gold"
    (said,) = kibana.notes(estate.opened, estate.es)
    assert said.startswith("email, pagerduty, slack: sent by Kibana and by `model-logs alerts watch`")
    lease.release()
    assert "was not seen here" in kibana.notes(estate.opened, estate.es)[0]


def test_a_rule_that_was_switched_off_or_snoozed_stays_so(estate: Estate) -> None:
    estate.apply()
    estate.server.edit("alert", RATE, lambda body: body.update(enabled=False, mute_all=True))
    assert estate.step(RATE).state is ObjectState.CURRENT
    assert estate.written(estate.apply()) == 0
    assert estate.kept("alert")[RATE]["enabled"] is False


def test_an_edited_rule_is_shown_and_kept_unless_forced(estate: Estate) -> None:
    estate.apply()
    estate.server.edit("alert", RATE, lambda body: body.update(name="Mine now"))
    step = estate.step(RATE)
    assert step.state is ObjectState.EDITED
    assert "Mine now" in step.diff
    assert not estate.apply().complete
    assert estate.kept("alert")[RATE]["name"] == "Mine now"
    assert estate.apply(force=True).complete
    assert estate.kept("alert")[RATE]["name"] == "[model-logs] High Error Rate"


def test_a_changed_secret_is_sent_and_never_shown(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    estate.apply()
    monkeypatch.setenv("MODEL_LOGS_PAGERDUTY_ROUTING_KEY", "1" * 32)
    name = object_id("connector", "pagerduty")
    step = estate.step(name)
    assert step.state is ObjectState.OUTDATED
    assert "1" * 32 not in step.diff
    assert estate.written(estate.apply()) == 1
    remembered = estate.es.search(index=INDEX, size=100)["hits"]["hits"]
    assert "1" * 32 not in str(remembered)
    assert "hooks.slack.example" not in str(remembered)


def test_remove_takes_rules_and_connectors_away_and_nothing_else(estate: Estate) -> None:
    estate.apply()
    estate.server.save("default", "alert", "theirs", {"name": "Theirs"})
    removal = install.removal(estate.es, kibana=estate.opened)
    assert removal.carry_out(estate.es, kibana=estate.opened, backup_folder=estate.backups).complete
    assert set(estate.kept("alert")) == {"theirs"}
    assert estate.kept("action") == {}


def _removed(estate: Estate, *, with_kibana: bool = True, **options: Any) -> dict[str, str]:
    opened = estate.opened if with_kibana else None
    found = install.removal(estate.es, kibana=opened, **options)
    report = found.carry_out(estate.es, kibana=opened, backup_folder=estate.backups)
    return {result.name: result.detail or result.outcome for result in report.results}


def test_what_was_remembered_goes_last_and_only_when_nothing_is_left_that_needs_it(estate: Estate) -> None:
    estate.apply()
    assert "the objects installed in Kibana (--kibana-url)" in _removed(estate, with_kibana=False)[INDEX]
    estate.apply()
    lease = Lease(Store(estate.es))
    assert lease.keep()
    assert _removed(estate)[INDEX] == "it holds 1 documents (--with-data)"
    estate.apply()
    estate.es.create(index="logs-model.lifecycle-production", id="1", document={"@timestamp": "2026-11-22T07:00:00Z"})
    assert _removed(estate, with_data=True)[INDEX] == "the remaining objects may need it"
    estate.es.indices.delete_data_stream(name="logs-model.lifecycle-production")
    names = list(_removed(estate, with_data=True).items())
    assert names[-1] == (INDEX, "removed")
    assert not estate.es.indices.exists(index=INDEX)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/api/alerting/rule/high-error-rate", {}, "unless the ID is a UUID"),
        (f"/api/alerting/rule/{RATE}", {"colour": "red"}, "colour"),
        (f"/api/alerting/rule/{RATE}", {"actions": [{"id": "nobody"}]}, "nobody"),
    ],
)
def test_the_stand_in_refuses_what_kibana_refuses(estate: Estate, path: str, body: dict[str, Any], said: str) -> None:
    wanted = next(o for o in kibana.kibana_objects(estate.opened) if o.name == RATE)
    sent = {**wanted.body, "actions": [], "artifacts": {}, **body}
    for action in sent["actions"]:
        action |= {
            "group": "recovered",
            "params": {},
            "frequency": {"summary": False, "notify_when": "onActiveAlert", "throttle": None},
        }
    with pytest.raises(ClusterError, match=said):
        estate.opened.send("POST", path, body=sent, doing="test")
