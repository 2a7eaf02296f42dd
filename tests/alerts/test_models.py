"""The list of models that are expected to predict: who enters it, who leaves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import install
from model_logs.alerts.engine import expected_models as models
from model_logs.alerts.engine.expected_models import Keeper
from model_logs.alerts.rulebook.serving_versions import RegisteredVersions, fold, from_stored, stored
from model_logs.catalog.facts import NAMES, ModelFacts
from model_logs.catalog.models_file import Catalog, Entry
from model_logs.errors import ClusterError
from model_logs.install.canonical import hashed
from model_logs.install.elasticsearch import Lookup
from model_logs.state.documents import id_of
from model_logs.state.store import INDEX, Store

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

START = datetime(2026, 2, 1, 12, tzinfo=UTC)
_numbers = count()


def _event(event_type: str, minute: float = 0, **fields: Any) -> dict[str, Any]:
    at = (START + timedelta(minutes=minute)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "@timestamp": at,
        "event_type": event_type,
        "status": "success",
        "environment": "production",
        "model_name": "churn",
        "model_version": "3",
        **fields,
    }


def _after(*events: dict[str, Any]) -> dict[str, str | None]:
    known: dict[str, RegisteredVersions] = {}
    for event in events:
        fold(known, event)
    return {key: registry.version for key, registry in known.items()}


IN = _event("transitioned", stage="production")


@pytest.mark.parametrize(
    "event",
    [
        IN,
        _event("deployed"),
        _event("deployed", stage="production"),
        _event("rolled_back"),
        _event("alias_set", alias="champion"),
        _event("alias_set", alias="production"),
    ],
    ids=lambda event: f"{event['event_type']} {event.get('stage', event.get('alias', ''))}",
)
def test_a_model_enters(event: dict[str, Any]) -> None:
    assert _after(event) == {"churn|production": "3"}


@pytest.mark.parametrize(
    "event",
    [
        _event("transitioned", 1, stage="archived"),
        _event("transitioned", 1, stage="staging"),
        _event("archived", 1),
        _event("archived", 1, model_version=None),
        _event("deleted", 1),
        _event("deleted", 1, model_version=None),
    ],
    ids=lambda event: f"{event['event_type']} {event.get('stage', event['model_version'])}",
)
def test_a_model_leaves(event: dict[str, Any]) -> None:
    assert _after(IN, event) == {"churn|production": None}


@pytest.mark.parametrize(
    "event",
    [
        _event("archived", 1, model_version="2"),
        _event("transitioned", 1, stage="archived", model_version="2"),
        _event("transitioned", 1, stage="archived", status="failed"),
        _event("alias_set", 1, alias="challenger", model_version="4"),
        _event("archived", -1),
    ],
    ids=["another version archived", "another version moved", "it failed", "another alias", "an older event"],
)
def test_a_model_stays(event: dict[str, Any]) -> None:
    assert _after(IN, event) == {"churn|production": "3"}


def test_a_newer_version_takes_its_place_and_a_new_name_takes_the_place_of_the_old_one() -> None:
    known: dict[str, RegisteredVersions] = {}
    for event in (
        IN,
        _event("deployed", 5),
        _event("transitioned", 9, stage="production", model_version="4"),
        _event("renamed", 10, model_name="retention", previous_name="churn", model_version=None),
    ):
        fold(known, event)
    assert {key: registry.version for key, registry in known.items()} == {
        "churn|production": None,
        "retention|production": "4",
    }
    # Under its new name it is expected since then: it had no time to predict before.
    assert known["retention|production"].since == _event("x", 10)["@timestamp"]


STAGED = "transitioned"
ALIAS, UNALIAS = "alias_set", "alias_removed"
IN_PRODUCTION = {"stage": "production"}


@pytest.mark.parametrize(
    ("events", "version"),
    [
        pytest.param(
            [(STAGED, "5", IN_PRODUCTION), (STAGED, "6", IN_PRODUCTION), ("deleted", "6", {})],
            "5",
            id="the newer of two in production is deleted",
        ),
        pytest.param(
            [(STAGED, "5", IN_PRODUCTION), (STAGED, "6", IN_PRODUCTION), ("archived", "5", {})],
            "6",
            id="the older of two in production is archived",
        ),
        pytest.param(
            [(STAGED, "5", IN_PRODUCTION), (STAGED, "6", {"stage": "staging"})], "5", id="the next goes to staging"
        ),
        pytest.param(
            [(STAGED, "5", IN_PRODUCTION), (STAGED, None, {"stage": "staging"})],
            "5",
            id="a transition that names no version",
        ),
        pytest.param(
            [
                ("deployed", "5", {}),
                ("deployed", "6", {}),
                ("rolled_back", "5", {"previous_version": "6"}),
                ("deleted", "6", {}),
            ],
            "5",
            id="rolled back, and the bad version deleted",
        ),
        pytest.param(
            [("deployed", "5", {}), ("deployed", "6", {"previous_version": "5"}), ("archived", "6", {})],
            None,
            id="what took the place of another leaves",
        ),
        pytest.param(
            [(ALIAS, "5", {"alias": "Champion"}), (ALIAS, "6", {"alias": "champion"}), ("deleted", "5", {})],
            "6",
            id="an alias in capitals moves on",
        ),
        pytest.param(
            [(ALIAS, "5", {"alias": "PROD"}), (UNALIAS, None, {"alias": "prod"})], None, id="an alias removed"
        ),
        pytest.param(
            [(ALIAS, "5", {"alias": "live"}), (ALIAS, "4", {"alias": "champion"}), (UNALIAS, "5", {"alias": "live"})],
            "4",
            id="one of two aliases removed",
        ),
        pytest.param(
            [
                (ALIAS, "5", {"alias": "live"}),
                (ALIAS, "6", {"alias": "live"}),
                (UNALIAS, "5", {"alias": "live"}),
                ("deleted", "5", {}),
            ],
            "6",
            id="an alias removed from the version that it had left",
        ),
        pytest.param(
            [(STAGED, "5", IN_PRODUCTION), (ALIAS, "5", {"alias": "live"}), (UNALIAS, "5", {"alias": "live"})],
            "5",
            id="an alias removed from what is in production by its stage",
        ),
        pytest.param(
            [(STAGED, "5", IN_PRODUCTION), (ALIAS, "5", {"alias": "live"}), (STAGED, "5", {"stage": "none"})],
            "5",
            id="an alias still points at what left its stage",
        ),
        pytest.param(
            [(ALIAS, "5", {"alias": "live"}), ("deleted", "5", {})], None, id="an alias of a deleted version"
        ),
        pytest.param([(ALIAS, "5", {"alias": "blue"})], None, id="an alias that does not mean service"),
        pytest.param([("deployed", None, {}), ("archived", "4", {})], "?", id="an unnamed version and a named one"),
        pytest.param(
            [(STAGED, "5", IN_PRODUCTION), ("deleted", None, {}), (STAGED, "1", IN_PRODUCTION)],
            "1",
            id="a deleted model begins anew",
        ),
    ],
)
def test_a_model_is_expected_while_one_of_its_versions_serves(
    events: list[tuple[str, str | None, dict[str, Any]]], version: str | None
) -> None:
    told = [_event(kind, minute, model_version=each, **more) for minute, (kind, each, more) in enumerate(events)]
    assert _after(*told) == {"churn|production": version}
    # Told twice, as after a start, and kept and read in between, it is the same.
    known: dict[str, RegisteredVersions] = {}
    for event in told:
        fold(known, event)
    known = {key: from_stored(stored(each)) for key, each in known.items()}
    for event in told:
        fold(known, event)
    assert known["churn|production"].version == version


def test_events_that_come_late_say_what_they_say_of_their_own_version() -> None:
    five, six = (_event(STAGED, minute, model_version=str(minute), **IN_PRODUCTION) for minute in (5, 6))
    assert _after(six, five, _event("deleted", 7, model_version="6")) == {"churn|production": "5"}
    assert _after(_event("archived", 7, model_version="5"), five) == {"churn|production": None}


def test_an_alias_of_ones_own_means_service_where_it_is_configured() -> None:
    known: dict[str, RegisteredVersions] = {}
    fold(known, _event(ALIAS, alias="Blue"), serving_aliases=("blue",))
    assert known["churn|production"].version == "3"


def test_what_an_older_version_of_model_logs_remembered_is_read() -> None:
    at = _event("x", 5)["@timestamp"]
    assert from_stored(["4", at, at]).serving == {"4": at}
    gone = from_stored([None, None, at])
    assert gone.retired
    # It forgot that 3 serves as well; the event is read anew.
    known = {"churn|production": gone}
    fold(known, IN)
    assert known["churn|production"].version == "3"


def test_a_registry_that_never_put_a_model_into_service_does_not_retire_it() -> None:
    known: dict[str, RegisteredVersions] = {}
    fold(known, _event(STAGED, stage="staging", model_version="9"))
    fold(known, _event("archived", 1, model_version="2"))
    assert not known["churn|production"].retired


class Cluster:
    def __init__(self, es: Elasticsearch) -> None:
        self.es = es
        self.keeper = Keeper(es, Store(es))
        Store(es).ensure()

    def use(self, *entries: Entry) -> None:
        self.keeper = Keeper(self.es, Store(self.es), catalog=Catalog(entries))

    def write(self, *events: dict[str, Any]) -> None:
        operations: list[Any] = []
        for event in events:
            id_ = f"models-{next(_numbers)}"
            stream = "prediction" if event["event_type"] == "predict" else "lifecycle"
            head = {"event": {"id": id_, "ingested": event["@timestamp"]}}
            operations += [
                {"create": {"_index": f"logs-model.{stream}-{event['environment']}", "_id": id_}},
                {**head, **event},
            ]
        assert not self.es.bulk(operations=operations, refresh=True)["errors"]

    def rows(self, minute: float) -> dict[str, dict[str, Any]]:
        self.keeper.update(START + timedelta(minutes=minute))
        found = self.es.search(index="model-logs-models", size=100)
        return {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}


@pytest.fixture
def cluster(applied: Elasticsearch):
    applied.indices.delete(index=INDEX, ignore_unavailable=True)
    yield Cluster(applied)
    applied.indices.delete(index=INDEX, ignore_unavailable=True)


def test_the_registrys_word_and_the_predictions_meet_in_one_row(cluster: Cluster) -> None:
    cluster.write(IN, _event("predict", 3), _event("predict", 4))
    (row,) = cluster.rows(10).values()
    assert (row["source"], row["production_version"]) == ("registry", "3")
    assert row["since"] == _event("x", 0)["@timestamp"]
    assert row["last_seen"] == _event("x", 4)["@timestamp"]
    cluster.write(_event("archived", 11))
    assert cluster.rows(12) == {}
    # It predicts still, and the registry's word counts.
    cluster.write(_event("predict", 13))
    assert cluster.rows(14) == {}


def _tag(minute: float, key: str, value: str | None, **fields: Any) -> dict[str, Any]:
    event_type = "tag_set" if value is not None else "tag_deleted"
    return _event(event_type, minute, tag={"key": key, **({"value": value} if value is not None else {})}, **fields)


def test_tags_state_who_owns_a_model_and_those_of_the_version_in_service_go_before_those_of_the_model() -> None:
    known: dict[str, RegisteredVersions] = {}
    for event in (
        IN,
        _tag(1, "owner", "risk", model_version=None),
        _tag(1, "tier", "2", model_version=None),
        _tag(2, "tier", "1"),
        _tag(2, "schedule", "nightly", model_version="2"),
        _tag(3, "colour", "red", model_version=None),
        _tag(3, "card", "x" * 1000, model_version=None),
        _tag(5, "data-class", "personal", model_version=None),
        _tag(4, "data-class", "none", model_version=None),
    ):
        fold(known, event)
    facts = known["churn|production"].facts
    assert facts.facts("3").stated() == {"owner": "risk", "tier": "1", "data_class": "personal"}
    assert facts.facts(None).tier == "2"
    fold(known, _tag(6, "owner", None, model_version=None))
    fold(known, _event("renamed", 7, model_name="retention", previous_name="churn", model_version=None))
    kept = {key: from_stored(stored(each)) for key, each in known.items()}
    assert kept["retention|production"].facts.facts("3").stated() == {"tier": "1", "data_class": "personal"}
    assert kept["churn|production"].facts.facts("3").stated() == {}
    fold(known, _event("deleted", 8, model_name="retention", model_version=None))
    assert known["retention|production"].facts.facts("3").stated() == {}


def test_a_row_holds_what_the_file_states_and_what_it_does_not_state_from_tags(cluster: Cluster) -> None:
    cluster.use(Entry("chu*", None, ModelFacts(owner="crm", schedule="nightly")))
    cluster.write(IN, _tag(1, "owner", "somebody", model_version=None), _tag(1, "tier", "1"), _tag(1, "other", "x"))
    (row,) = cluster.rows(2).values()
    stated = {name: row.get(name) for name in ("owner", "tier", "schedule", "schedule_minutes", "card")}
    assert stated == {"owner": "crm", "tier": "1", "schedule": "nightly", "schedule_minutes": 1440.0, "card": None}
    assert cluster.keeper.catalog.facts("churn", "production").tier == "1"
    cluster.write(_tag(3, "tier", None))
    (row,) = cluster.rows(4).values()
    assert "tier" not in row


def test_a_scheduled_model_without_a_registry_is_expected_for_a_day_after_its_next_run(cluster: Cluster) -> None:
    cluster.use(Entry("scores", None, ModelFacts(schedule="weekly")))
    cluster.write(_event("predict", 1), _event("predict", 1, model_name="scores"))
    assert set(cluster.rows(10)) == {"churn|production", "scores|production"}
    assert set(cluster.rows(7 * 24 * 60)) == {"scores|production"}
    assert cluster.rows(8 * 24 * 60 + 2) == {}


def test_an_index_of_an_earlier_version_takes_its_rows_and_gets_the_new_columns_with_apply(cluster: Cluster) -> None:
    cluster.use(Entry("churn", None, ModelFacts(owner="crm", schedule="nightly")))
    es, name = cluster.es, "model-logs-models"
    mapping = es.indices.get_mapping(index=name)[name]["mappings"]
    new = {*NAMES, "schedule_minutes"}
    earlier = {key: each for key, each in mapping["properties"].items() if key not in new}
    body = {"settings": {"index.mode": "lookup"}, "mappings": {"dynamic": "strict", "properties": earlier}}
    kind = Lookup(es)
    installed = kind.marked(body, {"managed_by": "model-logs", "hash": hashed(kind.canonical(body))})
    es.indices.delete(index=name)
    es.indices.create(index=name, settings=installed["settings"], mappings=installed["mappings"])
    cluster.write(IN)
    (row,) = cluster.rows(1).values()
    assert "owner" not in row
    install.install(es)
    (row,) = cluster.rows(2).values()
    assert (row["owner"], row["schedule_minutes"]) == ("crm", 1440.0)


def test_without_a_registry_a_model_is_expected_for_a_day_after_its_last_prediction(cluster: Cluster) -> None:
    cluster.write(_event("predict", 1), _event("predict", 5, environment="staging"))
    rows = cluster.rows(10)
    assert set(rows) == {"churn|production", "churn|staging"}
    assert rows["churn|production"]["source"] == "predictions"
    assert set(cluster.rows(24 * 60 + 3)) == {"churn|staging"}
    assert cluster.rows(24 * 60 + 6) == {}


def test_a_row_of_somebody_elses_is_left_alone(cluster: Cluster) -> None:
    own = {
        "model_environment": "mine|production",
        "model_name": "mine",
        "environment": "production",
        "source": "by hand",
    }
    cluster.es.index(index="model-logs-models", id="mine|production", document=own, refresh=True)
    cluster.write(_event("predict", 1, model_name="mine"))
    assert cluster.rows(5)["mine|production"] == own
    assert cluster.rows(24 * 60 + 30)["mine|production"] == own


def test_rows_are_confirmed_so_that_kibana_sees_them(cluster: Cluster) -> None:
    cluster.write(IN)
    assert cluster.rows(1)["churn|production"]["@timestamp"] == _event("x", 1)["@timestamp"]
    assert cluster.rows(30)["churn|production"]["@timestamp"] == _event("x", 1)["@timestamp"]
    assert cluster.rows(90)["churn|production"]["@timestamp"] == _event("x", 90)["@timestamp"]


def test_another_keeper_goes_on_where_the_first_one_ended(cluster: Cluster) -> None:
    cluster.write(IN, _event("predict", 3))
    before = cluster.rows(10)
    cluster.keeper = Keeper(cluster.es, Store(cluster.es))
    assert cluster.rows(11) == before
    cluster.write(_event("deleted", 12))
    assert cluster.rows(13) == {}


def test_years_of_registry_events_are_read_page_by_page_while_the_lease_is_kept(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_PAGE", 2)
    cluster.write(IN, *(_event("deployed", minute, model_version=str(minute)) for minute in range(4, 8)))
    kept: list[int] = []
    cluster.keeper.update(START + timedelta(minutes=9), still_leading=lambda: kept.append(1))
    assert len(kept) == 2
    assert cluster.rows(10)["churn|production"]["production_version"] == "7"


def test_a_page_that_fails_hides_nothing_of_the_pages_behind_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands on the first page may have been taken in hours after what stands on the second."""
    cluster.write(IN)
    assert set(cluster.rows(2)) == {"churn|production"}
    monkeypatch.setattr(models, "_PAGE", 2)
    late = _event("x", 200)["@timestamp"]
    cluster.write(
        *(_event("deployed", 3, model_name=name, event={"id": name, "ingested": late}) for name in ("a", "b"))
    )
    cluster.write(_event("deployed", 4, model_name="c"))

    def fails() -> None:
        raise ClusterError("It went away.")

    with pytest.raises(ClusterError, match="went away"):
        cluster.keeper.update(START + timedelta(minutes=205), still_leading=fails)
    assert set(cluster.rows(206)) == {f"{name}|production" for name in ("a", "b", "c", "churn")}


