"""Owners from the tags of a real MLflow: seen by the plugin and by `reconcile`, they reach alerts and lineage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.support.events import index
from tests.support.mlflow import serving

from model_logs.alerts.engine.expected_models import Keeper
from model_logs.catalog.facts import ModelFacts
from model_logs.cli import model_logs
from model_logs.lineage.story import lineage
from model_logs.state.store import INDEX, Store

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]
STATED = {"owner": "risk", "tier": "1", "schedule": "0 2 * * *", "card": "https://wiki.example.org/fraud"}


def _life(ask: Any) -> None:
    """A model with the tags of its owner, and a version of it in service, tagged as one that sees personal data."""
    ask("registered-models/create", {"name": "fraud", "tags": [{"key": "tier", "value": "2"}]})
    for key, value in STATED.items():
        ask("registered-models/set-tag", {"name": "fraud", "key": key, "value": value})
    ask("model-versions/create", {"name": "fraud", "source": "s3://models/1"})
    ask("model-versions/set-tag", {"name": "fraud", "version": "1", "key": "data_class", "value": "personal"})
    ask("registered-models/alias", {"name": "fraud", "alias": "champion", "version": "1"})


@pytest.mark.parametrize("way", ["plugin", "reconcile"])
def test_tags_of_a_real_mlflow_reach_the_rows_of_models_and_the_lineage(
    applied: Elasticsearch, es_url: str, tmp_path: Path, way: str
) -> None:
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    store = "elk+" if way == "plugin" else ""
    with serving(tmp_path, f"sqlite:///{tmp_path}/m.db", store=store, MODEL_LOGS_ENVIRONMENT="production") as server:

        def ask(path: str, body: dict[str, Any]) -> None:
            answer = server.ask("POST", path, body)
            assert answer.status_code == 200, answer.text

        _life(ask)
        if way == "reconcile":
            options = ["--tracking-uri", server.url, "--path", str(server.trail), "--url", es_url]
            environment = {"MODEL_LOGS_ENVIRONMENT": "production"}
            done = CliRunner(env=environment).invoke(model_logs, ["registry", "reconcile", *options])
            assert done.exit_code == 0, done.output
        events = server.events
    index(applied, events)
    Store(applied).ensure()
    keeper = Keeper(applied, Store(applied))
    keeper.update(datetime.now(UTC))
    (row,) = (hit["_source"] for hit in applied.search(index="model-logs-models")["hits"]["hits"])
    expected = STATED | {"data_class": "personal", "schedule_minutes": 1440.0, "production_version": "1"}
    assert {name: row.get(name) for name in expected} == expected
    assert lineage(applied, "fraud", "1").facts == ModelFacts(**STATED, data_class="personal")
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
