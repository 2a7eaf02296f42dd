"""What lint finds: nothing in what is shipped, and each kind of mistake where it was made."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from model_logs import assets, dashboards
from model_logs.cli import elk_bootstrap
from model_logs.dashboards import lint
from model_logs.dashboards.kibana.api_body import dashboard_body
from model_logs.dashboards.lint import definitions
from model_logs.dashboards.lint.fields import unknown_fields

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "dashboards"
    shutil.copytree(assets.path("dashboards"), copied)
    return copied


def _change(folder: Path, name: str, change: Any) -> None:
    file = folder / f"{name}.yml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(yaml.safe_dump(document), encoding="utf-8")


def _rewrite(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / "queries" / f"{name}.esql"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _rules(folder: Path) -> set[tuple[str, str]]:
    return {(finding.where, finding.rule) for finding in lint.check_dashboards(folder)[1]}


def _answers(client: Elasticsearch, folder: Path) -> set[tuple[str, str]]:
    return {(finding.where, finding.rule) for finding in lint.check_answers(client, lint.check_dashboards(folder)[0])}


def test_nothing_is_wrong_with_what_is_shipped(applied: Elasticsearch, folder: Path) -> None:
    found, findings = lint.check_dashboards(folder)
    assert [dashboard.id for dashboard in found] == dashboards.names()
    assert findings == []
    assert lint.check_answers(applied, found) == []


def test_a_query_without_the_time_of_the_page_is_found(folder: Path) -> None:
    _rewrite(folder, "drift-score", "@timestamp >= ?_tstart AND @timestamp < ?_tend AND ", "")
    assert ("drift-score", "time") in _rules(folder)


def test_a_query_that_looks_at_the_clock_is_found(folder: Path) -> None:
    _rewrite(folder, "drift-score", "drift_score IS NOT NULL", "drift_score IS NOT NULL AND @timestamp < NOW()")
    assert ("drift-score", "time") in _rules(folder)


def test_a_field_that_the_contract_does_not_know_is_found(folder: Path) -> None:
    _rewrite(folder, "drift-score", "drift_score IS NOT NULL", "drift_scor IS NOT NULL")
    findings = lint.check_dashboards(folder)[1]
    assert [finding.rule for finding in findings] == ["field"]
    assert "drift_scor," in findings[0].message


def test_a_query_that_does_not_run_is_found(folder: Path, applied: Elasticsearch) -> None:
    _rewrite(folder, "drift-score", "AVG(drift_score)", "AVG(drift_score")
    assert _answers(applied, folder) == {("drift-score", "query")}


def test_a_column_that_the_query_does_not_give_is_found(folder: Path, applied: Elasticsearch) -> None:
    _rewrite(folder, "drift-score", "mean_score = AVG", "average = AVG")
    assert _answers(applied, folder) == {("drift-score", "column")}


@pytest.mark.parametrize(
    ("unit", "field"), [("time", "mean_score"), ("ms", "model_name"), ("", "measurements")], ids=str
)
def test_a_unit_that_does_not_fit_the_type_is_found(
    unit: str, field: str, folder: Path, applied: Elasticsearch
) -> None:
    def change(document: Any) -> None:
        panel = document["panels"][1]
        panel["columns"] = [{"field": field, "title": "It"} | ({"unit": unit} if unit else {})]

    _change(folder, "model-health", change)
    assert _answers(applied, folder) == {("drift-score", "unit")}


def test_a_measure_without_a_unit_is_found(folder: Path) -> None:
    _change(folder, "model-health", lambda document: document["panels"][1]["y"][0].pop("unit"))
    assert ("drift-score", "unit") in _rules(folder)


def test_a_drilldown_that_leads_nowhere_is_found(folder: Path) -> None:
    _change(folder, "model-overview", lambda document: document["drilldown"].update(dashboard="nowhere"))
    assert _rules(folder) == {("drilldown", "reference")}
    _change(folder, "model-overview", lambda document: document["drilldown"].update(field="worst_level"))
    assert ("drilldown", "field") in _rules(folder)


def test_a_control_of_no_field_is_found(folder: Path) -> None:
    _change(folder, "model-health", lambda document: document["controls"][0].update(field="enviroment"))
    assert _rules(folder) == {("controls", "field")}


@pytest.mark.parametrize(
    ("dashboard", "panel", "filters"),
    [
        ("pipeline-health", "sequence-gaps", ["model_name", "environment"]),
        ("pipeline-health", "sequence-gaps", ["model_version", "host.name"]),
        ("pipeline-health", "failed-documents", ["environment"]),
        ("pipeline-health", "failure-reasons", ["model_name"]),
        ("pipeline-health", "storage-by-tier", ["environment"]),
        ("model-health", "drift-score", ["model_name", "environment", "modle_version"]),
        ("model-health", "drift-score", None),
    ],
    ids=str,
)
def test_a_filter_that_makes_a_panel_false_is_found(
    folder: Path, dashboard: str, panel: str, filters: list[str] | None
) -> None:
    def change(document: Any) -> None:
        here = next(each for each in document["panels"] if each["id"] == panel)
        here.pop("filters")
        if filters is not None:
            here["filters"] = filters

    _change(folder, dashboard, change)
    assert (panel, "filter") in _rules(folder)


def test_numbers_of_a_writer_may_be_narrowed_to_a_writer(folder: Path) -> None:
    def change(document: Any) -> None:
        here = next(each for each in document["panels"] if each["id"] == "sequence-gaps")
        here["filters"] = ["process.entity_id", "host.name"]

    _change(folder, "pipeline-health", change)
    assert _rules(folder) == set()


@pytest.mark.parametrize("field", ["environment", "model_name", "model_version"])
def test_a_control_that_makes_a_panel_of_its_page_false_is_found(folder: Path, field: str) -> None:
    _change(
        folder, "pipeline-health", lambda document: document.update(controls=[{"field": field, "title": "Choose"}])
    )
    assert _rules(folder) == {("controls", "filter")}


def test_a_drilldown_to_a_page_that_it_makes_false_is_found(folder: Path) -> None:
    _change(folder, "model-overview", lambda document: document["drilldown"].update(dashboard="pipeline-health"))
    assert _rules(folder) == {("drilldown", "filter")}


def test_a_column_behind_a_quantity_that_kibana_would_move_is_found(folder: Path) -> None:
    _change(folder, "model-health", lambda document: document["panels"][5]["columns"].reverse())
    assert _rules(folder) == {("baseline-comparison", "order")}


def test_panels_over_each_other_are_found(folder: Path) -> None:
    _change(folder, "model-health", lambda document: document["panels"][1]["grid"].update(x=20))
    assert _rules(folder) == {("drift-score", "grid")}


def test_a_panel_that_refers_to_a_saved_object_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file can say so: the forms for Kibana would have to be written otherwise."""
    whole = dashboard_body

    def by_reference(dashboard: Any) -> dict[str, Any]:
        body = whole(dashboard)
        body["panels"][2]["config"] = {"ref_id": "somebody-elses"}
        return body

    monkeypatch.setattr(definitions, "dashboard_body", by_reference)
    assert _rules(folder) == {(dashboards.load_dashboard(name).panels[1].id, "value") for name in dashboards.names()}


