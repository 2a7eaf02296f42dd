"""The demo as a user starts it: the whole way once, and broken off in the middle."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from model_logs import dashboards, demo
from model_logs.cluster import Connection
from model_logs.dashboards.report import cell
from model_logs.demo.models import DIGITS, held_out, model_file, train, training_rows
from model_logs.demo.quality import distance
from model_logs.demo.registry import DemoRegistry, production_version, registry_file
from model_logs.errors import ConfigurationError, ModelLogsError

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

COMMAND = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "demo"]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MODEL_LOGS_URL")}


def _still_running(folder: Path) -> list[str]:
    """Every process that was told about the folder: workers by their environment, the node by its arguments."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), *process.environ().values()]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if any(str(folder) in text for text in told):
            found.append(f"{process.pid} {process.cmdline()}")
    return found


def _demo(tmp_path: Path, folder: Path, mlflow: str, **variables: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, "--requests", "400", "--output-dir", folder, "--mlflow", mlflow],
        env=_environment() | variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


PAGES = ("model-overview", "model-health", "model-outcomes", "pipeline-health")


@pytest.mark.long
@pytest.mark.node
def test_the_demo_goes_from_the_node_to_the_page_and_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    done = _demo(tmp_path, folder, "none")
    assert "in a small registry of the demo's own" in done.stderr
    assert "recorded as the baseline of digits: p99" in done.stderr
    assert re.search(r"400 requests sent, 400 predictions found, each once, by its request id", done.stderr)
    for panel in dashboards.load_dashboard("model-overview").panels:
        assert panel.title in done.stdout
    assert "No data" not in done.stdout
    for name in PAGES:
        assert (folder / f"{name}.html").stat().st_size > 500_000
        assert (folder / f"{name}.html").as_uri() in done.stderr
    empty = {name: _without_data(folder / f"{name}.html") for name in PAGES}
    # There is no GPU, classes have no distance, and nothing was lost.
    assert empty == {
        "model-overview": set(),
        "model-health": {"gpu-utilization"},
        "model-outcomes": {"outcome-error"},
        "pipeline-health": {"sequence-gaps"},
    }
    _judges_two_versions(folder, done.stderr)

    events = [json.loads(line) for line in (folder / "logs" / "events.log").read_bytes().splitlines()]
    predicted = [event for event in events if event["event_type"] == "predict"]
    assert len({event["request_id"] for event in predicted}) == len(predicted) == 400
    writers = {event["process"]["entity_id"] for event in predicted}
    assert len(writers) == 2, "two worker processes answered"
    for writer in writers:
        numbers = [e["event"]["sequence"] for e in events if e["process"]["entity_id"] == writer]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    answered = [event for event in predicted if event["status"] == "success"]
    outcomes = {event["request_id"]: event["actual_label"] for event in events if event["event_type"] == "outcome"}
    assert outcomes.keys() <= {event["request_id"] for event in answered}
    assert 0.85 < len(outcomes) / len(answered) < 0.95, "the truth of one answer in ten stays unknown"
    by_version = done.stdout.split("Outcomes by Version", 1)[1]
    for version in {(e["model_name"], e["model_version"]) for e in answered}:
        judged = [
            e for e in answered if (e["model_name"], e["model_version"]) == version and e["request_id"] in outcomes
        ]
        right = sum(e["prediction_label"] == outcomes[e["request_id"]] for e in judged)
        line = next(
            line
            for line in by_version.splitlines()
            if line.split()[:1] == [version[0]] and version[1] in line.split()
        )
        assert f" {cell(100 * right / len(judged), 'percent')} " in line, f"{version}: {line}"
    failed = Counter((e["model_name"], e["model_version"]) for e in predicted if e["status"] == "error")
    assert set(failed) == {("digits", "3")}, "version 3 fails, and no other"
    assert all("NaN" in e["error"]["message"] for e in predicted if e["status"] == "error")
    fallen = [event for event in predicted if event.get("fallback_level")]
    assert {(e["model_name"], e["model_version"], e["fallback_level"], e["status"]) for e in fallen} == {
        ("digits", "3", 2, "success")
    }
    assert all(0 <= event["feature_freshness_s"] < 60 for event in predicted if event["status"] == "success")
    measured = [event for event in events if event["event_type"] == "quality"]
    assert {event["model_name"] for event in measured} == {"digits", "breast-cancer"}
    assert all(0 <= event["prediction_quality"] <= 1 and 0 < event["drift_score"] < 1 for event in measured)
    assert "approved" not in {event["event_type"] for event in events}, "no serving process writes decisions"
    events += [json.loads(line) for line in (folder / "logs" / "registry.log").read_bytes().splitlines()]
    types = Counter(event["event_type"] for event in events)
    assert types["circuit_opened"] == types["circuit_closed"] == 1
    assert types.keys() > {"registered", "version_created", "approved", "transitioned", "deployed", "rejected"}
    assert types["rolled_back"] == 1
    refused = [e for e in events if e["event_type"] == "transitioned" and e["status"] == "failed"]
    assert [(e["user"]["name"], e["model_version"], e["reason"]) for e in refused] == [("bob", "2", "not approved")]
    _blames_alice(folder, done.stdout)
    assert _still_running(folder) == []
    assert not (folder / "node").exists()


