"""`elk-bootstrap init`: the file says every setting, loads, and is what the next command runs with."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from model_logs import settings
from model_logs.cli import elk_bootstrap
from model_logs.cli.install.init import annotated


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("MODEL_LOGS_", "ELASTICSEARCH_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: str) -> Result:
    return CliRunner().invoke(elk_bootstrap, ["init", *arguments])


def uncommented(text: str) -> dict[str, dict[str, object]]:
    """Read the file with every setting switched on."""
    lines = [line.replace("  # ", "  ", 1) if _is_setting(line) else line for line in text.splitlines()]
    found: dict[str, dict[str, object]] = yaml.safe_load("\n".join(lines))
    return found


def _is_setting(line: str) -> bool:
    return any(line.startswith(f"  # {each.name}:") for each in settings.SETTINGS)


def test_every_setting_is_there_with_its_meaning_default_and_variable() -> None:
    text = annotated({})
    found = uncommented(text)
    assert {section: set(values) for section, values in found.items()} == settings.KNOWN
    joined = " ".join(line.strip().removeprefix("# ") for line in text.splitlines())
    for each in settings.SETTINGS:
        assert each.meaning in joined, each.name
        assert all(variable in joined for variable in each.asked), each.name
        assert not each.default or f"default: {each.default}" in joined, each.name


def test_each_setting_may_be_switched_on_as_it_is_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in settings.SETTINGS:
        if each.secret:
            monkeypatch.setenv(each.asked[0], f"from-{each.asked[0]}")
    (folder / settings.DEFAULT_NAME).write_text(yaml.safe_dump(uncommented(annotated({}))), encoding="utf-8")
    loaded = settings.load_settings()
    assert loaded["elasticsearch"]["timeout"] == 30
    assert loaded["elasticsearch"]["api_key"] == "from-MODEL_LOGS_API_KEY"
    assert loaded["alerts"]["smtp_port"] == 587
    assert loaded["alerts"]["email_to"] == ["ml-platform@example.org"]


def test_as_it_is_the_file_says_nothing_but_the_defaults(folder: Path) -> None:
    assert init().exit_code == 0
    assert settings.load_settings() == {"elasticsearch": {}, "events": {}, "kibana": {}, "alerts": {}}
    assert max(map(len, (folder / settings.DEFAULT_NAME).read_text(encoding="utf-8").splitlines())) <= 120


def test_plan_runs_with_the_file(es_url: str) -> None:
    assert init("--url", es_url, "--environments", "qa,Pre-Prod").exit_code == 0
    assert settings.load_settings()["events"]["environments"] == "qa,pre_prod"
    done = CliRunner().invoke(elk_bootstrap, ["plan"])
    assert done.exit_code == 3, done.output
    assert "logs-model.prediction-pre_prod" in done.output


def test_a_file_that_is_there_stays_unless_forced(folder: Path) -> None:
    file = folder / settings.DEFAULT_NAME
    file.write_text("mine", encoding="utf-8")
    refused = init()
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert file.read_text(encoding="utf-8") == "mine"
    assert init("--force").exit_code == 0
    assert file.read_text(encoding="utf-8") == annotated({})


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o600])
def test_a_file_that_is_replaced_is_its_owners_alone_and_so_is_what_a_link_leads_to(folder: Path, mode: int) -> None:
    real, link = folder / "real.yml", folder / "link.yml"
    real.write_text("old")
    real.chmod(mode)
    link.symlink_to(real)
    assert init("--output", str(link), "--force").exit_code == 0
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert "elasticsearch:" in real.read_text(encoding="utf-8")
    assert sorted(path.name for path in folder.iterdir()) == [".model-logs", "link.yml", "real.yml"]


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "link to a device"])
def test_what_is_no_file_is_refused_and_stays_as_it_is(folder: Path, kind: str) -> None:
    place = folder / "place"
    # A device of our own: as root a mistake here would change the machine's.
    _, terminal = os.openpty()
    device = Path(os.ttyname(terminal))
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "link to a device":
        place.symlink_to(device)
    else:
        place = device
    before = place.stat().st_mode
    done = init("--output", str(place), "--force")
    assert done.exit_code == 2
    assert "is no regular file" in done.output
    assert place.stat().st_mode == before


def test_a_full_disk_leaves_the_file_that_was_there(folder: Path) -> None:
    (folder / "here.yml").write_text("elasticsearch: {password: mine}\n")
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "from model_logs.cli import elk_bootstrap; elk_bootstrap()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "init", "--output", "here.yml", "--force"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be written: File too large" in done.stderr
    assert (folder / "here.yml").read_text() == "elasticsearch: {password: mine}\n"
    assert [path.name for path in folder.iterdir()] == ["here.yml"]


def test_it_can_be_written_elsewhere_or_shown(folder: Path) -> None:
    assert init("--output", "conf/other.yml").exit_code == 0
    assert (folder / "conf" / "other.yml").is_file()
    shown = init("--output", "-")
    assert shown.stdout == annotated({})
    assert not (folder / settings.DEFAULT_NAME).exists()


def test_a_secret_is_never_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in settings.SETTINGS:
        monkeypatch.setenv(each.asked[0], f"https://told-{each.name}")
    assert init().exit_code == 0
    assert "told-" not in (folder / settings.DEFAULT_NAME).read_text(encoding="utf-8")
    refused = init("--output", "x.yml", "--url", "https://me:hush@es.example:9200")
    assert refused.exit_code == 2
    assert "has no place in the file" in refused.stderr
    assert "hush" not in refused.output
    assert not (folder / "x.yml").exists()


@pytest.mark.parametrize("arguments", [("--url", "es:9200"), ("--kibana-url", "nonsense"), ("--environments", "a b")])
def test_a_value_that_cannot_be_is_refused_before_it_is_written(arguments: tuple[str, str], folder: Path) -> None:
    assert init(*arguments).exit_code == 2
    assert not (folder / settings.DEFAULT_NAME).exists()
