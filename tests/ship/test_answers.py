"""Answers to bulk requests that are none, causes that pass, requests that something between will not let through."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from contextlib import contextmanager

import orjson
import pytest

from model_logs.cluster import Connection
from model_logs.errors import ShipError
from model_logs.parse import Document
from model_logs.ship.sending.answers import Verdict, WrongAnswerError, verdicts
from model_logs.ship.sending.bulk import Batch, Settler
from model_logs.ship.sending.causes import passes, remedy
from model_logs.ship.sending.dead_letters import DeadLetters
from model_logs.ship.sending.patience import Patience
from model_logs.ship.sending.wire import FatalError, TemporaryError, TooLargeError, Wire

CREATED = {"create": {"status": 201}}
MAPPING = {"type": "document_parsing_exception", "reason": "failed"}


def items(*items):
    return orjson.dumps({"errors": True, "items": list(items)})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>welcome</html>",
        b"[]",
        b"null",
        b'"items"',
        b'{"items": null}',
        b'{"items": {"create": {"status": 201}}}',
        b'{"items": [' + b"[" * 100_000,
        items(),
        items(CREATED, CREATED),
        items(None),
        items("create"),
        items([CREATED]),
        items({}),
        items({"create": None}),
        items({"create": []}),
        items({"create": {}}),
        items({"index": {"status": 201}}),
        items({"create": {"status": 201}, "index": {"status": 201}}),
        items({"creat": {"status": 201}}),
        items({"create": {"status": "201"}}),
        items({"create": {"status": None}}),
        items({"create": {"status": True}}),
        items({"create": {"status": 201.5}}),
        items({"create": {"status": [201]}}),
        items({"create": {"status": 0}}),
        items({"create": {"status": -201}}),
        items({"create": {"status": 100}}),
        items({"create": {"status": 302}}),
        items({"create": {"status": 99999}}),
        items({"create": {"status": 201, "error": MAPPING}}),
        items({"create": {"status": 400}}),
        items({"create": {"status": 400, "error": "document_parsing_exception"}}),
        items({"create": {"status": 400, "error": [MAPPING]}}),
        items({"create": {"status": 400, "error": {"type": ["x"], "reason": "y"}}}),
        items({"create": {"status": 400, "error": {"reason": "y"}}}),
        items({"create": {"status": 429, "error": {}}}),
        items({"create": {"status": 201, "failure_store": ["used"]}}),
        items({"create": {"status": 201, "failure_store": "perhaps"}}),
    ],
)
def test_what_is_no_answer_to_bulk_is_found_out(raw):
    with pytest.raises(WrongAnswerError):
        verdicts(raw, 1)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"status": 201}, Verdict(201)),
        ({"status": 200, "failure_store": "not_enabled"}, Verdict(200)),
        ({"status": 201, "failure_store": "used"}, Verdict(201, diverted=True)),
        ({"status": 409}, Verdict(409)),
        ({"status": 400, "error": MAPPING}, Verdict(400, kind=MAPPING["type"], reason=f"{MAPPING['type']}: failed")),
        (
            {"status": 400, "error": MAPPING | {"caused_by": {"type": "x", "reason": 1}}},
            Verdict(400, kind=MAPPING["type"], reason=f"{MAPPING['type']}: failed (x: 1)"),
        ),
        (
            {"status": 400, "error": MAPPING | {"caused_by": "x"}},
            Verdict(400, kind=MAPPING["type"], reason=f"{MAPPING['type']}: failed"),
        ),
    ],
)
def test_an_answer_of_elasticsearch_is_believed(item, expected):
    assert verdicts(items({"create": item}), 1) == [expected]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("mapper_exception", "timed out while waiting for a dynamic mapping update"),
        ("process_cluster_event_timeout_exception", "failed to process cluster event (put-mapping) within 30s"),
        ("master_not_discovered_exception", "None"),
        ("not_master_exception", "no longer master"),
        ("unavailable_shards_exception", "primary shard is not active Timeout: [1m]"),
        ("node_closed_exception", "node closed"),
        ("already_closed_exception", "this IndexWriter is closed"),
        ("illegal_index_shard_state_exception", "CurrentState[RECOVERING] operation only allowed when started"),
        ("shard_not_in_primary_mode_exception", "shard is not in primary mode"),
        ("cluster_block_exception", "index [x] blocked by: [FORBIDDEN/8/index write (api)];"),
        ("circuit_breaking_exception", "Data too large"),
        ("i_o_exception", "No space left on device"),
        ("validation_exception", "this cluster currently has [1000]/[1000] maximum normal shards open;"),
        ("timeout_exception", "timed out"),
        ("illegal_argument_exception", "Number of documents in the index can't exceed [2147483519]"),
        ("corrupt_index_exception", "checksum failed (hardware problem?)"),
    ],
)
def test_a_cause_that_passes_by_itself_is_one_wherever_it_is_told(kind, reason):
    assert passes(kind, reason)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("document_parsing_exception", "[1:5] failed to parse field [a] of type [long]"),
        ("mapper_parsing_exception", "failed to parse"),
        ("mapper_exception", "the mapper [a] cannot be changed"),
        ("illegal_argument_exception", "Limit of total fields [1000] has been exceeded while adding new fields [1]"),
        ("strict_dynamic_mapping_exception", "dynamic introduction of [a] is not allowed"),
        ("version_conflict_engine_exception", "document already exists"),
        ("", ""),
    ],
)
def test_a_cause_that_lasts_is_none_that_passes(kind, reason):
    assert not passes(kind, reason)


def test_the_limit_of_fields_is_told_with_what_ends_it():
    assert "roll the stream over" in remedy(
        "illegal_argument_exception: Limit of total fields [1000] has been exceeded"
    )


class Cluster:
    """Stands in for the wire: answers what a test gives it, and remembers what was stored.

    It is no Elasticsearch; what the real one answers is tried in the other modules.
    """

    shown = "http://cluster"

    def __init__(self, *answers, largest=None, trouble=None, word=None, others=True):
        self.answers_left = list(answers)
        self.largest, self.trouble = largest, trouble
        self.word, self.others = word, others
        self.stored, self.questions, self.requests = [], [], []
        self.reasons = {}

    def bulk(self, body):
        sent = [orjson.loads(line)["create"]["_id"] for line in body.splitlines()[::2]]
        self.requests.append(len(body))
        if (self.largest is not None and len(body) > self.largest) or (self.word and self.word in body):
            raise self.trouble
        if self.answers_left:
            answer = self.answers_left.pop(0)
            return answer(sent) if callable(answer) else answer
        self.stored += sent
        return orjson.dumps({"errors": True, "items": [CREATED for _ in sent]})

    def known(self, streams, ids):
        self.questions.append(len(ids))
        if len(ids) > 300:
            raise TooLargeError
        return {id_ for id_ in ids if id_ in self.stored}

    def failures(self, streams, ids):
        return {id_: self.reasons[id_] for id_ in ids if id_ in self.reasons}

    def blocked(self, streams):
        return False

    def answers(self):
        return self.others


@pytest.fixture
def settle(tmp_path):
    said = []

    def run(cluster, count=8, size=20, doubtful=False):
        patience = Patience(None, said.append)
        patience.wait = lambda attempt, reason: said.append(reason)  # type: ignore[method-assign]
        settler = Settler(cluster, patience, DeadLetters(tmp_path / "dead"), said.append)
        settler.said = said  # type: ignore[attr-defined]
        batches = []
        for _ in range(2):
            entries = [
                (
                    f"{len(batches)}-{n}",
                    b'{"create":{"_id":"%d-%d"}}\n%b\n' % (len(batches), n, b'"' + b"x" * size + b'"'),
                )
                for n in range(count)
            ]
            batch = Batch([Document(id_, "s", entry) for id_, entry in entries], doubtful=doubtful)
            settler.settle(batch)
            batches.append(batch)
        return settler, batches

    return run


@pytest.mark.parametrize("raw", [b"{}", items({"create": None}), items({"create": {"status": 400, "error": []}})])
def test_a_wrong_answer_is_waited_out_and_every_event_stored_once(settle, raw):
    cluster = Cluster(raw, raw)
    settler, batches = settle(cluster)
    assert sorted(cluster.stored) == sorted({f"{b}-{n}" for b in range(2) for n in range(8)})
    assert sum(batch.created for batch in batches) == 16
    assert sum("no answer to _bulk" in said for said in settler.said) == 2


def test_what_the_failure_store_took_for_a_reason_that_passes_is_sent_again(settle):
    late = ("mapper_exception", "timed out while waiting for a dynamic mapping update")

    def divert(sent):
        cluster.reasons = dict.fromkeys(sent[:3], late) | {sent[3]: ("document_parsing_exception", "no number")}
        used = [{"create": {"status": 201, "failure_store": "used"}}] * 4
        return items(*used, *[CREATED] * (len(sent) - 4))

    cluster = Cluster(divert)
    settler, (first, _) = settle(cluster)
    assert cluster.stored[:3] == ["0-0", "0-1", "0-2"]
    assert (first.created, first.refused, first.retries) == (7, 1, 3)
    assert any("dynamic mapping update (copies are" in said for said in settler.said)


@pytest.mark.parametrize(
    "trouble",
    [
        TemporaryError("reset", ambiguous=True, broken=True),
        TemporaryError("400: <html>", ambiguous=False, broken=True),
        TooLargeError(),
    ],
    ids=["reset", "400 in HTML", "413"],
)
def test_what_something_between_does_not_let_through_is_sent_in_parts_and_the_next_batch_at_once(settle, trouble):
    cluster = Cluster(largest=400_000, trouble=trouble)
    _, batches = settle(cluster, count=10, size=100_000)
    assert len(cluster.stored) == len(set(cluster.stored)) == 20
    assert sum(batch.created for batch in batches) == 20
    assert sum(size > 400_000 for size in cluster.requests) <= 3 * 3, "the limit is remembered"


def test_a_single_event_that_never_gets_through_is_kept_and_holds_up_no_other(settle, tmp_path):
    cluster = Cluster(largest=400_000, trouble=TemporaryError("reset", ambiguous=True, broken=True))
    _, batches = settle(cluster, count=1, size=500_000)
    assert [batch.dead_letters for batch in batches] == [1, 1]
    letters = [orjson.loads(line) for line in (tmp_path / "dead").read_bytes().splitlines()]
    assert "something before the cluster" in letters[0]["reason"]


def foreign(status):
    """The error for an answer that is not Elasticsearch's."""
    wire = Wire(Connection("http://127.0.0.1:9"))
    wire._request = lambda *_: (status, b"<html>no</html>")  # type: ignore[method-assign]
    with pytest.raises((FatalError, TemporaryError)) as found:
        wire.bulk(b"{}\n")
    return found.value


