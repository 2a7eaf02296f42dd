"""Each way of tampering with the audit trail is named, and nothing else is: on the real node."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.support.events import index

from model_logs.cli import model_logs
from model_logs.errors import AssetError, InconclusiveError
from model_logs.seals.seal import file_of, read_seals
from model_logs.seals.sealing import seal_days
from model_logs.seals.verifying import verify_seals
from model_logs.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from elasticsearch import Elasticsearch

MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)
STREAM = "logs-model.lifecycle-production"


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def approved(number: int, day: int, **more: Any) -> dict[str, Any]:
    return {
        "@timestamp": iso(MONDAY + timedelta(days=day, minutes=number)),
        "event": {"id": f"a-{day}-{number}", "sequence": number + 1},
        "event_type": "approved",
        "status": "success",
        "environment": "production",
        "model_name": "fraud",
        "model_version": str(number),
        "user": {"name": "joe"},
        **more,
    }


@pytest.fixture
def sealed(applied: Elasticsearch, tmp_path: Path) -> Path:
    """Three days of the trail, sealed."""
    index(applied, [approved(number, day) for day in range(3) for number in range(4)])
    seals = list(seal_days(applied, tmp_path / "seals", now=datetime.now(UTC), until=date(2026, 11, 18)))
    assert [len(each.events) for each in seals] == [4, 4, 4]
    return tmp_path / "seals"


def place_of(es: Elasticsearch, event_id: str) -> dict[str, Any]:
    [hit] = es.search(index=STREAM, query={"term": {"event.id": event_id}}, seq_no_primary_term=True)["hits"]["hits"]
    return dict(hit)


def change(es: Elasticsearch, event_id: str, **fields: Any) -> None:
    """Write over an event, as only an administrator may."""
    hit = place_of(es, event_id)
    es.index(
        index=hit["_index"],
        id=event_id,
        document=hit["_source"] | fields,
        if_seq_no=hit["_seq_no"],
        if_primary_term=hit["_primary_term"],
        refresh=True,
    )


def store(es: Elasticsearch, event: dict[str, Any]) -> None:
    """Store an event that was handled just now."""
    handled = event["event"] | {"ingested": iso(datetime.now(UTC))}
    es.create(index=STREAM, id=event["event"]["id"], document=event | {"event": handled}, refresh=True)


def test_what_nobody_touched_is_intact_and_each_seal_follows_from_the_one_before(
    applied: Elasticsearch, sealed: Path
) -> None:
    found = verify_seals(applied, sealed)
    assert (found.intact, found.sealed, found.late) == (True, 12, {})
    seals = read_seals(sealed)
    assert [each.before for each in seals[1:]] == [each.head for each in seals[:-1]]
    assert list(seal_days(applied, sealed, until=date(2026, 11, 18))) == []


def test_an_event_that_was_changed_added_or_deleted_is_named(applied: Elasticsearch, sealed: Path) -> None:
    change(applied, "a-0-1", user={"name": "mallory"})
    applied.delete(index=place_of(applied, "a-1-2")["_index"], id="a-1-2", refresh=True)
    forged = approved(9, 2) | {"event": {"id": "forged", "ingested": iso(MONDAY + timedelta(days=2))}}
    applied.create(index=STREAM, id="forged", document=forged, refresh=True)
    found = verify_seals(applied, sealed)
    assert not found.intact
    assert (set(found.changed), set(found.added), set(found.deleted)) == ({"a-0-1"}, {"forged"}, {"a-1-2"})


def test_an_event_that_was_moved_to_another_day_is_changed(applied: Elasticsearch, sealed: Path) -> None:
    change(applied, "a-0-0", **{"@timestamp": iso(MONDAY + timedelta(days=1))})
    found = verify_seals(applied, sealed)
    assert (set(found.changed), found.added, found.deleted) == ({"a-0-0"}, {}, {})


def test_a_backing_index_that_is_gone_is_every_event_of_it(applied: Elasticsearch, sealed: Path) -> None:
    applied.indices.rollover(alias=STREAM)
    applied.indices.delete(index=place_of(applied, "a-0-0")["_index"])
    assert len(verify_seals(applied, sealed).deleted) == 12


def test_an_event_that_comes_late_is_late_and_then_sealed_as_that(applied: Elasticsearch, sealed: Path) -> None:
    store(applied, approved(7, 1))
    store(applied, approved(0, 3))
    found = verify_seals(applied, sealed)
    assert (found.intact, set(found.late)) == (True, {"a-1-7"})
    [next_day] = seal_days(applied, sealed, until=date(2026, 11, 19))
    assert (set(next_day.events), set(next_day.late)) == ({"a-3-0"}, {"a-1-7"})
    assert verify_seals(applied, sealed).late == {}
    change(applied, "a-1-7", reason="none")
    assert set(verify_seals(applied, sealed).changed) == {"a-1-7"}


@pytest.mark.parametrize("harm", ["edited", "gone", "renamed", "cut", "anew"])
def test_a_seal_that_was_tampered_with_is_named(applied: Elasticsearch, sealed: Path, harm: str) -> None:
    file = file_of(sealed, date(2026, 11, 17))
    said = json.loads(file.read_text())
    if harm == "edited":
        del said["events"]["a-1-2"]
        file.write_text(json.dumps(said))
    elif harm == "gone":
        file.unlink()
    elif harm == "renamed":
        file.rename(file_of(sealed, date(2026, 11, 20)))
    elif harm == "cut":
        file.write_text(file.read_text()[:100])
    else:
        said["sealed_at"] = "x"
        file.write_text(json.dumps(said))
    with pytest.raises(AssetError, match=r"2026-11-(17|18|20)"):
        verify_seals(applied, sealed)


def test_seals_that_were_all_made_anew_have_another_head_than_the_one_that_was_kept(
    applied: Elasticsearch, sealed: Path, es_url: str
) -> None:
    head = read_seals(sealed)[-1].head
    for file in sealed.iterdir():
        file.unlink()
    list(seal_days(applied, sealed, until=date(2026, 11, 18)))
    asked = ["audit", "verify", "--to", str(sealed), "--head", head, "--url", es_url]
    said = CliRunner().invoke(model_logs, asked)
    assert said.exit_code == 1
    assert "the seals were replaced" in said.output


def test_where_there_is_no_seal_nothing_is_said_to_be_intact(applied: Elasticsearch, tmp_path: Path) -> None:
    with pytest.raises(InconclusiveError, match="no seal"):
        verify_seals(applied, tmp_path / "nowhere")


def test_the_commands_seal_and_verify_and_a_command_that_fails_leaves_the_day_unsealed(
    applied: Elasticsearch, tmp_path: Path, es_url: str
) -> None:
    index(applied, [approved(0, 0)])
    folder = tmp_path / "seals"
    made = ["audit", "seal", "--to", str(folder), "--url", es_url, "--command"]
    refused = CliRunner().invoke(model_logs, [*made, "false"])
    assert refused.exit_code == 1
    assert not list(folder.iterdir())
    assert CliRunner().invoke(model_logs, [*made, f"cp -t {tmp_path}"]).exit_code == 0
    assert (tmp_path / "2026-11-16.json").read_bytes() == (folder / "2026-11-16.json").read_bytes()
    checked = CliRunner().invoke(model_logs, ["audit", "verify", "--to", str(folder), "--url", es_url])
    assert (checked.exit_code, "Every sealed event is unchanged" in checked.output) == (0, True)
    applied.delete(index=place_of(applied, "a-0-0")["_index"], id="a-0-0", refresh=True)
    checked = CliRunner().invoke(model_logs, ["audit", "verify", "--to", str(folder), "--url", es_url])
    assert (checked.exit_code, "a-0-0" in checked.output) == (3, True)
