"""What the audit trail missed: found in the registry, written once, and nothing is missed afterwards."""

from __future__ import annotations

import copy
import json

import pytest

from model_logs.journal import Journal
from model_logs.registries import reconcile
from model_logs.registries.approval import DEFAULT, Approval
from model_logs.registries.state import Model, State, Version

FRAUD, GREETING = Model("", "fraud"), Model("", "greeting")
CREATED = 1_796_000_000_000


def registry():
    """Return a registry of two versions, of which the second serves."""
    return State(
        models={FRAUD: CREATED},
        versions={Version(FRAUD, "1"): CREATED + 1_000, Version(FRAUD, "2"): CREATED + 2_000},
        stages={Version(FRAUD, "1"): "archived", Version(FRAUD, "2"): "production"},
        changed={Version(FRAUD, "1"): CREATED + 9_000, Version(FRAUD, "2"): CREATED + 9_000},
        aliases={(FRAUD, "champion"): "2"},
        tags={(Version(FRAUD, "2"), "approval"): "approved", (Version(FRAUD, ""), "team"): "risk"},
        runs={Version(FRAUD, "2"): "run-2"},
    )


class Desk:
    """The trail of one registry: what is missed is written into it."""

    def __init__(self, path):
        self.path = path
        self.journal = Journal(path, service="registry", environment="production")
        self.waited = []

    def missed(self, found, later=None):
        looks = iter([found, later or found])
        return reconcile.missed(
            tuple, self.journal, lambda: copy.deepcopy(next(looks)), "mlflow", wait=self.waited.append
        )

    def write(self, changes):
        return reconcile.write_changes(changes, self.journal, Approval.of(DEFAULT))

    @property
    def events(self):
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "registry.log")


def told(changes):
    return [(each.event_type, each.fields["model_name"], each.fields.get("model_version")) for each in changes]


def test_everything_is_found_once_with_what_stood_before_and_what_is_not_known(desk):
    found = registry()
    missed = desk.missed(found)
    assert told(missed) == [
        ("registered", "fraud", None),
        ("version_created", "fraud", "1"),
        ("version_created", "fraud", "2"),
        ("transitioned", "fraud", "1"),
        ("transitioned", "fraud", "2"),
        ("alias_set", "fraud", "2"),
        ("tag_set", "fraud", "2"),
        ("tag_set", "fraud", None),
    ]
    assert desk.write(missed) == 9  # the tag means approval
    assert {each["event_type"] for each in desk.events} > {"approved"}
    assert all(each["reconciled"] and "not known" in each["reason"] for each in desk.events)
    assert desk.missed(found) == []


def changed(**what):
    state = registry()
    for name, value in what.items():
        getattr(state, name).update(value)
    return state


def without(version):
    state = registry()
    state.forget_version(Version(FRAUD, version))
    return state


def renamed():
    state = registry()
    state.rename(FRAUD, Model("", "fraud-eu"))
    return state


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (changed(aliases={(FRAUD, "champion"): "1"}), [("alias_set", "fraud", "1")]),
        (changed(stages={Version(FRAUD, "2"): "staging"}), [("transitioned", "fraud", "2")]),
        (changed(tags={(Version(FRAUD, "2"), "approval"): "rejected"}), [("tag_set", "fraud", "2")]),
        (without("1"), [("deleted", "fraud", "1")]),
        (renamed(), [("renamed", "fraud-eu", None)]),
        (State(), [("deleted", "fraud", None)]),
        (changed(models={GREETING: CREATED + 60_000}, prompts={GREETING}), [("registered", "greeting", None)]),
    ],
)
def test_a_change_that_nobody_reported_is_found_and_then_no_more(desk, now, expected):
    desk.write(desk.missed(registry()))
    missed = desk.missed(now)
    assert told(missed) == expected
    desk.write(missed)
    assert desk.missed(now) == []


def test_an_alias_that_went_there_and_back_is_written_each_time(desk):
    ids = set()
    for version in ("2", "1", "2", "1"):
        now = changed(aliases={(FRAUD, "champion"): version})
        missed = desk.missed(now)
        ids.update(each.record_id for each in missed if each.event_type == "alias_set")
        desk.write(missed)
    assert len(ids) == 4


def test_two_who_reconcile_at_the_same_time_give_a_change_one_id(desk):
    first, second = desk.missed(registry()), desk.missed(registry())
    assert [each.record_id for each in first] == [each.record_id for each in second]


def test_a_change_on_its_way_is_not_missed(desk):
    desk.write(desk.missed(registry()))
    on_its_way = changed(aliases={(FRAUD, "champion"): "1"})
    assert desk.missed(on_its_way, later=registry()) == []
    assert desk.waited[-1] == 10.0
