"""`make stack-test`: the compose stack for real, step by step, and a report in stack-report/.

It needs Docker with compose, and Chromium for the last step. Everything here that needs neither is tested in
`tests/compose/test_stack_test.py`.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.stack import kibana, predictions, screens
from tests.stack.compose import LOGS, ROOT, Stack, docker_answers

from model_logs.cluster import connect
from model_logs.install import kibana as installed
from model_logs.pipeline import DEFAULT_IMAGE, in_docker, load_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

NO_DOCKER = (
    "make stack-test: no Docker with compose answers here, so the stack was not tried. Start Docker, or let"
    " .github/workflows/stack.yml run it on a forge."
)


class Report:
    """Steps, what came of each, and how long it took: printed as they end, and written as Markdown."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[tuple[str, bool, str, float]] = []

    @property
    def passed(self) -> bool:
        """Whether every step did."""
        return bool(self.rows) and all(good for _, good, _, _ in self.rows)

    def step(self, name: str, work: Callable[[], object]) -> bool:
        """Do one step, and go on whatever comes of it."""
        begun = time.monotonic()
        try:
            good, said = True, str(work() or "")
        except Exception as error:  # noqa: BLE001  # a report of what failed is what this is for
            good, said = False, f"{type(error).__name__}: {error}"
        self.rows.append((name, good, said, time.monotonic() - begun))
        print(f"{'passed' if good else 'FAILED'}  {name}  ({self.rows[-1][3]:.0f} s)  {said}", flush=True)  # noqa: T201
        self.write()
        return good

    def write(self) -> None:
        """Write report.md."""
        lines = ["# The compose stack, tried", "", "| step | | seconds | |", "|---|---|--:|---|"]
        for name, good, said, seconds in self.rows:
            told = said.replace("|", "\\|").replace("\n", "<br>")
            lines.append(f"| {name} | {'passed' if good else '**failed**'} | {seconds:.0f} | {told} |")
        (self.folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Try everything, and return 0 when all of it passed, 1 when not, 2 where there is no Docker."""
    if not docker_answers():
        print(NO_DOCKER, file=sys.stderr)  # noqa: T201
        return 2
    folder = ROOT / "stack-report"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    report = Report(folder)
    stack = Stack.prepare(folder, os.environ.get("ELK_VERSION", ""))
    try:
        if report.step("start the stack", stack.start):
            _try(stack, report)
    finally:
        report.step("keep the logs, take the stack down", stack.stop)
    return 0 if report.passed else 1


def _try(stack: Stack, report: Report) -> None:
    report.step("one event through Filebeat and Logstash", lambda: _verify(stack))
    report.step("every vector on Logstash", lambda: _vectors(stack))
    with connect(stack.connection("ES_PORT")) as client:
        opened = installed.connect_kibana(stack.connection("KIBANA_PORT"))
        report.step("dashboards and rules, imported twice", lambda: kibana.imported_twice(opened, client))
        report.step(
            "a rule fires and recovers",
            lambda: kibana.fired_and_recovered(client, lambda *counts: _write(stack, *counts), predictions.MODEL),
        )
    report.step(
        "each dashboard in a browser", lambda: screens.looked_at(stack.connection("KIBANA_PORT"), report.folder)
    )


def _verify(stack: Stack) -> str:
    command = ("elk-bootstrap", "verify", "--file", LOGS, "--logstash-url", "http://logstash:9600")
    return stack.inside(*command).strip().splitlines()[-1]


def _vectors(stack: Stack) -> str:
    image = f"{DEFAULT_IMAGE.rpartition(':')[0]}:{stack.settings['ELK_VERSION']}"
    engine = in_docker(image)
    if engine is None:
        raise RuntimeError(f"no Docker answers for {image}")
    outcomes = engine.run(load_vectors(None))
    wrong = [f"{each.vector.file}: {each.vector.name}" for each in outcomes if each.differences]
    if wrong:
        raise RuntimeError("differ:\n" + "\n".join(wrong))
    return f"{len(outcomes)} vectors on {image}"


def _write(stack: Stack, failed: int, good: int) -> None:
    program = Path(predictions.__file__).read_text(encoding="utf-8")
    stack.inside(
        *("python", "-", str(failed), str(good)), text=program, MODEL_LOGS_PATH=f"{LOGS}/{predictions.MODEL}.jsonl"
    )


if __name__ == "__main__":
    sys.exit(main())
