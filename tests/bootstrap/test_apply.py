"""`plan` and `apply`: what differs is changed, in order, once, and everything else is left alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import install

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

WARM = ("policy", "phases", "warm", "min_age")
POLICY = "ilm/model-logs-policy.json"
MAPPINGS = "mappings/generated/component_template/model-logs-mappings.json"
MODELS = "mappings/generated/lookup/model-logs-models.json"


def outcomes(result: Result) -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in json.loads(result.stdout)["objects"]}


def states(result: Result) -> dict[str, str]:
    return {each["name"]: each["state"] for each in json.loads(result.stdout)["objects"]}


def policy_of(es: Elasticsearch, name: str = "model-logs-policy") -> dict[str, Any]:
    return dict(es.ilm.get_lifecycle(name=name)[name]["policy"])


def put_policy(es: Elasticsearch, change: Callable[[dict[str, Any]], None], name: str = "model-logs-policy") -> None:
    body = policy_of(es, name)
    change(body)
    es.ilm.put_lifecycle(name=name, policy=body)


def test_a_first_apply_installs_all_in_the_order_of_need_and_a_second_sends_no_write(
    clean_es: Elasticsearch, run: Run, proxy: Any
) -> None:
    first = run("apply", "--url", proxy.url)
    assert first.exit_code == 0, first.output
    assert f"{len(install.desired(['production']))} created" in first.stdout
    kinds = [path.split("/")[1] for _, path in proxy.writes]
    order = [
        "_ilm",
        "_component_template",
        "_index_template",
        "model-logs-baselines",
        "model-logs-models",
        "model-logs-outcomes",
        "_data_stream",
    ]
    assert list(dict.fromkeys(kinds)) == order
    assert len(proxy.writes) == len(install.desired(["production"]))

    proxy.requests.clear()
    second = run("apply", "--url", proxy.url)
    assert second.exit_code == 0
    assert proxy.writes == []
    assert proxy.requests
    assert "No write was sent" in second.stdout
    assert second.stderr.count("unchanged") == len(install.desired(["production"]))


def test_plan_writes_nothing_and_exits_3_until_everything_is_installed(
    clean_es: Elasticsearch, run: Run, proxy: Any
) -> None:
    before = run("plan", "--url", proxy.url)
    assert before.exit_code == 3
    assert "+ create" in before.stdout
    assert "model-logs-audit-policy" in before.stdout
    install.install(clean_es)
    after = run("plan", "--url", proxy.url)
    assert after.exit_code == 0
    assert "Nothing to do" in after.stdout
    assert proxy.writes == []


def test_queries_over_everything_work_before_the_first_event(applied: Elasticsearch) -> None:
    answer = applied.esql.query(query="FROM model-logs | STATS n = COUNT(*) | LIMIT 1")
    assert answer["values"] == [[0]]


def test_a_changed_asset_is_shown_as_a_difference_and_only_it_is_updated(
    applied: Elasticsearch, run: Run, changed_assets: Path, edit: Callable[..., None], proxy: Any
) -> None:
    edit(changed_assets / POLICY, "9d", *WARM)
    plan = run("plan", "--url", proxy.url)
    assert plan.exit_code == 3
    assert '-      "min_age": "7d"' in plan.stdout
    assert '+      "min_age": "9d"' in plan.stdout
    done = run("apply", "--url", proxy.url, "--output", "json")
    assert done.exit_code == 0, done.output
    assert [name for name, outcome in outcomes(done).items() if outcome != "unchanged"] == ["model-logs-policy"]
    assert [path for _, path in proxy.writes] == ["/_ilm/policy/model-logs-policy"]
    assert policy_of(applied)["phases"]["warm"]["min_age"] == "9d"


def test_what_is_replaced_is_kept_in_a_file_that_brings_it_back(
    applied: Elasticsearch, run: Run, changed_assets: Path, edit: Callable[..., None], tmp_path: Path
) -> None:
    before = policy_of(applied)
    edit(changed_assets / POLICY, "9d", *WARM)
    done = run("apply", "--backup-dir", str(tmp_path / "kept"))
    (file,) = (tmp_path / "kept").glob("*/*.json")
    assert str(file.parent) in done.stderr
    kept = json.loads(file.read_text(encoding="utf-8"))
    method, _, path = kept["request"].partition(" ")
    headers = {"accept": "application/json", "content-type": "application/json"}
    applied.perform_request(method, path, headers=headers, body=kept["body"])
    assert policy_of(applied) == before


def test_backups_go_to_the_users_state_folder_by_default(
    applied: Elasticsearch, run: Run, changed_assets: Path, edit: Callable[..., None], tmp_path: Path
) -> None:
    edit(changed_assets / POLICY, "9d", *WARM)
    run("apply")
    edit(changed_assets / POLICY, "8d", *WARM)
    run("apply")
    assert len(list((tmp_path / "state/model-logs/backups").glob("*/01-ilm-policy-model-logs-policy.json"))) == 2


def test_nothing_is_changed_when_the_old_cannot_be_kept(
    applied: Elasticsearch, run: Run, changed_assets: Path, edit: Callable[..., None], tmp_path: Path
) -> None:
    edit(changed_assets / POLICY, "9d", *WARM)
    (tmp_path / "file").write_text("in the way")
    done = run("apply", "--backup-dir", str(tmp_path / "file" / "kept"))
    assert done.exit_code == 2
    assert "Nothing was changed" in done.stderr
    assert "--backup-dir" in done.stderr
    assert policy_of(applied)["phases"]["warm"]["min_age"] == "7d"


def test_a_template_change_reaches_the_next_backing_index_only_and_rollover_is_offered(
    applied: Elasticsearch, run: Run, changed_assets: Path, edit: Callable[..., None], proxy: Any
) -> None:
    field = ("template", "mappings", "properties", "brand_new")
    edit(changed_assets / MAPPINGS, {"type": "keyword"}, *field)
    done = run("apply", "--url", proxy.url)
    assert done.exit_code == 0
    assert "reaches the next backing index" in done.stdout
    assert "--rollover" in done.stdout
    index = "logs-model.prediction-production"
    assert "brand_new" not in str(applied.indices.get_mapping(index=index))

    plan = run("plan")
    assert plan.exit_code == 0, "a stream that is behind is no difference that apply would remove"
    assert "older template" in plan.stdout
    proxy.requests.clear()
    rolled = run("apply", "--url", proxy.url, "--rollover")
    assert rolled.exit_code == 0
    assert {path.rpartition("/")[2] for _, path in proxy.writes} == {"_rollover"}
    assert "rolled over" in rolled.stderr
    assert "brand_new" in str(applied.indices.get_mapping(index=index))
    assert set(states(run("plan", "--output", "json")).values()) == {"current"}


def test_an_object_edited_by_hand_is_kept_and_the_rest_goes_on(
    applied: Elasticsearch, run: Run, changed_assets: Path, edit: Callable[..., None], proxy: Any
) -> None:
    put_policy(applied, lambda body: body["phases"]["delete"].update(min_age="3650d"), "model-logs-audit-policy")
    edit(changed_assets / POLICY, "9d", *WARM)
    plan = run("plan", "--url", proxy.url)
    assert plan.exit_code == 3
    assert "! refuse" in plan.stdout
    assert '-      "min_age": "3650d"' in plan.stdout
    done = run("apply", "--url", proxy.url)
    assert done.exit_code == 1
    assert "changed since model-logs installed it" in done.stderr
    assert "--force" in done.stderr
    assert [path for _, path in proxy.writes] == ["/_ilm/policy/model-logs-policy"]
    assert policy_of(applied, "model-logs-audit-policy")["phases"]["delete"]["min_age"] == "3650d"


def test_force_replaces_an_edit_and_keeps_it_in_the_backup(applied: Elasticsearch, run: Run, tmp_path: Path) -> None:
    put_policy(applied, lambda body: body["phases"]["delete"].update(min_age="3650d"), "model-logs-audit-policy")
    done = run("apply", "--force", "--backup-dir", str(tmp_path / "kept"))
    assert done.exit_code == 0
    assert policy_of(applied, "model-logs-audit-policy")["phases"]["delete"]["min_age"] == "2555d"
    (file,) = (tmp_path / "kept").glob("*/*.json")
    assert "3650d" in file.read_text(encoding="utf-8")
    assert run("plan").exit_code == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda es: es.cluster.put_component_template(
            name="model-logs-settings",
            template={"settings": {"index.mode": "logsdb"}},
            meta={"managed_by": "model-logs"},
        ),
        lambda es: es.indices.put_mapping(index="model-logs-models", properties={"extra": {"type": "keyword"}}),
    ],
    ids=["component template", "lookup index"],
)
def test_edits_of_every_kind_are_seen(applied: Elasticsearch, run: Run, change: Callable[[Any], None]) -> None:
    change(applied)
    assert "edited" in states(run("plan", "--output", "json")).values()


def test_an_object_of_someone_else_stops_everything_before_the_first_write(
    clean_es: Elasticsearch, run: Run, proxy: Any
) -> None:
    clean_es.cluster.put_component_template(
        name="model-logs-settings", template={"settings": {"index.codec": "default"}}
    )
    done = run("apply", "--url", proxy.url, "--output", "json")
    assert done.exit_code == 1
    assert proxy.writes == []
    assert outcomes(done)["model-logs-settings"] == "refused"
    assert set(outcomes(done).values()) == {"refused", "not attempted"}
    assert "it was not installed by model-logs" in done.stderr

    forced = run("apply", "--force", "--output", "json")
    assert forced.exit_code == 0, forced.output
    assert outcomes(forced)["model-logs-settings"] == "updated"


def test_a_plain_index_in_the_place_of_a_stream_cannot_be_replaced_even_by_force(
    clean_es: Elasticsearch, run: Run, proxy: Any
) -> None:
    clean_es.indices.create(index="logs-model.prediction-production")
    try:
        done = run("apply", "--force", "--url", proxy.url)
        assert done.exit_code == 1
        assert proxy.writes == []
        assert "an index or alias logs-model.prediction-production exists" in done.stderr
        assert "Nothing was written" in done.stdout
    finally:
        clean_es.indices.delete(index="logs-model.prediction-production")


def test_an_index_that_cannot_be_joined_is_named(clean_es: Elasticsearch, run: Run) -> None:
    clean_es.indices.create(index="model-logs-models", mappings={"properties": {"model_name": {"type": "keyword"}}})
    done = run("apply", "--force")
    assert done.exit_code == 1
    assert "cannot join" in done.stderr


def test_a_lookup_index_gains_a_field_and_keeps_its_documents(
    applied: Elasticsearch, run: Run, changed_assets: Path, edit: Callable[..., None]
) -> None:
    applied.index(index="model-logs-models", id="a|b", document={"model_environment": "a|b"}, refresh=True)
    edit(changed_assets / MODELS, {"type": "keyword"}, "mappings", "properties", "owner")
    assert run("apply").exit_code == 0
    assert (
        "owner"
        in applied.indices.get_mapping(index="model-logs-models").body["model-logs-models"]["mappings"]["properties"]
    )
    assert applied.count(index="model-logs-models")["count"] == 1
    # A mapping cannot lose a field: what the server keeps is remembered, and the next apply is quiet.
    edit(changed_assets / MODELS, None, "mappings", "properties", "owner")
    assert run("apply").exit_code == 0
    assert "No write was sent" in run("apply").stdout


def test_a_default_that_a_newer_server_adds_is_no_edit(clean_es: Elasticsearch, run: Run, proxy: Any) -> None:
    def newer(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.startswith("/_ilm/policy/"):
            for policy in body.values():
                if rollover := policy["policy"]["phases"].get("hot", {}).get("actions", {}).get("rollover"):
                    rollover["min_docs"] = 1
        return body

    proxy.change = newer
    assert run("apply", "--url", proxy.url).exit_code == 0
    proxy.requests.clear()
    again = run("apply", "--url", proxy.url)
    assert again.exit_code == 0, again.output
    assert proxy.writes == []


def test_dates_that_a_newer_server_adds_to_templates_are_no_edit(
    applied: Elasticsearch, run: Run, proxy: Any
) -> None:
    def newer(path: str, body: dict[str, Any]) -> dict[str, Any]:
        for key, item in (("component_templates", "component_template"), ("index_templates", "index_template")):
            for template in body.get(key, []):
                template[item] |= {"created_date": "2026-01-01T00:00:00Z", "modified_date_millis": 1}
        return body

    proxy.change = newer
    assert run("plan", "--url", proxy.url).exit_code == 0


@pytest.mark.parametrize("how", ["option", "environment", "file"])
def test_environments_come_from_option_environment_or_file(
    applied: Elasticsearch, run: Run, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments: list[str] = []
    (tmp_path / "model-logs.yml").write_text("events:\n  environments: [production, Pre-Prod]\n")
    if how == "file":
        monkeypatch.delenv("MODEL_LOGS_ENVIRONMENTS")
    else:
        (tmp_path / "model-logs.yml").write_text("events:\n  environments: [from_file]\n")
        monkeypatch.setenv("MODEL_LOGS_ENVIRONMENTS", "production,pre-prod" if how == "environment" else "from_env")
    if how == "option":
        arguments = ["--environments", "production, Pre-Prod"]
    found = states(run("plan", "--output", "json", *arguments))
    streams = {name for name in found if name.startswith("logs-model.prediction-")}
    assert streams == {f"logs-model.prediction-{name}" for name in ("production", "pre_prod", "unknown")}
    assert found["logs-model.prediction-pre_prod"] == "missing"


def test_a_name_that_no_stream_can_have_is_refused(run: Run) -> None:
    done = run("plan", "--environments", "production,Prod/EU")
    assert done.exit_code == 2
    assert "'prod/eu' cannot be an environment" in done.stderr


def test_a_new_environment_adds_streams_and_touches_nothing_else(
    applied: Elasticsearch, run: Run, proxy: Any
) -> None:
    done = run("apply", "--url", proxy.url, "--environments", "production,qa")
    assert done.exit_code == 0
    assert sorted(path for _, path in proxy.writes) == [
        *(f"/_data_stream/logs-model.{kind}-qa" for kind in ("lifecycle", "prediction", "unparsed")),
        "/_index_template/logs-model.prediction-qa",
    ]


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_dry_run_shows_the_plan_and_writes_nothing(
    clean_es: Elasticsearch, run: Run, proxy: Any, output: str
) -> None:
    done = run("apply", "--dry-run", "--url", proxy.url, "--output", output)
    assert done.exit_code == 0
    assert "model-logs-audit-policy" in done.stdout
    assert proxy.writes == []


def test_what_is_installed_says_whose_it_is(applied: Elasticsearch) -> None:
    mark = policy_of(applied)["_meta"]
    assert mark["managed_by"] == "model-logs"
    assert mark["version"]
    assert len(mark["hash"]) == 64
    assert mark["description"].startswith("Predictions")
