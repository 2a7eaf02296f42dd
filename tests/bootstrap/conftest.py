"""What the tests of elk-bootstrap need: the command, assets that can be changed, and a proxy that takes notes."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from model_logs import assets
from model_logs.cli import elk_bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

READS = frozenset({"GET", "HEAD"})
Refusal = tuple[int, dict[str, Any]]


@dataclass
class Proxy:
    """A real cluster behind a proxy that notes every request and can refuse some, as a real server words it.

    Attributes:
        requests: (method, path) in the order of arrival.
        refuse: Asked for each request: a status and a body, or None to pass it on.
        change: Asked with path and body of each answer to a read: the body to answer with.
    """

    url: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    refuse: Callable[[str, str], Refusal | None] = lambda *_: None
    change: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda _, body: body

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The requests that are no reads; a search or a count is a read that is sent with POST."""
        reading = ("/_search", "/_count")
        return [(m, p) for m, p in self.requests if m not in READS and not p.split("?")[0].endswith(reading)]


@pytest.fixture(scope="session")
def environments() -> tuple[str, ...]:
    return ("production",)


@pytest.fixture
def proxy(es_url: str) -> Iterator[Proxy]:
    behind = urlsplit(es_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            noted.requests.append((self.command, self.path))
            if refused := noted.refuse(self.command, self.path):
                self.answer(refused[0], json.dumps(refused[1]).encode(), "application/json")
                return
            connection = http.client.HTTPConnection(behind.hostname or "", behind.port, timeout=60)
            try:
                connection.request(self.command, self.path, body or None, dict(self.headers))
                response = connection.getresponse()
                text = response.read()
            finally:
                connection.close()
            kind = response.headers.get("Content-Type", "application/json")
            if self.command == "GET" and response.status == 200:
                text = json.dumps(noted.change(self.path, json.loads(text))).encode()
            self.answer(response.status, text, kind)

        def answer(self, status: int, text: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815  # http.server asks for these names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
            pass

    with serving(Handler) as url:
        noted = Proxy(url)
        yield noted


class serving:  # noqa: N801  # reads as a word at the place of use
    """Serve a handler on a free port of this machine for the time of a block."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def fake_server() -> Iterator[Callable[..., str]]:
    """Start a server that only answers as it is told: for products and versions that cannot run here."""
    started: list[serving] = []

    def start(answer: Callable[[str, str], tuple[int, Any]], *, product: str = "Elasticsearch") -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = answer(self.command, self.path)
                page = isinstance(body, str)
                text = body.encode() if page else json.dumps(body).encode()
                self.send_response(status)
                if product:
                    self.send_header("X-Elastic-Product", product)
                self.send_header("Content-Type", "text/html" if page else "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
                pass

        started.append(serving(Handler))
        return started[-1].__enter__()

    yield start
    for server in started:
        server.__exit__()


@pytest.fixture
def run(es_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `elk-bootstrap` with these arguments, in an empty folder, against the test cluster and one environment."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("MODEL_LOGS_URL", es_url)
    monkeypatch.setenv("MODEL_LOGS_ENVIRONMENTS", "production")
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, **options: Any) -> Result:
        result = CliRunner().invoke(elk_bootstrap, arguments, **options)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def changed_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the assets that a test may change, and that everything reads."""
    copy = tmp_path / "assets"
    for folder in ("ilm", "mappings"):
        shutil.copytree(assets.root() / folder, copy / folder)
    monkeypatch.setattr(assets, "root", lambda: copy)
    return copy


@pytest.fixture
def edit() -> Callable[..., None]:
    """Change one value in a JSON file: `edit(file, value, "policy", "phases", …)`."""

    def change(file: Path, value: Any, *keys: str) -> None:
        document = json.loads(file.read_text(encoding="utf-8"))
        at = document
        for key in keys[:-1]:
            at = at[key]
        if value is None:
            del at[keys[-1]]
        else:
            at[keys[-1]] = value
        file.write_text(json.dumps(document), encoding="utf-8")

    return change