def test_a_panel_without_a_title_is_found(folder: Path) -> None:
    _change(folder, "model-health", lambda document: document["panels"][1].pop("title"))
    assert ("the file", "file") in _rules(folder)


def test_a_question_that_is_none_is_found(folder: Path) -> None:
    _change(folder, "model-health", lambda document: document["panels"][1].update(question="Drift."))
    assert _rules(folder) == {("drift-score", "title")}


def test_an_id_that_is_there_twice_is_found(folder: Path) -> None:
    shutil.copy(folder / "model-health.yml", folder / "second.yml")
    _change(folder, "second", lambda document: document.update(id="second"))
    assert ("drift-score", "id") in _rules(folder)


def test_an_id_that_was_given_out_and_is_gone_is_found(folder: Path) -> None:
    _change(folder, "model-health", lambda document: document["panels"].pop())
    assert _rules(folder) == {("model-health/gates-and-experiments", "id")}


def test_a_file_that_is_called_otherwise_is_found(folder: Path) -> None:
    _change(folder, "pipeline-health", lambda document: document.update(id="pipeline"))
    assert ("id", "id") in _rules(folder)


def test_a_file_that_cannot_be_read_is_one_finding(folder: Path) -> None:
    (folder / "pipeline-health.yml").write_text("{", encoding="utf-8")
    assert _rules(folder) == {("the file", "file")}


@pytest.mark.parametrize(
    ("query", "unknown"),
    [
        ('FROM logs-model.* | WHERE model_name == "colour" // taste', []),
        (
            "FROM logs-model.* | EVAL mine = latency_ms * 2 | STATS a = MAX(mine) BY b = BUCKET(@timestamp, 1 hour)",
            [],
        ),
        ("FROM logs-model.* | STATS a = MAX(speed) BY model_name", ["speed"]),
        ("FROM logs-model.* METADATA _index, _id | WHERE _index LIKE ?pattern | KEEP _id, _score", ["_score"]),
        ("FROM a | LOOKUP JOIN model-logs-baselines ON model_environment | KEEP baseline_p99_ms, p98", ["p98"]),
        ("FROM metrics-model.* | STATS MAX(disk.used_pct) BY node.name, node.colour", ["node.colour"]),
        ("FROM logs-model.* | WHERE labels.team == metrics.auc", []),
        ("FROM logs-model.* | RENAME user.name AS who | SORT who, user.mail DESC NULLS LAST", ["user.mail"]),
    ],
)
def test_the_names_of_a_query_are_told_apart(query: str, unknown: list[str]) -> None:
    assert unknown_fields(query) == unknown


def test_the_command_says_what_it_looked_at_and_exits_by_what_it_found(folder: Path) -> None:
    good = CliRunner().invoke(elk_bootstrap, ["lint", str(folder), "--offline"])
    assert good.exit_code == 0
    panels = sum(len(dashboards.load_dashboard(name).panels) for name in dashboards.names())
    many = len(dashboards.names())
    assert good.output == f"{many} files, {many} dashboards, {panels} panels, no query was run: nothing is wrong.\n"
    _change(folder, "model-health", lambda document: document["controls"][0].update(field="enviroment"))
    bad = CliRunner().invoke(elk_bootstrap, ["lint", str(folder), "--offline", "--output", "json"])
    assert bad.exit_code == 1
    assert '"rule": "field"' in bad.output
