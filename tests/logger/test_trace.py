"""Trace and span of whatever tracer the process has loaded; nothing of it is imported by us."""

from __future__ import annotations

import json

from opentelemetry import trace

GOOD = {"model_name": "fraud", "request_id": "r1", "latency_ms": 12.5}
SPAN = trace.NonRecordingSpan(
    trace.SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=trace.TraceFlags(1))
)


def test_an_active_span_of_opentelemetry_is_in_the_event_where_that_is_asked_for(written):
    with trace.use_span(SPAN):
        written.log.prediction(**GOOD)
        written.log.configure(trace=True)
        written.log.prediction(**GOOD)
        written.log.registered(model_name="m")
        written.log.prediction(**GOOD, trace_id="own", span_id="own")
    written.log.prediction(**GOOD)
    before, first, second, own, after = written.events
    assert "trace" not in before
    assert first["trace"] == second["trace"] == {"id": f"{0xABC:032x}"}
    assert first["span"] == second["span"] == {"id": f"{0xDEF:016x}"}
    assert own["trace"] == own["span"] == {"id": "own"}
    assert "trace" not in after


def test_a_transaction_of_elastic_apm_is_in_the_event(python):
    code = """
    import elasticapm
    from model_logs import logger
    logger.configure(trace=True)
    client = elasticapm.Client(service_name="s", disable_send=True, cloud_provider=False, central_config=False)
    client.begin_transaction("request")
    print(elasticapm.get_trace_id(), elasticapm.get_transaction_id(), flush=True)
    logger.prediction(model_name="m", request_id="r", latency_ms=1.0)
    client.end_transaction("x")
    client.close()
    """
    said, event, *_ = python(code).stdout.splitlines()
    trace_id, transaction = said.decode().split()
    assert json.loads(event)["trace"] == {"id": trace_id}
    assert json.loads(event)["span"] == {"id": transaction}


def test_without_a_tracer_there_is_nothing_to_say(python):
    code = """
    from model_logs import logger
    import sys
    logger.configure(trace=True)
    logger.prediction(model_name="m", request_id="r", latency_ms=1.0)
    assert not {"opentelemetry", "elasticapm"} & sys.modules.keys()
    """
    assert b'"trace"' not in python(code).stdout
