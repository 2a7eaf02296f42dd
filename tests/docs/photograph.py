"""Makes the pictures of README and docs: runs the demo, and photographs its pages with headless Chromium.

Run it by `make pictures`; it writes to docs/images. Needs Chromium, which the demo does not. With a folder behind it,
it takes the pages that an earlier demo wrote there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.support.browser import Browser

from model_logs.demo.options import TRACE
from model_logs.demo.pages import PAGES

PICTURES = Path(__file__).parents[2] / "docs" / "images"
# The window of a laptop; a picture is as high as its page.
WIDTH, HEIGHT = 1280, 800
# The README's picture ends below the comparison of versions.
README_HEIGHT = 1310


def main() -> None:
    """Photograph each page in both schemes, and the upper part of the first for the README."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        output = Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "demo"
        if len(sys.argv) == 1:
            command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "demo"]
            subprocess.run([*command, "--output-dir", str(output)], check=True)
        browser = Browser(folder / "profile")
        stack.callback(browser.close)
        for scheme in ("light", "dark"):
            for name in (*PAGES, TRACE.removesuffix(".html")):
                page = browser.page(WIDTH, HEIGHT, scheme)
                page.open(output / f"{name}.html")
                page.photograph(PICTURES / f"{name}-{scheme}.png")
                if name == "model-overview":
                    page.photograph(PICTURES / f"demo-{scheme}.png", height=README_HEIGHT)


if __name__ == "__main__":
    main()
