"""A renderer that stands before `write` in structlog's chain: its text is the message, and nothing raises."""

from __future__ import annotations

import structlog

from model_logs.adapters.structlog import write
from model_logs.testing import capture


def test_text_that_a_renderer_made_is_the_message() -> None:
    for renderer in (structlog.processors.JSONRenderer(), structlog.processors.KeyValueRenderer()):
        with capture() as captured:
            structlog.wrap_logger(None, processors=[renderer, write]).info("loaded", rows=3)
        (event,) = captured.events
        assert "loaded" in event["message"]
