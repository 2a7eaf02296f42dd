"""Ways into the same file for teams that already use a logging library.

`model_logs.adapters.structlog` and `model_logs.adapters.stdlib` import their library; importing this package loads
neither. All of them write through `model_logs.logger`: the same writer, numbers, redaction and configuration.
"""

from __future__ import annotations
