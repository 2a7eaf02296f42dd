"""What version 0.1 left in a cluster and on a disk is read, audited and taken over.

`version_0_1/` was written by that version's code (`write_version_0_1.py`): an installed cluster with its documents,
a log of its logger, the shipper's checkpoint before the last lines, and a backup of a policy that somebody edited.
"""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.serving import serving

from model_logs import baselines, install
from model_logs.alerts.engine import silences
from model_logs.alerts.engine.explanation import behind, firing
from model_logs.alerts.engine.rounds import Evaluator
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.rulebook import rules
from model_logs.audit import audit_writers
from model_logs.channels.slack import Slack
from model_logs.cluster import Connection
from model_logs.install import ObjectState
from model_logs.ship import Settings, Shipper
from model_logs.state.audit_trail import Recorder
from model_logs.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

HERE = Path(__file__).parent / "version_0_1"
ENVIRONMENTS = ("production",)
SHIPPED, UNSHIPPED = 60, 7
CLUSTER: dict[str, Any] = json.loads(gzip.decompress((HERE / "cluster.json.gz").read_bytes()))
WRITTEN = datetime.fromisoformat(CLUSTER["written"])
RULES = rules.load_rules()
Slacked = tuple[str, list[str]]
JSON = {"content-type": "application/json", "accept": "application/json"}


@pytest.fixture
def old(clean_es: Elasticsearch) -> Elasticsearch:
    """A cluster as version 0.1 left it."""
    es = clean_es
    for name, body in CLUSTER["policies"].items():
        es.ilm.put_lifecycle(name=name, policy=body["policy"])
    for name, body in CLUSTER["components"].items():
        es.cluster.put_component_template(name=name, **body)
    for name, body in CLUSTER["templates"].items():
        es.perform_request("PUT", f"/_index_template/{name}", body=body, headers=JSON)
    for name, body in CLUSTER["indices"].items():
        es.indices.create(index=name, **body)
    for name in CLUSTER["streams"]:
        es.indices.create_data_stream(name=name)
    operations: list[Any] = []
    for each in CLUSTER["documents"]:
        operations += [{"create": {"_index": each["index"], "_id": each["id"]}}, each["source"]]
    done = es.bulk(operations=operations, refresh=True)
    assert not done["errors"], [item for item in done["items"] if "error" in item["create"]][:2]
    return es


