"""`make stack-test`, as far as it can be tried without Docker: its judgement, its part of Kibana, its events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.alerts import executor
from tests.stack import compose, kibana, predictions
from tests.stack.__main__ import Report
from tests.stack.compose import Stack, StackError, containers, waiting_for
from tests.support.kibana import stand_in

from model_logs import install
from model_logs.alerts.rulebook import rules
from model_logs.cluster import Connection
from model_logs.install import kibana as installed
from model_logs.install.kibana import rule_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

ROOT = Path(__file__).parents[2]
RUNNING = [
    {"Service": name, "State": "exited", "ExitCode": 0, "Health": ""}
    if name in compose.ONCE
    else {"Service": name, "State": "running", "ExitCode": 0, "Health": "healthy"}
    for name in sorted(compose.STARTED)
]


def _with(service: str, **changed: Any) -> list[dict[str, Any]]:
    return [{**each, **changed} if each["Service"] == service else each for each in RUNNING]


def test_a_machine_without_docker_is_told_so_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.stack"],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no Docker with compose answers here" in done.stderr
    assert not (ROOT / "stack-report" / "report.md").exists()


def test_a_docker_that_does_not_answer_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n[ $1 = version ]\n", encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert not compose.docker_answers()


def test_it_waits_for_every_service_that_starts_without_a_profile() -> None:
    services = yaml.safe_load(compose.FILE.read_text(encoding="utf-8"))["services"]
    assert {name for name, service in services.items() if not service.get("profiles")} == compose.STARTED
    assert {name for name in compose.STARTED if services[name].get("restart") == "no"} == compose.ONCE


@pytest.mark.parametrize("form", [json.dumps, lambda found: "\n".join(map(json.dumps, found)) + "\n"])
def test_what_compose_says_is_read_in_the_forms_of_all_its_versions(form: Any) -> None:
    assert containers(form(RUNNING)) == RUNNING
    assert waiting_for(containers(form(RUNNING))) == []


@pytest.mark.parametrize(
    ("found", "waiting"),
    [
        (_with("kibana", Health="starting"), ["kibana"]),
        (_with("logstash", Health="unhealthy"), ["logstash"]),
        (_with("apply-kibana", State="running"), ["apply-kibana"]),
        (_with("filebeat", State="created", Health=""), ["filebeat"]),
        (RUNNING[1:], [RUNNING[0]["Service"]]),
        ([], sorted(compose.STARTED)),
    ],
)
def test_what_is_not_there_yet_is_waited_for(found: list[dict[str, Any]], waiting: list[str]) -> None:
    assert waiting_for(found) == waiting


@pytest.mark.parametrize(
    ("service", "changed"),
    [
        ("apply", {"ExitCode": 1}),
        ("apply-kibana", {"ExitCode": 137}),
        ("logstash", {"State": "exited", "ExitCode": 0}),
        ("kibana", {"State": "dead", "ExitCode": 1}),
    ],
)
def test_what_ended_and_should_not_have_ends_the_waiting(service: str, changed: dict[str, Any]) -> None:
    with pytest.raises(StackError, match=f"{service} ended with"):
        waiting_for(_with(service, **changed))


def test_it_has_passwords_and_ports_of_its_own_and_the_version_that_was_asked_for(tmp_path: Path) -> None:
    stack = Stack.prepare(tmp_path, "8.19.21")
    written = dict(line.split("=", 1) for line in (tmp_path / "env").read_text(encoding="utf-8").splitlines())
    assert written == stack.settings
    assert written["ELK_VERSION"] == "8.19.21"
    assert len(written["ELASTIC_PASSWORD"]) == 32
    assert stack.settings["KIBANA_PORT"] in stack.connection("KIBANA_PORT").url
    assert "model-logs-stack-test" in stack.command("up")
    assert written.keys() >= set(compose.PORTS)


def test_a_step_that_fails_is_reported_and_the_next_one_is_done(tmp_path: Path) -> None:
    report = Report(tmp_path)
    assert not report.step("first", lambda: 1 / 0)
    assert report.step("second", lambda: "all | well")
    assert not report.passed
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| first | **failed** | 0 | ZeroDivisionError: division by zero |" in text
    assert "| second | passed | 0 | all \\| well |" in text


@pytest.fixture(params=["8.19.9", "9.5.1"])
def opened(request: pytest.FixtureRequest, applied: Elasticsearch) -> Iterator[Any]:
    """A stand-in that holds everything of ours, of each way in."""
    applied.indices.delete(index="model-logs-state", ignore_unavailable=True)
    with stand_in(version=request.param) as server:
        client = installed.connect_kibana(Connection(url=server.url), backoff=0)
        install.apply_plan(applied, install.make_plan(applied, kibana=client), kibana=client)
        yield server, client
    applied.indices.delete(index="model-logs-state", ignore_unavailable=True)


def test_what_is_imported_twice_and_stays_the_same_passes(opened: Any, applied: Elasticsearch) -> None:
    server, client = opened
    writes = len(server.writes)
    assert "the same before and after" in kibana.imported_twice(client, applied)
    assert len(server.writes) - writes >= len(installed.kibana_objects(client)), "it wrote everything once more"


def test_a_kibana_that_gives_something_else_back_is_noticed(opened: Any, applied: Elasticsearch) -> None:
    _, client = opened
    found = kibana.exported(client, applied)
    assert list(kibana.not_as_written(found, client.version)) == []
    dashboard = next(name for name in found if name.startswith("Kibana dashboard"))
    assert kibana.differences(found, {**found, dashboard: None}) == [dashboard]
    without = json.loads(json.dumps(found).replace("PERCENTILE", "MEDIAN"))
    assert any("prediction-latency" in each for each in kibana.not_as_written(without, client.version))
    assert len(list(kibana.not_as_written({}, client.version))) > 30


def test_its_predictions_fire_the_rule_and_end_it(applied: Elasticsearch, tmp_path: Path) -> None:
    rule = next(rule for rule in rules.load_rules() if rule.id == kibana.RULE)
    body = rule_bodies.rule_body(rule, rule_bodies.wiring({}, {}), runbook_url="", version=(9, 5))
    applied.indices.delete(index=rule_bodies.ALERTS_INDEX, ignore_unavailable=True)
    firing: set[str] = set()

    def write(failed: int, good: int) -> None:
        """Ship them, and do what Kibana does next: run the rule, and have the index connector record what changed."""
        log = tmp_path / "stack-test.jsonl"
        environment = {"MODEL_LOGS_PATH": str(log), "PYTHONPATH": str(ROOT / "src")}
        program = [sys.executable, predictions.__file__, str(failed), str(good)]
        subprocess.run(program, env=environment, check=True)
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        log.unlink()
        operations: list[dict[str, Any]] = []
        for event in events:
            operations += [{"create": {"_id": event["event"]["id"]}}, event]
        applied.bulk(index="logs-model.prediction-production", operations=operations, refresh=True)
        now = set(executor.run(applied, body, (9, 5)))
        for kind, names in (("fired", now - firing), ("recovered", firing - now)):
            for name in names:
                record = {"rule": rule.id, "kind": kind, "alert": name, "@timestamp": events[-1]["@timestamp"]}
                applied.index(index=rule_bodies.ALERTS_INDEX, document=record, refresh=True)
        firing.clear()
        firing.update(now)

    said = kibana.fired_and_recovered(applied, write, predictions.MODEL)
    assert said.startswith("stack-test,production: fired and recovered")
    applied.indices.delete(index=rule_bodies.ALERTS_INDEX, ignore_unavailable=True)
