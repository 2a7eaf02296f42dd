"""Write `version_0_1/` with the code of version 0.1: what it left in a cluster and on a disk, for the tests of today.

It runs against that version's source and starts its own node, from the root of this repository:

    git archive 9e3f98a | tar -x -C /tmp/version-0.1
    .venv/bin/pip install --target /tmp/version-0.1/slack slack_sdk
    PYTHONPATH=/tmp/version-0.1/src:/tmp/version-0.1/slack .venv/bin/python tests/upgrades/write_version_0_1.py
"""

# mypy: disable-error-code="attr-defined, import-untyped"
# It runs in version 0.1, whose modules stand elsewhere.

from __future__ import annotations

import gzip
import json
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from elasticsearch import Elasticsearch

HERE = Path(__file__).parent / "version_0_1"
ENVIRONMENTS = ("production",)
PREFIXES = ("logs-model.", "metrics-model.", "model-logs")
PREDICTIONS, FAILURES, UNSHIPPED = 60, 40, 7


class _Receiver(BaseHTTPRequestHandler):
    """Slack, as far as version 0.1 asks it: takes everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def _events(number: int, failures: int) -> None:
    from model_logs import logger

    for each in range(number):
        logger.prediction(
            model_name="churn",
            model_version="3",
            request_id=f"request-{each}",
            latency_ms=20.5,
            fallback_level=2,
            status="error" if each < failures else "success",
        )
    logger.close()


def _installed(es: Elasticsearch) -> dict[str, Any]:
    """Return everything of ours, in the form in which it can be written again."""
    dates = {"created_date", "created_date_millis", "modified_date", "modified_date_millis"}
    policies = {k: {"policy": v["policy"]} for k, v in es.ilm.get_lifecycle().items() if k.startswith("model-logs")}
    components = {
        each["name"]: {k: v for k, v in each["component_template"].items() if k not in dates}
        for each in es.cluster.get_component_template()["component_templates"]
        if each["name"].startswith(PREFIXES)
    }
    templates = {
        each["name"]: {k: v for k, v in each["index_template"].items() if k not in dates}
        for each in es.indices.get_index_template()["index_templates"]
        if each["name"].startswith(PREFIXES)
    }
    indices = {}
    for name, index in es.indices.get(index="model-logs*").items():
        if not name.startswith("model-logs"):
            continue  # a backing index, by an alias or a stream of that name
        settings = index["settings"]["index"]
        kept = {
            k: settings[k] for k in ("mode", "auto_expand_replicas", "number_of_replicas", "hidden") if k in settings
        }
        indices[name] = {"settings": {"index": kept}, "mappings": index["mappings"]}
    streams = [
        each["name"] for each in es.indices.get_data_stream(name="logs-model.*,metrics-model.*")["data_streams"]
    ]
    found = es.search(index=[*indices, *streams], size=2000, query={"match_all": {}}, expand_wildcards="all")
    stream_of = {}
    for each in es.indices.get_data_stream(name="logs-model.*,metrics-model.*")["data_streams"]:
        stream_of |= {index["index_name"]: each["name"] for index in each["indices"]}
    documents = [
        {"index": stream_of.get(hit["_index"], hit["_index"]), "id": hit["_id"], "source": hit["_source"]}
        for hit in found["hits"]["hits"]
    ]
    return {
        "policies": policies,
        "components": components,
        "templates": templates,
        "indices": indices,
        "streams": streams,
        "documents": documents,
    }


def main() -> None:  # noqa: PLR0915 - a story from its begin to its end
    """Run version 0.1 once through everything that it remembers, and keep that."""
    import model_logs

    if model_logs.__version__ != "0.1.0":
        sys.exit(f"This is written by version 0.1.0, and {model_logs.__file__} is {model_logs.__version__}.")
    from model_logs import baselines, bootstrap, logger
    from model_logs.alerts import rules, silences
    from model_logs.alerts.channels import Slack
    from model_logs.alerts.delivery import Delivery
    from model_logs.alerts.evaluator import Evaluator
    from model_logs.alerts.record import Recorder
    from model_logs.alerts.store import Store
    from model_logs.cluster import Connection
    from model_logs.node import start_node
    from model_logs.ship import Settings, Shipper

    receiver = HTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    with TemporaryDirectory() as folder, start_node(Path(folder) / "node", stop_with_parent=True) as node:
        es = Elasticsearch(node.url, request_timeout=120)
        backups = Path(folder) / "backups"
        bootstrap.install(es, ENVIRONMENTS)
        edited = es.ilm.get_lifecycle(name="model-logs-unparsed-policy")["model-logs-unparsed-policy"]["policy"]
        edited["phases"]["delete"]["min_age"] = "900d"
        es.ilm.put_lifecycle(name="model-logs-unparsed-policy", policy=edited)
        done = bootstrap.apply(es, bootstrap.plan(es, ENVIRONMENTS), force=True, backup_folder=backups)
        assert done.complete

        log = Path(folder) / "churn.log"
        logger.configure(path=str(log), service="churn-api", environment="production")
        _events(PREDICTIONS, FAILURES)
        settings = Settings(patterns=(str(log),), state=Path(folder) / "ship", once=True, environments=ENVIRONMENTS)
        assert Shipper(Connection(node.url), settings, say=print, show_progress=False).run().created >= PREDICTIONS
        _events(UNSHIPPED, 0)

        es.indices.refresh(index="logs-model.*")
        recorder, store = Recorder(es, "alerts"), Store(es)
        now = datetime.now(UTC)
        ahead = [timedelta(0)]
        slack = Slack(f"http://127.0.0.1:{receiver.server_port}/services/T000/B000/secret")
        evaluator = Evaluator(
            es, rules.load(), Delivery([slack]), recorder, clock=lambda: datetime.now(UTC) + ahead[0], say=print
        )
        evaluator.start()
        silences.add(store, until=now + timedelta(days=36_500), reason="planned work", by="ada", model="fraud")
        for _ in range(3):
            evaluator.run_once()
            while evaluator.sending:
                evaluator._outbox._delivery.wait(5)
                evaluator.send()
            ahead[0] += timedelta(minutes=1)
        evaluator.stop()
        figures = baselines.measure(
            es, "churn", "production", version="3", end=now, window=timedelta(hours=1), min_events=10
        )
        baselines.record(es, recorder, figures, by="ada", at=now)

        es.indices.refresh(index="logs-model.*,metrics-model.*,model-logs*", expand_wildcards="all")
        cluster = {"written": (now + ahead[0]).isoformat(), **_installed(es)}
        HERE.mkdir(exist_ok=True)
        with gzip.GzipFile(HERE / "cluster.json.gz", "wb", mtime=0) as file:
            file.write(json.dumps(cluster, indent=0, sort_keys=True).encode())
        (HERE / "churn.log").write_bytes(log.read_bytes())
        (checkpoint,) = (Path(folder) / "ship").glob("*.json")
        text = checkpoint.read_text(encoding="utf-8").replace(str(log), "/var/log/churn.log")
        (HERE / "checkpoint.json").write_text(text, encoding="utf-8")
        print(sorted(each.name for each in (Path(folder) / "ship").iterdir()))
        (backup,) = backups.rglob("*.json")
        (HERE / "backup.json").write_bytes(backup.read_bytes())
        kinds: dict[str, int] = {}
        for each in cluster["documents"]:
            kind = each["source"].get("kind") or each["source"].get("event_type") or each["index"]
            kinds[kind] = kinds.get(kind, 0) + 1
        print(kinds)


if __name__ == "__main__":
    main()
