"""Text lines where the extra that reads them is missing: the run ends before one, and loses none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from model_logs.errors import ShipError
from model_logs.ship.sending.wire import NOTHING_LOST

if TYPE_CHECKING:
    from model_logs.parse import Document

__all__ = ["stop_for_text"]


def stop_for_text(document: Document, missing: str, path: str, offset: int) -> None:
    """End the run before a text line that only an extra can read: it must not be stored as not understood.

    Raises:
        ShipError: The line is one.
    """
    if missing in str(orjson.loads(document.body).get("reason")):
        raise ShipError(
            f"{path} holds text lines, here at byte {offset:,}, and none can be read: {missing}. {NOTHING_LOST}",
            next_step="Install it and start again; files that hold only JSON lines are shipped without it.",
        )