@pytest.fixture
def slack() -> Iterator[Slacked]:
    """Slack's address, and the texts that it was sent: it takes everything."""
    texts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["text"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(Handler) as url:
        yield f"{url}/services/T000/B000/secret", texts


def test_every_object_is_known_as_ours_and_apply_brings_it_up_to_date(old: Elasticsearch, tmp_path: Path) -> None:
    plan = install.make_plan(old, ENVIRONMENTS)
    stranger = [
        step for step in plan.steps if step.state in {ObjectState.FOREIGN, ObjectState.EDITED, ObjectState.BLOCKED}
    ]
    assert [(step.object.kind, step.object.name, step.note) for step in stranger] == []
    assert {step.object.kind for step in plan.of_state(ObjectState.OUTDATED)} >= {
        "component template",
        "index template",
    }
    done = install.apply_plan(old, plan, rollover=True, backup_folder=tmp_path)
    assert done.complete, done
    assert not install.make_plan(old, ENVIRONMENTS).differs
    assert old.count(index="logs-model.prediction-production")["count"] == SHIPPED
    # What was replaced is kept in the form of then.
    assert any(file.suffix == ".json" for file in tmp_path.rglob("*"))


def test_it_is_removed_whole_without_an_apply_before(old: Elasticsearch, tmp_path: Path) -> None:
    trail = {each["index"] for each in CLUSTER["documents"] if each["index"].startswith("logs-model.lifecycle-")}
    removal = install.removal(old, with_data=True, with_audit=True, confirmed=trail)
    done = removal.carry_out(old, backup_folder=tmp_path)
    assert done.complete, done
    left = old.indices.get(index="model-logs*,logs-model.*,metrics-model.*,.ds-logs-model*", expand_wildcards="all")
    assert list(left) == []
    assert [name for name in old.ilm.get_lifecycle() if name.startswith("model-logs")] == []


def test_a_backup_is_a_request_that_the_cluster_takes(old: Elasticsearch) -> None:
    kept = json.loads((HERE / "backup.json").read_text(encoding="utf-8"))
    method, path = kept["request"].split(" ")
    assert old.perform_request(method, path, body=kept["body"], headers=JSON).meta.status == 200
    # It is the edit of somebody, which plan says, and keeps.
    (step,) = install.make_plan(old, ENVIRONMENTS).of_state(ObjectState.EDITED)
    assert f"/_ilm/policy/{step.object.name}" == path


def test_its_alerts_and_silences_are_taken_over_and_nobody_is_told_twice(
    old: Elasticsearch, slack: tuple[str, list[str]]
) -> None:
    install.apply_plan(old, install.make_plan(old, ENVIRONMENTS))
    before = {(rule.id, episode.key.rstrip("|")): episode for rule, episode in firing(old, RULES)}
    assert {("fallback-rate", "churn|production"), ("high-error-rate", "churn|production")} <= set(before)
    # Rules that came later were never judged by it.
    burning = {f"{what}-budget-{speed}-burn" for what in ("error", "latency") for speed in ("fast", "slow")}
    assert {rule.id for rule, _ in behind(old, RULES, WRITTEN)} <= {"prediction-quality", *burning}
    (silence,) = silences.open_silences(Store(old), WRITTEN)
    assert (silence.model, silence.reason, silence.by) == ("fraud", "planned work", "ada")
    url, texts = slack
    said: list[str] = []
    now = [WRITTEN]
    evaluator = Evaluator(
        old, RULES, Delivery([Slack(url)], attempts=1), Recorder(old, "alerts"), clock=lambda: now[0], say=said.append
    )
    evaluator.start()
    try:
        told: list[str] = []
        for minutes in (1, 2, 40):
            now[0] = WRITTEN + timedelta(minutes=minutes)
            assert evaluator.run_once(), said
            while evaluator.sending:
                evaluator._outbox._delivery.wait(5)
                evaluator.send()
            told.append(" / ".join(texts))
    finally:
        evaluator.stop()
    assert not [line for line in said if "mistake" in line], said
    assert "churn" not in told[1], "the alert was told before, by version 0.1"
    assert told[2].count("Fallback") == 1, told[2]
    assert "*High Fallback Rate* (P2, ml-serving) is over" in told[2]
    assert not {rule.id for rule, _ in firing(old, RULES)} & {"fallback-rate", "high-error-rate"}


def test_its_baseline_is_read(old: Elasticsearch) -> None:
    (found,) = baselines.current(old)
    assert (found.figures.model, found.figures.environment, found.figures.count) == ("churn", "production", SHIPPED)
    assert found.recorded_by == "ada"


def test_its_log_is_shipped_from_its_checkpoint_on_and_the_audit_finds_all(
    old: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    install.apply_plan(old, install.make_plan(old, ENVIRONMENTS), rollover=True)
    log, state = tmp_path / "churn.log", tmp_path / "ship"
    log.write_bytes((HERE / "churn.log").read_bytes())
    settings = Settings(patterns=(str(log),), state=state, once=True, environments=ENVIRONMENTS)
    shipper = Shipper(Connection(es_url), settings, say=lambda line: None, show_progress=False)
    _place_checkpoint(old, state, log)
    totals = shipper.run()
    # The lines before the checkpoint are not sent again, so that none is known already.
    assert (totals.created, totals.known) == (UNSHIPPED + 1, 0)
    old.indices.refresh(index="logs-model.*")
    found = audit_writers(old, start=WRITTEN - timedelta(hours=2), end=WRITTEN + timedelta(hours=1))
    assert (found.total("events"), found.total("lost"), found.total("doubled")) == (SHIPPED + UNSHIPPED + 2, 0, 0)


def _place_checkpoint(es: Elasticsearch, state: Path, log: Path) -> None:
    """Put the checkpoint where version 0.1 had it, for this cluster and this file: those two are others here."""
    state.mkdir(mode=0o700)
    document = json.loads((HERE / "checkpoint.json").read_text(encoding="utf-8"))
    status = log.stat()
    for entry in document["files"]:
        entry |= {"path": str(log), "device": status.st_dev, "inode": status.st_ino}
    cluster = es.info()["cluster_uuid"]
    (state / f"checkpoint-{cluster}.json").write_text(json.dumps(document), encoding="utf-8")
