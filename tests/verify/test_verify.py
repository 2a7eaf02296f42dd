"""One event through a real shipper to the real node; each place where it can be stopped, and what is said of it."""

from __future__ import annotations

import json
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from click.testing import CliRunner

from model_logs import query
from model_logs.assets import path as asset
from model_logs.cli import elk_bootstrap
from model_logs.errors import ConfigurationError, VerifyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch
    from tests.verify.conftest import Road

STREAM = "logs-model.prediction-development"


def test_an_event_is_found_where_it_belongs(road: Road) -> None:
    with road.shipper():
        result = road.verify()

    assert (result.found, result.last_seen, result.stream) == (True, "search", STREAM)
    assert (result.problem, result.remedy) == ("", "")
    times = {hop.name: hop.seconds for hop in result.hops if hop.name in {"file", "index", "search"}}
    assert None not in times.values()
    known = [seconds for seconds in times.values() if seconds is not None]
    assert known == sorted(known)


def test_it_writes_one_line_by_the_loggers_own_writer(road: Road) -> None:
    road.file.write_bytes(b"what stood there before\n")

    result = road.verify(wait=0)

    first, *lines = road.file.read_bytes().splitlines(keepends=True)
    assert first == b"what stood there before\n"
    (line,) = lines
    event = orjson.loads(line)
    assert event["event"]["id"] == result.id == f"{event['process']['entity_id']}-1"
    assert (event["event_type"], event["environment"], result.offset) == ("probe", "development", len(first))


def test_a_folder_gets_a_file_that_shippers_match(road: Road) -> None:
    with road.shipper():
        result = road.verify(file=road.logs)

    assert result.found
    assert result.path == str(road.logs / "model-logs-verify.log")


def test_no_panel_counts_it(road: Road) -> None:
    with road.shipper():
        assert road.verify().found

    end = datetime.now(UTC) + timedelta(minutes=1)
    start = end - timedelta(hours=1)
    for name in ("throughput-per-model", "error-rate-per-model", "model-events-timeline", "stage-transition-audit"):
        answer = query.run(road.client, asset(f"dashboards/queries/{name}.esql"), start=start, end=end)
        assert answer.rows == []


def test_without_a_shipper_it_is_last_seen_in_the_file(road: Road, states: Callable[[Any], dict[str, str]]) -> None:
    with road.shipper():
        pass

    result = road.verify(wait=0.2)

    assert (result.found, result.last_seen) == (False, "file")
    assert states(result)["shipper"] == "not seen"
    assert "No `model-logs ship` runs" in result.problem
    assert "model-logs ship" in result.remedy


def test_a_shipper_of_other_files_does_not_read_it(road: Road) -> None:
    (elsewhere := road.logs.parent / "elsewhere").mkdir()
    with road.shipper():
        assert road.verify().found
        result = road.verify(wait=0.2, file=elsewhere / "serving.log")

    assert result.last_seen == "file"
    assert "does not follow" in result.problem
    assert "pattern" in result.remedy


def test_a_state_folder_that_nobody_uses_is_named(road: Road) -> None:
    result = road.verify(wait=0, state=road.logs.parent / "none")

    assert "is no state folder" in result.problem
    assert "--state" in result.remedy


def test_where_nobody_could_bring_the_event_it_does_not_wait_for_the_whole_time(road: Road) -> None:
    result = road.verify(wait=250, state=road.logs.parent / "none")
    assert not result.found
    assert "waiting longer changes nothing" in result.problem
    assert "250 s" not in result.problem


@pytest.fixture
def blocked(applied: Elasticsearch) -> Iterator[None]:
    """A cluster that takes nothing, as after a full disk."""
    applied.indices.put_settings(index="logs-model.*", settings={"index.blocks.read_only_allow_delete": True})
    yield
    applied.indices.put_settings(index="logs-model.*", settings={"index.blocks.read_only_allow_delete": None})


@pytest.mark.usefixtures("blocked")
def test_a_cluster_that_takes_nothing_leaves_it_with_the_shipper(road: Road) -> None:
    with road.shipper() as shipper:
        result = road.verify(wait=3)
        shipper.stop()

    assert (result.found, result.last_seen) == (False, "shipper")
    assert "index.blocks.read_only_allow_delete" in result.problem
    assert "disk space" in result.remedy


