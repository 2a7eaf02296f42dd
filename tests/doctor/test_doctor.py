"""The command: a healthy estate, what it prints, how it exits, that it writes nothing, that all is described."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from elastic_transport import Transport

from model_logs import assets
from model_logs.cli import elk_bootstrap
from model_logs.doctor import checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

STREAM = "logs-model.prediction-production"
PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
LINE = (
    '{"@timestamp":"2026-11-22T07:00:00.000Z","event":{"id":"0123456789abcdef01234567-1"},"event_type":"predict"}\n'
)
# What the machine that runs the tests decides: where its temporary folder is, and how full that disk is.
OF_THIS_MACHINE = {"network-folder", "memory-folder", "log-disk-full"}


@pytest.fixture
def run(es_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `elk-bootstrap doctor` in an empty folder, against the test cluster and one environment."""
    monkeypatch.setenv("MODEL_LOGS_URL", es_url)
    monkeypatch.setenv("MODEL_LOGS_ENVIRONMENTS", "production")
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(elk_bootstrap, ["doctor", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def healthy(store: Any, event: Any, logstash_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options that name every part of an estate in which all is well."""
    store(event(), event(labels={"note": "x" * 2_000}))
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "serving.jsonl").write_text(LINE, encoding="utf-8")
    monkeypatch.setenv("MODEL_LOGS_FOLDER", str(folder))
    rotation = tmp_path / "rotation"
    text = assets.path("shipper/logrotate/model-logs").read_text(encoding="utf-8")
    rotation.write_text(text.replace("/var/log/model-logs", str(folder)), encoding="utf-8")
    state = tmp_path / "state"
    state.mkdir()
    return [
        *("--logstash-url", logstash_url),
        *("--filebeat-config", str(assets.path("shipper/filebeat.yml"))),
        *("--filebeat-user", str(os.geteuid())),
        *("--logrotate", str(rotation)),
        *("--state", str(state)),
    ]


def amiss(result: Result) -> set[str]:
    """Return the ids of everything that is not ok, but for what this machine decides."""
    found = json.loads(result.stdout)["findings"]
    return {each["id"] for each in found if each["severity"] != "ok"} - OF_THIS_MACHINE


def test_a_healthy_estate_gives_no_finding_and_every_part_is_looked_at(run: Run, healthy: list[str]) -> None:
    result = run(*healthy, "--output", "json")
    assert amiss(result) == set(), result.stdout
    document = json.loads(result.stdout)
    assert document["checks"] == len(checks())
    assert document["skipped"] == 0
    assert not document["could_not_look"]
    assert all(each["seen"] and not each["remedy"] for each in document["findings"] if each["severity"] == "ok")


def test_a_healthy_estate_exits_with_0(run: Run, healthy: list[str]) -> None:
    ids = [check.trap.id for check in checks() if check.trap.id not in OF_THIS_MACHINE]
    result = run(*healthy, *(part for name in ids for part in ("--only", name)))
    assert result.exit_code == 0, result.stdout
    assert result.stdout.endswith(f"{len(ids)} checks: {len(ids)} ok, 0 warnings, 0 problems, 0 skipped\n")


def test_it_writes_nothing_to_the_cluster_and_nothing_to_the_files(
    run: Run, healthy: list[str], es: Elasticsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    es.index(index=STREAM, document={"@timestamp": "2026-11-22T07:00:00Z", "latency_ms": "fast"}, op_type="create")
    es.indices.refresh(index=f"{STREAM}::failures")
    asked: list[tuple[str, str]] = []
    send = Transport.perform_request

    def noted(self: Any, method: str, target: str, **options: Any) -> Any:
        asked.append((method, target.partition("?")[0]))
        return send(self, method, target, **options)

    monkeypatch.setattr(Transport, "perform_request", noted)
    files = {path: (path.read_bytes(), path.stat()) for path in tmp_path.rglob("*") if path.is_file()}
    assert run(*healthy).exit_code == 3  # so that the failures are looked into, too
    reads = re.compile(r"/[^/]*/_search|/_query")
    changing = [each for each in asked if each[0] not in {"GET", "HEAD"} and not reads.fullmatch(each[1])]
    assert len(asked) > 20
    assert changing == []
    after = {path: (path.read_bytes(), path.stat()) for path in tmp_path.rglob("*") if path.is_file()}
    assert {path: (data, s.st_mtime_ns, s.st_mode) for path, (data, s) in after.items()} == {
        path: (data, s.st_mtime_ns, s.st_mode) for path, (data, s) in files.items()
    }


def test_a_problem_exits_with_3_and_stands_first_with_its_remedy(run: Run, store: Any, event: Any) -> None:
    store(event(latency_ms="fast"), event(reason="x" * 9_000))
    result = run()
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0] == "problems"
    assert lines[1].startswith(f"  failures                {STREAM}::failures: 1 documents")
    assert lines[2].strip().startswith(f"remedy: GET {STREAM}::failures/_search")
    headings = [line for line in lines if line in {"problems", "warnings", "skipped", "ok"}]
    assert headings == ["problems", "warnings", "skipped", "ok"]
    assert re.match(
        rf"{len(checks())} checks: \d+ ok, 1 warnings, 1 problems, \d+ skipped because .*no Logstash is", lines[-1]
    )


def test_a_warning_alone_exits_with_0(run: Run, store: Any, event: Any) -> None:
    store(event(reason="x" * 9_000))
    result = run("--only", "ignored")
    assert result.exit_code == 0
    assert result.stdout.startswith("warnings\n  ignored                 reason: ")


def test_without_a_cluster_the_rest_is_still_looked_at_and_it_exits_with_1(
    run: Run, logstash_url: str, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = run("--url", url, "--logstash-url", logstash_url, "--output", "json")
    assert result.exit_code == 1
    findings = {each["id"]: each for each in json.loads(result.stdout)["findings"]}
    blind = [each for each in findings.values() if each["could_not_look"]]
    assert findings["objects"] in blind
    assert {each["seen"] for each in blind} == {findings["objects"]["seen"]}
    assert url in findings["objects"]["seen"]
    assert "Check that it runs" in findings["objects"]["remedy"]
    assert findings["queue-memory"]["severity"] == "ok"
    assert not findings["copytruncate"]["could_not_look"]


def test_without_a_cluster_a_problem_elsewhere_still_exits_with_3(run: Run, logstash: Any, logstash_url: str) -> None:
    del logstash.main["dead_letter_queue"]
    assert run("--url", "http://127.0.0.1:9", "--logstash-url", logstash_url).exit_code == 3


def test_a_missing_right_is_told_for_its_check_alone(
    run: Run, store: Any, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from elastic_transport import ApiResponseMeta, HttpHeaders

    store(event(latency_ms="fast"))
    send = Transport.perform_request
    cause = {"type": "security_exception", "reason": "action [indices:data/read/search] is unauthorized"}

    def denied(self: Any, method: str, target: str, **options: Any) -> Any:
        answer = send(self, method, target, **options)
        if "failures" not in target and "%3A%3Afailures" not in target:
            return answer
        headers = HttpHeaders({"x-elastic-product": "Elasticsearch", "content-type": "application/json"})
        meta = ApiResponseMeta(403, "1.1", headers, 0.0, answer.meta.node)
        return type(answer)(meta, {"error": {"root_cause": [cause], **cause}, "status": 403})

    monkeypatch.setattr(Transport, "perform_request", denied)
    result = run("--only", "failures", "--only", "failure-store-off")
    assert result.exit_code == 1
    assert "is unauthorized" in result.stdout
    assert "2 checks: 1 ok, 0 warnings, 0 problems, 1 skipped because" in result.stdout


def test_a_cluster_without_our_streams_is_missing_everything_and_the_rest_says_why_it_did_not_look(
    run: Run, clean_es: Elasticsearch
) -> None:
    result = run("--output", "json")
    assert result.exit_code == 3
    findings = json.loads(result.stdout)["findings"]
    assert {each["id"] for each in findings if each["severity"] == "problem"} == {"objects"}
    assert {each["seen"] for each in findings if each["id"] == "ilm-off"} == {
        "there is no data stream of model-logs yet"
    }
    assert not any(each["could_not_look"] for each in findings)


def test_an_id_that_is_none_is_a_mistake_in_the_command(run: Run) -> None:
    result = run("--only", "nonsense")
    assert result.exit_code == 2
    assert "no check nonsense" in result.stderr


def test_the_list_names_every_check_and_its_remedy_and_asks_nobody(run: Run) -> None:
    listed = run("--list", "--url", "http://127.0.0.1:9")
    assert listed.exit_code == 0
    for check in checks():
        assert re.search(rf"^{check.trap.id} ", listed.stdout, re.MULTILINE)
        assert check.trap.remedy in listed.stdout
    assert len(json.loads(run("--list", "--output", "json").stdout)) == len(checks())


def test_the_page_describes_every_trap_in_the_words_of_the_command(run: Run) -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| `[a-z]", line)
    ]
    listed = json.loads(run("--list", "--output", "json").stdout)
    assert rows == [[f"`{each['id']}`", each["shows"], each["bites"], each["remedy"]] for each in listed]


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.trap.id)
def test_every_trap_says_how_it_shows_why_it_bites_and_what_to_do(check: Any) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", check.trap.id)
    assert all(len(text) > 20 and "|" not in text for text in (check.trap.shows, check.trap.bites))
    assert check.trap.remedy
    assert "|" not in check.trap.remedy


def test_every_trap_has_a_test_that_sets_it() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*_traps.py"))
    assert [check.trap.id for check in checks() if f'"{check.trap.id}"' not in tests] == []
