"""Everything that is generated is current, complete and of the form it claims."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from model_logs import assets, contract, generate
from model_logs.generate import literal
from model_logs.tables import contract as table

if TYPE_CHECKING:
    from pathlib import Path


def test_every_generated_file_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "model_logs.generate", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_generated_file_says_so_at_its_top_and_a_generated_part_where_it_begins() -> None:
    for path, text in generate.generated().items():
        said = "\n".join(text.splitlines()[:3]).lower()
        if "generated" not in said:
            said = "\n".join(line for line in text.lower().splitlines() if "<!-- generated" in line)
        assert "generated" in said, path
        assert "model_logs.generate" in said or "make generate" in said, path


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in generate.generated().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    monkeypatch.setattr(generate, "_checkout", lambda: tmp_path)
    return tmp_path


def test_check_names_what_is_not_current_and_writes_nothing(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = checkout / "src/model_logs/tables/contract.py"
    stale.write_text("FIELDS = {}\n", encoding="utf-8")
    orphan = checkout / "mappings/generated/lookup/of-yesterday.json"
    orphan.write_text("{}", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "src/model_logs/tables/contract.py" in said
    assert "of-yesterday.json" in said
    assert "make generate" in said
    assert stale.read_text(encoding="utf-8") == "FIELDS = {}\n"
    assert orphan.exists()


def test_generating_writes_what_is_stale_and_removes_what_nothing_generates(checkout: Path) -> None:
    shutil.rmtree(checkout / "docs")
    orphan = checkout / "mappings/generated/lookup/of-yesterday.json"
    orphan.write_text("{}", encoding="utf-8")
    assert generate.main([]) == 0
    assert not orphan.exists()
    assert (checkout / "docs/reference/events.md").is_file()
    assert generate.main(["--check"]) == 0


def test_the_table_holds_the_contract() -> None:
    loaded = contract.load_contract()
    stored = {name: field for name, field in loaded.fields.items() if field.type != "alias"}
    assert table.FIELDS.keys() == stored.keys()
    for name, (kind, low, high, values, several) in table.FIELDS.items():
        field = stored[name]
        assert (kind, low, high, several) == (field.type, field.low, field.high, field.list)
        assert values == (frozenset(field.values) if field.values else None)
    assert {kind.name: kind.stream for kind in loaded.event_types.values()} == table.STREAMS
    assert table.CARRIES.keys() == table.REQUIRED.keys() == table.STREAMS.keys()
    for event_type, names in table.CARRIES.items():
        assert set(names) == {f.name for f in loaded.carried_by(event_type) if f.set_by == "caller"}
        assert set(table.REQUIRED[event_type]) <= set(names)
    assert table.KEYWORDS["user"] == "user.name"
    assert table.KEYWORDS["level"] == "log.level"
    assert table.ALIASES["event.action"] == "event_type"


def test_the_table_imports_nothing() -> None:
    tree = ast.parse((assets.root() / "src/model_logs/tables/contract.py").read_text(encoding="utf-8"))
    assert [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)] == []


def test_literals_are_python_of_the_same_value_within_the_line() -> None:
    value = {
        "a": ("x" * 30, 1.5, -1e38, None, True, frozenset({"b", "a"})),
        "long": tuple(f"name{number}" for number in range(40)),
        'quo"ted\\': {"deeper": frozenset(f"{number:030}" for number in range(9))},
    }
    text = literal.assignment("NAME", "dict[str, Any]", value)
    assert max(map(len, text.splitlines())) <= 118
    assert eval(text.partition(" = ")[2]) == value


def test_every_field_of_the_contract_is_in_the_mapping_and_nothing_else() -> None:
    mapping = json.loads(
        assets.path("mappings/generated/component_template/model-logs-mappings.json").read_text(encoding="utf-8")
    )["template"]["mappings"]

    def names(properties: dict[str, dict[str, object]], prefix: str = "") -> set[str]:
        found: set[str] = set()
        for name, body in properties.items():
            inner = body.get("properties")
            found |= names(inner, f"{prefix}{name}.") if isinstance(inner, dict) else {prefix + name}
        return found

    fields = contract.load_contract().fields.values()
    reserved = {f"{field.name}.{name}" for field in fields for name in field.mapped}
    assert names(mapping["properties"]) == {field.name for field in fields if not field.mapped} | reserved


def test_usual_metrics_are_in_the_mapping_before_anybody_writes_a_name() -> None:
    """One event with hundreds of names fills the limit of an index; these stay searchable all the same."""
    metrics = contract.load_contract().fields["metrics"]
    assert {"auc", "accuracy", "f1", "precision", "recall", "rmse", "loss"} <= set(metrics.mapped)
    assert table.MOST_NAMES == {"labels": 64, "features": 128, "metrics": 64}
    assert len(metrics.mapped) <= 64


def test_every_field_and_event_type_is_on_the_reference_page() -> None:
    page = (assets.root() / "docs/reference/events.md").read_text(encoding="utf-8")
    loaded = contract.load_contract()
    assert [name for name in [*loaded.fields, *loaded.event_types, *loaded.lookups] if f"`{name}`" not in page] == []