def _judges_two_versions(folder: Path, said: str) -> None:
    verdicts = re.findall(r"(digits 2|breast-cancer 1), \w+, \d+ s: (\w+)", said)
    assert [version for version, _ in verdicts] == ["digits 2", "breast-cancer 1"]
    # Four hundred requests are few: a gate that cannot know says so.
    assert verdicts[1][1] == "inconclusive"
    assert len(list((folder / "gate-evidence").glob("gate-*.json"))) == 2


def _blames_alice(folder: Path, said: str) -> str:
    """Return the trace at the end, which names the author of the bad version, who alone approved it."""
    traced = said[said.index("\nRequest demo-") :]
    assert "author: alice\n" in traced
    assert "approved by: alice\n" in traced
    assert "approver and author are the same person" in traced
    assert "author" in (folder / "trace.html").read_text(encoding="utf-8")
    return traced


@pytest.mark.soak
@pytest.mark.node
def test_with_mlflow_people_change_models_there_and_the_trace_names_them(tmp_path: Path) -> None:
    from tests.support.mlflow import prepared

    folder = tmp_path / "output"
    variables = prepared(tmp_path)
    done = _demo(tmp_path, folder, f"{variables['VIRTUAL_ENV']}/bin/python", PYTHONPATH=variables["PYTHONPATH"])
    assert "bob tries to promote digits 2: refused, bob may only read it" in done.stderr
    heard = re.search(
        r"0 changes of MLflow are missing in the audit trail; the receiver got (\d+) webhooks", done.stderr
    )
    assert heard
    assert int(heard[1]) > 10
    assert "No data" not in done.stdout
    events = [json.loads(line) for line in (folder / "logs" / "registry.log").read_bytes().splitlines()]
    assert len({event["event"]["id"] for event in events}) == len(events)
    assert {event["service"]["name"] for event in events} == {"mlflow"}, "the receiver writes none of them again"
    types = Counter((event["event_type"], event["status"]) for event in events)
    assert types["registered", "success"] == 2
    assert types["version_created", "success"] == 4
    assert types["approved", "success"] == 4
    assert types["rejected", "success"] == 1
    assert types["alias_set", "success"] == 5
    made = {(e["model_name"], e["model_version"]): e for e in events if e["event_type"] == "version_created"}
    assert all(event["user"]["name"] == "alice" for event in made.values())
    assert made["digits", "2"]["metrics"] == {"accuracy": pytest.approx(0.98, abs=0.02)}
    [refused] = [event for event in events if event["status"] == "invalid"]
    assert (refused["user"]["name"], refused["model_version"], refused["stage"]) == ("bob", "2", "production")
    assert refused["http"]["response"]["status_code"] == 403
    answered = [json.loads(line) for line in (folder / "logs" / "events.log").read_bytes().splitlines()]
    deployed = [event["model_version"] for event in answered if event["event_type"] == "deployed"]
    assert deployed == ["1", "1", "2", "3", "1"], "what the registry's alias names is what answers"
    traced = _blames_alice(folder, done.stdout)
    assert f"run: {made['digits', '3']['run_id']}" in traced
    assert _still_running(folder) == []
    passwords = (folder / "mlflow" / "server.log").read_text(encoding="utf-8")
    assert "Traceback" not in passwords


