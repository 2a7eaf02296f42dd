"""Each role grants what its programs ask for, and nothing that none of them asks for.

The programs run against a real node that records which actions they cause; Elastic's own security classes, not a list
of ours, say which privilege grants which action. What Logstash and Filebeat send stands here as requests: neither
runs where these tests do.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch
from tests.security.asked import Asked, Recorder
from tests.support.kibana import stand_in

from model_logs import contract, install
from model_logs.cli import elk_bootstrap, model_logs
from model_logs.cluster import Connection
from model_logs.errors import ConfigurationError
from model_logs.install.elasticsearch import DataStream
from model_logs.install.installation import object_kinds
from model_logs.install.keys import load_roles
from model_logs.install.keys.roles import narrowed
from model_logs.ship.sending.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ROLES = load_roles()
RECORDER = Path(__file__).parents[1] / "java" / "action-recorder"
LONG = ("--since", "365d")
MODEL = ("--model", "m", "--environment", "production", "--window", "365d", "--min-events", "1")
GATE = (
    "--model",
    "m",
    "--version",
    "1",
    "--environment",
    "production",
    "--end",
    "2026-01-15T10:45:00Z",
    "--require-approval",
)
# Role → what it is asked and refuses on purpose, and what the program does without it.
REFUSED = {
    "shipper": {
        "indices:admin/refresh*": "does not look up what was sent before: a repeat across a rollover may double",
        "indices:data/read/search": "as above, and events that the failure store took count as refused",
    },
    "attestor": {
        "indices:admin/refresh*": "as the shipper",
        "indices:data/read/search": "as the shipper",
    },
    "reader": {"indices:admin/refresh* failures": "`audit` counts failures that are some seconds old"},
    "personal_reader": {"indices:admin/refresh* failures": "as the reader"},
    "operator": {"indices:admin/refresh* failures": "as the reader"},
    "eraser": {},
    "writer": {},
    "bootstrap": {"indices:data/read/search logs-generic-*": "`doctor` does not see events that went astray"},
}
# What nothing here asks for, and why a role has it all the same.
UNASKED: dict[tuple[str, str], str] = {}


@pytest.fixture(scope="module")
def recorder(memory: Path) -> Iterator[Recorder]:
    if os.environ.get("MODEL_LOGS_TEST_URL"):
        pytest.skip("the recorder is a plugin of the development node")
    from model_logs.node import start_node

    with (
        start_node(memory / "recorder", extra_java=[RECORDER], stop_with_parent=True) as node,
        Elasticsearch(node.url, request_timeout=60) as client,
    ):
        yield Recorder(client, node.url)


def event(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "@timestamp": f"2026-01-15T10:30:{number:02d}.000Z",
        "event": {"id": f"roles-{number}", "sequence": number},
        "process": {"entity_id": "0123456789abcdef01234567"},
        "event_type": "predict",
        "status": "success",
        "model_name": "m",
        "model_version": "1",
        "environment": "production",
        "latency_ms": 5.0,
        "request_id": f"r-{number}",
        **fields,
    }


def bulk(*documents: tuple[str, dict[str, Any]]) -> str:
    lines: list[dict[str, Any]] = []
    for number, (stream, document) in enumerate(documents):
        lines += [{"create": {"_index": stream, "_id": f"{document['event']['id']}-{number}"}}, document]
    return "\n".join(map(json.dumps, lines)) + "\n"


def send(client: Elasticsearch, method: str, path: str, body: str | None = None) -> None:
    headers = {"accept": "application/json"} | ({"content-type": "application/x-ndjson"} if body else {})
    answer = client.perform_request(method, path, headers=headers, body=body).body
    assert not isinstance(answer, dict) or not answer.get("errors"), answer


@pytest.fixture(scope="module")
def asked(recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[Asked]]:
    """Run every program and return what each role's ask for; in one order, since each builds on the one before."""
    folder = tmp_path_factory.mktemp("programs")
    patch = pytest.MonkeyPatch()
    for name in [name for name in os.environ if name.startswith(("MODEL_LOGS_", "ELASTICSEARCH_"))]:
        patch.delenv(name)
    patch.setenv("XDG_STATE_HOME", str(folder / "state"))
    patch.chdir(folder)
    found: dict[str, set[Asked]] = {}
    try:
        with stand_in() as kibana:
            found["bootstrap"] = _bootstrap(recorder, kibana.url)
            found["writer"] = _writer(recorder)
            found["shipper"] = _shipper(recorder, folder)
            found["attestor"] = _attestor(recorder, folder)
            found["reader"] = _reader(recorder, folder)
            found["personal_reader"] = found["reader"]
            found["operator"] = _operator(recorder, folder)
            found["eraser"] = _eraser(recorder, folder)
            found["bootstrap"] |= _bootstrap_on_data(recorder, kibana.url)
    finally:
        patch.undo()
    return found


