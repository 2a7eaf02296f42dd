"""What it takes to join outcomes: predictions of ten models, their truths 30 days later, and all of them corrected.

Measured are `outcomes.join` from a file of CSV (time, memory of this process, requests), a second time with the
corrections, and the panels' figures against pandas: each model's share of right predictions, counted once each.

Run it as: python -m benchmarks.outcomes_join [--predictions 1000000] [--url URL]
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd

from model_logs import assets, install, outcomes, query
from model_logs.cluster import Connection, connect
from model_logs.outcomes.truths import Truth
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

CHUNK = 10_000
MODELS = 10
# A moment that is over, so that truths 30 days later are not still to come.
BEGIN = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
SPAN = timedelta(days=5)
LATE = timedelta(days=30)


def table(count: int) -> pd.DataFrame:
    """Make what was predicted, what was told first, and what was told at last: one truth of ten is corrected."""
    chance = random.Random(7)  # noqa: S311 - the same rows in each run
    return pd.DataFrame(
        {
            "model": [f"model-{n % MODELS}" for n in range(count)],
            "predicted": [chance.choice("abc") for _ in range(count)],
            "first": [chance.choice("aabc") for _ in range(count)],
            "last": [chance.choice("aabc") for _ in range(count)],
        }
    )


def write_predictions(client: Elasticsearch, rows: pd.DataFrame) -> None:
    """Store the predictions, in the order of time."""
    lines: list[bytes] = []
    for number, row in enumerate(rows.itertuples()):
        at = iso(BEGIN + SPAN * number / len(rows))
        event = {
            "@timestamp": at,
            "event": {"id": f"w-{number}", "sequence": number + 1, "ingested": at},
            "event_type": "predict",
            "status": "success",
            "environment": "production",
            "model_name": row.model,
            "model_version": "3",
            "request_id": f"request-{number}",
            "latency_ms": 12.5,
            "prediction_label": row.predicted,
        }
        lines += [b'{"create":{"_id":"w-%d"}}' % number, orjson.dumps(event)]
        if len(lines) >= 2 * CHUNK:
            send(client, lines)
            lines = []
    if lines:
        send(client, lines)
    client.indices.refresh(index="logs-model.prediction-production")


def send(client: Elasticsearch, lines: list[bytes]) -> None:
    answer = client.perform_request(
        "POST",
        "/logs-model.prediction-production/_bulk?filter_path=errors",
        headers={"content-type": "application/x-ndjson", "accept": "application/json"},
        body=b"\n".join(lines) + b"\n",
    )
    assert not answer.body["errors"]


def write_truths(path: Path, rows: pd.DataFrame, column: str, known: timedelta) -> None:
    """Write the truths as a data warehouse exports them: in no order."""
    order = list(range(len(rows)))
    random.Random(3).shuffle(order)  # noqa: S311 - as above
    labels = rows[column].tolist()
    with path.open("w") as file:
        print("request_id,label,time", file=file)
        for number in order:
            print(f"request-{number},{labels[number]},{iso(BEGIN + SPAN * number / len(rows) + known)}", file=file)


def joined(client: Elasticsearch, path: Path) -> dict[str, Any]:
    """Join a file and return what it took."""
    requests = 0
    perform = client.transport.perform_request

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal requests
        requests += 1
        return perform(*args, **kwargs)

    def truths() -> Iterator[Truth]:
        for each in outcomes.read(path, now=datetime.now(UTC)):
            assert isinstance(each, Truth), each
            yield each

    client.transport.perform_request = counted  # type: ignore[method-assign]
    began = time.perf_counter()
    try:
        summary = outcomes.join(client, truths(), "production")
    finally:
        client.transport.perform_request = perform  # type: ignore[method-assign]
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {**summary.as_dict(), "seconds": seconds, "requests": requests, "memory_mib": memory}


def compared(client: Elasticsearch, rows: pd.DataFrame, column: str) -> float:
    """Hold the panel against pandas; return how many seconds the panel took."""
    client.indices.refresh(index="model-logs-outcomes-*")
    file = assets.path("dashboards/queries/outcomes-by-version.esql")
    began = time.perf_counter()
    answer = query.run(client, file, start=BEGIN, end=BEGIN + SPAN + timedelta(days=1), allow_top_n=True)
    seconds = time.perf_counter() - began
    found = {row["model"]: (row["predictions"], row["known"], row["accuracy_pct"]) for row in answer.records()}
    right = (rows["predicted"] == rows[column]).groupby(rows["model"])
    assert found.keys() == set(rows["model"])
    for model, share in right.mean().items():
        predictions, known, accuracy = found[str(model)]
        assert predictions == known == right.size()[model], (model, predictions, known)
        assert abs(accuracy - 100 * share) < 1e-9, (model, accuracy, share)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", type=int, default=1_000_000)
    parser.add_argument("--url", help="Of an empty Elasticsearch; without it a development node is started.")
    options = parser.parse_args()
    with ExitStack() as stack:
        if options.url is None:
            from model_logs.node import start_node

            home = stack.enter_context(tempfile.TemporaryDirectory())
            options.url = stack.enter_context(start_node(Path(home), heap="1g", stop_with_parent=True)).url
        client = stack.enter_context(connect(Connection(options.url, timeout=120)))
        install.install(client, ("production",))
        rows = table(options.predictions)
        write_predictions(client, rows)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for column, known in (("first", LATE), ("last", LATE + timedelta(days=1))):
            write_truths(folder / f"{column}.csv", rows, column, known)
            print(column, {**joined(client, folder / f"{column}.csv"), "panel_s": compared(client, rows, column)})
    print("equal to pandas, each prediction counted once")


if __name__ == "__main__":
    main()
