"""Numbers of the objectives within a query: those of the file, and those of the first entry that fits a model."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_logs import assets, query
from model_logs.alerts.rulebook import query_text, rules
from model_logs.errors import AssetError, ConfigurationError
from model_logs.query.literals import literal
from model_logs.query.objective_numbers import expression, objective_number, with_numbers

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

SHARE = {"objectives": "slo", "indicator": "errors", "number": "limit"}
LIMIT_MS = {"objectives": "slo", "indicator": "latency", "number": "value"}
MODELS = {
    "tiers": {"batch": {"objectives": {"slo": {"latency": {"enabled": False}}}}},
    "models": [
        {"model": "fraud-*", "environment": "production", "objectives": {"slo": {"errors": {"target": 0.99}}}},
        {"model": "fraud-eu"},
        {"model": "nightly", "tier": "batch"},
        {"model": 'odd "name" | \\', "objectives": {"slo": {"latency": {"value": 7}}}},
        {"model": "fraud-?u", "objectives": {"slo": {"errors": {"target": 0.5}}}},
    ],
}


def _folder(tmp_path: Path, models: dict[str, Any]) -> Path:
    shutil.copytree(assets.path("chaos"), tmp_path / "chaos")
    (tmp_path / "chaos" / "models.yml").write_text(yaml.safe_dump(models), encoding="utf-8")
    return tmp_path / "chaos"


@pytest.mark.parametrize(
    ("said", "model", "expected"),
    [
        (SHARE, ("churn", "production"), 0.001),
        (SHARE, ("fraud-eu", "production"), 0.01),
        (SHARE, ("fraud-us", "production"), 0.01),
        (SHARE, ("fraud-eu", "staging"), 0.001),  # its own entry comes before the pattern of the last one
        (SHARE, ("fraud-au", "staging"), 0.5),
        (SHARE, None, 0.001),
        (LIMIT_MS, ("churn", "production"), 100),
        (LIMIT_MS, ("nightly", "production"), None),
        (LIMIT_MS, ('odd "name" | \\', "production"), 7),
    ],
)
def test_a_model_has_the_number_of_the_first_entry_that_fits(
    es: Elasticsearch,
    tmp_path: Path,
    said: dict[str, str],
    model: tuple[str, str] | None,
    expected: float | None,
) -> None:
    number = expression(objective_number(said, _folder(tmp_path, MODELS)))
    text = f"ROW m = 1 | EVAL model_name = ?model, environment = ?environment | EVAL number = {number} | LIMIT 2"
    names = {"model": model[0], "environment": model[1]} if model else {}
    if not model:
        text = text.replace("?model", "TO_STRING(null)").replace("?environment", "TO_STRING(null)")
    end = datetime(2026, 1, 2, tzinfo=UTC)
    answer = query.run(es, text, start=end - timedelta(hours=1), end=end, params=names)
    assert answer.values("number") == [expected]


def test_without_entries_the_number_of_the_file_stands_there(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"models": [{"model": "fraud", "load": 7}]})
    assert expression(objective_number(SHARE, folder)) == literal(0.001) == "0.001"
    text = 'x = ?share // ?share\n| WHERE y == "?share" AND z > ?_tend'
    found = with_numbers(text, {"share": objective_number(SHARE, folder)})
    assert found == text.replace("?share", "0.001", 1)


def test_a_pattern_that_no_query_can_hold_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="patterns with") as caught:
        objective_number(SHARE, _folder(tmp_path, {"models": [{"model": "fraud-[ab]"}]}))
    assert "entry for each" in str(caught.value)


def test_a_rule_takes_the_objectives_beside_its_folder_and_no_override_changes_them(tmp_path: Path) -> None:
    _folder(tmp_path, MODELS)
    shutil.copytree(assets.path("alerts"), tmp_path / "alerts")
    rule = rules.find_rule(rules.load_rules(tmp_path / "alerts"), "error-budget-fast-burn")
    assert 'model_name LIKE "fraud-*" AND environment == "production"' in query_text.alerts_query(rule)
    (tmp_path / "alerts" / "overrides.yml").write_text("error-budget-fast-burn: [{model: churn, allowed_share: 1}]\n")
    with pytest.raises(AssetError, match="allowed_share"):
        rules.load_rules(tmp_path / "alerts")
