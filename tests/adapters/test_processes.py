"""Adapters in real processes: threads, forks, foreign libraries, traces, and imports that nobody asked for."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest


def events_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


LINES = """
import logging, os, sys, threading
import structlog
from model_logs import logger
from model_logs.adapters import stdlib
from model_logs.adapters.structlog import BoundLogger, write
logger.configure(path="events.log", service="s")
logging.setLoggerClass(stdlib.EventLogger)
log = logging.getLogger("a")
log.addHandler(stdlib.Handler())
log.setLevel(10)
structlog.configure(processors=[write], wrapper_class=BoundLogger)
slog = structlog.get_logger()

def work(name):
    for n in range(200):
        log.info("scored", extra=dict(event_type="predict", model_name=name, request_id=str(n), latency_ms=1.5))
        slog.info("line", who=name, n=n)
        logger.prediction(model_name=name, request_id=str(n), latency_ms=1.5)
"""


def test_threads_and_forks_share_one_writer_for_each_process_and_lose_nothing(python, tmp_path):
    code = """
work("parent")
children = []
for name in ("x", "y"):
    if (pid := os.fork()) == 0:
        threads = [threading.Thread(target=work, args=(name + str(n),)) for n in range(3)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        logger.close()
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
work("parent again")
"""
    python(LINES + code)
    found = defaultdict(list)
    for event in events_of(tmp_path / "events.log"):
        found[event["process"]["entity_id"]].append(event["event"]["sequence"])
    # With `writer_closed` at the end of each.
    assert sorted(map(len, found.values())) == [1201, 1801, 1801]
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in found.values())


def test_an_event_counts_once_whichever_way_it_came(python):
    code = """
log.info("one")
slog.info("two", token="t")
log.info("scored", extra=dict(event_type="predict", model_name="m", request_id="r", latency_ms=float("nan")))
stats = logger.stats()
assert stats["written"] == 3, stats
assert stats["redacted"] == stats["placeholder"] == 1, stats
assert stats["unknown_keyword"] == 0, stats
assert stats["dropped"] == {}, stats
"""
    assert python(LINES + code).stderr == b""


def test_a_full_disk_is_counted_and_not_raised(python):
    code = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
work("m")
assert logger.stats()["held"] > 500, logger.stats()
"""
    assert b"cannot write" in python(LINES + code).stderr


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (
            """
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
span = NonRecordingSpan(SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, False, TraceFlags(1)))
with trace.use_span(span):
""",
            ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"),
        ),
        (
            """
import elasticapm
client = elasticapm.Client(service_name="s", disable_send=True, metrics_interval="0ms", central_config=False)
from elasticapm.utils.disttracing import TraceParent
parent = TraceParent.from_string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
client.begin_transaction("t", trace_parent=parent)
if True:
""",
            ("0af7651916cd43dd8448eb211c80319c", None),
        ),
    ],
    ids=["OpenTelemetry", "Elastic APM"],
)
def test_the_active_span_is_in_every_line(python, tmp_path, begin, end):
    code = """
    log.info("one")
    slog.info("two")
    log.info("scored", extra=dict(event_type="predict", model_name="m", request_id="r", latency_ms=1.5))
    slog.info("scored", event_type="predict", model_name="m", request_id="r", latency_ms=1.5, trace_id="own")
os.close(2)
"""
    python(LINES + begin + code)
    *events, _closed = events_of(tmp_path / "events.log")
    assert [event["trace"]["id"] for event in events] == [end[0]] * 3 + ["own"]
    assert all(len(event["span"]["id"]) == 16 for event in events)
    if end[1]:
        assert {event["span"]["id"] for event in events} == {end[1]}


def test_neither_adapter_loads_what_it_does_not_need(python):
    code = """
    import sys
    import model_logs.adapters.stdlib
    loaded = {"structlog", "opentelemetry", "elasticapm", "yaml", "elasticsearch", "click"} & sys.modules.keys()
    assert not loaded, loaded
    import model_logs.adapters.structlog
    loaded = {"opentelemetry", "elasticapm", "yaml", "elasticsearch", "click"} & sys.modules.keys()
    assert not loaded, loaded
    """
    assert python(code).stdout == b""
