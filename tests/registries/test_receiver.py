"""The receiver: each change once, proved, on the disk before it is answered, and nothing that is not a change."""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import json
import os
import time

import pytest
from tests.registries.conftest import SECRET, alias_set, signed


def told(events):
    return [(each["event_type"], each.get("model_version"), each.get("previous_version")) for each in events]


def test_a_delivery_is_one_event_with_its_id_its_time_and_what_stood_before(ear):
    receiver = ear()
    for version in (1, 2, 1):
        assert receiver.deliver(alias_set(version)).json() == {"events": 1}
    assert told(receiver.events) == [("alias_set", "1", None), ("alias_set", "2", "1"), ("alias_set", "1", "2")]
    event = receiver.events[0]
    assert event["@timestamp"] == "2026-11-30T08:16:00.000Z"
    assert event["event"]["id"] == f"mlflow.{event['delivery_id']}"
    assert (event["registry"], event["alias"], event["environment"]) == ("mlflow", "champion", "production")


def test_the_same_delivery_again_is_answered_and_written_once_across_a_restart_too(ear):
    receiver = ear()
    headers, raw = signed(alias_set(3))
    answers = [receiver.post("/mlflow", raw, headers).json() for _ in range(3)]
    again = ear()
    answers.append(again.post("/mlflow", raw, headers).json())
    assert answers == [{"events": 1}, {"events": 0}, {"events": 0}, {"events": 0}]
    assert len(receiver.events) == 1
    assert told([again.deliver(alias_set(4)) and again.events[-1]]) == [("alias_set", "4", "3")]


@pytest.mark.parametrize(
    "how",
    [
        {"secret": b"another-secret-0123456789"},
        {"at": time.time() - 3600},
        {"at": time.time() + 3600},
        {"at": float("-1e15")},
    ],
)
def test_a_forged_or_replayed_delivery_is_refused(ear, how):
    receiver = ear()
    assert receiver.deliver(alias_set(1), **how).status_code == 401
    assert receiver.events == []
    assert receiver.app.counts["mlflow", "unproved"] == 1
    assert SECRET.decode() not in " ".join(receiver.said)


