"""The Ruby scripts of Logstash, run in JRuby: their own tests, and every vector through the whole configuration.

Where Logstash itself can run (LOGSTASH_HOME, Docker), `model-logs pipeline test` does the latter on the real one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.pipelines import logstash_configuration as configuration

from model_logs import assets
from model_logs.parse import Origin, Parser
from model_logs.pipeline import Vector, compare_document, load_vectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    JRuby = Callable[..., Any]

FOLDER = assets.path("pipelines")
VECTORS = load_vectors()
OWN = {"MODEL_LOGS_HOME": str(FOLDER)}


@pytest.fixture(scope="session")
def script_results(jruby: JRuby) -> dict[str, list[tuple[str, bool]]]:
    scripts = sorted(map(str, (FOLDER / "ruby").glob("*.rb")))
    found: dict[str, list[tuple[str, bool]]] = jruby("test", *scripts)
    return found


@pytest.fixture(scope="session")
def run_events(
    jruby: JRuby, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, list[dict[str, Any]]], list[Any]]:
    """Send events through the filters of one pipeline."""
    folder = tmp_path_factory.mktemp("pipelines")

    def run(pipeline: str, events: list[dict[str, Any]], **variables: str) -> list[Any]:
        own = OWN | variables
        files = configuration.pipelines(own)[pipeline]
        written: Path = folder / f"{pipeline}.json"
        written.write_text(json.dumps([step for file in files for step in configuration.steps(file, own)]))
        found: list[Any] = jruby("run", str(written), *map(json.dumps, events))
        return found

    return run


@pytest.fixture(scope="session")
def by_number(run_events: Callable[[str, list[dict[str, Any]]], list[Any]]) -> dict[int, dict[str, Any]]:
    """The documents by the numbers of their vectors; an empty line has none."""
    found = [
        document
        for pipeline, attested in (("model-logs", False), ("model-logs-attested", True))
        for document in run_events(
            pipeline, [shipped(v.line, n, v.env) for n, v in enumerate(VECTORS) if v.attested is attested]
        )
    ]
    return {document["source"]["log"]["offset"]: document for document in found}


@pytest.fixture(scope="session")
def documents(by_number: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return list(by_number.values())


def shipped(line: bytes, offset: int = 0, env: str | None = None, **more: Any) -> dict[str, Any]:
    """The event that Filebeat makes of a line."""
    message = line.decode("utf-8", "replace")
    event = {
        "@timestamp": "2026-01-15T10:30:02.000Z",
        "message": message,
        "event": {"original": message},
        "log": {
            "offset": offset,
            "file": {
                "path": "/var/log/models/a.jsonl",
                "device_id": "66305",
                "inode": "1311",
                "fingerprint": "5f" * 32,
            },
        },
        "host": {"name": "filebeat"},
        "agent": {"type": "filebeat"},
        "ecs": {"version": "8.0.0"},
        "input": {"type": "filestream"},
        "tags": ["beats_input_codec_plain_applied"],
    }
    return event | ({"fields": {"env": env}} if env is not None else {}) | more


@pytest.mark.parametrize("script", sorted(path.name for path in (FOLDER / "ruby").glob("*.rb")))
def test_the_tests_of_a_script_hold(script: str, script_results: dict[str, list[tuple[str, bool]]]) -> None:
    results = script_results[str(FOLDER / "ruby" / script)]
    assert results, "a script without tests"
    assert [name for name, held in results if not held] == []


@pytest.mark.parametrize("number", range(len(VECTORS)), ids=[f"{v.file}: {v.name}" for v in VECTORS])
def test_logstash_makes_the_document_of_the_vector(number: int, by_number: dict[int, dict[str, Any]]) -> None:
    vector: Vector = VECTORS[number]
    document = by_number.get(number, {})
    outcome = compare_document(vector, document.get("source"), document.get("id"))
    assert not outcome.differences, "\n".join(map(str, outcome.differences))


def test_nothing_of_filebeats_own_stays(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        assert not {"agent", "ecs", "input", "fields", "@version", "@metadata"} & set(document["source"])
        assert not [tag for tag in document["source"].get("tags", []) if tag.startswith(("_", "beats_"))]


def test_the_original_is_kept_of_what_failed_and_of_nothing_else(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        source = document["source"]
        assert ("original" in source["event"]) == (source["event_type"] == "unparsed")


def test_events_beside_the_vectors(run_events: Callable[[str, list[dict[str, Any]]], list[Any]]) -> None:
    good: dict[str, Any] = {
        "@timestamp": "2026-01-15T10:30:00.000Z",
        "event": {"id": "w-1"},
        "event_type": "predict",
        "status": "success",
    }
    no_place = shipped(b"2026-01-15T10:30:00Z registered model=m", log={})
    unpacked = shipped(b"", **{**good, "log": {"level": "INFO", "offset": 9}, "environment": "Staging"})
    del unpacked["message"]
    no_line = {"@timestamp": "2026-01-15T10:30:02.000Z", "metricset": {"name": "x"}, "host": {"name": "web-1"}}
    added = shipped(json.dumps(good).encode(), kubernetes={"pod": {"name": "p-1"}}, service={"name": "by-filebeat"})
    inode_only = shipped(b"x", 5, log={"offset": 5, "file": {"path": "/a", "inode": "7", "device_id": "1"}})
    found = run_events("model-logs", [no_place, no_place, unpacked, no_line, added, inode_only, inode_only])
    first, second, from_filebeat, whole, enriched, once, again = found
    assert first["id"] != second["id"], "equal lines whose place nobody knows are two events"
    assert (from_filebeat["id"], from_filebeat["source"]["environment"]) == ("w-1", "staging")
    assert from_filebeat["source"]["log"] == {"level": "info", "offset": 9}
    assert whole["source"]["reason"] == "no line"
    assert json.loads(whole["source"]["event"]["original"])["metricset"] == {"name": "x"}
    assert enriched["source"]["kubernetes"] == {"pod": {"name": "p-1"}}
    assert enriched["source"]["service"] == {"name": "by-filebeat"}
    assert once["id"] == again["id"], "the same line of the same file is one event"


def test_what_a_line_says_wins_over_what_filebeat_sets_at_the_root(
    run_events: Callable[[str, list[dict[str, Any]]], list[Any]],
) -> None:
    """A field that both name became a list, and a type that Filebeat sets kept the line from being read."""
    text = b"2026-01-15T10:30:00Z INFO deployed model=m env=staging user=ana"
    event = b'{"@timestamp":"2026-01-15T10:30:00Z","event_type":"predict","service.environment":"staging"}'
    root: dict[str, Any] = {
        "environment": "production",
        "service": {"name": "s"},
        "user": {"name": "filebeat"},
        "latency_ms": "abc",
    }
    lines = [text, event, b"Loading weights", b""]
    found = run_events("model-logs", [shipped(line, 1, event_type="predict", **root) for line in lines])
    sources = [document["source"] for document in found]

    assert [source["event_type"] for source in sources] == ["deployed", "predict", "unparsed"]
    assert [source["environment"] for source in sources] == ["staging", "staging", "production"]
    assert [source["service"] for source in sources] == [{"name": "s"}] * 3
    assert sources[0]["user"] == {"name": "ana"}
    assert sources[0]["labels"] == {"latency_ms": "abc"}
    assert [source.get("reason") for source in sources[2:]] == ["no pattern fits"]


def test_lines_that_are_not_about_models_are_dropped_and_named_paths_are_predictions(
    run_events: Callable[..., list[Any]], tmp_path: Path
) -> None:
    file = tmp_path / "other_lines.yml"
    file.write_text(
        'predictions: [{path: "/predictions/{model}/{version}"}]\nignore: ["^Loading", "/health", event_type]\n'
    )
    event = b'{"@timestamp":"2026-01-15T10:30:00Z","event":{"id":"w-1"},"event_type":"predict","message":"/health"}'
    lines = [
        b"Loading weights",
        b'INFO:     1.2.3.4:5 - "GET /health HTTP/1.1" 200 OK',
        b"Loading " + event,
        b"Loading " + event[:80],
        b'INFO:     1.2.3.4:5 - "POST /predictions/m/1.0?x=1 HTTP/1.1" 503 No',
    ]
    found = run_events("model-logs", [shipped(line) for line in lines], MODEL_LOGS_OTHER_LINES=str(file))

    wrapped, half, access = (document["source"] for document in found)
    assert wrapped["event_type"] == "predict"
    assert half["reason"] == "no pattern fits"
    assert (access["event_type"], access["model_name"], access["model_version"]) == ("predict", "m", "1.0")
    assert (access["status"], sorted(access["tags"])) == ("error", ["arrival_time", "incomplete"])


def test_grok_writes_no_line_into_the_log_of_logstash() -> None:
    """At its limit of wall time grok logs the begin of the line; the patterns need no limit: no line is slow."""
    files = configuration.pipelines(OWN)["model-logs"]
    (grok,) = (plugin for file in files for plugin in configuration.plugins(file) if plugin.name == "grok")
    assert grok.options["timeout_millis"] == 0


def test_names_beyond_the_bound_of_an_event_are_stored_and_not_searched(
    run_events: Callable[[str, list[dict[str, Any]]], list[Any]],
) -> None:
    named = {f"n{number}": 0.5 for number in range(100)}
    event = {"@timestamp": "2026-01-15T10:30:00.000Z", "event_type": "quality", "metrics": named}
    (document,) = run_events("model-logs", [shipped(json.dumps(event).encode())])
    assert document["source"]["metrics"] == {f"n{number}": 0.5 for number in range(64)}
    assert document["source"]["beyond"] == {"metrics": {f"n{number}": 0.5 for number in range(64, 100)}}
    assert document["source"]["tags"] == ["truncated"]


def test_long_lines_are_kept_in_part(run_events: Callable[[str, list[dict[str, Any]]], list[Any]]) -> None:
    line, text = b"{" + b"x" * (1024 * 1024), b"y " * 40_000
    long, unknown = run_events("model-logs", [shipped(line), shipped(text)])
    assert long["source"]["reason"] == "longer than 1048576 bytes"
    assert unknown["source"]["reason"] == "text longer than 65536 characters"
    assert len(long["source"]["event"]["original"]) == len(unknown["source"]["event"]["original"]) == 65_536


def test_disk_samples_have_the_fields_of_the_contract(
    run_events: Callable[[str, list[dict[str, Any]]], list[Any]],
) -> None:
    contract = yaml.safe_load(assets.path("mappings/contract.yml").read_text(encoding="utf-8"))
    wanted = set(contract["metrics_stream"]["fields"])
    node = {"name": "n", "roles": ["data"], "fs": {"total": {"total_in_bytes": 10, "available_in_bytes": 4}}}
    answer = {"@timestamp": "2026-01-15T10:30:02.000Z", "answer": {"nodes": {"a": node, "b": node}}}
    found = run_events("model-logs-disk", [answer])
    assert [sorted(flat(document["source"])) for document in found] == [sorted(wanted)] * 2
    assert {document["source"]["disk"]["used_pct"] for document in found} == {60.0}
    assert len({document["id"] for document in found}) == 2


def flat(tree: dict[str, Any], above: str = "") -> list[str]:
    return [
        name
        for key, value in tree.items()
        for name in (flat(value, f"{above}{key}.") if isinstance(value, dict) else [above + key])
    ]


def test_a_refused_document_becomes_an_unparsed_event(
    run_events: Callable[[str, list[dict[str, Any]]], list[Any]],
) -> None:
    refused = {
        "@timestamp": "2026-01-15T10:30:00.000Z",
        "event": {"id": "w-1"},
        "event_type": "predict",
        "environment": "production",
        "message": "password=hunter2",
        "@metadata": {"dead_letter_queue": {"reason": '..., response: {"status"=>400}'}},
    }
    (document,) = run_events("model-logs-dead-letters", [refused])
    source = document["source"]
    assert document["id"] == source["event"]["id"] == "w-1"
    assert source["data_stream"] == {"type": "logs", "dataset": "model.unparsed", "namespace": "production"}
    assert source["error"]["message"] == '{"status"=>400}'
    assert "hunter2" not in json.dumps(source)
    contract = yaml.safe_load(assets.path("mappings/contract.yml").read_text(encoding="utf-8"))
    assert set(flat(source)) <= set(contract["fields"])


def test_access_lines_of_proxies_are_the_same_documents_as_in_ship(
    run_events: Callable[..., list[Any]], tmp_path: Path
) -> None:
    from tests.support.proxies import ACCESS_LINES, OTHER_LINES

    file = tmp_path / "other_lines.yml"
    file.write_text(OTHER_LINES)
    lines = [json.dumps(line).encode() for line in ACCESS_LINES.values()]
    parser = Parser(other_lines=file)
    found = run_events("model-logs", [shipped(line) for line in lines], MODEL_LOGS_OTHER_LINES=str(file))
    origin = Origin("a", 1, 2, "f", 0)
    expected = [
        document
        for line in lines
        if not (document := parser.parse(line, origin, ingested="2026-01-15T10:30:02.000Z")).ignored
    ]
    compared = (
        *("@timestamp", "event_type", "status", "model_name", "model_version", "request_id", "latency_ms"),
        *("http", "url", "message", "labels", "tags", "trace", "reason", "error"),
    )
    assert len(found) == len(expected) > 15
    for document, ours in zip(found, expected, strict=True):
        mine, theirs = json.loads(ours.body), document["source"]
        assert {name: theirs.get(name) for name in compared} == {name: mine.get(name) for name in compared}
