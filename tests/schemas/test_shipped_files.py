"""Every shipped file with its schema: it fits, names it in its first line, and each of its keys is explained."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from model_logs import assets
from model_logs.cli import elk_bootstrap
from model_logs.cli.install.init import annotated
from model_logs.files import asset_copies, kinds, schemas
from model_logs.files.reading import mistakes_in, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SHIPPED = [(file, kind) for kind in kinds.KINDS for file in sorted(ROOT.glob(kind.pattern))]
IDS = [str(file.relative_to(ROOT)) for file, _ in SHIPPED]
# What belongs to other programs, and says so by its own rules.
FOREIGN = {
    ".pre-commit-config.yaml": "pre-commit",
    ".github/": "the forge",
    "chaos/ci/": "Argo Rollouts, Flagger, GitHub and GitLab",
    "docker-compose.elk.yml": "Docker Compose",
    "docker/": "Docker Compose and its services",
    "pipelines/logstash.yml": "Logstash",
    "pipelines/pipelines.yml": "Logstash",
    "examples/": "the examples' own",
    "shipper/": "Filebeat and Kubernetes",
    "tests/": "tests of ours, which read them",
    "mkdocs.yml": "MkDocs",
}


@pytest.mark.parametrize(("file", "kind"), SHIPPED, ids=IDS)
def test_a_shipped_file_fits_its_schema_and_passes_what_looks_beyond_it(file: Path, kind: kinds.FileKind) -> None:
    assert mistakes_in(file, kind.schema) == []
    assert kinds.kind_of(file) is kind
    assert kinds.problems(file, kind) == []


@pytest.mark.parametrize(("file", "kind"), SHIPPED, ids=IDS)
def test_the_first_line_of_a_shipped_file_leads_to_its_schema(file: Path, kind: kinds.FileKind) -> None:
    relative = os.path.relpath(ROOT / "schemas" / f"{kind.schema}.json", file.parent)
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    assert first == f"# yaml-language-server: $schema={relative}"


@pytest.mark.parametrize(("file", "kind"), SHIPPED, ids=IDS)
def test_each_key_of_a_shipped_file_is_explained(file: Path, kind: kinds.FileKind) -> None:
    root = schemas.load_schema(kind.schema)
    places = dict.fromkeys(_keys(read_yaml(file, schema=kind.schema), root))
    assert [place for place in places if not schemas.description(root, place)] == []


def _keys(value: Any, root: schemas.Schema, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*place, key)
            # Below a field of an event stands its value, of which no schema of a file speaks.
            if any(
                {"properties", "additionalProperties", "items"} & each.keys()
                for each in schemas.at(root, (*place, key))
            ):
                yield from _keys(inner, root, (*place, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner, root, (*place, 0))


def test_every_kind_is_met_and_every_yaml_file_is_of_a_kind_or_somebody_elses() -> None:
    assert {kind.schema for _, kind in SHIPPED} | {"configuration"} == {kind.schema for kind in kinds.KINDS}
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.yml", "*.yaml"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("no git checkout: what belongs to the project cannot be told from what lies about")
    files = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    assert {name for name in files - set(IDS) if not name.startswith(tuple(FOREIGN))} == set()


@pytest.mark.parametrize("name", asset_copies.SETS)
def test_the_first_line_holds_after_a_copy_too(name: str, tmp_path: Path) -> None:
    assert CliRunner().invoke(elk_bootstrap, ["assets", "copy", name, "--to", str(tmp_path)]).exit_code == 0
    named = 0
    for file, _ in kinds.found_in(tmp_path):
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        assert (file.parent / first.partition("$schema=")[2]).resolve().is_file(), file
        named += 1
    assert named or name in {"ilm", "schemas", "shipper"}


def test_the_file_that_init_writes_names_a_schema_that_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["init", "--url", "http://a:1", "--output", "conf/mine.yml"]
    assert CliRunner().invoke(elk_bootstrap, given).exit_code == 0
    written = tmp_path / "conf" / "mine.yml"
    first = written.read_text(encoding="utf-8").partition("\n")[0]
    schema = written.parent / first.partition("$schema=")[2]
    assert schema.read_bytes() == assets.path("schemas/configuration.json").read_bytes()
    kind = kinds.kind_of(written)
    assert kind is not None
    assert kind.schema == "configuration"
    assert kinds.problems(written, kind) == []
    assert yaml.safe_load(annotated({("elasticsearch", "url"): "http://a:1"}))["elasticsearch"]["url"] == "http://a:1"
