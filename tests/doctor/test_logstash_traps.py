"""Traps that Logstash's monitoring API tells of; a server stands in for it, with the answers of Logstash 9.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from model_logs.doctor import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    Look = Callable[..., Any]

GIB = 1 << 30
CHECKS = (
    "logstash-version",
    "logstash-pipelines",
    "queue-memory",
    "queue-full",
    "dead-letters-off",
    "dead-letters",
    "bulk-refused",
)


@pytest.mark.parametrize("trap", CHECKS)
def test_a_logstash_as_we_ship_it_has_no_trap(look: Look, logstash_url: str, trap: str) -> None:
    assert [finding.severity for finding in look(trap, logstash_url=logstash_url)] == [Severity.OK]


def test_an_old_logstash_is_a_warning(look: Look, logstash: Any, logstash_url: str) -> None:
    logstash.version = "8.17.3"
    (finding,) = look("logstash-version", logstash_url=logstash_url)
    assert finding.severity is Severity.WARNING
    assert "8.17.3" in finding.seen


def test_a_pipeline_that_does_not_run_is_named(look: Look, logstash: Any, logstash_url: str) -> None:
    del logstash.pipelines["model-logs-disk"]
    (finding,) = look("logstash-pipelines", logstash_url=logstash_url)
    assert (finding.severity, finding.where) == (Severity.WARNING, "model-logs-disk")
    logstash.pipelines = {"main": {**logstash.main, "plugins": {"inputs": [{"name": "tcp"}]}}}
    (finding,) = look("logstash-pipelines", logstash_url=logstash_url)
    assert finding.severity is Severity.PROBLEM
    assert "there are: main" in finding.seen


def test_lines_that_were_left_out_are_counted(look: Look, logstash: Any, logstash_url: str) -> None:
    dropped = {"id": "ignored", "name": "drop", "events": {"in": 1200, "out": 0, "duration_in_millis": 3}}
    logstash.main["plugins"].setdefault("filters", []).append(dropped)
    (finding,) = look("left-out", logstash_url=logstash_url)
    assert (finding.severity, finding.seen) == (Severity.OK, "Logstash left 1,200 lines out since its start")
    logstash.main["events"] = {"in": 1200, "out": 0}
    (finding,) = look("left-out", logstash_url=logstash_url)
    assert (finding.severity, finding.where) == (Severity.WARNING, "model-logs")
    assert finding.seen == "each of the 1,200 lines of it that were counted is left out, as other_lines.yml says"


def test_a_reload_that_failed_is_a_problem_with_its_message(look: Look, logstash: Any, logstash_url: str) -> None:
    logstash.main["reloads"] |= {"failures": 1, "last_error": {"message": "Expected one of [ #", "backtrace": []}}
    (finding,) = look("logstash-pipelines", logstash_url=logstash_url)
    assert finding.severity is Severity.PROBLEM
    assert "Expected one of" in finding.seen


def test_a_pipeline_that_could_not_start_is_named_once_and_not_taken_for_one_in_memory(
    look: Look, logstash: Any, logstash_url: str
) -> None:
    # As Logstash shows one whose configuration it refused: its queues were opened, and it has no ids of a run.
    last_error = {"message": "Could not execute action", "backtrace": None}
    logstash.main["reloads"] |= {"failures": 1, "last_error": last_error}
    logstash.main["plugins"] = {"inputs": [], "codecs": [], "filters": [], "outputs": []}
    logstash.main.update(events=None, flow=None, pipeline=dict.fromkeys(logstash.main["pipeline"]))
    for name in ("hash", "ephemeral_id"):
        del logstash.main[name]
    for name in ("events_count", "queue_size_in_bytes", "max_queue_size_in_bytes"):
        del logstash.main["queue"][name]
    (finding,) = look("logstash-pipelines", logstash_url=logstash_url)
    assert (finding.severity, finding.where) == (Severity.PROBLEM, "model-logs")
    assert finding.seen == "its start failed: Could not execute action"
    for trap in ("queue-memory", "queue-full", "dead-letters-off", "dead-letters"):
        (finding,) = look(trap, logstash_url=logstash_url)
        assert (finding.severity, finding.failed) == (Severity.SKIPPED, False)


def test_a_queue_in_memory_is_a_problem_for_the_pipeline_of_the_shippers_alone(
    look: Look, logstash: Any, logstash_url: str
) -> None:
    logstash.main["queue"] = logstash.pipelines["model-logs-disk"]["queue"]
    (finding,) = look("queue-memory", logstash_url=logstash_url)
    assert (finding.severity, finding.where) == (Severity.PROBLEM, "model-logs")
    assert "queue.type: persisted" in finding.remedy


def test_in_an_estate_with_names_of_its_own_the_pipeline_is_known_by_its_beats_input(
    look: Look, logstash: Any, logstash_url: str
) -> None:
    main = logstash.pipelines.pop("model-logs")
    main["queue"] = {"type": "memory", "events_count": 0, "queue_size_in_bytes": 0, "max_queue_size_in_bytes": 0}
    logstash.pipelines = {"shared": main, "other": logstash.pipelines["model-logs-disk"]}
    (finding,) = look("queue-memory", logstash_url=logstash_url)
    assert finding.where == "shared"


@pytest.mark.parametrize(
    ("share", "severity"), [(0.3, Severity.OK), (0.6, Severity.WARNING), (0.95, Severity.PROBLEM)]
)
def test_a_queue_that_fills_is_told_with_its_figures(
    look: Look, logstash: Any, logstash_url: str, share: float, severity: Severity
) -> None:
    logstash.main["queue"] |= {"events_count": 123_456, "queue_size_in_bytes": int(share * GIB)}
    (finding,) = look("queue-full", logstash_url=logstash_url)
    assert finding.severity is severity
    assert "123,456 events wait" in finding.seen
    assert f"({share:.0%})" in finding.seen


def test_a_disk_that_is_too_small_for_the_queue_is_a_warning(look: Look, logstash: Any, logstash_url: str) -> None:
    logstash.main["queue"]["data"]["free_space_in_bytes"] = GIB // 2
    (finding,) = look("queue-full", logstash_url=logstash_url)
    assert finding.severity is Severity.WARNING
    assert "512.0 MiB are free, and it may grow by" in finding.seen
    assert "/var/lib/logstash/queue" in finding.where


def test_no_dead_letter_queue_is_a_problem(look: Look, logstash: Any, logstash_url: str) -> None:
    del logstash.main["dead_letter_queue"]
    (finding,) = look("dead-letters-off", logstash_url=logstash_url)
    assert (finding.severity, finding.where) == (Severity.PROBLEM, "model-logs")
    assert [finding.severity for finding in look("dead-letters", logstash_url=logstash_url)] == [Severity.OK]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"queue_size_in_bytes": int(0.6 * GIB)}, (Severity.WARNING, "(60%)")),
        ({"queue_size_in_bytes": int(0.97 * GIB)}, (Severity.PROBLEM, "(97%)")),
        ({"queue_size_in_bytes": GIB, "dropped_events": 7}, (Severity.PROBLEM, "7 events were dropped")),
        ({"expired_events": 3}, (Severity.WARNING, "3 events were deleted for their age")),
        ({"last_error": "cannot write event to DLQ"}, (Severity.PROBLEM, "cannot write event to DLQ")),
    ],
)
def test_a_dead_letter_queue_that_fills_or_drops_is_told(
    look: Look, logstash: Any, logstash_url: str, said: dict[str, Any], expected: tuple[Severity, str]
) -> None:
    logstash.main["dead_letter_queue"] |= said
    (finding,) = look("dead-letters", logstash_url=logstash_url)
    assert finding.severity is expected[0]
    assert expected[1] in finding.seen


def test_a_request_that_is_refused_as_a_whole_is_a_problem(look: Look, logstash: Any, logstash_url: str) -> None:
    logstash.output["bulk_requests"] |= {"responses": {"200": 10, "400": 86, "429": 2}, "with_errors": 1}
    (finding,) = look("bulk-refused", logstash_url=logstash_url)
    assert (finding.severity, finding.where) == (Severity.PROBLEM, "model-logs, output streams")
    assert "86 with 400" in finding.seen
    assert "429" not in finding.seen


def test_documents_that_are_dropped_for_want_of_a_dead_letter_queue_are_counted(
    look: Look, logstash: Any, logstash_url: str
) -> None:
    logstash.output["documents"] |= {"non_retryable_failures": 5}
    assert [finding.severity for finding in look("bulk-refused", logstash_url=logstash_url)] == [Severity.OK]
    del logstash.main["dead_letter_queue"]
    (finding,) = look("bulk-refused", logstash_url=logstash_url)
    assert finding.severity is Severity.WARNING
    assert "5 documents" in finding.seen


def test_an_api_with_a_password_is_asked_with_it(look: Look, logstash: Any, logstash_url: str) -> None:
    logstash.password = "secret"
    (finding,) = look("queue-memory", logstash_url=logstash_url)
    assert finding.failed
    assert "asks for a user and a password" in finding.seen
    (finding,) = look("queue-memory", logstash_url=logstash_url.replace("//", "//doctor:secret@"))
    assert finding.severity is Severity.OK


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:9600"])
def test_an_api_that_cannot_be_reached_is_told(look: Look, url: str) -> None:
    (finding,) = look("queue-memory", logstash_url=url)
    assert (finding.severity, finding.failed) == (Severity.SKIPPED, True)
    assert "127.0.0.1:9" in finding.seen


def test_another_server_is_not_taken_for_logstash(look: Look, es_url: str) -> None:
    (finding,) = look("queue-memory", logstash_url=es_url)
    assert finding.failed
    assert "is not Logstash's API" in finding.seen
