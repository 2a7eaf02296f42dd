"""A real headless Chromium, spoken to through a pipe, and reports to draw."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from model_logs import dashboards
from model_logs.query import Answer, Column
from model_logs.report import Report, answer
from model_logs.testing.events import index, life_cycle, predictions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START = datetime(2026, 3, 14, 6, tzinfo=UTC)
END = START + timedelta(hours=1)

# Without the background flags Chromium looks for the internet, which tests do not have.
_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
]


@dataclass
class Page:
    """A tab: what was evaluated in it, and everything that it complained about or asked the network for."""

    browser: Browser
    session: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> Any:
        return self.browser.call(method, params, self.session)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, awaited when it is a promise."""
        answered = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answered:
            raise AssertionError(answered["exceptionDetails"])
        return answered["result"].get("value")

    def open(self, file: Path) -> None:
        """Load a page and wait until its charts are drawn."""
        self.call("Page.navigate", url=file.as_uri())
        self.evaluate(
            "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))"
        )
        self.evaluate("window.modelLogsReady.then(() => true)")

    def heard(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message["params"]
        if method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"].get("text", "?"))
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.complaints.append(" ".join(str(one.get("value", one)) for one in params["args"]))
        elif method == "Log.entryAdded":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


class Browser:
    """Chromium's debugging protocol over two pipes, which needs no port and no library."""

    def __init__(self, executable: str, profile: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # Chromium reads its pipe 3 and writes its pipe 4, whatever the numbers are here.
        command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(
            ["bash", "-c", command, "chromium", executable, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=[theirs_in, theirs_out],
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number = 0
        self._buffer = b""
        self._pages: dict[str, Page] = {}

    def call(self, method: str, params: dict[str, Any], session: str | None = None) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params} | (
            {"sessionId": session} if session else {}
        )
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._read()
            if heard.get("id") == self._number:
                if "error" in heard:
                    raise AssertionError(f"{method}: {heard['error']}")
                return heard["result"]
            if page := self._pages.get(heard.get("sessionId", "")):
                page.heard(heard)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._in, 1 << 20)
            if not chunk:
                raise AssertionError("Chromium is gone")
            self._buffer += chunk
        message, self._buffer = self._buffer.split(b"\0", 1)
        found: dict[str, Any] = json.loads(message)
        return found

    def page(self, width: int = 1360, height: int = 900, scheme: str = "light") -> Page:
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        return page

    def close(self) -> None:
        self.call("Browser.close", {})
        self.process.wait(30)
        os.close(self._in)
        os.close(self._out)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not executable:
        pytest.skip("Chromium is not installed: tests/tools.sh")
    found = Browser(executable, tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


_ANSWERED: list[Report] = []


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """The overview over real events out of the node; asked once."""
    if not _ANSWERED:
        client = request.getfixturevalue("applied")
        index(client, predictions(5, 900, START, 3600) + life_cycle(6, 80, START, 3600))
        _ANSWERED.append(answer(client, dashboards.load("model-overview"), start=START, end=END))
    return _ANSWERED[0]


@pytest.fixture
def made_up() -> Callable[[list[str]], Report]:
    """Answers with names of one's choice, for what a real model should not be called."""

    def make(names: list[str]) -> Report:
        overview = dashboards.load("model-overview")
        answers = {}
        for panel in overview.panels:
            rows = [tuple(_value(column, name, place) for column in panel.needs) for place, name in enumerate(names)]
            columns = tuple(Column(name, "keyword") for name in panel.needs)
            answers[panel.id] = Answer(columns, rows, 10_000, START, END)
        return Report(overview, START, END, {"model_name": tuple(names)} if names else {}, answers)

    return make


def _value(column: str, name: str, place: int) -> Any:
    if column == "time":
        return START + timedelta(minutes=10)
    if column == "width_ms":
        return 60_000.0
    if column.endswith(("_ms", "_pct")) or column in {"per_minute", "predictions", "failures", "events"}:
        return place + 1
    return name
