"""What `elk-bootstrap` does with a Kibana: installs, changes nothing twice, keeps what a person edited, removes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import dashboards, install
from model_logs.errors import ClusterError
from model_logs.install import ObjectState, kibana

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from elasticsearch import Elasticsearch
    from tests.support.kibana import StandIn

    from model_logs.install.kibana import Kibana

OVERVIEW = "model-logs-model-overview"


@pytest.fixture
def forgetful(applied: Elasticsearch) -> Elasticsearch:
    """A cluster that remembers no Kibana."""
    applied.indices.delete(index="model-logs-state", ignore_unavailable=True)
    return applied


@pytest.fixture
def apply(forgetful: Elasticsearch, tmp_path: Path) -> Callable[..., install.ApplyReport]:
    def run(opened: Kibana, **options: Any) -> install.ApplyReport:
        found = install.make_plan(forgetful, kibana=opened)
        return install.apply_plan(forgetful, found, kibana=opened, backup_folder=tmp_path / "backups", **options)

    return run


def _steps(client: Elasticsearch, opened: Kibana) -> dict[str, install.Step]:
    return {
        s.object.name: s for s in install.make_plan(client, kibana=opened).steps if s.object.kind.startswith("Kibana")
    }


def _written(report: install.ApplyReport) -> int:
    """How many data views and dashboards were written: rules and connectors have tests of their own."""
    outcomes = {"created", "updated"}
    return sum(r.kind in {"Kibana data view", "Kibana dashboard"} and r.outcome in outcomes for r in report.results)


def _names(server: StandIn) -> set[str]:
    return {name for _, kind, name in server.objects if kind in {"index-pattern", "dashboard"}}


def _title(body: dict[str, Any]) -> dict[str, Any]:
    return body.get("attributes", body)


def _rename(body: dict[str, Any]) -> None:
    _title(body)["title"] = "Renamed by a person"


def test_apply_installs_the_data_view_and_every_dashboard(server: StandIn, opened: Any, apply: Any) -> None:
    report = apply(opened(server))
    assert report.complete
    assert _written(report) == 1 + len(dashboards.names())
    assert _names(server) == {
        kibana.DATA_VIEW,
        *(f"model-logs-{name}" for name in dashboards.names()),
    }


def test_a_second_apply_sends_no_write(server: StandIn, opened: Any, apply: Any, forgetful: Elasticsearch) -> None:
    apply(opened(server))
    before = list(server.writes)
    report = apply(opened(server))
    assert server.writes == before
    assert report.written == 0
    assert not install.make_plan(forgetful, kibana=opened(server)).differs


def test_an_edit_in_kibana_is_shown_and_kept(
    server: StandIn, opened: Any, apply: Any, forgetful: Elasticsearch
) -> None:
    apply(opened(server))
    server.edit("dashboard", OVERVIEW, _rename)
    step = _steps(forgetful, opened(server))[OVERVIEW]
    assert step.state is ObjectState.EDITED
    changed = [line for line in step.diff.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    # Nothing but the edit, whatever Kibana filled in.
    assert [(line[0], line.split(":")[-1].strip(' ,"')) for line in changed] == [
        ("-", "Renamed by a person"),
        ("+", "Model overview"),
    ]
    report = apply(opened(server))
    assert not report.complete
    assert [r.outcome for r in report.results if r.name == OVERVIEW] == ["refused"]
    assert _title(server.objects["default", "dashboard", OVERVIEW]["body"])["title"] == "Renamed by a person"


def test_force_replaces_an_edit_and_keeps_it_in_a_backup(server: StandIn, opened: Any, apply: Any) -> None:
    apply(opened(server))
    server.edit("dashboard", OVERVIEW, _rename)
    report = apply(opened(server), force=True)
    assert report.complete
    assert _title(server.objects["default", "dashboard", OVERVIEW]["body"])["title"] == "Model overview"
    (file,) = report.backup.iterdir()
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert _title(kept["body"])["title"] == "Renamed by a person"
    assert kept["request"].split()[0] in {"PUT", "POST"}
    assert apply(opened(server)).written == 0


def test_a_backup_can_be_sent_back(server: StandIn, opened: Any, apply: Any) -> None:
    apply(opened(server))
    server.edit("dashboard", OVERVIEW, _rename)
    (file,) = apply(opened(server), force=True).backup.iterdir()
    kept = json.loads(file.read_text(encoding="utf-8"))
    method, path = kept["request"].split()
    if "_import" in path:
        kept["body"].pop("managed", None)
        answer = opened(server).send(method, path, doing="test", file=kibana.ndjson([kept["body"]]))
        assert answer is not None
        assert answer["success"], answer
    else:
        opened(server).send(method, path, doing="test", body=kept["body"])
    assert _title(server.objects["default", "dashboard", OVERVIEW]["body"])["title"] == "Renamed by a person"


def test_a_dashboard_of_our_name_that_we_did_not_write_stops_the_run(
    server: StandIn, opened: Any, apply: Any
) -> None:
    body = {"title": "Mine", "attributes": {"title": "Mine"}, "references": [], "type": "dashboard", "id": OVERVIEW}
    server.save("default", "dashboard", OVERVIEW, body)
    report = apply(opened(server))
    assert not report.complete
    assert not server.writes
    assert apply(opened(server), force=True).complete
    assert _title(server.objects["default", "dashboard", OVERVIEW]["body"])["title"] == "Model overview"


def test_a_change_of_the_source_is_written_over_what_we_wrote(
    server: StandIn, opened: Any, apply: Any, forgetful: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(opened(server))
    before = kibana.kibana_objects

    def changed(client: Kibana) -> list[install.Object]:
        return [
            install.Object(each.kind, each.name, _retitled(dict(each.body))) if each.name == OVERVIEW else each
            for each in before(client)
        ]

    monkeypatch.setattr(kibana, "kibana_objects", changed)
    step = _steps(forgetful, opened(server))[OVERVIEW]
    assert step.state is ObjectState.OUTDATED
    assert "Tomorrow's title" in step.diff
    assert apply(opened(server)).written == 1
    assert apply(opened(server)).written == 0


def _retitled(body: dict[str, Any]) -> dict[str, Any]:
    if "attributes" in body:
        return {**body, "attributes": {**body["attributes"], "title": "Tomorrow's title"}}
    return {**body, "title": "Tomorrow's title"}


def test_an_edit_between_plan_and_write_is_not_lost(
    server: StandIn, opened: Any, apply: Any, forgetful: Elasticsearch, tmp_path: Path
) -> None:
    apply(opened(server))
    server.edit("dashboard", OVERVIEW, _rename)
    client = opened(server)
    found = install.make_plan(forgetful, kibana=client)
    server.edit("dashboard", OVERVIEW, lambda body: _title(body).update(title="Again"))
    report = install.apply_plan(forgetful, found, kibana=client, force=True, backup_folder=tmp_path / "b")
    (result,) = [r for r in report.results if r.name == OVERVIEW]
    assert result.outcome == "failed"
    assert "changed while this ran" in result.detail
    assert _title(server.objects["default", "dashboard", OVERVIEW]["body"])["title"] == "Again"


def test_remove_takes_away_what_was_written_and_nothing_else(
    server: StandIn, opened: Any, apply: Any, forgetful: Elasticsearch, tmp_path: Path
) -> None:
    apply(opened(server))
    server.save("default", "dashboard", "theirs", {"title": "Theirs"})
    client = opened(server)
    removal = install.removal(forgetful, kibana=client)
    report = removal.carry_out(forgetful, kibana=client, backup_folder=tmp_path / "b")
    assert report.complete
    assert _names(server) == {"theirs"}
    # Made again from nothing: no memory of the removed ones is in the way.
    assert apply(opened(server)).complete


def test_a_space_of_its_own(server: StandIn, opened: Any, apply: Any) -> None:
    server.spaces.add("ml")
    assert apply(opened(server, space="ml")).complete
    assert {space for space, _, _ in server.objects} == {"ml"}
    assert all(path.startswith("/s/ml/") for _, path in server.writes)
    # The two spaces know nothing of each other.
    assert _written(apply(opened(server))) == 1 + len(dashboards.names())


def test_an_upgrade_of_kibana_changes_the_form_and_asks_nobody(
    opened: Any, apply: Any, forgetful: Elasticsearch
) -> None:
    from tests.support.kibana import stand_in

    with stand_in(version="9.4.2") as server:
        apply(opened(server))
        # The new Kibana serves what the old one kept in its own new form, saved at the same moment.
        server.version = "9.5.1"
        for (_, kind, _), found in server.objects.items():
            if kind == "dashboard":
                found["body"] = {"title": found["body"]["attributes"]["title"], "panels": []}
        states = {name: step.state for name, step in _steps(forgetful, opened(server)).items()}
        assert states[OVERVIEW] is ObjectState.OUTDATED
        assert _written(apply(opened(server))) == len(dashboards.names())
        assert apply(opened(server)).written == 0


def test_one_failure_ends_the_run_and_is_reported(server: StandIn, opened: Any, apply: Any) -> None:
    client = opened(server)
    server.api_key = "taken away"
    with pytest.raises(ClusterError, match="401"):
        apply(client)
