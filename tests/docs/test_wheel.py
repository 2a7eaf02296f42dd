"""The wheel, built and used in an empty folder: the commands start, and every asset folder is found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from model_logs import __version__

pytestmark = pytest.mark.slow  # a wheel is built and installed

ROOT = Path(__file__).parents[2]
FOLDERS = ("alerts", "chaos", "dashboards", "docker", "ilm", "mappings", "pipelines", "schemas", "shipper")
FILES = ("docker-compose.elk.yml", ".env.example")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel; what it depends on is lent by the tests' environment."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    # Ours comes first on the path, so the editable checkout of the tests' environment is not what is found.
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (site / "lent.pth").write_text("\n".join(lent) + "\n", encoding="utf-8")
    return python


def run(python: Path, folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MODEL_LOGS"))}
    done = subprocess.run(
        [python.parent / arguments[0] if arguments[0] != "python" else python, *arguments[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_every_asset_as_the_checkout_has_it(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("model_logs/_assets/")}
    tracked = subprocess.run(
        ["git", "ls-files", "-z", *FOLDERS, *FILES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("no git checkout: what belongs to the project cannot be told from what lies about")
    expected = {
        f"model_logs/_assets/{name}" for name in tracked.stdout.split("\0") if name and (ROOT / name).is_file()
    }
    assert expected - inside == set()


def test_the_installed_package_finds_its_assets_from_an_empty_folder(python: Path, tmp_path: Path) -> None:
    code = "import model_logs; from model_logs import assets; print(model_logs.__file__); print(assets.root())"
    where, root = run(python, tmp_path, "python", "-c", code).split()
    assert where.startswith(str(python.parents[1]))
    assert root.startswith(str(python.parents[1]))
    for folder in FOLDERS:
        assert (Path(root) / folder).is_dir(), folder


def test_the_installed_package_reads_its_dashboards_and_draws_its_page(python: Path, tmp_path: Path) -> None:
    code = """
from datetime import UTC, datetime, timedelta
from model_logs import dashboards
from model_logs.dashboards.charts import html_page
from model_logs.query import Answer, Column
from model_logs.dashboards.report import Report
asked = dashboards.load_dashboard("model-overview")
end = datetime(2026, 1, 2, tzinfo=UTC)
start = end - timedelta(hours=1)
found = {p.id: Answer(tuple(Column(n, "keyword") for n in p.needs), [], 9, start, end) for p in asked.panels}
print(html_page(Report(asked, start, end, {}, found)).count("No data."))
"""
    assert run(python, tmp_path, "python", "-c", code).strip() == "7"


@pytest.mark.parametrize("command", ["model-logs", "elk-bootstrap"])
def test_the_installed_commands_start_in_an_empty_folder(python: Path, tmp_path: Path, command: str) -> None:
    assert f"{command} [OPTIONS] COMMAND" in run(python, tmp_path, command, "--help")
    assert __version__ in run(python, tmp_path, command, "--version")
    assert list(tmp_path.iterdir()) == []


def test_the_package_page_shows_its_pictures_and_links_without_a_repository_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [each for each in opened.namelist() if each.endswith(".dist-info/METADATA")]
        metadata = opened.read(name).decode()
    assert "Project-URL: Repository, https://" in metadata
    assert "Description-Content-Type: text/markdown" in metadata
    page = metadata.partition("\n\n")[2]
    found = re.findall(r'(?:src|srcset|href)="([^"]+)"|\]\(([^)\s]+)\)', page)
    assert found
    for either in found:
        link = "".join(either)
        assert re.match(r"https?:|#|mailto:", link), link
    assert "/raw/HEAD/docs/images/" in page


def test_the_installed_package_hands_out_its_files(python: Path, tmp_path: Path) -> None:
    run(python, tmp_path, "elk-bootstrap", "assets", "copy", "alerts", "compose", "--to", "mine")
    for name in ("alerts/rules", "docker-compose.elk.yml", ".env.example", "docker/users.py", "pipelines/conf.d"):
        assert (tmp_path / "mine" / name).exists(), name
    assert os.access(tmp_path / "mine" / "docker" / "make-env.sh", os.X_OK)
    assert f"model-logs=={__version__}" in (tmp_path / "mine" / "docker" / "Dockerfile").read_text(encoding="utf-8")
    assert "Nothing differs" in run(python, tmp_path, "elk-bootstrap", "assets", "diff", "--in", "mine")
