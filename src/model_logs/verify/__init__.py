"""The verification of the whole path by one event: written, read, indexed, found; or the place where it stopped.

Behind `elk-bootstrap verify`. It watches the path from outside (checkpoints, registries, monitoring APIs, the
cluster) and changes nothing in it but for the one line that it writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.verify.records import Hop, VerifyResult, VerifySettings
from model_logs.verify.verification import verify_path

__all__ = ["Hop", "VerifyResult", "VerifySettings", "verify_path"]


if not TYPE_CHECKING:  # a type checker is to see the present names alone

    def __getattr__(name):  # noqa: ANN001, ANN202
        from model_logs.old_paths import renamed

        return renamed(__name__, name)