def test_an_environment_that_the_shipper_does_not_know_is_said(road: Road) -> None:
    with road.shipper(environments=("production",)):
        result = road.verify(environment="qa")

    assert (result.found, result.last_seen) == (False, "index")
    assert "logs-model.prediction-unknown and not to logs-model.prediction-qa" in result.problem
    assert "the event says qa" in result.problem
    assert "MODEL_LOGS_ENVIRONMENTS" in result.remedy


def test_a_mapping_that_refuses_it_is_named_with_its_reason(road: Road) -> None:
    road.client.indices.delete_data_stream(name=STREAM)
    road.client.cluster.put_component_template(
        name="logs-model.prediction@custom", template={"mappings": {"properties": {"log": {"type": "long"}}}}
    )
    try:
        road.client.indices.create_data_stream(name=STREAM)
        with road.shipper():
            result = road.verify()
    finally:
        road.client.indices.delete_data_stream(name=STREAM)
        road.client.cluster.delete_component_template(name="logs-model.prediction@custom")

    assert not result.found
    assert "::failures" in result.problem
    assert "document_parsing_exception" in result.problem
    assert "@custom" in result.remedy


def test_what_the_shipper_cannot_read_is_found_among_the_unparsed(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model_logs.parse import parser as _parser

    # A shipper that is older than the contract, and so takes the event for wrong.
    monkeypatch.setattr(_parser, "_problems", lambda event, reason: "bad value: event_type")
    monkeypatch.setattr(_parser, "fits", lambda event: False)
    with road.shipper():
        result = road.verify()

    assert not result.found
    assert "logs-model.unparsed-development: bad value: event_type" in result.problem
    assert "older" in result.remedy


def test_an_event_that_the_cluster_refuses_outright_is_found_in_the_dead_letters(road: Road) -> None:
    road.state.mkdir()
    letters = road.state / "dead-letters.ndjson"
    result = road.verify(wait=0)
    letters.write_bytes(orjson.dumps({"id": result.id, "reason": "too large"}) + b"\n")

    from model_logs.verify.probe import Probe
    from model_logs.verify.shipper import refused

    probe = Probe(result.id, road.file, 0, 0, 0, 0, 0.0)
    assert refused(road.state, probe) == "too large"
    assert not refused(road.logs, probe)


def test_what_is_no_file_is_refused(road: Road) -> None:
    (device := road.logs / "device.log").symlink_to("/dev/full")

    with pytest.raises(ConfigurationError, match="no file that a shipper reads"):
        road.verify(file=device)


def test_a_path_that_leads_nowhere_writes_nothing(road: Road) -> None:
    with pytest.raises(ConfigurationError):
        road.verify(file=road.logs / "none" / "x.log")

    assert not list(road.logs.iterdir())


def run(road: Road, *arguments: str) -> Any:
    return CliRunner().invoke(
        elk_bootstrap,
        ["verify", "--file", str(road.file), "--state", str(road.state), "--url", road.url, *arguments],
    )


def test_the_command_says_each_hop_with_its_time(road: Road) -> None:
    with road.shipper():
        done = run(road)

    assert done.exit_code == 0, done.output
    assert "written to the file" in done.stdout
    assert f"visible to search in {STREAM}" in done.stdout
    assert "The event was found after" in done.stdout


def test_the_command_fails_with_the_last_hop_and_the_remedy(road: Road) -> None:
    done = run(road, "--wait", "0.1", "--output", "json")

    result = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (result["found"], result["last_seen"]) == (False, "file")
    assert result["remedy"]


def test_production_has_to_be_said_twice(road: Road) -> None:
    done = run(road, "--environment", "Production")

    assert done.exit_code == 2
    assert "--yes" in done.stderr
    assert not road.file.exists()


def test_production_can_be_verified(road: Road) -> None:
    with road.shipper():
        done = run(road, "--environment", "production", "--yes")

    assert done.exit_code == 0, done.output


def test_without_a_cluster_nothing_is_written(road: Road) -> None:
    road.url = "http://127.0.0.1:9"
    done = run(road)

    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr
    assert not road.file.exists()


def test_standard_output_is_refused(road: Road) -> None:
    with pytest.raises(ConfigurationError, match="Standard output"):
        road.verify(file=Path("-"))


def test_a_name_that_cannot_be_one_is_refused(road: Road) -> None:
    with pytest.raises(ConfigurationError, match="File name too long"):
        road.verify(file=road.logs / f"{'x' * 300}.log")


def test_an_event_that_cannot_be_written_is_an_error(road: Road) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    road.file.touch()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # as on a full disk
    try:
        with pytest.raises(VerifyError, match="No event can be written"):
            road.verify(wait=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
