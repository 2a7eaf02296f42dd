"""The fraud service: who answers when parts of it are taken away, and what its events say of that."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.examples.conftest import KNOWN, until

if TYPE_CHECKING:
    from tests.examples.conftest import House

NEW = {"card": "card-0007", "amount": 13.25}
_ODD_PAYMENTS = [
    b"",
    b"\xff\xff",
    b"card,hours_ago\n",
    b"card_id,hours_ago\nx,1\n",
    *(b"card,hours_ago\nx,1\ny," + hours for hours in (b"yesterday\n", b"inf\n", b"-1\n", b"nan\n", b"\n")),
]


def test_the_model_answers_and_one_event_says_what_it_said(house: House) -> None:
    answer = house.ask("plain")
    told = answer.json()
    assert answer.headers["X-Request-ID"] == "plain"
    assert (told["decision"], told["fallback_level"], told["model_version"]) == ("approve", 0, "1")
    event = house.event("plain")
    assert (event["status"], event["model_name"], event["model_version"]) == ("success", "fraud", "1")
    assert (event["fallback_level"], event["circuit_state"]) == (0, "closed")
    assert (event["prediction_label"], event["prediction_score"]) == ("legitimate", told["score"])
    assert 0 <= event["feature_freshness_s"] < 30
    assert "cache_hit" not in event, "the cache is asked where the model does not answer"
    assert (event["environment"], event["stage"], event["service"]["name"]) == (
        "staging",
        "production",
        "fraud-service",
    )


def test_a_card_that_is_not_known_is_scored_and_marked(house: House) -> None:
    assert house.ask("stranger", {"card": "card-9999", "amount": 10}).json()["fallback_level"] == 0
    assert house.event("stranger")["labels"] == {"features": "unknown card"}


def test_each_level_answers_when_all_above_it_are_taken_away(house: House) -> None:
    def level(request_id: str, payment: object = KNOWN) -> int:
        told = house.ask(request_id, payment).json()
        event = house.event(request_id)
        assert event["status"] == "success"
        assert event["fallback_level"] == told["fallback_level"]
        assert event.get("prediction_score") == told["score"]
        assert event["model_version"] == "1", "a fallback counts with the version whose place it takes"
        assert event["labels"]["fallback_reason"]
        return int(told["fallback_level"])

    house.kill("model-server")
    assert level("cached") == 1
    assert house.event("cached")["cache_hit"] is True
    assert level("simple", {"card": "card-0008", "amount": 8.75}) == 2
    assert house.event("simple")["cache_hit"] is False
    house.kill("redis")
    assert level("no-cache") == 2
    shutil.move(house.data / "models" / "fraud-simple", house.data / "hidden")
    house.stop("service")
    house.start("service")
    assert level("ruled") == 3
    assert level("ruled-large", {"card": "card-0001", "amount": 5000}) == 3
    assert house.event("ruled-large")["prediction_label"] == "fraud"
    house.rules.unlink()
    assert level("default") == 4
    assert "prediction_label" not in house.event("default"), "nobody could tell"
    assert house.ask("review").json()["decision"] == "review"

    shutil.copytree(house.data / "hidden", house.data / "models" / "fraud-simple")
    until(lambda: house.client.get(f"{house.url}/health").json()["simple_model_version"], "the copy is back")
    assert level("again-simple") == 2


def test_the_circuit_opens_once_for_an_outage_and_closes_when_the_model_answers(house: House) -> None:
    opened, closed = len(house.events("circuit_opened")), len(house.events("circuit_closed"))
    house.hang("model-server")
    for number in range(3):
        house.ask(f"fail-{number}")
    assert house.client.get(f"{house.url}/health").json()["circuit"] == "open"
    house.ask("while-open")
    states = [house.event(each)["circuit_state"] for each in ("fail-0", "fail-2", "while-open")]
    assert states == ["closed", "closed", "open"]
    assert house.event("while-open")["labels"]["fallback_reason"] == "the circuit is open"
    time.sleep(0.6)
    house.ask("trial")
    assert house.event("trial")["circuit_state"] == "half_open"
    assert house.event("trial")["fallback_level"] == 1
    (event,) = house.events("circuit_opened")[opened:]
    assert (event["model_name"], event["model_version"], event["reason"]) == ("fraud", "1", "TimeoutError")
    assert len(house.events("circuit_closed")) == closed

    house.mend()
    time.sleep(0.6)
    house.settled()
    (event,) = house.events("circuit_closed")[closed:]
    assert (event["circuit_state"], event["status"]) == ("closed", "success")
    assert len(house.events("circuit_opened")) == opened + 1, "a trial that fails opens no second circuit"


def test_a_model_server_that_hangs_costs_its_time_out_and_no_more(house: House) -> None:
    house.hang("model-server")
    assert house.ask("hung").json()["fallback_level"] == 1
    event = house.event("hung")
    assert event["labels"]["fallback_reason"].startswith(("TimeoutError", "ReadTimeout", "ConnectTimeout"))
    assert event["latency_ms"] >= 600
    house.ask("hung-2")
    house.ask("hung-3")
    house.ask("spared")
    assert house.event("spared")["latency_ms"] < 600, "nobody waits while the circuit is open"


def test_a_redis_that_hangs_is_a_cache_without_answers(house: House) -> None:
    house.hang("redis")
    assert house.ask("model-first").json()["fallback_level"] == 0
    house.hang("model-server")
    assert house.ask("no-redis").json()["fallback_level"] == 2
    assert house.event("no-redis")["cache_hit"] is False


def test_what_lies_in_the_cache_is_believed_only_if_it_is_a_score(house: House) -> None:
    from redis import Redis

    redis = Redis(port=house.ports["redis"])
    keys = redis.keys("fraud:*")
    assert keys
    house.hang("model-server")
    for number, odd in enumerate(["", "{}", "[2, 1]", '["x", "1"]', "[0.5]", "null", "\x00", "[NaN, 1]"]):
        for key in keys:
            redis.set(key, odd)
        assert house.ask(f"odd-cache-{number}").json()["fallback_level"] == 2, odd
    redis.flushdb()
    redis.close()


def test_features_grow_old_while_their_job_is_paused_or_fails(house: House) -> None:
    def age(request_id: str) -> float:
        house.ask(request_id)
        return float(house.event(request_id)["feature_freshness_s"])

    paused = house.data / "feature-job.paused"
    paused.touch()
    until(lambda: age(f"age-{time.monotonic_ns()}") > 1.5, "features grow old")
    figures = house.client.get(f"{house.url}/metrics").text
    assert float(figures.split("\nfraud_feature_age_seconds ")[1].split()[0]) > 1.5
    paused.unlink()
    until(lambda: age(f"age-{time.monotonic_ns()}") < 0.5, "the job goes on")

    payments = house.data / "payments.csv"
    good = payments.read_bytes()
    for odd in _ODD_PAYMENTS:
        failed = len(_refreshes(house, "failed"))
        payments.write_bytes(odd)
        until(partial(_more_failed, house, failed + 1), "a failed round is an event")
    assert house.ask("old-features").json()["fallback_level"] == 0
    assert "features" not in house.event("old-features").get("labels", {}), "the old features are still there"
    payments.write_bytes(good)
    until(lambda: age(f"age-{time.monotonic_ns()}") < 0.5, "the job goes on")


def _refreshes(house: House, status: str) -> list[dict[str, Any]]:
    return [event for event in house.events("features_refreshed") if event["status"] == status]


def _more_failed(house: House, number: int) -> bool:
    return len(_refreshes(house, "failed")) > number


def test_without_the_feature_store_the_model_answers_and_the_event_says_so(house: House) -> None:
    store = house.data / "features.db"
    house.stop("feature-job")
    kept = store.read_bytes()
    for odd in (None, b"", b"no database at all" * 100):
        store.unlink(missing_ok=True)
        if odd is not None:
            store.write_bytes(odd)
        name = f"no-store-{time.monotonic_ns()}"
        assert house.ask(name).json()["fallback_level"] == 0
        assert house.event(name)["labels"] == {"features": "unavailable"}
        assert "feature_freshness_s" not in house.event(name)
    store.write_bytes(kept)


def test_a_feature_that_is_no_number_is_not_known_and_fails_no_model(house: House) -> None:
    house.hang("feature-job")
    time.sleep(0.1)
    with contextlib.closing(sqlite3.connect(house.data / "features.db")) as store, store:
        store.execute("UPDATE card SET frequency = 'many', recency = 9e999 WHERE id = 'card-0003'")
    assert house.ask("corrupt", {"card": "card-0003", "amount": 5}).json()["fallback_level"] == 0
    assert house.event("corrupt")["labels"] == {"features": "unknown card"}


@pytest.mark.parametrize(
    ("payment", "status"),
    [
        ({"card": "x", "amount": 1e308}, 200),
        ({"card": "x", "amount": 5e-324}, 200),
        ({"card": "\x00'; DROP TABLE card; --\n", "amount": 1}, 200),
        ({"card": "ก" * 64, "amount": 1}, 200),
        ({"card": "", "amount": 1}, 422),
        ({"card": "x", "amount": 0}, 422),
        ({"card": "x"}, 422),
        ({"card": "x", "amount": None}, 422),
        ({}, 422),
    ],
)
def test_whatever_is_asked_the_answer_is_orderly_and_has_one_event(
    house: House, payment: dict[str, Any], status: int
) -> None:
    name = f"asked-{time.monotonic_ns()}"
    answer = house.ask(name, payment)
    assert answer.status_code == status
    assert house.event(name)["status"] == ("success" if status == 200 else "invalid")
    assert status == 422 or answer.json()["fallback_level"] == 0


def test_bodies_that_are_no_payment_are_refused(house: House) -> None:
    for number, body in enumerate((b"", b"{", b"\xff", b'{"card": "\\ud800", "amount": 1}', b"[" * 100_000, b"NaN")):
        headers = {"X-Request-ID": f"body-{number}", "Content-Type": "application/json", "Connection": "close"}
        answer = house.client.post(f"{house.url}/api/predict", content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (body[:20], answer.text)
        assert house.event(f"body-{number}")["status"] == "invalid"


def test_under_load_every_answer_has_one_event_with_its_level_whatever_dies(house: House) -> None:
    answered: dict[str, int] = {}

    def client(name: int) -> None:
        with httpx.Client(timeout=30, trust_env=False) as session:
            for number in range(60):
                request_id = f"load-{name}-{number}"
                payment = {"card": f"card-{number + 1:04d}", "amount": 10 + name}
                headers = {"X-Request-ID": request_id}
                reply = session.post(f"{house.url}/api/predict", json=payment, headers=headers)
                assert reply.status_code == 200
                answered[request_id] = reply.json()["fallback_level"]

    threads = [threading.Thread(target=client, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(answered) > 40, "the load is on")
    house.kill("model-server")
    until(lambda: len(answered) > 120, "the load goes on")
    house.kill("redis")
    for thread in threads:
        thread.join()
    logged = [event for event in house.events("predict") if event["request_id"].startswith("load-")]
    assert {event["request_id"]: event["fallback_level"] for event in logged} == answered
    assert len(logged) == len(answered) == 240
    assert {0, 2} <= set(answered.values())


def test_a_service_that_is_killed_loses_no_request_that_it_had_answered(house: House) -> None:
    answered: list[str] = []

    def client(name: int) -> None:
        with httpx.Client(timeout=30, trust_env=False) as session:
            for number in range(10_000):
                request_id = f"killed-{name}-{number}"
                try:
                    session.post(f"{house.url}/api/predict", json=NEW, headers={"X-Request-ID": request_id})
                except httpx.TransportError:
                    return
                answered.append(request_id)

    threads = [threading.Thread(target=client, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(answered) > 60, "the load is on")
    house.kill("service")
    for thread in threads:
        thread.join()
    logged = [event["request_id"] for event in house.events("predict") if event["request_id"].startswith("killed-")]
    assert len(set(logged)) == len(logged)
    assert set(answered) <= set(logged)
    assert len(logged) - len(answered) <= 4, "one request in flight for each client"


def test_neither_card_numbers_nor_amounts_are_written_anywhere(house: House) -> None:
    from redis import Redis

    card, amount, text = "4111111111111111", 98765.43, "98765.43"
    payments: list[Any] = [
        {"card": card, "amount": amount},
        {"card": card, "amount": "a lot"},
        {"card": card * 5, "amount": amount},
        {"card": card, "amount": -amount},
        {"card": {"number": card}, "amount": amount},
        [card, amount],
        {"card": card, "amount": amount, "note": card},
    ]
    answers = [house.ask(f"secret-{number}", payment) for number, payment in enumerate(payments)]
    assert [answer.status_code for answer in answers] == [200, 422, 422, 422, 422, 422, 200]
    assert not [answer.text for answer in answers if card in answer.text or text in answer.text]
    assert [house.event(f"secret-{n}")["status"] for n in (0, 1)] == ["success", "invalid"]
    house.hang("model-server")
    house.ask("secret-cached", payments[0])
    house.ask("secret-simple", {"card": card, "amount": amount + 1})
    redis = Redis(port=house.ports["redis"])
    cached = b"".join(key + redis.get(key) for key in redis.scan_iter())
    redis.close()
    assert cached
    written = {str(file): file.read_bytes() for file in house.data.rglob("*") if file.is_file()}
    for place, content in [*written.items(), ("Redis", cached)]:
        for secret in (card, text, "98766.43"):
            assert secret.encode() not in content, f"{secret} in {place}"


def test_the_truth_is_logged_when_it_comes(house: House) -> None:
    house.ask("judged")
    body = {"request_id": "judged", "label": "fraud"}
    assert house.client.post(f"{house.url}/api/outcomes", json=body).status_code == 202
    (event,) = [each for each in house.events("outcome") if each["request_id"] == "judged"]
    assert (event["actual_label"], event["model_name"]) == ("fraud", "fraud")
    assert house.client.post(f"{house.url}/api/outcomes", json=body | {"label": "perhaps"}).status_code == 422


def test_a_new_copy_is_taken_over_and_a_broken_one_is_not(house: House) -> None:
    folder = house.data / "models" / "fraud"
    shutil.copytree(folder / "1", folder / "2")
    (folder / "champion.json").write_text('{"version": "2"}')
    until(lambda: house.ask(f"new-{time.monotonic_ns()}").json()["model_version"] == "2", "version 2 answers")
    (folder / "3").mkdir()
    (folder / "3" / "model.skops").write_bytes(b"cut short")
    (folder / "champion.json").write_text('{"version": "3"}')
    time.sleep(0.3)
    assert house.ask("still").json()["model_version"] == "2"
    (folder / "champion.json").write_text('{"version": "1"}')
    until(lambda: house.ask(f"back-{time.monotonic_ns()}").json()["model_version"] == "1", "rolled back")
