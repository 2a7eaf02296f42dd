"""`remove`: what apply installed goes, data only when told to, the audit trail only by its name, the rest never."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import install

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

AUDIT = "logs-model.lifecycle-production"
PREDICTION = "logs-model.prediction-production"
EVENT = {"@timestamp": "2026-11-22T07:00:00.000Z"}
EVERYTHING = ("--with-data", "--yes", "--with-audit", "--confirm", AUDIT)


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
    done = run("remove", "--with-data", "--yes", "--output", "json")
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


def at_a_terminal(es_url: str, tmp_path: Any, typed: str, *options: str) -> tuple[int, str]:
    """Return exit code and standard error of `remove` where a person types something."""
    terminal, other_end = pty.openpty()
    program = "from model_logs.cli import elk_bootstrap; elk_bootstrap()"
    command = [sys.executable, "-c", program, "remove", "--with-data", *options, "--url", es_url]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, stdin=other_end, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        os.close(other_end)
        os.write(terminal, f"{typed}\n".encode())
        _, said = process.communicate(timeout=60)
    os.close(terminal)
    return process.returncode, said


@pytest.mark.parametrize(("typed", "code"), [(AUDIT, 0), ("logs-model.lifecycle-prod", 2), ("", 2)])
def test_at_a_terminal_the_name_is_asked_for(
    applied: Elasticsearch, es_url: str, typed: str, code: int, tmp_path: Any
) -> None:
    write(applied, AUDIT)
    found, said = at_a_terminal(es_url, tmp_path, typed, "--with-audit")
    assert found == code, said
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
        assert "Some objects are still in place" in done.stderr
    finally:
        applied.indices.delete(index="of-others")


def test_streams_of_environments_that_are_no_longer_listed_are_found(applied: Elasticsearch, run: Run) -> None:
    install.install(applied, ["qa"])
    write(applied, "logs-model.prediction-qa")
    assert "logs-model.prediction-qa" in run("remove").stderr
    assert run("remove", "--with-data", "--yes").exit_code == 0
    assert ours(applied) == set()


@pytest.mark.parametrize(
    ("typed", "code"), [("production", 0), ("produktion", 2), ("PRODUCTION", 2), ("yes", 2), ("y", 2), ("", 2)]
)
def test_at_a_terminal_predictions_go_only_when_the_environment_is_typed(
    applied: Elasticsearch, es_url: str, typed: str, code: int, tmp_path: Any
) -> None:
    write(applied, PREDICTION)
    found, said = at_a_terminal(es_url, tmp_path, typed)
    assert found == code, said
    before, _, after = said.partition("Type production to delete its data")
    assert f"{PREDICTION}: 1 documents" in before, "said before the question"
    assert "no backup holds it" in before
    assert (PREDICTION in ours(applied)) is (code != 0)
    assert ("Nothing was removed" in after) is (code != 0)


@pytest.mark.parametrize("holding", [PREDICTION, "logs-model.unparsed-production", "failure store", "baselines"])
def test_in_a_script_data_goes_only_with_yes(applied: Elasticsearch, run: Run, proxy: Any, holding: str) -> None:
    if holding == "failure store":
        applied.create(index=PREDICTION, id="1", document=EVENT | {"latency_ms": "fast"})
    elif holding == "baselines":
        applied.index(index="model-logs-baselines", id="a|b", document={"model_environment": "a|b"})
    else:
        write(applied, holding)
    before = ours(applied)
    refused = run("remove", "--with-data", "--url", proxy.url)
    assert refused.exit_code == 2
    assert "Nothing was removed" in refused.stderr
    assert "--yes" in refused.stderr.partition("Next step:")[2]
    assert [path for method, path in proxy.requests if method == "DELETE"] == []
    assert ours(applied) == before
    done = run("remove", "--with-data", "--yes")
    assert done.exit_code == 0, done.output
    assert ours(applied) == set()


def test_yes_deletes_no_audit_trail(applied: Elasticsearch, run: Run) -> None:
    write(applied, AUDIT)
    done = run("remove", "--with-data", "--with-audit", "--yes")
    assert done.exit_code == 2
    assert AUDIT in ours(applied)


def test_the_closing_words_are_true(applied: Elasticsearch, run: Run, tmp_path: Any) -> None:
    write(applied, PREDICTION, AUDIT)
    done = run("remove", "--with-data", "--yes", "--backup-dir", str(tmp_path / "kept"))
    kept = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "kept").glob("*/*.json"))
    assert EVENT["@timestamp"] not in kept
    assert "What was removed is kept" not in done.stderr
    assert "The definitions that were removed are kept in" in done.stderr
    assert "was deleted for ever; no backup holds it: 1 documents" in done.stderr
    assert f"  {PREDICTION}: 1 documents" in done.stderr
    assert f"  {AUDIT}: " not in done.stderr


def test_programs_are_told_what_went_and_a_dry_run_what_would_go(applied: Elasticsearch, run: Run) -> None:
    write(applied, PREDICTION)
    gone = [{"name": PREDICTION, "documents": 1, "failures": 0}]
    assert json.loads(run("remove", "--dry-run", "--with-data", "--output", "json").stdout)["data"] == gone
    assert "would be deleted for ever" in run("remove", "--dry-run", "--with-data").stderr
    done = run("remove", "--with-data", "--yes", "--output", "json")
    assert json.loads(done.stdout)["deleted_data"] == gone


def test_one_environment_goes_and_nothing_of_the_others_or_of_all(applied: Elasticsearch, run: Run) -> None:
    install.install(applied, ["production", "staging"])
    write(applied, PREDICTION, "logs-model.prediction-staging")
    before = ours(applied)
    done = run("remove", "--with-data", "--environment", "Staging", "--yes")
    assert done.exit_code == 0, done.output
    assert before - ours(applied) == {name for name in before if name.endswith("-staging")}
    assert applied.count(index=PREDICTION)["count"] == 1
    assert PREDICTION not in done.stderr


def test_an_environment_without_streams_is_refused_with_those_there_are(applied: Elasticsearch, run: Run) -> None:
    done = run("remove", "--environment", "produktion")
    assert done.exit_code == 2
    assert "Did you mean production?" in done.stderr
    assert PREDICTION in ours(applied)


def test_outcomes_are_data_of_their_environment_and_keep_what_they_need(applied: Elasticsearch, run: Run) -> None:
    """Indices of a family are made while commands run, so no plan lists them; they are personal data."""
    install.install(applied, ["production", "staging"])
    for environment, month in (("production", "2026.10"), ("production", "2026.11"), ("staging", "2026.11")):
        applied.index(index=f"model-logs-outcomes-{environment}-{month}", document={"@timestamp": "2026-11-22"})
    refused = run("remove")
    assert refused.exit_code == 1
    assert "model-logs-outcomes-production-2026.10" in refused.stderr
    staging = run("remove", "--with-data", "--environment", "staging", "--yes", "--output", "json")
    assert staging.exit_code == 0, staging.output
    deleted = json.loads(staging.stdout)["deleted_data"]
    assert deleted == [{"name": "model-logs-outcomes-staging-2026.11", "documents": 1, "failures": 0}]
    left = ours(applied)
    assert {"model-logs-outcomes-production-2026.10", "model-logs-outcomes", "model-logs-outcomes-policy"} <= left
    asked = run("remove", "--with-data")
    assert asked.exit_code == 2
    assert "model-logs-outcomes-production-2026.11: 1 documents" in asked.stderr
    audit = run("remove", "--with-audit")
    assert "model-logs-outcomes" in ours(applied), audit.output
    assert applied.ilm.get_lifecycle(name="model-logs-outcomes-policy")
    everything = run("remove", "--with-data", "--yes")
    assert everything.exit_code == 0, everything.output
    assert ours(applied) == set()
