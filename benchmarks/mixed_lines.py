"""Every kind of line through `model-logs ship`: none is lost, none is doubled, and a second run adds nothing.

The file holds JSON events of every type of the contract and of a user's own, text lines of every form, and what goes
wrong in earnest: garbage, torn lines, wrong types, secrets, bytes that are no UTF-8, over-long lines, CRLF. Each
kind is written with the stream where its lines belong, so that counts are compared stream by stream. Then the same
file is shipped with a fresh checkpoint, as after a lost state folder.

Run it as: python -m benchmarks.mixed_lines [--lines 200000] [--url URL]
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from model_logs import contract, install
from model_logs.cluster import Connection
from model_logs.environments import DEFAULT
from model_logs.ship import Settings, Shipper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.ship import Totals

STREAMS = "logs-model.*"
OWN_TYPES = ("features_refreshed", "My-Type")
SECRETS = (
    "password=hunter2",
    "Authorization: Basic dXNlcjpwYXNz",
    "postgres://u:hunter2@db/x",
    '"api_key": "hunter2"',
)
VALUES = {
    "keyword": "k",
    "text": "a text",
    "float": 0.5,
    "integer": 3,
    "long": 7,
    "byte": 2,
    "boolean": True,
    "date": "2026-01-15T10:30:00.000Z",
}
# One line in so many is over-long; each is over a megabyte.
OVERLONG_EVERY = 20_000


class Lines:
    """Makes lines with the stream of each, from a seed.

    Args:
        seed: The same seed gives the same lines.
    """

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - lines, no secrets
        self._contract = contract.load_contract()
        self._numbers = itertools.count(1)
        self._types = [name for name in self._contract.event_types if name != "unparsed"]

    def __iter__(self) -> Iterator[tuple[bytes, str]]:
        """Yield lines without their line break, and `<kind of stream>-<environment>`, without end."""
        makers = (
            self._event,
            self._event,
            self._event,
            self._text,
            self._text,
            self._own,
            self._wrong,
            self._garbage,
        )
        for number in itertools.count(1):
            if number % OVERLONG_EVERY == 0:
                yield self._overlong(number)
            else:
                yield makers[number % len(makers)]()

    def _head(self, event_type: str) -> dict[str, Any]:
        number = next(self._numbers)
        stamp = f"2026-01-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:00.{number % 1000:03d}Z"
        return {
            "@timestamp": stamp,
            "event": {"id": f"mixed-{number}", "sequence": number},
            "event_type": event_type,
            "environment": self._dice.choice(DEFAULT),
            "status": "success",
        }

    def _full(self, event_type: str) -> dict[str, Any]:
        """Return an event with every field that its type must have, and some that it may."""
        event = self._head(event_type)
        for field in self._contract.carried_by(event_type):
            wanted = event_type in field.required or self._dice.random() < 0.3
            known = (
                field.name in event
                or field.name in {"tags", "labels", "metrics", "features", "status"}
                or field.alias_of
            )
            if field.set_by != "caller" or known or not wanted:
                continue
            value = min(field.values) if field.values else VALUES[field.type]
            _place(event, field.name, 200 if field.name == "http.response.status_code" else value)
        event["labels"] = {"team": "risk", f"label_{self._dice.randrange(20)}": "x"}
        return event

    def _event(self) -> tuple[bytes, str]:
        """Return an event of the contract: as the logger writes it, with dotted names, or with a secret in a text."""
        event_type = self._dice.choice(self._types)
        event = self._full(event_type)
        environment = event["environment"]
        form = self._dice.randrange(4)
        if form == 1:
            event["labels.dotted.name"] = 12345678.5
            event["host.name"] = "web-1"
        elif form == 2:
            event["message"] = f"login with {self._dice.choice(SECRETS)}"
        elif form == 3 and self._dice.random() < 0.5:
            event["environment"], environment = "qa-7", "unknown"
        line = orjson.dumps(event) + (b"\r" if self._dice.random() < 0.2 else b"")
        return line, f"{self._contract.event_types[event_type].stream}-{environment}"

    def _own(self) -> tuple[bytes, str]:
        """Return an event of a user's own type, or of another writer's form."""
        event = self._full(self._dice.choice(OWN_TYPES))
        if self._dice.random() < 0.5:
            event["timestamp"] = event.pop("@timestamp")
            event["level"], event["user"], event["tags"] = "WARNING", "ana", ["x"]
            event["data_stream"] = {"namespace": "evil"}
        if self._dice.random() < 0.3:
            event["event"]["id"] = f"an id / {event['event']['id']} / " + "x" * 600
        return orjson.dumps(event), f"prediction-{event['environment']}"

    def _text(self) -> tuple[bytes, str]:
        """Return a text line in one of the forms of the source document."""
        number, dice = next(self._numbers), self._dice
        stamp = dice.choice(("2026-01-15T10:30:00Z", "2026-01-15 10:30:00,123", "2026-01-15T10:30:00.5+02:00"))
        if dice.random() < 0.5:
            latency = dice.choice(("12.5", "12.5ms", "0.5s", "1.2e3", "700us"))
            line = f"{stamp} PREDICT request_id=r-{number} model=fraud latency={latency} status=success"
            stream = "prediction"
        else:
            user = dice.choice(("alice", "Ana López", '"Smith, J."', "山田"))
            line = f"{stamp} INFO transitioned model=fraud version=v3.2.{number} stage=Production user={user}"
            line += dice.choice(("", " status=failed", " reason=" + SECRETS[0]))
            stream = "lifecycle"
        end = dice.choice(("", "\r", "  ", "\t"))
        start = "\ufeff" if dice.random() < 0.1 else ""
        return f"{start}{line}{end}".encode(), f"{stream}-development"

    def _wrong(self) -> tuple[bytes, str]:
        """Return an event with a value that the contract refuses."""
        event = self._full("predict")
        name, value = self._dice.choice(
            (
                ("latency_ms", "abc"),
                ("latency_ms", -1),
                ("latency_ms", [1]),
                ("status", "fine"),
                ("fallback_level", 9),
                ("cache_hit", "yes"),
                ("@timestamp", "tomorrow"),
                ("event_type", 5),
                ("labels", "none"),
                ("batch_size", 2**40),
            )
        )
        event[name] = value
        return orjson.dumps(event), f"unparsed-{event['environment']}"

    def _garbage(self) -> tuple[bytes, str]:
        """Return what is no event: other programs' lines, torn JSON, bytes that are no text."""
        number = next(self._numbers)
        whole = orjson.dumps(self._full("predict"))
        line = self._dice.choice(
            (
                b"Traceback (most recent call last):",
                f"GET /health 200 {number}".encode(),
                whole[: len(whole) // 2],
                b"\xff\xfe\x00garbage %d" % number,
                f"connect {self._dice.choice(SECRETS)} {number}".encode(),
                b"{}",
                b"[1,2,3]",
                b'{"@timestamp":NaN}',
                b'{"a":' * 50 + b"1" + b"}" * 50,
            )
        )
        return line, "unparsed-development"

    def _overlong(self, number: int) -> tuple[bytes, str]:
        """Return a line that nobody can take whole; every second one is beyond what the shipper reads."""
        event = self._full("predict")
        event["message"] = "x" * (5_000_000 if number % (2 * OVERLONG_EVERY) else 1_200_000)
        return orjson.dumps(event), "unparsed-development"


def _place(event: dict[str, Any], name: str, value: object) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        event = event.setdefault(parent, {})
    event[last] = value


def write(path: Path, count: int, seed: int) -> Counter[str]:
    """Write the file; return how many lines belong to each stream."""
    expected: Counter[str] = Counter()
    with path.open("wb") as file:
        for line, stream in itertools.islice(Lines(seed), count):
            file.write(line + b"\n")
            expected[f"logs-model.{stream}"] += 1
    return expected


def stored(client: Elasticsearch) -> Counter[str]:
    """Return how many documents each stream holds, and each failure store."""
    found: Counter[str] = Counter()
    names = [stream["name"] for stream in client.indices.get_data_stream(name=STREAMS)["data_streams"]]
    client.indices.refresh(index=f"{STREAMS},{STREAMS}::failures", ignore_unavailable=True)
    for name in names:
        for each in (name, f"{name}::failures"):
            if count := client.count(index=each, ignore_unavailable=True)["count"]:
                found[each] = count
    return found


def shipped(url: str, log: Path, state: Path) -> Totals:
    settings = Settings((str(log),), state, once=True)
    return Shipper(
        Connection(url), settings, say=lambda text: print(text, file=sys.stderr), show_progress=False
    ).run()


def leaked(client: Elasticsearch) -> int:
    """Return how many documents still hold the password that the lines hide in several ways, wherever it stands."""
    query = {"query_string": {"query": "*hunter2*", "fields": ["message", "reason", "error.message", "labels.*"]}}
    searched = int(client.count(index="logs-model.prediction-*,logs-model.lifecycle-*", query=query)["count"])
    # The original of what was not understood is kept and not indexed.
    unparsed = scan(client, index="logs-model.unparsed-*", query={"query": {"match_all": {}}}, size=1_000)
    return searched + sum("hunter2" in json.dumps(hit["_source"]) for hit in unparsed)


def measure(url: str, count: int, seed: int) -> dict[str, Any]:
    """Ship twice and return the figures; `holds` says whether everything is as it must be."""
    client = Elasticsearch(url, request_timeout=120)
    install.install(client)
    client.indices.delete_data_stream(name=STREAMS)
    install.install(client)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "mixed.log"
        expected = write(log, count, seed)
        size = log.stat().st_size
        started = time.monotonic()
        first = shipped(url, log, Path(folder) / "first")
        seconds = time.monotonic() - started
        after_first = stored(client)
        second = shipped(url, log, Path(folder) / "second")
        after_second = stored(client)
    refused = sum(number for name, number in after_first.items() if name.endswith("::failures"))
    unparsed = sum(number for name, number in after_first.items() if ".unparsed-" in name)
    documents = sum(after_first.values()) - refused - unparsed
    wrong = {
        name: [expected[name], after_first[name]]
        for name in sorted(expected.keys() | after_first.keys())
        if expected[name] != after_first[name]
    }
    result = {
        "lines": count,
        "bytes": size,
        "seconds": round(seconds, 1),
        "documents": documents,
        "unparsed": unparsed,
        "refused": refused,
        "dead_letters": first.dead_letters,
        "streams": dict(sorted(after_first.items())),
        "not_as_expected": wrong,
        "secrets_left": leaked(client),
        "once_more": {"created": second.created, "known": second.known, "refused": second.refused},
        "added_once_more": sum(after_second.values()) - sum(after_first.values()),
    }
    result["holds"] = (
        documents + unparsed + refused + first.dead_letters == count
        and not wrong
        and not result["secrets_left"]
        and after_first == after_second
    )
    return result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--url", help="A cluster whose logs-model.* streams may be deleted; else a node is started.")
    options.add_argument("--lines", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    told = options.parse_args()
    if told.url:
        result = measure(told.url, told.lines, told.seed)
    else:
        from model_logs.node import start_node

        with tempfile.TemporaryDirectory() as home, start_node(Path(home), heap="1g", stop_with_parent=True) as node:
            result = measure(node.url, told.lines, told.seed)
    print(json.dumps(result, indent=2))
    sys.exit(0 if result["holds"] else 1)


if __name__ == "__main__":
    main()
