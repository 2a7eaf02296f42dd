"""Makes the pictures of the README: runs the demo, and photographs its page with headless Chromium, light and dark.

Run it by `make pictures`; it writes to docs/images. Needs Chromium, which the demo does not.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).parents[2] / "docs" / "images"
# The page of the demo down to the comparison of versions, at the width of a laptop's window.
WIDTH, HEIGHT = 1280, 1310
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--virtual-time-budget=5000",
]


def photograph(browser: str, page: Path, scheme: str, file: Path, *, height: int = HEIGHT) -> None:
    """Photograph the page in one colour scheme."""
    with tempfile.TemporaryDirectory() as profile:
        setting = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
        size = f"--window-size={WIDTH},{height}"
        command = [
            browser,
            *FLAGS,
            size,
            setting,
            f"--user-data-dir={profile}",
            f"--screenshot={file}",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def main() -> None:
    """Run the demo and take both pictures."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        sys.exit("Chromium is not installed: bash tests/tools.sh, or install it by hand.")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "demo"
        command = [sys.executable, "-c", "from model_logs.cli import model_logs; model_logs()", "demo"]
        subprocess.run([*command, "--output-dir", str(output)], check=True)
        for scheme in ("light", "dark"):
            photograph(browser, output / "model-overview.html", scheme, PICTURES / f"demo-{scheme}.png")


if __name__ == "__main__":
    main()
