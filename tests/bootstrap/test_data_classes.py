"""Environments of a data class: policies, retention of refused documents and outcomes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_logs import contract, install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result
    from elasticsearch import Elasticsearch

    Run = Callable[..., Result]

ENVIRONMENTS = ("production", "production_personal")
MONTH = "model-logs-outcomes-{}-2026.11"


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ENVIRONMENTS


@pytest.fixture
def classified(applied: Elasticsearch) -> Iterator[Elasticsearch]:
    yield applied
    applied.indices.delete(index=[MONTH.format(each) for each in ENVIRONMENTS], ignore_unavailable=True)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ("production", ("model-logs-policy-quiet", "model-logs-unparsed-policy", "30d")),
        ("production_personal", ("model-logs-policy-personal", "model-logs-unparsed-policy-personal", "7d")),
    ],
)
def test_streams_of_a_class_have_its_policies(
    classified: Elasticsearch, environment: str, wanted: tuple[str, str, str]
) -> None:
    found = {
        each["name"]: each
        for each in classified.indices.get_data_stream(name=f"logs-model.*-{environment}")["data_streams"]
    }
    prediction, unparsed = (found[f"logs-model.{kind}-{environment}"] for kind in ("prediction", "unparsed"))
    retention = prediction["failure_store"]["lifecycle"]["data_retention"]
    assert (prediction["ilm_policy"], unparsed["ilm_policy"], retention) == wanted
    assert found[f"logs-model.lifecycle-{environment}"]["ilm_policy"] == "model-logs-audit-policy"


def test_outcomes_of_a_class_go_with_its_predictions(classified: Elasticsearch) -> None:
    for environment, policy in (
        ("production", "model-logs-outcomes-policy"),
        ("production_personal", "model-logs-outcomes-policy-personal"),
    ):
        index = MONTH.format(environment)
        classified.index(index=index, document={"@timestamp": "2026-11-01T00:00:00Z", "request_id": "r"})
        said = classified.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
        assert said["index.lifecycle.name"] == policy
        # The mapping is that of the family: a name that is not in the contract is refused.
        assert classified.indices.get_mapping(index=index)[index]["mappings"]["dynamic"] == "strict"


def test_plan_shows_the_class_and_a_second_apply_changes_nothing(classified: Elasticsearch, run: Run) -> None:
    planned = run("plan", "--environments", ",".join(ENVIRONMENTS))
    assert planned.exit_code == 0, planned.output
    line = next(each for each in planned.output.splitlines() if each.startswith("production_personal: "))
    assert line.startswith("production_personal: model-logs-policy-personal. It is of the data class personal")
    paces = {each.environment: each for each in install.paces(classified, ENVIRONMENTS)}
    assert (paces["production_personal"].fits, paces["production"].data_class) == (True, "")


def test_an_environment_that_gets_a_class_is_shown_as_a_difference(applied: Elasticsearch, run: Run) -> None:
    added = run("plan", "--environments", "production,production_personal,staging_personal")
    assert added.exit_code == 3
    for name in ("logs-model.prediction-staging_personal", "model-logs-outcomes-staging_personal"):
        assert name in added.output


@pytest.mark.parametrize(
    ("environment", "data_class"),
    [
        *(("personal", "personal"), ("production_personal", "personal"), ("eu_production_personal", "personal")),
        *(("production", None), ("impersonal", None), ("personal_x", None), ("unknown", None)),
    ],
)
def test_the_last_part_of_a_name_is_the_class(environment: str, data_class: str | None) -> None:
    found = contract.load_contract().class_of(environment)
    assert (found.name if found else None) == data_class


def test_a_class_names_streams_and_families_that_there_are() -> None:
    loaded = contract.load_contract()
    for each in loaded.data_classes.values():
        assert set(each.policies) <= {*loaded.streams, *loaded.indices}