def test_a_row_that_was_refused_is_said_and_written_the_next_time(cluster: Cluster) -> None:
    cluster.write(IN)
    cluster.es.indices.put_settings(index="model-logs-models", settings={"index.blocks.write": True})
    try:
        with pytest.raises(ClusterError, match="did not take every row"):
            cluster.keeper.update(START + timedelta(minutes=1))
    finally:
        cluster.es.indices.put_settings(index="model-logs-models", settings={"index.blocks.write": None})
    assert set(cluster.rows(2)) == {"churn|production"}


def test_one_row_that_is_refused_stops_no_other_and_a_long_name_is_no_reason(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "m" * 1000
    cluster.write(IN, _event("deployed", model_name=long), _event("deployed", model_name="refused"))
    named = id_of
    monkeypatch.setattr(models, "id_of", lambda key: "x" * 600 if key.startswith("refused") else named(key))
    for _ in range(2):
        with pytest.raises(ClusterError, match=r"did not take every row, 1 of them not; the first is refused"):
            cluster.keeper.update(START + timedelta(minutes=1))
        found = cluster.es.search(index="model-logs-models", size=100)["hits"]["hits"]
        assert {hit["_source"]["model_name"] for hit in found} == {"churn", long}
    monkeypatch.undo()
    assert {row["model_name"] for row in cluster.rows(2).values()} == {"churn", long, "refused"}
    cluster.write(_event("deleted", 3, model_name=long))
    assert {row["model_name"] for row in cluster.rows(4).values()} == {"churn", "refused"}


def test_a_row_of_somebody_elses_is_never_overwritten_however_late_it_is_seen(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written after the list was read, or stands behind what one page of it holds."""
    cluster.write(IN, _event("deployed", model_name="fraud"), _event("deployed", model_name="mine"))
    cluster.rows(1)
    names = ("churn", "fraud", "mine", "new")
    for name in names:
        own = {"model_environment": f"{name}|production", "model_name": name, "source": "by hand"}
        cluster.es.index(index="model-logs-models", id=f"{name}|production", document=own, refresh=True)
    cluster.write(_event("deployed", 2, model_name="new"), _event("deleted", 2, model_name="mine"))
    for minute in (100, 200, 300):
        rows = cluster.rows(minute)
        assert {row["model_name"]: row["source"] for row in rows.values()} == dict.fromkeys(names, "by hand")
    monkeypatch.setattr(models, "_PAGE", 2)
    cluster.keeper = Keeper(cluster.es, Store(cluster.es))
    assert {row["source"] for row in cluster.rows(400).values()} == {"by hand"}


def test_shadow_traffic_makes_no_model_expected(cluster: Cluster) -> None:
    cluster.write(_event("predict", 1, variant="shadow"), _event("predict", 2, model_name="fraud", variant="canary"))
    assert set(cluster.rows(5)) == {"fraud|production"}


def test_a_registry_whose_clock_is_ahead_hides_nothing(cluster: Cluster) -> None:
    cluster.write(_event("deployed", 60 * 30, model_name="fraud"))
    assert set(cluster.rows(5)) == {"fraud|production"}
    cluster.write(IN)
    assert set(cluster.rows(6)) == {"fraud|production", "churn|production"}


def test_a_name_that_was_given_up_is_not_expected_although_it_predicted_today(cluster: Cluster) -> None:
    cluster.write(IN, _event("predict", 1))
    assert set(cluster.rows(2)) == {"churn|production"}
    cluster.write(_event("renamed", 3, model_name="retention", previous_name="churn", model_version=None))
    assert set(cluster.rows(4)) == {"retention|production"}
    # Told again, as after a start, it changes nothing.
    cluster.keeper.forget()
    assert set(cluster.rows(5)) == {"retention|production"}
    cluster.write(_event("deployed", 6))
    assert set(cluster.rows(7)) == {"churn|production", "retention|production"}
    cluster.keeper.forget()
    assert set(cluster.rows(8)) == {"churn|production", "retention|production"}
