"""Each dashboard in the real Kibana, in a real browser: drawn, without a word of error, and photographed."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

from tests.stack.compose import StackError
from tests.support.browser import Browser

from model_logs import dashboards
from model_logs.dashboards.kibana.names import dashboard_id

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.cluster import Connection

# What Kibana shows in place of a panel, or above a page, when something went wrong.
_ERRORS = """Array.from(document.querySelectorAll(
  '[data-test-subj="embeddableError"], [data-test-subj="embeddable-lens-failure"], ' +
  '.euiCallOut--danger, .euiToast--danger'
)).map(each => each.innerText.trim())"""
_DRAWN = """document.querySelectorAll('[data-render-complete="true"]').length"""


def looked_at(connection: Connection, folder: Path, *, seconds: float = 120) -> str:
    """Open each dashboard, wait until its panels are drawn, and photograph it.

    Args:
        connection: The way to Kibana; its certificate is of the stack's own authority.
        folder: For the pictures.
        seconds: For each dashboard.

    Raises:
        StackError: A panel is missing, or shows an error.
    """
    browser = Browser(folder / "browser")
    wrong = []
    try:
        page = browser.page(1600, 1200)
        page.call("Security.setIgnoreCertificateErrors", ignore=True)
        proof = base64.b64encode(f"{connection.username}:{connection.password}".encode()).decode()
        page.call("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {proof}"})
        for name in dashboards.names():
            page.call("Page.navigate", url=f"{connection.url}/app/dashboards#/view/{dashboard_id(name)}")
            # Guides are panels of text, which are counted too; at least the charts must be there.
            expected, end = len(dashboards.load_dashboard(name).panels), time.monotonic() + seconds
            while (drawn := page.evaluate(_DRAWN)) < expected and time.monotonic() < end:
                time.sleep(2)
            errors = page.evaluate(_ERRORS)
            page.photograph(folder / f"{name}.png")
            if drawn < expected or errors:
                wrong.append(f"{name}: {drawn} of {expected} panels drawn; {' | '.join(errors) or 'no error shown'}")
    finally:
        browser.close()
    if wrong:
        raise StackError("\n".join(wrong))
    return f"{len(dashboards.names())} dashboards, each panel drawn, no error shown"