def _bootstrap(recorder: Recorder, kibana: str) -> set[Asked]:
    run = recorder.command
    found = run(elk_bootstrap, "plan", exits=(3,)) | run(elk_bootstrap, "apply")
    found |= run(elk_bootstrap, "apply", "--kibana-url", kibana)
    return found | run(elk_bootstrap, "plan", "--kibana-url", kibana) | run(elk_bootstrap, "status")


def _bootstrap_on_data(recorder: Recorder, kibana: str) -> set[Asked]:
    client = recorder.client
    with recorder.asked() as found:
        # What apply does with streams and lookup indices from an older template.
        DataStream(client).rollover("logs-model.prediction-production")
        for wanted in install.desired():
            if wanted.kind == "lookup index":
                object_kinds(client)[wanted.kind].write(wanted.name, dict(wanted.body), {}, None)
    run = recorder.command
    found |= run(elk_bootstrap, "status") | run(elk_bootstrap, "doctor", exits=(0, 3)) | run(elk_bootstrap, "lint")
    arguments = (
        "--with-data",
        "--with-audit",
        "--yes",
        "--confirm",
        "logs-model.lifecycle-production",
        "--kibana-url",
        kibana,
    )
    return found | run(elk_bootstrap, "remove", "--dry-run") | run(elk_bootstrap, "remove", *arguments)


def _writer(recorder: Recorder) -> set[Asked]:
    """Send what Logstash's output and its disk input send."""
    with recorder.asked() as found:
        for method, path in (("HEAD", "/"), ("GET", "/"), ("GET", "/_license"), ("GET", "/_nodes/stats/fs")):
            send(recorder.client, method, path)
        sample = {"@timestamp": "2026-01-15T10:30:00.000Z", "event": {"id": "disk"}, "disk": {"used_pct": 1.0}}
        lines = bulk(
            ("logs-model.prediction-production", event(1, labels={"written_by": "logstash"})),
            ("logs-model.lifecycle-production", event(2, event_type="deployed", labels={"team": "a"})),
            ("logs-model.unparsed-unknown", event(3, event_type="unparsed", labels={"other": "x"})),
            ("metrics-model.node-default", sample),
        )
        send(recorder.client, "POST", "/_bulk", lines)
    return found


def _shipper(recorder: Recorder, folder: Path) -> set[Asked]:
    log = folder / "serving.log"
    lines = [json.dumps(event(number, labels={f"label_{number}": "x"})) for number in range(10, 30)]
    log.write_text("\n".join([*lines, json.dumps(event(30, latency_ms="soon")), "nothing known"]) + "\n")
    found = recorder.command(model_logs, "ship", str(log), "--once", "--state", str(folder / "ship"))
    with recorder.asked() as more:
        wire = Wire(Connection(recorder.url))
        wire.greet()
        wire.known(["logs-model.prediction-production"], ["x"])
        wire.failures(["logs-model.prediction-production"], ["x"])
        wire.blocked(["logs-model.prediction-production"])
        # Filebeat, straight to Elasticsearch.
        send(recorder.client, "GET", "/")
        send(recorder.client, "GET", "/_license")
        document = event(31, labels={"sent_by": "filebeat"})
        send(recorder.client, "POST", "/_bulk", bulk(("logs-model.prediction-staging", document)))
    return found | more


def _attestor(recorder: Recorder, folder: Path) -> set[Asked]:
    log = folder / "registry.jsonl"
    about = {"labels": {"workspace": "a"}, "user": {"name": "joe"}}
    lines = [json.dumps(event(number, event_type="approved", **about)) for number in range(32, 35)]
    log.write_text("\n".join([*lines, "nothing known"]) + "\n")
    found = recorder.command(
        model_logs, "ship", str(log), "--attested", "--once", "--state", str(folder / "ship-registry")
    )
    with recorder.asked() as more:
        wire = Wire(Connection(recorder.url))
        wire.known(["logs-model.lifecycle-production"], ["x"])
        wire.blocked(["logs-model.lifecycle-production"])
    return found | more


