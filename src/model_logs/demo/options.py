"""The options of the demo, and what must be so before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_logs.demo.pages import PAGES
from model_logs.errors import ConfigurationError, ModelLogsError

if TYPE_CHECKING:
    from pathlib import Path

    from model_logs.cluster import Connection

__all__ = ["OURS", "TRACE", "DemoOptions", "check"]

_FEWEST_REQUESTS = 100
# The page of one prediction that failed.
TRACE = "trace.html"
# Everything that the demo writes; a folder that holds anything else is not the demo's to clear.
OURS = {"logs", "models", "mlflow", "node", "ship", "ship-attested", "gate-evidence"}
OURS |= {"nightly-job.log", "registry.json", "service.log", TRACE}
OURS |= {f"{page}.html" for page in PAGES}


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Options of the demo.

    Attributes:
        folder: Where it writes models, logs and the page; cleared first.
        connection: A cluster of the user's own; None for a development node.
        requests: How many predictions are asked for.
        keep: Leave the development node running.
        mlflow: A Python that has `model-logs[mlflow]`; None for a small registry of the demo's own.
    """

    folder: Path
    connection: Connection | None = None
    requests: int = 12_000
    keep: bool = False
    mlflow: str | None = None


def check(options: DemoOptions) -> None:
    """See that the demo can begin.

    Raises:
        ModelLogsError: A library is missing, the requests are too few, or the folder is somebody else's.
    """
    try:
        import fastapi  # noqa: F401
        import httpx  # noqa: F401
        import sklearn  # noqa: F401
        import uvicorn  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        raise ModelLogsError(
            f"The demo needs {error.name}, which is not installed.", next_step="pip install 'model-logs[demo]'"
        ) from error
    if options.requests < _FEWEST_REQUESTS:
        raise ConfigurationError(
            f"{options.requests} requests are too few to show anything.",
            next_step=f"Ask for {_FEWEST_REQUESTS} or more (--requests).",
        )
    if options.folder.exists():
        strange = sorted({entry.name for entry in options.folder.iterdir()} - OURS)
        if strange:
            raise ConfigurationError(
                f"{options.folder} holds {', '.join(strange[:3])}, which the demo did not write.",
                next_step="Name another folder (--output-dir).",
            )
