"""What Filebeat and Logstash say of themselves, as a verification reads it. They cannot run here: see `stand_ins`."""

from __future__ import annotations

import base64
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.verify.stand_ins import Filebeat, Logstash

from model_logs import monitoring
from model_logs.errors import ConfigurationError
from model_logs.verify import verification as _run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.verify.conftest import Road

    from model_logs.verify import VerifyResult


@pytest.fixture
def logstash() -> Iterator[Logstash]:
    with Logstash() as stand_in:
        stand_in.count(100, 100)
        yield stand_in


@pytest.fixture
def filebeat() -> Iterator[Filebeat]:
    with Filebeat() as stand_in:
        stand_in.count(100, 100)
        yield stand_in


def test_a_password_may_hold_what_a_url_writes_with_percent_signs(logstash: Logstash) -> None:
    monitoring.pipelines(logstash.url.replace("http://", "http://doctor:p%40ss%2Fw%3Ard@"))
    assert logstash.authorization == f"Basic {base64.b64encode(b'doctor:p@ss/w:rd').decode()}"


@pytest.fixture
def after_writing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen when the event has been written."""

    def then(action: Callable[[], None]) -> None:
        write = _run.write_probe  # type: ignore[attr-defined]

        def written(*arguments: Any) -> Any:
            probe = write(*arguments)
            action()
            return probe

        monkeypatch.setattr(_run, "write_probe", written)

    return then


def hop(result: VerifyResult, name: str) -> Any:
    return next(each for each in result.hops if each.name == name)


def test_counters_that_grow_show_it_at_logstash(
    road: Road, logstash: Logstash, after_writing: Callable[[Callable[[], None]], None]
) -> None:
    after_writing(lambda: logstash.count(103, 101, refused=1, dead=500))

    result = road.verify(wait=0, state=None, logstash_url=logstash.url)

    assert (result.last_seen, hop(result, "shipper").state) == ("logstash", "passed")
    assert hop(result, "logstash").detail == (
        "Logstash has taken 3 events since and passed on 1; 1 not stored (refused, or known already);"
        " the dead letter queue has grown by 499 bytes"
    )
    assert "Logstash's log" in result.remedy


def test_counters_that_stand_still_leave_it_before_logstash(road: Road, logstash: Logstash) -> None:
    result = road.verify(wait=0, state=None, logstash_url=logstash.url)

    assert result.last_seen == "file"
    assert "Logstash has taken 0 events since" in result.problem


def test_a_logstash_that_is_not_there_is_said(road: Road) -> None:
    result = road.verify(wait=0, state=None, logstash_url="http://127.0.0.1:9")

    assert "Logstash's API at http://127.0.0.1:9 cannot be reached" in result.problem
    assert "Start Logstash" in result.remedy


def test_another_program_at_logstashs_port_is_said(road: Road, filebeat: Filebeat) -> None:
    result = road.verify(wait=0, state=None, logstash_url=filebeat.url)

    assert "(404)" in result.problem


def test_a_logstash_without_our_pipeline_is_said(road: Road, logstash: Logstash) -> None:
    del logstash.answer["pipelines"]["model-logs"]

    result = road.verify(wait=0, state=None, logstash_url=logstash.url)

    assert "Neither the pipeline model-logs nor one with a Beats input" in result.problem


def test_a_port_that_nobody_listens_on_is_said(road: Road) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        beats = f"127.0.0.1:{closed.getsockname()[1]}"

        result = road.verify(wait=0, state=None, beats=beats)

    assert f"Nothing takes connections at {beats}" in result.problem
    assert "BEATS_HOST" in result.remedy


def test_a_port_that_takes_connections_is_no_trouble(road: Road, logstash: Logstash) -> None:
    result = road.verify(wait=0, state=None, beats=f"127.0.0.1:{logstash.port}")

    assert "connections" not in result.problem


@pytest.mark.parametrize(
    "options",
    [{"beats": "logstash"}, {"beats": "logstash:x"}, {"logstash_url": "logstash:9600"}, {"filebeat_url": "5066"}],
)
def test_an_address_that_makes_no_sense_is_refused_before_anything_is_written(
    road: Road, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        road.verify(state=None, **options)

    assert not road.file.exists()


def test_filebeats_counters_show_it_at_the_shipper(
    road: Road, filebeat: Filebeat, after_writing: Callable[[Callable[[], None]], None]
) -> None:
    after_writing(lambda: filebeat.count(101, 100, dropped=1))

    result = road.verify(wait=0, state=None, filebeat_url=filebeat.url)

    assert result.last_seen == "shipper"
    assert hop(result, "shipper").detail == (
        "Filebeat has read 1 events since and had 0 acknowledged; its output dropped 1"
    )


def registry(folder: Path, *states: tuple[str, int], snapshot: bool = False) -> Path:
    """Write what Filebeat writes: a log of changes, after a snapshot where one was made."""
    inner = folder / "registry" / "filebeat"
    inner.mkdir(parents=True)
    values = [
        {
            "meta": {"source": path, "identifier_name": "fingerprint"},
            "ttl": -1,
            "updated": [515579904, 1763800000],
            "cursor": {"offset": offset},
        }
        for path, offset in states
    ]
    lines: list[Any] = []
    if snapshot:
        (inner / "7.json").write_text(
            json.dumps([{"_key": f"filestream::x::{n}", **v} for n, v in enumerate(values)])
        )
        (inner / "active.dat").write_text(str(inner / "7.json"))
    else:
        for number, value in enumerate(values):
            lines += [{"op": "set", "id": number}, {"k": "filestream::model-logs::fingerprint::5f", "v": value}]
    (inner / "meta.json").write_text('{"version":"1"}')
    (inner / "log.json").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"op":"se')
    return folder / "registry"


def test_filebeats_registry_shows_what_is_acknowledged(
    road: Road, tmp_path: Path, after_writing: Callable[[Callable[[], None]], None]
) -> None:
    road.file.write_text("before\n")
    known = registry(tmp_path, (str(road.file), 7))
    changes = known / "filebeat" / "log.json"

    def acknowledge() -> None:
        value = {"meta": {"source": str(road.file)}, "cursor": {"offset": road.file.stat().st_size}}
        changes.write_text(json.dumps({"k": "filestream::model-logs::fingerprint::5f", "v": value}) + "\n")

    after_writing(acknowledge)
    result = road.verify(wait=0, state=None, filebeat_registry=known)

    assert result.last_seen == "shipper"
    assert "its output acknowledged up to" in hop(result, "shipper").detail


@pytest.mark.parametrize("snapshot", [False, True])
def test_filebeat_that_is_behind_has_not_read_it(road: Road, tmp_path: Path, *, snapshot: bool) -> None:
    road.file.write_text("before\n")
    known = registry(tmp_path, ("/other.log", 10_000), (str(road.file), 7), snapshot=snapshot)

    result = road.verify(wait=0, state=None, filebeat_registry=known)

    assert result.last_seen == "file"
    assert "acknowledged are 7 bytes" in result.problem


def test_a_file_that_filebeat_does_not_know_is_said(road: Road, tmp_path: Path) -> None:
    result = road.verify(wait=0, state=None, filebeat_registry=registry(tmp_path))

    assert "does not know" in result.problem
    assert "fingerprint.length" in result.remedy


def test_an_event_that_arrives_late_is_waited_for(road: Road) -> None:
    started = threading.Event()

    def ship_later() -> None:
        started.wait(10)
        with road.shipper():
            done.wait(30)

    done = threading.Event()
    thread = threading.Thread(target=ship_later)
    thread.start()
    threading.Timer(0.5, started.set).start()
    try:
        assert road.verify().found
    finally:
        done.set()
        thread.join()