@pytest.mark.node
def test_an_mlflow_that_does_not_start_does_not_stop_the_demo(
    applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    said: list[str] = []
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    options = demo.DemoOptions(tmp_path / "output", Connection(url=es_url), 100, mlflow=str(broken))
    with pytest.raises(_Enough):
        demo.run(options, lambda text: _stop_at(said, text, "5/"))
    assert any("MLflow's server does not start" in text and "goes on with a small registry" in text for text in said)


def test_the_python_of_mlflow_is_known_by_its_whole_path_and_not_where_a_link_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    assert demo.python_with_mlflow("bin/python") == str(tmp_path / "bin" / "python")
    assert demo.python_with_mlflow("none") is None
    with pytest.raises(ConfigurationError, match="There is no program bin/nosuch, which --mlflow names"):
        demo.python_with_mlflow("bin/nosuch")


class _Enough(Exception):  # noqa: N818  # no error
    pass


def _stop_at(said: list[str], text: str, step: str) -> None:
    said.append(text)
    if text.startswith(step):
        raise _Enough


def _without_data(page: Path) -> set[str]:
    """The panels of a page that say that they have no data."""
    sections = re.findall(
        r'<section class="panel[^"]*" id="([a-z-]+)"(.*?)</section>', page.read_text("utf-8"), re.DOTALL
    )
    return {name for name, content in sections if 'class="nothing"' in content}


def test_drift_is_none_for_the_training_data_and_much_for_other_data() -> None:
    rows = training_rows(DIGITS)
    assert distance(DIGITS, rows) == 0
    unseen = distance(DIGITS, held_out(DIGITS))
    assert 0 < unseen < 0.1
    dark = [[0.4 * value for value in row] for row in held_out(DIGITS)]
    assert distance(DIGITS, dark) > 3 * unseen
    assert distance(DIGITS, [[999.0] * 64]) > 0.9
    gaps = [[None if at == 7 else value for at, value in enumerate(row)] for row in rows]
    assert distance(DIGITS, gaps) == 0, "what is missing does not count"


@pytest.mark.long
def test_ctrl_c_ends_the_service_and_the_demo(applied: Elasticsearch, es_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "output"
    process = subprocess.Popen(
        [*COMMAND, "--requests", "1000000", "--output-dir", folder, "--url", es_url, "--mlflow", "none"],
        env=_environment(),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal, where Ctrl-C reaches the whole group.
        start_new_session=True,
        # A suite that runs in the background of a shell has Ctrl-C ignored, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no thread of ours runs here
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("6/"):
                break
        assert _still_running(folder), "the service runs"
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(60) == 1
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stderr.close()
    assert "Traceback" not in rest
    assert _still_running(folder) == []


def _run(folder: Path, **options: Any) -> None:
    demo.run(demo.DemoOptions(folder, Connection(url="http://127.0.0.1:9"), **options), lambda _: None)


def test_a_folder_with_somebody_elses_files_is_not_cleared(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"holds thesis\.tex, which the demo did not write"):
        _run(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_too_few_requests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="5 requests are too few"):
        _run(tmp_path / "output", requests=5)


def test_without_the_extra_the_message_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(ModelLogsError, match=r"pip install 'model-logs\[demo\]'"):
        _run(tmp_path / "output")


@pytest.mark.slow  # models are trained
def test_the_versions_differ_as_the_demo_says(tmp_path: Path) -> None:
    import joblib

    versions = {(found.model, found.version): found for found in train(tmp_path)}
    assert all(found.accuracy > 0.9 for found in versions.values())
    row = held_out(DIGITS)[0]
    gap = [float("nan"), *row[1:]]
    first, second, third = (joblib.load(model_file(tmp_path, DIGITS, version)) for version in "123")
    assert first.predict([row]) == second.predict([row]) == third.predict([row])
    assert first.predict([gap]).shape == second.predict([gap]).shape == (1,)
    with pytest.raises(ValueError, match="NaN"):
        third.predict([gap])
    assert len(second[-1].estimators_) == 200


def test_the_registry_refuses_what_nobody_approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from model_logs import logger

    monkeypatch.setattr(logger, "_emit", lambda *_: None)
    registry = DemoRegistry(registry_file(tmp_path), tmp_path / "trail.log")
    registry.stages = {("m", "1"): "none", ("m", "2"): "staging"}
    assert registry.promote("m", "1", "production", "bob") == "nobody approved it"
    assert not registry_file(tmp_path).exists()
    registry.approve("m", "1", "carol")
    assert registry.promote("m", "1", "production", "bob") is None
    registry.approve("m", "2", "carol")
    assert registry.promote("m", "2", "production", "bob") is None
    assert production_version(registry_file(tmp_path), "m") == "2"
    assert registry.stages == {("m", "1"): "archived", ("m", "2"): "production"}
    registry.roll_back("m", "1", "bob", "slow")
    assert production_version(registry_file(tmp_path), "m") == "1"
    assert registry.promote("m", "2", "production", "bob") is not None, "what was rolled back needs a new approval"
