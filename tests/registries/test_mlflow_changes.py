"""What calls of MLflow's store become, by what its transactions were seen to change; it is run for real elsewhere."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from model_logs.registries.approval import DEFAULT, Approval
from model_logs.registries.change import Change
from model_logs.registries.mlflow import people
from model_logs.registries.mlflow.changes import CALLS, Seen

ABOUT = {"name": "fraud", "version": "3"}


def did(call, said, *, seen=None, **result):
    found = CALLS[call].did(said, seen or Seen(), SimpleNamespace(**result))
    return [(each.event_type, {k: v for k, v in each.fields.items() if v is not None}) for each in found]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("set_registered_model_alias", {**ABOUT, "alias": "champion"}),
        ("delete_registered_model_alias", {"name": "fraud", "alias": "champion"}),
        ("delete_model_version_tag", {**ABOUT, "key": "approval"}),
        ("delete_registered_model_tag", {"name": "fraud", "key": "team"}),
        ("transition_model_version_stage", {**ABOUT, "stage": "Production"}),
        ("update_model_version", {**ABOUT, "description": "the same"}),
        ("update_registered_model", {"name": "fraud", "description": None}),
        ("rename_registered_model", {"name": "fraud", "new_name": "fraud"}),
    ],
)
def test_a_call_that_leaves_everything_as_it_was_is_no_change(call, said):
    assert did(call, said) == []


def test_a_tag_that_is_set_again_is_an_event_since_a_second_person_may_approve_by_it():
    about = {"model_name": "fraud", "model_version": "3", "tag.key": "approval", "tag.value": "approved"}
    assert did("set_model_version_tag", {**ABOUT, "key": "approval", "value": "approved"}) == [("tag_set", about)]


def test_what_goes_with_a_version_is_told_too():
    seen = Seen(stages=[("3", "production", "deleted_internal")], aliases=[("champion", "3", None)])
    about = {"model_name": "fraud", "alias": "champion", "previous_version": "3"}
    assert did("delete_model_version", ABOUT, seen=seen) == [
        ("deleted", {"model_name": "fraud", "model_version": "3", "previous_stage": "production"}),
        ("alias_removed", {**about, "reason": "version 3, which it named, was deleted"}),
    ]


def test_what_a_transition_archives_is_an_event_each_behind_its_own():
    seen = Seen(
        stages=[("1", "production", "archived"), ("2", "production", "archived"), ("3", "none", "production")]
    )
    found = did("transition_model_version_stage", {**ABOUT, "stage": "Production"}, seen=seen)
    assert [(event_type, fields["model_version"], fields["previous_stage"]) for event_type, fields in found] == [
        ("transitioned", "3", "none"),
        ("archived", "1", "production"),
        ("archived", "2", "production"),
    ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("set_model_version_tag", {**ABOUT, "key": "note", "value": "PLANTED"}),
        ("update_model_version", {**ABOUT, "description": "PLANTED"}),
        ("create_model_version", {"name": "fraud", "tags": {"mlflow.prompt.text": "PLANTED", "note": "PLANTED"}}),
        (
            "create_registered_model",
            {"name": "fraud", "tags": {"mlflow.prompt.is_prompt": "true", "note": "PLANTED"}},
        ),
    ],
)
def test_no_text_of_a_prompt_is_in_any_event(call, said):
    found = did(call, said, seen=Seen(prompt=True, described=True), version=3, run_id="")
    assert found
    assert "PLANTED" not in str(found)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("models:/fraud-eu/1", "a copy of fraud-eu/1"),
        ("models:/fraud-eu@champion", "a copy of fraud-eu@champion"),
        ("models:/m-0123", None),
        ("s3://models/1", None),
    ],
)
def test_a_copied_version_says_of_what(source, reason):
    [(_, fields)] = did("create_model_version", {"name": "fraud", "source": source}, version=3, run_id="run-1")
    assert (fields.get("reason"), fields["run_id"]) == (reason, "run-1")


@pytest.mark.parametrize("status", ["invalid", "failed"])
def test_who_only_tried_to_approve_has_not_approved(status):
    change = Change("tag_set", {"tag.key": "approval", "tag.value": "approved", "status": status})
    assert [each.event_type for each in Approval.of(DEFAULT).with_verdict(change)] == ["tag_set"]


@pytest.mark.parametrize(
    ("patterns", "name", "kind"),
    [
        ("", "jane", None),
        ("ci-*, deploy", "jane", "person"),
        ("ci-*, deploy", "ci-nightly", "service"),
        ("ci-*, deploy", "deploy", "service"),
        (" , ", "jane", None),
    ],
)
def test_people_and_service_accounts_are_told_apart_by_their_names(monkeypatch, patterns, name, kind):
    monkeypatch.setenv(people.SERVICE_ACCOUNTS, patterns)
    assert people.kind_of(name) == kind
