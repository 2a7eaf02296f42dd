"""Busy and quiet environments: which policy their predictions follow, and how that is changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import assets, install
from model_logs.install.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

BUSY, QUIET = "model-logs-policy", "model-logs-policy-quiet"
STREAM = "logs-model.prediction-production"


def policies(es: Elasticsearch, name: str = "logs-model.prediction-*") -> dict[str, str]:
    """Return data stream → the policy that its next backing index gets."""
    return {each["name"]: each["ilm_policy"] for each in es.indices.get_data_stream(name=name)["data_streams"]}


def of_backing_indices(es: Elasticsearch) -> list[str]:
    """Return the policy of each backing index, the oldest first."""
    (stream,) = es.indices.get_data_stream(name=STREAM)["data_streams"]
    return [index["ilm_policy"] for index in stream["indices"]]


@pytest.mark.parametrize("environment", ["production", "unknown"])
def test_predictions_follow_the_quiet_policy_unless_somebody_says_otherwise(
    applied: Elasticsearch, environment: str
) -> None:
    assert policies(applied)[f"logs-model.prediction-{environment}"] == QUIET


@pytest.mark.parametrize("how", ["option", "environment", "file", "option over file"])
def test_a_busy_environment_is_named_by_an_option_a_variable_or_the_file(
    applied: Elasticsearch, run: Run, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments = ["--environments", "production,pre_prod"]
    if how == "environment":
        monkeypatch.setenv("MODEL_LOGS_BUSY_ENVIRONMENTS", "Pre-Prod")
    elif how == "file":
        (tmp_path / "model-logs.yml").write_text("events:\n  busy_environments: [Pre-Prod]\n")
    else:
        arguments += ["--busy-environments", "Pre-Prod"]
        if how == "option over file":
            (tmp_path / "model-logs.yml").write_text("events:\n  busy_environments: [production]\n")
    done = run("apply", *arguments)
    assert done.exit_code == 0, done.output
    assert policies(applied) == {
        STREAM: QUIET,
        "logs-model.prediction-pre_prod": BUSY,
        "logs-model.prediction-unknown": QUIET,
    }
    assert run("plan", *arguments).exit_code == 0
    # Only predictions have two policies.
    assert set(policies(applied, "logs-model.lifecycle-*").values()) == {"model-logs-audit-policy"}


@pytest.mark.parametrize("names", ["qa", "production,qa", "Prod/EU"])
def test_a_busy_environment_that_is_not_listed_is_refused_by_name(run: Run, names: str) -> None:
    done = run("plan", "--environments", "production", "--busy-environments", names)
    assert done.exit_code == 2
    assert "no such environment is listed" in done.stderr
    assert "production, unknown" in done.stderr


def test_the_file_that_init_writes_explains_the_setting(run: Run) -> None:
    done = run("init", "--output", "-")
    assert "# busy_environments: [production]" in done.stdout
    assert "MODEL_LOGS_BUSY_ENVIRONMENTS" in done.stdout
    assert QUIET in " ".join(done.stdout.replace("# ", "").split())


def test_a_changed_mind_reaches_the_next_backing_index_and_loses_nothing(applied: Elasticsearch, run: Run) -> None:
    event = {"@timestamp": datetime.now(UTC).isoformat(), "message": "kept"}
    applied.index(index=STREAM, document=event, op_type="create", refresh=True)
    for number, (arguments, policy) in enumerate([(["--busy-environments", "production"], BUSY), ([], QUIET)]):
        shown = run("plan", *arguments)
        assert shown.exit_code == 3
        assert f"~ update  index template     {STREAM}" in shown.stdout
        assert run("apply", *arguments).exit_code == 0
        assert len(of_backing_indices(applied)) == number + 1, "the live backing index stays as it is"
        behind = run("plan", *arguments)
        assert behind.exit_code == 0
        assert f"{STREAM}: its write index was made from an older template" in behind.stdout
        assert run("apply", *arguments, "--rollover").exit_code == 0
        assert of_backing_indices(applied)[-1] == policy
    assert of_backing_indices(applied) == [QUIET, BUSY, QUIET]
    assert applied.count(index=STREAM)["count"] == 1


def _as_it_was_before(copy: Path) -> None:
    """Make the assets those of the version before: one policy for all predictions."""
    component = copy / "mappings/generated/component_template"
    (component / "model-logs-policy-prediction-busy.json").rename(component / "model-logs-policy-prediction.json")
    (copy / "ilm/model-logs-policy-quiet.json").unlink()
    contract = copy / "mappings/contract.yml"
    text = contract.read_text(encoding="utf-8")
    text = text.replace(f"    policy: {QUIET}\n    busy_policy: {BUSY}\n", f"    policy: {BUSY}\n")
    contract.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("busy", [False, True])
def test_an_installation_of_the_version_before_is_taken_over_without_loss(
    clean_es: Elasticsearch, run: Run, changed_assets: Path, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    _as_it_was_before(changed_assets)
    install.install(clean_es, ("production",))
    old = clean_es.indices.get_data_stream(name=STREAM)["data_streams"][0]
    assert (old["template"], old["ilm_policy"]) == ("logs-model.prediction", BUSY)
    for _ in range(2):
        event = {"@timestamp": datetime.now(UTC).isoformat(), "message": "of before"}
        clean_es.index(index=STREAM, document=event, op_type="create", refresh=True)
        clean_es.indices.rollover(alias=STREAM)
    monkeypatch.undo()

    environment = ["--url", _url(clean_es), "--environments", "production"]
    arguments = [*environment, *(["--busy-environments", "production"] if busy else [])]
    shown = run("plan", *arguments)
    assert shown.exit_code == 3
    assert f"+ create  policy             {QUIET}" in shown.stdout
    assert f"+ create  index template     {STREAM}" in shown.stdout
    assert f'"index.lifecycle.name": "{QUIET}"' in shown.stdout
    assert f"{STREAM}: it gets an index template of its own" in shown.stdout
    assert run("apply", *arguments).exit_code == 0
    # What is there keeps its policy, and with it its day of deletion.
    assert of_backing_indices(clean_es) == [BUSY, BUSY, BUSY]
    clean_es.indices.rollover(alias=STREAM)  # as the old policy does within a day
    assert of_backing_indices(clean_es) == [BUSY, BUSY, BUSY, BUSY if busy else QUIET]
    assert clean_es.count(index=STREAM)["count"] == 2
    assert run("plan", *arguments).exit_code == 0


def _url(es: Elasticsearch) -> str:
    return next(iter(es.transport.node_pool.all())).base_url


def test_what_a_user_sets_for_one_environment_has_the_last_word(applied: Elasticsearch, run: Run) -> None:
    for name, shards in (("logs-model.prediction@custom", 2), (f"{STREAM}@custom", 3)):
        applied.cluster.put_component_template(name=name, template={"settings": {"index.number_of_shards": shards}})
    try:
        new = {}
        for stream in (STREAM, "logs-model.prediction-unknown"):
            index = applied.indices.rollover(alias=stream)["new_index"]
            settings = applied.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
            new[stream] = settings["index.number_of_shards"]
        assert new == {STREAM: "3", "logs-model.prediction-unknown": "2"}
        assert run("plan").exit_code == 0
    finally:
        applied.indices.delete_data_stream(name="logs-model.prediction-*")
        for name in ("logs-model.prediction@custom", f"{STREAM}@custom"):
            applied.cluster.delete_component_template(name=name)


def test_a_quiet_index_is_rolled_over_by_its_age_alone() -> None:
    # ILM wants every minimum of a rollover: with one of size or documents, a quiet index would never be deleted.
    for file in assets.path("ilm").glob("*.json"):
        hot = json.loads(file.read_text(encoding="utf-8"))["policy"]["phases"]["hot"]
        assert not [name for name in hot["actions"].get("rollover", {}) if name.startswith("min_")], file.name


@pytest.mark.parametrize(
    ("busy", "gigabytes", "fits", "says"),
    [
        (False, 0.0001, True, f"less than 0.1 GB a day; an index a day is worth its shard from 10 GB on, so {QUIET}"),
        (False, 9.9, True, f"9.9 GB a day; an index a day is worth its shard from 10 GB on, so {QUIET} fits"),
        (False, 10.0, False, f"so {BUSY} fits; add it to busy_environments (--busy-environments)"),
        (True, 120.0, True, f"120.0 GB a day; an index a day is worth its shard from 10 GB on, so {BUSY} fits"),
        (True, 2.0, False, f"so {QUIET} fits; take it out of busy_environments (--busy-environments)"),
        (True, None, True, "its rate is not known and the setting stands"),
        (False, None, True, "no event came in the last 7 days"),
    ],
)
def test_the_policy_that_fits_follows_from_the_bytes_of_a_day(
    busy: bool, gigabytes: float | None, fits: bool, says: str
) -> None:
    policy, other = (BUSY, QUIET) if busy else (QUIET, BUSY)
    size = None if gigabytes is None else gigabytes * 1e9
    pace = Pace("production", busy, policy, other, size and size / 400, size, "no event came in the last 7 days")
    assert pace.fits is fits
    assert says in pace.why


def test_plan_says_what_an_environment_brings_and_what_fits(applied: Elasticsearch, run: Run) -> None:
    now = datetime.now(UTC)
    for hours in (0, 24, 48):
        for _ in range(2):
            event = {"@timestamp": (now - timedelta(hours=hours, minutes=5)).isoformat(), "message": "m"}
            applied.index(index=STREAM, document=event, op_type="create")
    applied.index(index=STREAM, document={"@timestamp": (now - timedelta(days=90)).isoformat()}, op_type="create")
    applied.indices.refresh(index=STREAM)
    found = {each["environment"]: each for each in json.loads(run("plan", "--output", "json").stdout)["environments"]}
    assert found["production"]["events_a_day"] == pytest.approx(3, rel=0.01)
    assert found["production"]["policy"] == QUIET
    assert found["unknown"]["events_a_day"] is None
    text = run("plan").stdout
    assert f"production: {QUIET}. 3 events and less than 0.1 GB a day" in text
    assert f"unknown: {QUIET}. No event came in the last 7 days" in text
    busy = run("plan", "--busy-environments", "production").stdout
    assert f"production: {BUSY}. 3 events" in busy
    assert "take it out of busy_environments" in busy


def test_plan_does_without_a_rate_that_it_may_not_ask_for(applied: Elasticsearch, run: Run, proxy: Any) -> None:
    cause = {"type": "security_exception", "reason": "action [indices:data/read/search] is unauthorized"}
    proxy.refuse = lambda _, path: (
        (403, {"error": {"root_cause": [cause], **cause}, "status": 403}) if "_search" in path else None
    )
    done = run("plan", "--url", proxy.url)
    assert done.exit_code == 0
    assert "Its events may not be counted" in done.stdout


@pytest.mark.parametrize(("installed", "many"), [(False, 60), (True, 6)])
def test_plan_asks_as_many_questions_for_many_environments_as_for_one(
    clean_es: Elasticsearch, run: Run, proxy: Any, installed: bool, many: int
) -> None:
    asked = []
    for count in (1, many):
        names = ",".join(f"team_{number}" for number in range(count))
        if installed:
            assert run("apply", "--environments", names).exit_code == 0
        proxy.requests.clear()
        done = run("plan", "--url", proxy.url, "--environments", names)
        assert done.exit_code == (0 if installed else 3), done.output
        asked.append(len(proxy.requests))
    assert asked[0] == asked[1] <= 12
