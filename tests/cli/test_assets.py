"""Files of the package that a user keeps: copied with their version, and compared after an upgrade."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from model_logs import assets
from model_logs.alerts.rulebook import rules
from model_logs.cli import elk_bootstrap
from model_logs.files import asset_copies

if TYPE_CHECKING:
    from pathlib import Path

RULE = "alerts/rules/high-error-rate.yml"
RUNBOOK = "alerts/runbooks/high-error-rate.md"


def run(*words: str) -> Result:
    return CliRunner().invoke(elk_bootstrap, ["assets", *words])


@pytest.fixture
def upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The assets of a later version, which a test may change."""
    copy = tmp_path / "upgraded"
    for name in ("alerts", "mappings", "schemas"):
        shutil.copytree(assets.root() / name, copy / name)

    def upgrade() -> None:
        monkeypatch.setattr(assets, "root", lambda: copy)

    upgrade.folder = copy  # type: ignore[attr-defined]
    return upgrade  # type: ignore[return-value]


@pytest.mark.parametrize("name", asset_copies.SETS)
def test_each_set_is_copied_whole_and_compares_equal(name: str, tmp_path: Path) -> None:
    done = run("copy", name, "--to", str(tmp_path / "mine"))
    assert done.exit_code == 0, done.output
    for path, content in asset_copies.files_of([name]).items():
        assert (tmp_path / "mine" / path).read_bytes() == content
    again = run("copy", name, "--to", str(tmp_path / "mine"))
    assert again.exit_code == 0
    assert "nothing to do" in again.stdout
    assert run("diff", "--in", str(tmp_path / "mine")).exit_code == 0
    assert "@MODEL_LOGS_VERSION@" not in "".join(
        file.read_text(encoding="utf-8", errors="replace") for file in (tmp_path / "mine").rglob("*Dockerfile")
    )


def test_the_list_names_every_set_with_its_files() -> None:
    assert all(name in run("list").stdout for name in asset_copies.SETS)
    listed = json.loads(run("list", "--output", "json").stdout)["assets"]
    assert {each["name"] for each in listed} == set(asset_copies.SETS)
    assert all(each["files"] for each in listed)


def test_copied_rules_are_rules(tmp_path: Path) -> None:
    assert run("copy", "alerts", "--to", str(tmp_path)).exit_code == 0
    assert {rule.id for rule in rules.load_rules(tmp_path / "alerts")} == {rule.id for rule in rules.load_rules()}


def test_the_comparison_tells_the_upgrade_from_the_user(tmp_path: Path, upgraded: Path) -> None:
    mine = tmp_path / "mine"
    assert run("copy", "alerts", "--to", str(mine)).exit_code == 0
    newer = upgraded.folder  # type: ignore[attr-defined]
    (mine / RULE).write_text((mine / RULE).read_text() + "# of mine\n")
    (mine / "alerts/overrides.yml").write_text("# of mine\n")
    (mine / "alerts/runbooks/data-drift.md").unlink()
    (newer / "alerts/overrides.yml").write_text("# of the upgrade\n")
    (newer / RUNBOOK).write_text("# of the upgrade\x1b[2J\n")
    (newer / "alerts/rules/new.yml").write_text("new\n")
    (newer / "alerts/runbooks/latency-regression.md").unlink()
    upgraded()  # type: ignore[operator]
    done = run("diff", "--in", str(mine), "--output", "json")
    assert done.exit_code == 3
    changes = {each["path"]: each["change"] for each in json.loads(done.stdout)["changes"]}
    assert changes == {
        RULE: "yours",
        "alerts/overrides.yml": "both",
        "alerts/runbooks/data-drift.md": "deleted",
        RUNBOOK: "upgrade",
        "alerts/rules/new.yml": "new",
        "alerts/runbooks/latency-regression.md": "gone",
    }
    text = run("diff", "--in", str(mine)).stdout
    assert "+# of the upgrade\\x1b[2J" in text
    assert "\x1b" not in text
    copied = run("copy", "alerts", "--to", str(mine))
    assert copied.exit_code == 1
    assert "alerts/overrides.yml" in copied.stderr
    assert (mine / "alerts/overrides.yml").read_text() == "# of mine\n"
    assert "of the upgrade" in (mine / RUNBOOK).read_text()
    assert run("copy", "alerts", "--to", str(mine), "--force").exit_code == 0
    assert (mine / "alerts/overrides.yml").read_text() == "# of the upgrade\n"


def test_only_yours_is_no_drift(tmp_path: Path) -> None:
    assert run("copy", "ilm", "--to", str(tmp_path)).exit_code == 0
    (tmp_path / "ilm/README.md").write_text("mine")
    done = run("diff", "--in", str(tmp_path))
    assert done.exit_code == 0
    assert "edited by you" in done.stdout


NOTES = ("[", "[]", '{"files": []}', '{"files": {"../x": {}}}', '{"files": {"/x": {}}}', "[" * 9999)


@pytest.mark.parametrize("note", NOTES)
def test_a_note_that_makes_no_sense_is_refused(note: str, tmp_path: Path) -> None:
    (tmp_path / asset_copies.NOTE).write_text(note)
    for words in (("diff", "--in"), ("copy", "ilm", "--to")):
        done = run(*words, str(tmp_path))
        assert done.exit_code == 2, done.output
        assert asset_copies.NOTE in done.stderr


def test_what_is_not_there_is_exit_2(tmp_path: Path) -> None:
    assert "Did you mean alerts?" in run("copy", "alert", "--to", str(tmp_path)).stderr
    assert run("copy", "alert", "--to", str(tmp_path)).exit_code == 2
    assert run("diff", "--in", str(tmp_path)).exit_code == 2
