"""The commands with a Kibana and without one: what they say, and how they exit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from model_logs.cli import elk_bootstrap

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch


@pytest.fixture
def run(applied: Elasticsearch, es_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    applied.indices.delete(index="model-logs-state", ignore_unavailable=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MODEL_LOGS_KIBANA_URL", raising=False)
    monkeypatch.setenv("MODEL_LOGS_BACKUP_DIR", str(tmp_path / "backups"))

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(elk_bootstrap, [words[0], "--url", es_url, *words[1:]])

    return invoke


def test_without_a_url_kibana_is_left_out_and_that_is_said(run: Any) -> None:
    done = run("plan")
    assert done.exit_code == 0
    assert "Kibana is left out: no URL is set (--kibana-url, MODEL_LOGS_KIBANA_URL)." in done.stderr


def test_the_way_of_an_edit_through_the_commands(run: Any, server: Any, tmp_path: Path) -> None:
    # The file is asked last: the URL stands there, the space does not exist and is replaced by the option.
    (tmp_path / "model-logs.yml").write_text(f"kibana: {{url: '{server.url}', space: gone}}", encoding="utf-8")
    assert run("apply", "--space", "default").exit_code == 0
    assert run("plan", "--space", "default").exit_code == 0
    assert "There is no space gone" in run("plan").stderr
    name = "model-logs-pipeline-health"
    server.edit("dashboard", name, lambda body: body.get("attributes", body).update(title="Mine"))
    planned = run("plan", "--space", "default")
    assert planned.exit_code == 3
    assert f"! refuse  Kibana dashboard   {name}: it was changed since model-logs installed it" in planned.stdout
    assert '"Mine"' in planned.stdout
    kept = run("apply", "--space", "default")
    assert kept.exit_code == 1
    assert "--force" in kept.stderr
    assert run("apply", "--space", "default", "--force").exit_code == 0
    assert run("plan", "--space", "default").exit_code == 0
    shown = run("status", "--space", "default").stdout
    assert name in shown
