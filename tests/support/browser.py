"""A real headless Chromium, spoken to through two pipes: for tests of pages, and for pictures of them."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Browser", "Page", "find"]

# Without the background flags Chromium looks for the internet, which tests do not have.
_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
]

# What Vega's tooltip says once the page has drawn what the pointer did; nothing where none is shown.
_TOOLTIP = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  const tooltip = document.querySelector("#vg-tooltip-element.visible");
  const rows = Array.from(tooltip?.querySelectorAll("tr") ?? []);
  done(rows.map(row => Array.from(row.cells).map(cell => cell.textContent)));
})))"""


def find() -> str | None:
    """Return where Chromium is."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Page:
    """A tab: what was evaluated in it, and everything that it complained about or asked the network for."""

    browser: Browser
    session: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> Any:
        """Call a method of the debugging protocol in this tab."""
        return self.browser.call(method, params, self.session)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, awaited when it is a promise."""
        answered = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answered:
            raise AssertionError(answered["exceptionDetails"])
        return answered["result"].get("value")

    def open(self, file: Path) -> None:
        """Load a page and wait until its charts, where it has some, are drawn."""
        self.call("Page.navigate", url=file.as_uri())
        self.evaluate(
            "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))"
        )
        self.evaluate("window.modelLogsReady?.then(() => true)")

    def hover(self, x: float, y: float) -> list[list[str]]:
        """Move the pointer to a place of the window; return the rows of the tooltip there, name and value."""
        for at in (x - 1, x):
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=at, y=y)
        rows: list[list[str]] = self.evaluate(_TOOLTIP)
        return rows

    def photograph(self, file: Path, *, height: float = float("inf")) -> None:
        """Write the page as a PNG, however long it is, or its upper part."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(height, size["height"]), "scale": 1}
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(taken["data"]))

    def heard(self, message: dict[str, Any]) -> None:
        """Take a message that nobody asked for."""
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

    def __init__(self, profile: Path) -> None:
        executable = find()
        if not executable:
            raise FileNotFoundError("Chromium is not installed: bash tests/tools.sh, or install it by hand.")
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # Chromium reads its pipe 3 and writes its pipe 4, whatever the numbers are here.
        command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(  # the browser that was found
            ["/bin/bash", "-c", command, "chromium", executable, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=[theirs_in, theirs_out],
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number = 0
        self._buffer = b""
        self._pages: dict[str, Page] = {}

    def call(self, method: str, params: dict[str, Any], session: str | None = None) -> Any:
        """Call a method and return its result; what is heard meanwhile goes to its page."""
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

    def page(self, width: int = 1360, height: int = 900, scheme: str = "light", scale: float = 1) -> Page:
        """Open a tab."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        return page

    def close(self) -> None:
        """End Chromium."""
        self.call("Browser.close", {})
        self.process.wait(30)
        os.close(self._in)
        os.close(self._out)
