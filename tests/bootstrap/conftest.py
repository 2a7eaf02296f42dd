"""What the tests of elk-bootstrap need: the command, assets that can be changed, and a proxy that takes notes."""

from __future__ import annotations

import http.client
import json
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result
from tests.support.serving import Quiet, serving

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


@pytest.fixture(autouse=True)
def without_memory(request: pytest.FixtureRequest) -> None:
    """Forget what tests of alerts and of Kibana left on this node: `remove` keeps it as somebody's data."""
    if "applied" in request.fixturenames:
        from model_logs.install.kibana.rule_bodies import ALERTS_INDEX
        from model_logs.state.store import INDEX

        client = request.getfixturevalue("es")
        for name in (ALERTS_INDEX, INDEX):
            client.options(ignore_status=404).indices.delete(index=name)


@pytest.fixture
def proxy(es_url: str) -> Iterator[Proxy]:
    behind = urlsplit(es_url)

    class Handler(Quiet):
        def handle_any(self) -> None:
            body = self.content()
            noted.requests.append((self.command, self.path))
            if refused := noted.refuse(self.command, self.path):
                self.reply(refused[0], json.dumps(refused[1]).encode(), product="Elasticsearch")
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
            self.reply(response.status, text, kind, product="Elasticsearch")

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815  # http.server asks for these names

    with serving(Handler) as url:
        noted = Proxy(url)
        yield noted


@pytest.fixture
def fake_server() -> Iterator[Callable[..., str]]:
    """Start a server that only answers as it is told: for products and versions that cannot run here."""
    with ExitStack() as started:

        def start(answer: Callable[[str, str], tuple[int, Any]], *, product: str = "Elasticsearch") -> str:
            class Handler(Quiet):
                def do_GET(self) -> None:  # noqa: N802  # the name is of http.server
                    status, body = answer(self.command, self.path)
                    if isinstance(body, str):
                        self.reply(status, body.encode(), "text/html", product=product)
                    else:
                        self.reply(status, json.dumps(body).encode(), product=product)

            return started.enter_context(serving(Handler))

        yield start


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
    for folder in ("ilm", "mappings", "schemas"):
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
