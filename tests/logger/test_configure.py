"""What `configure` and the environment decide, in processes of their own."""

from __future__ import annotations

import json
import stat

PREDICT = """
from model_logs import logger
logger.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
"""


def test_unconfigured_it_writes_lines_to_standard_output(python):
    done = python(PREDICT)
    first, last = map(json.loads, done.stdout.splitlines())
    assert first["model_name"] == "fraud"
    assert first["environment"] == "development"
    assert "service" not in first
    assert last["event_type"] == "writer_closed"
    assert done.stderr == b""


def test_variables_say_where_and_who(python, tmp_path):
    variables = {
        "MODEL_LOGS_PATH": str(tmp_path / "a" / "b.log"),
        "MODEL_LOGS_SERVICE": "fraud-api",
        "MODEL_LOGS_SERVICE_VERSION": "1.2",
        "MODEL_LOGS_ENVIRONMENT": "Pre-Prod",
        "MODEL_LOGS_HOST": "h1",
    }
    done = python(PREDICT, env=variables)
    assert done.stdout == b""
    event = json.loads((tmp_path / "a" / "b.log").read_bytes().splitlines()[0])
    assert event["service"] == {"name": "fraud-api", "version": "1.2"}
    assert event["environment"] == "pre_prod"
    assert event["host"] == {"name": "h1"}


def test_configure_wins_over_the_environment(python, tmp_path):
    code = "from model_logs import logger\nlogger.configure(path='c.log', environment='production')" + PREDICT
    python(code, env={"MODEL_LOGS_PATH": "other.log", "MODEL_LOGS_ENVIRONMENT": "staging"})
    assert not (tmp_path / "other.log").exists()
    assert b'"environment":"production"' in (tmp_path / "c.log").read_bytes()


def test_disabled_it_is_silent(python):
    done = python(
        PREDICT + "logger.registered(model_name='m')\nprint(logger.stats()['written'])",
        env={"MODEL_LOGS_DISABLED": "1"},
    )
    assert done.stdout == b"0\n"


def test_importing_it_draws_nothing_opens_nothing_and_reads_no_variable(python):
    code = """
    import os, sys
    from model_logs import logger
    os.environ["MODEL_LOGS_SERVICE"] = "later"
    before = sorted(os.listdir("/proc/self/fd"))
    assert logger._writer._identity is None
    assert "asyncio" not in sys.modules and "logging" not in sys.modules and "yaml" not in sys.modules
    assert "click" not in sys.modules and "structlog" not in sys.modules and "elasticsearch" not in sys.modules
    logger.registered(model_name="m")
    """
    assert b'"service":{"name":"later"}' in python(code).stdout


def test_a_file_is_for_its_owner_and_its_group(python, tmp_path):
    python(PREDICT, env={"MODEL_LOGS_PATH": "d.log"}, umask=0o022)
    assert stat.S_IMODE((tmp_path / "d.log").stat().st_mode) == 0o640


def test_a_folder_that_cannot_be_made_is_said_once_and_counted(python, tmp_path):
    (tmp_path / "file").write_text("")
    code = """
    from model_logs import logger
    logger.configure(path="file/x.log")
    for _ in range(100):
        logger.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    stats = logger.stats()
    assert (stats["held"], stats["dropped"]) == (100, {}), stats
    assert stats["written"] == 0 and stats["open_failed"] >= 1, stats
    """
    done = python(code)
    assert b"file/x.log: Not a directory" in done.stderr
    assert b"Next step" in done.stderr
    assert b"101 events that waited for" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_another_path_is_taken_at_once_and_the_writer_stays(written, tmp_path, read):
    written.log.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    written.log.configure(path=tmp_path / "two.log")
    written.log.prediction(model_name="fraud", request_id="r2", latency_ms=12.5)
    (first,), (second,) = written.events, read(tmp_path / "two.log")
    assert first["process"]["entity_id"] == second["process"]["entity_id"]
    assert (first["event"]["sequence"], second["event"]["sequence"]) == (1, 2)


def test_a_change_of_service_shows_in_the_next_event(written):
    written.log.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    written.log.configure(service="other", service_version="2")
    written.log.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    assert [event["service"] for event in written.events] == [
        {"name": "fraud-api"},
        {"name": "other", "version": "2"},
    ]


def test_stats_tell_what_was_written(written):
    assert written.log.stats()["writer"] is None
    for _ in range(3):
        written.log.prediction(model_name="fraud", request_id="r1", latency_ms=12.5)
    stats = written.log.stats()
    assert (stats["written"], stats["sequence"], stats["dropped"]) == (3, 3, {})
    assert stats["path"] == str(written.path)
    assert stats["writer"] == written.events[0]["process"]["entity_id"]


def test_a_process_that_changes_its_folder_still_writes_to_the_same_file(python, tmp_path):
    code = """
    import os
    from model_logs import logger
    logger.configure(path="here.log")
    logger.registered(model_name="m")
    os.chdir("/")
    logger._writer._clock = (-1, b"")
    logger._writer.stamp = (0, 0, *logger._writer.stamp[2:])
    logger.registered(model_name="m")
    """
    python(code)
    assert (tmp_path / "here.log").read_bytes().count(b'"registered"') == 2


def test_a_variable_that_is_no_text_is_no_reason_to_lose_events(python):
    event = json.loads(python(PREDICT, env={"MODEL_LOGS_SERVICE": "fr\udcffaud"}).stdout.splitlines()[0])
    assert event["service"] == {"name": "fr\ufffdaud"}


def test_importing_it_loads_hardly_more_than_orjson_does(python):
    code = """
    import sys
    import orjson
    before = set(sys.modules)
    from model_logs import logger
    print(*sorted(name for name in set(sys.modules) - before if not name.startswith("model_logs")))
    """
    loaded = set(python(code).stdout.decode().split())
    assert loaded <= {"__future__", "_contextvars", "atexit", "contextvars", "errno"}