@pytest.mark.parametrize("drop", ["X-MLflow-Signature", "X-MLflow-Timestamp", "X-MLflow-Delivery-Id"])
@pytest.mark.parametrize("put", [None, "", "nan", "v1,", "v1,AAAA", "v2,AAAA", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_header_that_is_missing_or_odd_is_refused_and_raises_nothing(ear, drop, put):
    receiver = ear()
    headers, raw = signed(alias_set(1))
    headers = {name: value.encode("latin-1") for name, value in headers.items() if name != drop}
    if put is not None:
        headers[drop] = put.encode("latin-1")
    assert receiver.post("/mlflow", raw, headers).status_code == 401
    assert receiver.events == []


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}'])
def test_what_is_no_json_is_malformed(ear, raw):
    assert ear().deliver(raw).status_code == 400


@pytest.mark.parametrize(
    "raw", [b"null", b"[]", b"7", b'"text"', b"{}", b'{"entity": 7, "action": {}}', b'[{"entity": "new"}]']
)
def test_a_delivery_that_nobody_knows_is_kept_as_unparsed(ear, raw):
    receiver = ear()
    assert receiver.deliver(raw).status_code == 200
    assert {each["event_type"] for each in receiver.events} <= {"unparsed"}


def test_long_texts_of_an_unknown_delivery_are_not_kept_and_secrets_are_hidden(ear):
    receiver = ear()
    body = {"entity": "new_kind", "data": {"template": "once upon a time " * 100, "password": "hunter2hunter2"}}
    assert receiver.deliver(body).status_code == 200
    [event] = receiver.events
    assert event["event_type"] == "unparsed"
    assert len(event["message"]) < 400
    assert "hunter2" not in str(event)


def test_a_delivery_that_is_too_large_is_refused_with_and_without_a_length(ear):
    receiver = ear()
    headers, raw = signed(alias_set(1, name="x" * (1 << 20)))
    assert receiver.post("/mlflow", raw, headers).status_code == 413

    async def parts():
        for begin in range(0, len(raw), 65_536):
            yield raw[begin : begin + 65_536]

    assert receiver.post("/mlflow", parts(), headers).status_code == 413
    assert receiver.events == []


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/nosuch", "POST", 404), ("/mlflow", "GET", 405), ("/mlflow/x", "POST", 404), ("/health", "GET", 200)],
)
def test_other_paths_and_methods(ear, path, method, status):
    assert ear().post(path, b"", method=method).status_code == status


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
def test_a_disk_that_refuses_is_answered_503_and_nothing_is_lost_or_missing_in_the_numbers(ear, error):
    receiver = ear()
    receiver.deliver(alias_set(1))
    sink, write = receiver.journal._sink, os.write

    def refuse(fd, data):
        raise OSError(error, os.strerror(error))

    sink.write_now = refuse
    headers, raw = signed(alias_set(2))
    answer = receiver.post("/mlflow", raw, headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    sink.write_now = write
    assert receiver.post("/mlflow", raw, headers).json() == {"events": 1}
    assert [each["event"]["sequence"] for each in receiver.events] == [1, 2]
    assert told(receiver.events) == [("alias_set", "1", None), ("alias_set", "2", "1")]


def test_a_tag_that_means_approval_is_followed_by_it(ear):
    receiver = ear()
    for value in ("approved", "Rejected", "perhaps"):
        receiver.deliver(
            {
                "entity": "model_version_tag",
                "action": "set",
                "timestamp": "2026-11-30T08:16:02+00:00",
                "data": {"name": "fraud", "version": "3", "key": "approval", "value": value},
            }
        )
    assert [each["event_type"] for each in receiver.events] == [
        "tag_set",
        "approved",
        "tag_set",
        "rejected",
        "tag_set",
    ]


def test_an_alias_may_mean_approval(ear):
    receiver = ear(approval="alias:champion|rejected")
    receiver.deliver(alias_set(3))
    receiver.deliver(alias_set(3, alias="challenger"))
    assert [each["event_type"] for each in receiver.events] == ["alias_set", "approved", "alias_set"]


def test_where_the_plugin_is_the_source_deliveries_are_counted_and_ignored(ear):
    receiver = ear(ignored={"mlflow"})
    assert receiver.deliver(alias_set(1)).status_code == 200
    assert receiver.events == []
    assert receiver.app.counts["mlflow", "other_source"] == 1


def test_bodies_without_an_id_are_the_same_delivery_for_a_quarter_of_an_hour(ear, monkeypatch):

    receiver = ear("wandb")
    version = b'"artifact_version_string": "e/p/fraud:v3"'
    raw = (
        b'{"event_type": "ADD_ARTIFACT_ALIAS", "artifact_collection_name": "fraud", "alias": "prod", '
        + version
        + b"}"
    )
    signature = base64.b64encode(hmac.new(SECRET, raw, hashlib.sha256).digest()).decode()
    now = time.time()
    for later, events in ((0, 1), (10, 0), (3_600, 1)):
        monkeypatch.setattr("time.time", lambda later=later: now + later)
        assert receiver.post("/wandb", raw, {"X-Wandb-Signature": signature}).json() == {"events": events}
    assert [each["model_version"] for each in receiver.events] == ["v3", "v3"]


def test_the_end_of_the_receiver_is_the_end_of_its_writer(ear):
    receiver = ear()
    receiver.deliver(alias_set(1))
    receiver.journal.close()
    assert [each["event_type"] for each in receiver.events] == ["alias_set", "writer_closed"]


def test_event_grid_asks_first_in_both_of_its_ways_and_each_record_has_its_own_id(ear):
    receiver = ear("azure-ml")
    key = {"X-Model-Logs-Key": SECRET.decode()}
    asked = receiver.post("/azure-ml", b"", {"WebHook-Request-Origin": "eventgrid.azure.net"}, method="OPTIONS")
    assert asked.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
    question = [{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "512d"}}]
    assert receiver.post("/azure-ml", json.dumps(question), key).json() == {"validationResponse": "512d"}
    assert receiver.post("/azure-ml", json.dumps(question)).status_code == 401

    def registered(number):
        kind = "Microsoft.MachineLearningServices.ModelRegistered"
        return {"id": str(number), "eventType": kind, "data": {"modelName": "m", "modelVersion": number}}

    for numbers in ((1, 2), (2, 3), (3,)):
        body = json.dumps([registered(number) for number in numbers])
        assert receiver.post("/azure-ml?key=" + SECRET.decode(), body).status_code == 200
    assert [each["model_version"] for each in receiver.events] == ["1", "2", "3"]


def test_a_message_of_a_queue_is_read_from_its_base64(ear):
    receiver = ear("vertex-ai")
    entry = {
        "insertId": "1x",
        "protoPayload": {
            "methodName": "google.cloud.aiplatform.v1.ModelService.DeleteModel",
            "resourceName": "projects/1/locations/l/models/42",
        },
    }
    body = {"message": {"data": base64.b64encode(json.dumps(entry).encode()).decode(), "messageId": "9"}}
    for _ in range(2):
        receiver.post("/vertex-ai", json.dumps(body), {"X-Model-Logs-Key": SECRET.decode()})
    assert [(each["event_type"], each["model_name"]) for each in receiver.events] == [("deleted", "42")]
