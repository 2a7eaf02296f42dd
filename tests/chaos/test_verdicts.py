"""Runs of the real Chaos Toolkit: what passes, what deviates, and what is never a pass because it showed nothing."""

from __future__ import annotations

import copy
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from tests.chaos.conftest import Ended, action, ended, experiment_of, serving, start
from tests.examples.conftest import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chaos.conftest import Target

pytestmark = pytest.mark.slow


def _harmless(target: Target) -> dict[str, Any]:
    return experiment_of(target, action("data", "hold", marker=f"{target.pid_file}.paused", for_s=1, after=0.5))


def _hanging(target: Target) -> dict[str, Any]:
    return experiment_of(target, action("service", "pause", pid_file=str(target.pid_file), for_s=2))


def _raising(target: Target) -> dict[str, Any]:
    return experiment_of(target, action("service", "pause", pid_file="/nowhere/service.pid", for_s=1, after=0))


def _program_of_one(target: Target) -> dict[str, Any]:
    step = {
        "name": "a program",
        "type": "action",
        "provider": {"type": "process", "path": "/bin/sh", "arguments": ["-c", "exit 1"]},
    }
    return experiment_of(target, step)


def _never_steady(target: Target) -> dict[str, Any]:
    content = _harmless(target)
    content["steady-state-hypothesis"]["probes"][0]["tolerance"]["range"] = [2, 3]
    return content


def _without_load(target: Target) -> dict[str, Any]:
    content = _harmless(target)
    content["extensions"][0]["experiment"]["load"]["url"] = "http://127.0.0.1:9/api/predict"
    return content


def _no_answer_from_the_cluster(target: Target) -> dict[str, Any]:
    return {**_harmless(target), "extensions": [_expecting(_harmless(target))]}


def _expecting(content: dict[str, Any]) -> dict[str, Any]:
    extension = copy.deepcopy(content["extensions"][0])
    extension["experiment"]["expect"] = [{"event": "circuit_opened", "within_s": 0}]
    return extension


CASES = {
    "harmless": (_harmless, 0, "passed", ""),
    "hanging": (_hanging, 3, "deviated", "requests are answered was"),
    "raising": (_raising, 4, "not shown", "pause did not succeed"),
    "program": (_program_of_one, 4, "not shown", "The program of a program ended with 1"),
    "never steady": (_never_steady, 4, "not shown", "The steady state was not met before the method"),
    "refused": (_without_load, 4, "not shown", "The steady state was not met before the method"),
    "expecting": (_no_answer_from_the_cluster, 3, "deviated", "cannot be reached"),
}


@pytest.fixture(scope="module")
def runs(toolkit_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Ended, Path]]]:
    """Each case run once, all of them side by side, since they mostly wait."""
    with ExitStack() as targets:
        started = {}
        for name, (make, *_) in CASES.items():
            folder = tmp_path_factory.mktemp("chaos")
            content = make(targets.enter_context(serving(folder)))
            env = {"MODEL_LOGS_CHAOS_STATE": str(folder / "faults"), "MODEL_LOGS_URL": "http://127.0.0.1:9"}
            started[name] = (start(toolkit_python, folder, content, **env), folder)
        yield {name: (ended(process, folder), folder) for name, (process, folder) in started.items()}


@pytest.mark.parametrize("name", CASES)
def test_each_run_is_judged_by_what_it_showed(runs: dict[str, tuple[Ended, Path]], name: str) -> None:
    run, _ = runs[name]
    _, code, verdict, reason = CASES[name]
    assert (run.code, run.run["verdict"]) == (code, verdict), (run.run.get("reasons"), run.stderr)
    assert reason in " ".join(run.run["reasons"])
    assert bool(run.run["reasons"]) == (verdict != "passed")


def test_a_run_is_in_the_audit_trail_with_its_end(runs: dict[str, tuple[Ended, Path]]) -> None:
    for name, outcome in (("harmless", "completed"), ("hanging", "deviated"), ("raising", "failed")):
        began, finished = runs[name][0].events
        assert (began["event_type"], finished["event_type"]) == ("chaos_started", "chaos_finished")
        assert began["experiment"]["id"] == finished["experiment"]["id"] == runs[name][0].run["id"]
        assert finished["experiment"]["outcome"] == outcome
        assert finished["status"] == ("success" if outcome == "completed" else "failed")
        assert finished["experiment"]["deviated"] is (outcome == "deviated")
        assert (began["model_name"], began["experiment"]["target"], began["environment"]) == (
            "fraud",
            "service",
            "staging",
        )


def test_the_load_saw_the_fault_that_the_tool_says_it_made(runs: dict[str, tuple[Ended, Path]]) -> None:
    answers = runs["hanging"][0].run["answers"]
    assert answers["statuses"].get("timeout", 0) > 20, answers
    assert runs["harmless"][0].run["answers"]["ok"] == runs["harmless"][0].run["answers"]["sent"] > 10


def test_each_run_leaves_a_page_and_no_fault(runs: dict[str, tuple[Ended, Path]]) -> None:
    for run, folder in runs.values():
        (page,) = folder.glob("runs/*/report.html")
        text = page.read_text("utf-8")
        assert run.run["verdict"] in text
        assert run.run["id"] in text
        assert not list((folder / "faults").glob("*.fault.json"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_rolled_back_and_said(
    toolkit_python: str, target: Target, tmp_path: Path, number: signal.Signals
) -> None:
    content = experiment_of(target, action("service", "pause", pid_file=str(target.pid_file), for_s=60))
    process = start(toolkit_python, tmp_path, content)
    until(lambda: psutil.Process(target.process.pid).status() == psutil.STATUS_STOPPED, "it is not paused", within=60)
    process.send_signal(number)
    run = ended(process, tmp_path)
    assert (run.code, run.run["verdict"]) == (4, "interrupted"), run.stderr
    assert psutil.Process(target.process.pid).status() != psutil.STATUS_STOPPED
    assert run.events[-1]["experiment"]["outcome"] == "interrupted"


def test_what_a_killed_run_left_on_is_undone_by_the_next_one(
    toolkit_python: str, target: Target, tmp_path: Path
) -> None:
    content = experiment_of(target, action("service", "pause", pid_file=str(target.pid_file), for_s=60))
    process = start(toolkit_python, tmp_path, content)
    until(lambda: psutil.Process(target.process.pid).status() == psutil.STATUS_STOPPED, "it is not paused", within=60)
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for each in family:
        each.kill()
    process.communicate()
    assert psutil.Process(target.process.pid).status() == psutil.STATUS_STOPPED
    run = ended(start(toolkit_python, tmp_path, _harmless(target)), tmp_path)
    assert "An earlier run was killed and had left this: the process" in run.stderr
    assert run.run["verdict"] == "passed"
    assert psutil.Process(target.process.pid).status() != psutil.STATUS_STOPPED


def test_a_run_that_does_too_much_harm_is_aborted(toolkit_python: str, target: Target, tmp_path: Path) -> None:
    content = experiment_of(
        target,
        action("service", "pause", pid_file=str(target.pid_file), for_s=60),
        abort={"answered_below": 0.5, "for_s": 1},
    )
    run = ended(start(toolkit_python, tmp_path, content), tmp_path)
    assert (run.code, run.run["verdict"]) == (4, "aborted"), run.stderr
    assert run.events[-1]["experiment"]["outcome"] == "aborted"
    assert run.run["seconds"] < 50
    assert psutil.Process(target.process.pid).status() != psutil.STATUS_STOPPED