def _reader(recorder: Recorder, folder: Path) -> set[Asked]:
    client = recorder.client
    # For the failure store: the mapping refuses it.
    refused = bulk(("logs-model.prediction-production", event(40, latency_ms={"no": "number"})))
    send(client, "POST", "/_bulk", refused)
    client.indices.refresh(index="logs-model.*")
    run = recorder.command
    found = run(model_logs, "report", *LONG) | run(elk_bootstrap, "render", *LONG, "--to", str(folder / "pages"))
    found |= run(model_logs, "audit", *LONG, exits=(0, 1, 3, 4)) | run(model_logs, "baseline", "show")
    found |= run(model_logs, "gate", *GATE, "--dry-run", exits=(0, 3, 4))
    found |= run(model_logs, "gate", "plan", "--model", "m", exits=(0, 4)) | run(model_logs, "monitor", "--once")
    found |= run(model_logs, "alerts", "list") | run(model_logs, "alerts", "explain", "m", exits=(0, 3, 4))
    probe = ("verify", "--file", str(folder / "serving.log"), "--wait", "0.1")
    return found | run(elk_bootstrap, *probe, exits=(0, 1))


def _operator(recorder: Recorder, folder: Path) -> set[Asked]:
    # As on the first day: the evaluator makes it.
    recorder.client.indices.delete(index="model-logs-state", ignore_unavailable=True)
    run = recorder.command
    found = run(model_logs, "baseline", "record", "--version", "1", *MODEL)
    found |= run(model_logs, "baseline", "compare", *MODEL, exits=(0, 3, 4))
    found |= run(model_logs, "gate", *GATE, "--evidence", str(folder / "gates"), exits=(0, 3, 4))
    found |= run(model_logs, "alerts", "watch", "--once")
    return found | run(model_logs, "alerts", "silence", "high-error-rate", "--until", "1h")


def _eraser(recorder: Recorder, folder: Path) -> set[Asked]:
    """Erase a request from a read-only index, from the failure store and from the truths."""
    client = recorder.client
    stream = "logs-model.prediction-production"
    send(client, "POST", "/_bulk", bulk((stream, event(50)), (stream, event(51, latency_ms={"no": "number"}))))
    (found,) = client.indices.get_data_stream(name=stream)["data_streams"]
    DataStream(client).rollover(stream)
    client.indices.put_settings(index=found["indices"][-1]["index_name"], settings={"index.blocks.write": True})
    truths = "model-logs-outcomes-production-2026.01"
    client.index(index=truths, document={"@timestamp": "2026-01-15T10:30:00Z", "request_id": "r-50"}, refresh=True)
    client.indices.put_settings(index=truths, settings={"index.blocks.write": True})
    client.indices.delete(index="model-logs-state", ignore_unavailable=True)
    ids = folder / "ids.txt"
    ids.write_text("r-50\nr-51\n")
    return recorder.command(model_logs, "erase", "--request-ids", str(ids), "--reason", "a test", "--yes")


def refused_on_purpose(role: str, each: Asked) -> bool:
    for pattern in REFUSED[role]:
        action, _, part = pattern.partition(" ")
        same = each.action.startswith(action[:-1]) if action.endswith("*") else each.action == action
        if same and (not part or part == each.index or (part == "failures" and each.failures)):
            return True
    return False


def granted(elastic: Callable[..., list[Any]], descriptor: dict[str, Any], of: list[Asked]) -> list[bool]:
    (answer,) = elastic({"role": descriptor, "checks": [each.check() for each in of]})
    return list(answer)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_grants_what_its_programs_ask_for(
    asked: dict[str, set[Asked]], elastic: Callable[..., list[Any]], name: str
) -> None:
    wanted = sorted(each for each in asked[name] if not refused_on_purpose(name, each))
    assert len(wanted) > 5
    answers = granted(elastic, ROLES[name].descriptor(), wanted)
    assert [each for each, may in zip(wanted, answers, strict=True) if not may] == []


@pytest.mark.parametrize("name", sorted(ROLES))
def test_what_a_role_refuses_on_purpose_is_asked_and_refused(
    asked: dict[str, set[Asked]], elastic: Callable[..., list[Any]], name: str
) -> None:
    wanted = sorted(each for each in asked[name] if refused_on_purpose(name, each))
    assert bool(wanted) == bool(REFUSED[name])
    assert not any(granted(elastic, ROLES[name].descriptor(), wanted))