@pytest.mark.parametrize(
    "trouble",
    [
        *(foreign(status) for status in (400, 403, 404, 405, 406, 417, 422, 500, 501, 502, 504)),
        TemporaryError("reset", ambiguous=True, broken=True),
    ],
    ids=str,
)
def test_one_event_that_something_between_dislikes_is_kept_and_the_others_are_stored(settle, tmp_path, trouble):
    """A firewall for web sites refuses requests for a word in them."""
    cluster = Cluster(word=b'"0-3"', trouble=trouble)
    _, batches = settle(cluster)
    assert sorted(cluster.stored) == sorted({f"{b}-{n}" for b in range(2) for n in range(8)} - {"0-3"})
    assert [batch.dead_letters for batch in batches] == [1, 0]
    (letter,) = (orjson.loads(line) for line in (tmp_path / "dead").read_bytes().splitlines())
    assert letter["id"] == "0-3"
    assert "does not let it through" in letter["reason"]


@pytest.mark.parametrize("status", [403, 404, 405])
def test_what_something_between_refuses_to_everybody_ends_the_run(settle, status):
    cluster = Cluster(word=b"create", trouble=foreign(status), others=False)
    with pytest.raises(FatalError, match=f"refuses the request, {status}"):
        settle(cluster)


def test_a_wrong_answer_to_a_single_small_event_is_waited_out_while_no_other_passes(settle):
    cluster = Cluster(*[b"<html>"] * 40)
    _, batches = settle(cluster, count=1)
    assert [batch.dead_letters for batch in batches] == [0, 0]
    assert cluster.stored == ["0-0", "1-0"]


