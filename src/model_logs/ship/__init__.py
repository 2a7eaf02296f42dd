"""From log files to data streams, at least once, each event by its own id: what `model-logs ship` runs.

`Shipper` follows files (`follow`, `source`), turns lines into documents (`model_logs.parse`), sends them (`bulk` over
`wire`), and remembers how far the cluster has acknowledged them (`checkpoint`). It decides nothing about what a line
means, and it drops nothing without counting it.
"""

from __future__ import annotations

from model_logs.ship.runner import Shipper
from model_logs.ship.settings import Settings
from model_logs.ship.totals import Totals

__all__ = ["Settings", "Shipper", "Totals"]
