"""What a public forge reads: workflows, templates, the hooks of pre-commit, and the pages about how to behave."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FORGE = ROOT / ".github"
WORKFLOWS = sorted((FORGE / "workflows").glob("*.yml"))
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _steps(workflow: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].items():
        for step in job["steps"]:
            yield name, step


@pytest.fixture(scope="module")
def actionlint() -> list[str]:
    """The command of actionlint, built by Go from its published source."""
    if not (go := shutil.which("go")):
        pytest.skip("no Go here: the workflows are not linted; install Go for that")
    command = [go, "run", ACTIONLINT]
    built = subprocess.run([*command, "-version"], capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"actionlint cannot be built here, the workflows are not linted: {built.stderr[-300:]}")
    return command


def test_actionlint_has_nothing_against_the_workflows(actionlint: list[str]) -> None:
    assert WORKFLOWS
    done = subprocess.run(
        [*actionlint, "-no-color", *WORKFLOWS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_notices_a_workflow_that_is_wrong(actionlint: list[str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    wrong.write_text(text.replace("runs-on: ubuntu-latest", "runs-on: ${{ matrix.nowhere }}"), encoding="utf-8")
    done = subprocess.run([*actionlint, wrong], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nowhere" in done.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_foreign_code_at_one_commit_only_and_has_no_right_to_write(workflow: Path) -> None:
    read = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert read["permissions"] == {"contents": "read"}
    for _, step in _steps(workflow):
        if used := step.get("uses"):
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", used), used
            if used.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_command_of_a_workflow_exists_at_the_desk_too(workflow: Path) -> None:
    for job, step in _steps(workflow):
        for line in step.get("run", "").splitlines():
            words = line.removeprefix("sudo ").split()
            if words[0] == "make":
                assert re.search(rf"^{re.escape(words[1])}:", MAKEFILE, re.MULTILINE), f"{job}: {line}"
            elif words[0] == "bash":
                assert (ROOT / words[1]).is_file(), f"{job}: {line}"
            else:
                assert words[:2] == [".venv/bin/python", "-m"], f"{job}: {line}"


def test_every_supported_python_is_tested_and_named_on_the_package_page() -> None:
    jobs = yaml.safe_load((FORGE / "workflows" / "checks.yml").read_text(encoding="utf-8"))["jobs"]
    tested = jobs["tests"]["strategy"]["matrix"]["python"]
    named = [
        version.rpartition(" ")[2]
        for version in PROJECT["classifiers"]
        if version.startswith("Programming Language :: Python :: 3.")
    ]
    assert tested == named
    assert PROJECT["requires-python"] == f">={tested[0]}"
    assert sum("macos" in job["runs-on"] for job in jobs.values()) == 1


def test_the_paths_that_start_the_stack_are_there() -> None:
    # PyYAML reads the key `on` as the boolean of YAML 1.1.
    started = yaml.safe_load((FORGE / "workflows" / "stack.yml").read_text(encoding="utf-8"))[True]
    for pattern in started["pull_request"]["paths"]:
        assert list(ROOT.glob(pattern)), pattern


def test_issue_forms_have_what_a_forge_asks_of_them() -> None:
    forms = [path for path in (FORGE / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(forms) == 2
    for form in forms:
        read = yaml.safe_load(form.read_text(encoding="utf-8"))
        assert read["name"]
        assert read["description"]
        kinds = [part["type"] for part in read["body"]]
        assert set(kinds) <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}
        assert set(kinds) - {"markdown"}, "a form needs a field"
        fields = [part for part in read["body"] if part["type"] != "markdown"]
        assert len({part["id"] for part in fields}) == len(fields)
        assert all(part["attributes"]["label"] for part in fields)


def test_the_hooks_of_pre_commit_are_valid_and_run_what_make_lint_runs() -> None:
    config = ROOT / ".pre-commit-config.yaml"
    checked = [sys.executable, "-m", "pre_commit", "validate-config", str(config)]
    done = subprocess.run(checked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    hooks = [hook for repo in yaml.safe_load(config.read_text(encoding="utf-8"))["repos"] for hook in repo["hooks"]]
    entries = " ".join(hook["entry"] for hook in hooks)
    for tool in ("ruff check", "ruff format", "mypy", "python -m model_logs.generate --check"):
        assert f".venv/bin/{tool}" in entries
    folders = re.search(r"\((.+)\)", next(hook["files"] for hook in hooks if hook["id"] == "generated"))
    assert folders
    assert all((ROOT / folder).is_dir() for folder in folders[1].split("|"))


@pytest.mark.parametrize("page", ["CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_of_the_pages_beside_the_readme_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:|#", link):
            assert (ROOT / link.partition("#")[0]).exists(), f"{page}: {link} is not there"