def test_a_look_up_that_is_too_large_is_asked_in_parts(settle):
    cluster = Cluster()
    _, batches = settle(cluster, count=1000, doubtful=True)
    assert max(n for n in cluster.questions if n <= 300) == 250
    assert sum(batch.created for batch in batches) == 2000


@contextmanager
def dripping(preamble, every=0.05, piece=b" "):
    """A server that answers any request with a piece now and then, and never to the end."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve():
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(0.2)
                try:
                    connection.recv(65_536)
                    connection.sendall(preamble)
                    while not stop.wait(every):
                        connection.sendall(piece)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        stop.set()
        server.close()
        thread.join(5)


@pytest.mark.parametrize(
    "preamble",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP",
    ],
    ids=["body", "body without a length", "head", "first line"],
)
def test_an_answer_that_drips_ends_with_the_time_for_the_whole_request(preamble):
    with dripping(preamble) as url:
        wire = Wire(Connection(url, timeout=0.4))
        for ask in (wire.greet, lambda: wire.bulk(b"{}\n"), lambda: wire.known(["s"], ["a"])):
            begun = time.monotonic()
            with pytest.raises(TemporaryError, match=r"did not answer within 0\.4 s"):
                ask()
            assert time.monotonic() - begun < 10, "it would drip for minutes"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Connection: close\r\n\r\n", b" " * 1_000_000),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"f4240\r\n" + b" " * 1_000_000 + b"\r\n"),
        (b"Content-Length: 99999999999\r\n\r\n", b" " * 1_000_000),
        (b"Content-Encoding: gzip\r\nContent-Length: 999999\r\n\r\n", gzip.compress(b" " * 100_000_000)),
    ],
    ids=["no length", "chunks", "a length", "compressed"],
)
def test_an_answer_that_is_larger_than_any_ends_before_it_fills_the_memory(head, piece):
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head, every=0, piece=piece) as url:
        wire = Wire(Connection(url, timeout=60))
        for ask in (wire.greet, lambda: wire.bulk(b"{}\n"), lambda: wire.known(["s"], ["a"])):
            with pytest.raises(TemporaryError, match="more bytes than any answer"):
                ask()


def test_a_shipper_gives_up_on_a_dripping_cluster_after_its_time(offline):
    (offline.logs / "a.log").write_bytes(b"{}\n")
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n") as url:
        offline.url = url
        from model_logs.ship import Settings, Shipper

        settings = Settings((str(offline.logs / "*.log"),), offline.state, once=True, max_wait=0.5)
        shipper = Shipper(Connection(url, timeout=0.3), settings, say=offline.said.append, show_progress=False)
        with pytest.raises(ShipError, match="taken no events"):
            shipper.run()


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ("known", {"hits": {"hits": [{"_id": ["x"]}]}}),
        ("known", {"hits": {"hits": [{}]}}),
        ("known", {"hits": {"hits": "x"}}),
        ("known", {"hits": []}),
        ("known", {"hits": {"hits": [{"_id": "nobody asked"}]}}),
        ("failures", {"hits": {"hits": [{"_source": {}}]}}),
        ("failures", {"hits": {"hits": [{"_source": {"document": {"id": "a"}, "error": "x"}}]}}),
        ("blocked", {"data_streams": [{"indices": []}]}),
        ("blocked", {"data_streams": "x"}),
        ("templates_missing", {"index_templates": [{"index_template": None}]}),
        ("templates_missing", {"index_templates": [{"index_template": {"index_patterns": [1]}}]}),
        ("templates_missing", []),
    ],
)
def test_json_of_another_form_is_no_answer_at_all(monkeypatch, ask, answer):
    wire = Wire(Connection("http://127.0.0.1:9"))
    monkeypatch.setattr(wire, "_request", lambda *arguments: (200, orjson.dumps(answer)))
    arguments = {"known": (["s"], ["a"]), "failures": (["s"], ["a"]), "blocked": (["s"],), "templates_missing": ()}[
        ask
    ]
    with pytest.raises(TemporaryError):
        getattr(wire, ask)(*arguments)


def test_a_question_that_is_too_large_is_not_taken_for_the_end(monkeypatch):
    wire = Wire(Connection("http://127.0.0.1:9"))
    monkeypatch.setattr(wire, "_request", lambda *arguments: (413, b"<html>"))
    with pytest.raises(TooLargeError):
        wire.known(["s"], ["a"])
