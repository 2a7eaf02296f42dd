"""`remove`: what apply installed goes, data only when told to, the audit trail only by its name, the rest never."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

AUDIT = "logs-model.lifecycle-production"
PREDICTION = "logs-model.prediction-production"
EVENT = {"@timestamp": "2026-11-22T07:00:00.000Z"}
EVERYTHING = ("--with-data", "--with-audit", "--confirm", AUDIT)


def write(es: Elasticsearch, *streams: str) -> None:
    for stream in streams:
        # No refresh: remove must see even what was written this instant.
        es.create(index=stream, id="1", document=EVENT)


def ours(es: Elasticsearch) -> set[str]:
    """Return everything in the cluster that bears our name."""
    names = {stream["name"] for stream in es.indices.get_data_stream(name="*model*")["data_streams"]}
    names |= {each["name"] for each in es.indices.get_index_template()["index_templates"] if "model" in each["name"]}
    templates = es.cluster.get_component_template()["component_templates"]
    names |= {each["name"] for each in templates if "model" in each["name"]}
    names |= {name for name in es.ilm.get_lifecycle() if name.startswith("model-logs")}
    return names | set(es.indices.get(index="model-logs-*"))


def outcomes(result: Result) -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in json.loads(result.stdout)["objects"]}


def test_what_apply_installed_is_removed_in_the_opposite_order_and_nothing_is_left(
    applied: Elasticsearch, run: Run, proxy: Any
) -> None:
    done = run("remove", "--url", proxy.url)
    assert done.exit_code == 0, done.output
    assert ours(applied) == set()
    deleted = [path.split("/")[1] for method, path in proxy.writes if method == "DELETE"]
    order = list(dict.fromkeys("lookup" if name.startswith("model-logs-") else name for name in deleted))
    assert order == ["_data_stream", "lookup", "_index_template", "_component_template", "_ilm"]
    again = run("remove")
    assert again.exit_code == 0
    assert "Nothing to remove" in again.stdout


def test_streams_that_hold_data_are_listed_and_nothing_is_removed(
    applied: Elasticsearch, run: Run, proxy: Any
) -> None:
    before = ours(applied)
    write(applied, PREDICTION, AUDIT)
    done = run("remove", "--url", proxy.url)
    assert done.exit_code == 1
    assert "Nothing was removed" in done.stderr
    assert PREDICTION in done.stderr
    assert AUDIT in done.stderr
    assert "it holds 1 documents (--with-audit)" in done.stderr
    assert [path for method, path in proxy.requests if method == "DELETE"] == []
    assert ours(applied) == before


def test_a_document_in_the_failure_store_is_data_too(applied: Elasticsearch, run: Run) -> None:
    applied.create(index=PREDICTION, id="1", document=EVENT | {"latency_ms": "fast"})
    done = run("remove")
    assert done.exit_code == 1
    assert "0 documents and 1 failed ones" in done.stderr


def test_a_baseline_is_data_too(applied: Elasticsearch, run: Run) -> None:
    applied.index(index="model-logs-baselines", id="a|b", document={"model_environment": "a|b"})
    done = run("remove")
    assert done.exit_code == 1
    assert "model-logs-baselines" in done.stderr


def test_with_data_predictions_go_and_the_audit_trail_stays_in_working_order(
    applied: Elasticsearch, run: Run
) -> None:
    write(applied, PREDICTION, AUDIT)
    done = run("remove", "--with-data", "--output", "json")
    assert done.exit_code == 0, done.output
    kept = {name for name, outcome in outcomes(done).items() if outcome == "kept"}
    needed = {"logs-model.lifecycle", "model-logs-mappings", "model-logs-settings", "model-logs-policy-lifecycle"}
    assert kept == {AUDIT, "model-logs-audit-policy"} | needed
    assert ours(applied) == kept
    applied.create(index=AUDIT, id="2", document=EVENT, refresh=True)
    applied.indices.rollover(alias=AUDIT)
    assert applied.count(index="model-logs")["count"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--with-audit",), f"missing: {AUDIT}"),
        (("--with-audit", "--confirm", "logs-model.lifecycle-staging"), "logs-model.lifecycle-staging: no stream of"),
        (
            ("--with-audit", "--confirm", AUDIT, "--confirm", PREDICTION),
            f"{PREDICTION}: no stream of the audit trail",
        ),
    ],
)
def test_the_audit_trail_is_not_deleted_without_its_exact_name(
    applied: Elasticsearch, run: Run, arguments: tuple[str, ...], message: str
) -> None:
    write(applied, PREDICTION, AUDIT)
    before = ours(applied)
    done = run("remove", "--with-data", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Nothing was removed" in done.stderr
    assert ours(applied) == before


def test_everything_goes_when_it_was_asked_for_by_name(applied: Elasticsearch, run: Run) -> None:
    write(applied, PREDICTION, AUDIT)
    done = run("remove", *EVERYTHING)
    assert done.exit_code == 0, done.output
    assert ours(applied) == set()


@pytest.mark.parametrize(("typed", "code"), [(AUDIT, 0), ("logs-model.lifecycle-prod", 2), ("", 2)])
def test_at_a_terminal_the_name_is_asked_for(
    applied: Elasticsearch, es_url: str, typed: str, code: int, tmp_path: Any
) -> None:
    write(applied, AUDIT)
    terminal, other_end = pty.openpty()
    program = "from model_logs.cli import elk_bootstrap; elk_bootstrap()"
    command = [sys.executable, "-c", program, "remove", "--with-data", "--with-audit", "--url", es_url]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, stdin=other_end, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        os.close(other_end)
        os.write(terminal, f"{typed}\n".encode())
        _, said = process.communicate(timeout=60)
    os.close(terminal)
    assert process.returncode == code, said
    assert "Type its name to delete it" in said
    assert (AUDIT in ours(applied)) is (code != 0)


def test_a_dry_run_says_what_would_go_and_deletes_nothing(applied: Elasticsearch, run: Run, proxy: Any) -> None:
    write(applied, PREDICTION, AUDIT)
    done = run("remove", "--dry-run", "--with-data", "--output", "json", "--url", proxy.url)
    assert done.exit_code == 0
    assert outcomes(done)[PREDICTION] == "would be removed"
    assert outcomes(done)[AUDIT] == "kept"
    assert [path for method, path in proxy.requests if method == "DELETE"] == []


def test_what_someone_else_installed_stays(applied: Elasticsearch, run: Run) -> None:
    applied.cluster.put_component_template(name="logs-model.prediction@custom", template={"settings": {}})
    applied.ilm.put_lifecycle(name="model-logs-of-mine", policy={"phases": {}})
    applied.ilm.put_lifecycle(name="model-logs-metrics-policy", policy={"phases": {}})  # ours no more
    try:
        done = run("remove", "--output", "json")
        assert done.exit_code == 0
        assert outcomes(done)["model-logs-metrics-policy"] == "kept"
        mine = {"logs-model.prediction@custom", "model-logs-of-mine", "model-logs-metrics-policy"}
        assert ours(applied) == mine
    finally:
        applied.cluster.delete_component_template(name="logs-model.prediction@custom")
        applied.ilm.delete_lifecycle(name="model-logs-of-mine")


def test_what_was_edited_by_hand_stays_unless_forced(applied: Elasticsearch, run: Run, tmp_path: Any) -> None:
    body = applied.ilm.get_lifecycle(name="model-logs-policy")["model-logs-policy"]["policy"]
    body["phases"]["warm"]["min_age"] = "8d"
    applied.ilm.put_lifecycle(name="model-logs-policy", policy=body)
    done = run("remove", "--output", "json")
    assert done.exit_code == 1
    assert outcomes(done)["model-logs-policy"] == "refused"
    assert ours(applied) == {"model-logs-policy"}
    forced = run("remove", "--force", "--backup-dir", str(tmp_path / "kept"))
    assert forced.exit_code == 0
    assert ours(applied) == set()
    (file,) = (tmp_path / "kept").glob("*/*.json")
    assert "8d" in file.read_text(encoding="utf-8")


def test_a_policy_that_others_use_cannot_be_deleted_and_is_named(applied: Elasticsearch, run: Run) -> None:
    applied.indices.create(index="of-others", settings={"index.lifecycle.name": "model-logs-policy"})
    try:
        done = run("remove")
        assert done.exit_code == 1
        assert "in use by" in done.stderr
        assert "of-others" in done.stderr
        assert "Something is still in place" in done.stderr
    finally:
        applied.indices.delete(index="of-others")


def test_streams_of_environments_that_are_no_longer_listed_are_found(applied: Elasticsearch, run: Run) -> None:
    bootstrap.install(applied, ["qa"])
    write(applied, "logs-model.prediction-qa")
    assert "logs-model.prediction-qa" in run("remove").stderr
    assert run("remove", "--with-data").exit_code == 0
    assert ours(applied) == set()
