"""What a server writes in another form is equal; what means something else is not."""

from __future__ import annotations

import pytest

from model_logs.install import canonical
from model_logs.install.elasticsearch import Policy
from model_logs.install.installation import object_kinds

KINDS = object_kinds(None)  # type: ignore[arg-type]  # nothing is asked of a cluster here


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        (
            "component template",
            {"template": {"settings": {"index.mode": "logsdb", "number_of_shards": 2}}},
            {"template": {"settings": {"index": {"mode": "logsdb", "number_of_shards": "2"}}}},
        ),
        (
            "index template",
            {"index_patterns": ["a"], "data_stream": {}, "priority": 300, "template": {}},
            {
                "index_patterns": ["a"],
                "data_stream": {"hidden": False, "allow_custom_routing": False},
                "priority": 300,
                "created_date": "2026-01-01T00:00:00Z",
            },
        ),
        (
            "component template",
            {"template": {"mappings": {"dynamic": False}}, "_meta": {"a": 1}},
            {"template": {"mappings": {"dynamic": "false"}}, "version": None},
        ),
        ("policy", {"policy": {"phases": {}, "_meta": {"description": "x"}}}, {"policy": {"phases": {}}}),
        (
            "policy",
            {"policy": {"phases": {"hot": {"priority": 100.0}}}},
            {"policy": {"phases": {"hot": {"priority": 100}}}},
        ),
    ],
)
def test_forms_of_the_same_are_equal(kind: str, sent: dict[str, object], kept: dict[str, object]) -> None:
    assert KINDS[kind].canonical(sent) == KINDS[kind].canonical(kept)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (
            "policy",
            {"policy": {"phases": {"hot": {"min_age": "1d"}}}},
            {"policy": {"phases": {"hot": {"min_age": "2d"}}}},
        ),
        ("index template", {"data_stream": {"hidden": True}}, {"data_stream": {}}),
        ("index template", {"data_stream": {}}, {"priority": None}),
        ("index template", {"index_patterns": ["a", "b"]}, {"index_patterns": ["b", "a"]}),
        ("component template", {"template": {"settings": {"a": True}}}, {"template": {"settings": {"a": False}}}),
    ],
)
def test_what_means_something_else_differs(kind: str, one: dict[str, object], other: dict[str, object]) -> None:
    assert KINDS[kind].canonical(one) != KINDS[kind].canonical(other)


def test_a_difference_reads_from_installed_to_wanted() -> None:
    diff = canonical.difference("policy x", {"a": "1", "b": "2"}, {"a": "1", "b": "3"})
    assert diff.splitlines()[:2] == ["--- policy x (installed)", "+++ policy x (wanted)"]
    assert '-  "b": "2"' in diff
    assert '+  "b": "3"' in diff
    assert canonical.difference("policy x", {"a": 1}, {"a": 1}) == ""


def test_a_mark_keeps_what_the_asset_says_about_itself() -> None:
    policy = Policy(None)  # type: ignore[arg-type]
    body = policy.marked({"policy": {"phases": {}, "_meta": {"description": "why"}}}, {"hash": "1"})
    assert policy.mark(body) == {"description": "why", "hash": "1"}
