"""One event through the whole path: written, read, indexed, found; and where it was last seen when it is not.

Behind `elk-bootstrap verify`. It watches the path from outside (checkpoints, registries, monitoring APIs, the
cluster) and changes nothing in it but for the one line that it writes.
"""

from __future__ import annotations

from model_logs.verify.records import Hop, Result, Settings
from model_logs.verify.verification import verify

__all__ = ["Hop", "Result", "Settings", "verify"]
