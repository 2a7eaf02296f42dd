"""Stand-ins for two programs that cannot run here: Logstash's monitoring API and Filebeat's HTTP endpoint.

Each answers the one path that it has, with the names and nesting of the real one (Logstash 9.5, Filebeat 9.5), and
404 to anything else.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class StandIn:
    """A server whose counters a test moves.

    Attributes:
        url: Where it listens.
        answer: What it says at its path.
        authorization: What the last request showed of who asks.
    """

    path = ""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.authorization: str | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                stand_in.authorization = self.headers["authorization"]
                known = self.path == stand_in.path
                body = (
                    stand_in.answer
                    if known
                    else {"path": self.path, "status": 404, "error": {"message": "Not Found"}}
                )
                data = json.dumps(body).encode()
                self.send_response(200 if known else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Logstash(StandIn):
    """`GET /_node/stats/pipelines` of a Logstash with the pipelines of `pipelines/pipelines.yml`."""

    path = "/_node/stats/pipelines"

    def __init__(self) -> None:
        super().__init__()
        self.count(0, 0)

    def count(self, taken: int, sent: int, *, refused: int = 0, dead: int = 1, dropped: int = 0) -> None:
        self.answer = {
            "host": "logstash-1",
            "version": "9.5.2",
            "http_address": "127.0.0.1:9600",
            "id": "0b7c4d0e-0000-4000-8000-000000000001",
            "name": "logstash-1",
            "ephemeral_id": "0b7c4d0e-0000-4000-8000-000000000002",
            "snapshot": False,
            "status": "green",
            "pipeline": {"workers": 2, "batch_size": 250, "batch_delay": 50},
            "pipelines": {
                "model-logs": {
                    "events": {
                        "in": taken,
                        "filtered": sent,
                        "out": sent,
                        "duration_in_millis": 12,
                        "queue_push_duration_in_millis": 3,
                    },
                    "flow": {},
                    "plugins": {
                        "inputs": [{"id": "beats", "name": "beats", "events": {"out": taken}}],
                        "codecs": [],
                        "filters": [],
                        "outputs": [
                            {
                                "id": "streams",
                                "name": "elasticsearch",
                                "events": {"in": sent, "out": sent, "duration_in_millis": 5},
                                "documents": {"successes": sent - refused, "non_retryable_failures": refused},
                                "bulk_requests": {"successes": sent, "responses": {"200": sent}},
                            }
                        ],
                    },
                    "reloads": {"successes": 0, "failures": 0, "last_error": None},
                    "queue": {"type": "persisted", "events_count": taken - sent},
                    "pipeline": {"workers": 2, "batch_size": 250, "batch_delay": 50},
                    "dead_letter_queue": {
                        "max_queue_size_in_bytes": 1073741824,
                        "last_error": "no errors",
                        "queue_size_in_bytes": dead,
                        "dropped_events": dropped,
                        "expired_events": 0,
                        "storage_policy": "drop_newer",
                    },
                },
                "model-logs-disk": {"events": {"in": 999, "out": 999, "filtered": 999}, "plugins": {"inputs": []}},
            },
        }


class Filebeat(StandIn):
    """`GET /stats` of a Filebeat with `http.enabled: true`."""

    path = "/stats"

    def __init__(self) -> None:
        super().__init__()
        self.count(0, 0)

    def count(self, added: int, acked: int, *, dropped: int = 0) -> None:
        self.answer = {
            "beat": {"info": {"name": "filebeat", "version": "9.5.2", "uptime": {"ms": 60000}}},
            "filebeat": {
                "events": {"active": added - acked, "added": added, "done": acked},
                "harvester": {"open_files": 1, "running": 1, "started": 1, "closed": 0, "skipped": 0},
            },
            "libbeat": {
                "output": {
                    "type": "logstash",
                    "events": {
                        "acked": acked,
                        "active": 0,
                        "batches": 1,
                        "dropped": dropped,
                        "failed": 0,
                        "total": added,
                    },
                },
                "pipeline": {"clients": 1, "events": {"published": added, "total": added}},
            },
        }