def without_one(descriptor: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the role without each of its privileges, one at a time, with the privilege's name."""
    for privilege in descriptor["cluster"]:
        yield privilege, {**descriptor, "cluster": [each for each in descriptor["cluster"] if each != privilege]}
    for number, entry in enumerate(descriptor["indices"]):
        for privilege in entry["privileges"]:
            less = {**entry, "privileges": [each for each in entry["privileges"] if each != privilege]}
            indices = [less if other == number else each for other, each in enumerate(descriptor["indices"])]
            kept = [each for each in indices if each["privileges"]]
            yield f"{privilege} on {', '.join(entry['names'])}", {**descriptor, "indices": kept}


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_grants_nothing_that_no_program_asks_for(
    asked: dict[str, set[Asked]], elastic: Callable[..., list[Any]], name: str
) -> None:
    wanted = sorted(each for each in asked[name] if not refused_on_purpose(name, each))
    needless = [
        privilege
        for privilege, less in without_one(ROLES[name].descriptor())
        if (name, privilege) not in UNASKED and all(granted(elastic, less, wanted))
    ]
    assert needless == []


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_is_explained_and_reaches_nothing_of_others(name: str) -> None:
    role = ROLES[name]
    assert role.meaning
    assert not {"all", "manage", "manage_security"} & set(role.cluster)
    for entry in role.indices:
        assert "all" not in entry["privileges"] or name == "eraser"
        ours = ("logs-model.", "metrics-model.", "model-logs-", r"/logs-model\.(.*&", "/model-logs-(.*&")
        assert all(each.startswith(ours) for each in entry["names"])


READ = "indices:data/read/search"
PERSONAL = [
    *("logs-model.prediction-production_personal", "logs-model.unparsed-personal", "logs-model.lifecycle-a_personal"),
    *("model-logs-outcomes-production_personal-2026.11", "model-logs-outcomes-production_personal"),
]
ORDINARY = [
    *("logs-model.prediction-production", "logs-model.unparsed-personal_x", "logs-model.lifecycle-impersonal"),
    *("model-logs-outcomes-production-2026.11", "model-logs-baselines", "model-logs-outcomes-impersonal-2026.11"),
]


def test_a_reader_does_not_see_data_about_persons_and_a_role_of_its_own_does(
    elastic: Callable[..., list[Any]],
) -> None:
    assert set(contract.load_contract().data_classes) == {"personal"}, "write its name into mappings/roles.yml too"
    for names, may in ((PERSONAL, False), (ORDINARY, True)):
        checks = [Asked(READ, name) for name in names]
        assert granted(elastic, ROLES["reader"].descriptor(), checks) == [may] * len(checks)
        assert granted(elastic, ROLES["personal_reader"].descriptor(), checks) == [True] * len(checks)
        failures = [Asked(READ, name, failures=True) for name in names if name.startswith("logs")]
        assert granted(elastic, ROLES["reader"].descriptor(), failures) == [may] * len(failures)


def test_a_key_for_some_environments_or_streams_does_not_widen_the_role(elastic: Callable[..., list[Any]]) -> None:
    narrow = narrowed(ROLES["reader"], streams=["prediction"])
    checks = [Asked(READ, name) for name in (PERSONAL[0], ORDINARY[0], ORDINARY[2])]
    assert granted(elastic, narrow.descriptor(), checks) == [False, True, False]
    with pytest.raises(ConfigurationError, match="personal_reader"):
        narrowed(ROLES["reader"], environments=["Production-Personal"])
    own = narrowed(ROLES["personal_reader"], environments=["production_personal"])
    assert granted(elastic, own.descriptor(), checks) == [True, False, False]


def test_who_attests_writes_no_prediction_and_can_be_limited_to_an_environment(
    elastic: Callable[..., list[Any]],
) -> None:
    create = "indices:data/write/index:op_type/create"
    checks = [Asked(create, f"logs-model.{name}") for name in ("prediction-production", "lifecycle-staging")]
    assert granted(elastic, ROLES["attestor"].descriptor(), checks) == [False, True]
    limited = narrowed(ROLES["attestor"], environments=["production"], streams=["lifecycle"])
    assert [each["names"] for each in limited.indices] == [
        ["logs-model.lifecycle-production", "logs-model.lifecycle-unknown"]
    ]


@pytest.mark.parametrize("name", ["writer", "shipper", "attestor"])
def test_who_writes_may_not_change_or_read(elastic: Callable[..., list[Any]], name: str) -> None:
    forbidden = [
        "indices:data/read/search",
        "indices:data/read/get",
        "indices:data/write/index:op_type/index",
        "indices:data/write/update",
        "indices:data/write/delete",
        "indices:admin/delete",
        "indices:admin/data_stream/delete",
        "indices:admin/mapping/put",
        "indices:admin/settings/update",
    ]
    checks = [Asked(action, "logs-model.prediction-production") for action in forbidden]
    assert not any(granted(elastic, ROLES[name].descriptor(), checks))
