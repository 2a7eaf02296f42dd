"""An older job of the demo that writes its log lines by hand, as jobs did before there was a logger to import.

It predicts in earnest, and gets one thing wrong: it writes latencies as text, `"3.1 ms"`. No field can hold that, so
its events end where *Pipeline health* shows them, with the reason. Run as a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.demo.models import CANCER, held_out, model_file

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["older_job"]

_PAUSE_S = 0.1


@contextmanager
def older_job(folder: Path, log: Path, predictions: int) -> Iterator[None]:
    """Let the older job run beside the service, and end it with that."""
    command = [sys.executable, "-m", "model_logs.demo.nightly", str(folder), str(log), str(predictions)]
    with (folder / "nightly-job.log").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def main(folder: Path, log: Path, predictions: int) -> None:
    """Predict one held-out row after the other, and append a line for each."""
    import joblib

    model = joblib.load(model_file(folder, CANCER, "1"))
    with log.open("a", encoding="utf-8") as stream:
        for number, row in enumerate(held_out(CANCER)[:predictions], 1):
            began = time.perf_counter()
            label = str(model.predict([row])[0])
            event = {
                "@timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "event": {"id": f"nightly-{time.time_ns():x}-{number}"},
                "event_type": "predict",
                "service": {"name": "nightly-job"},
                "model_name": CANCER,
                "model_version": "1",
                "request_id": f"nightly-{number}",
                "prediction_label": label,
                "latency_ms": f"{1000 * (time.perf_counter() - began):.1f} ms",
            }
            stream.write(json.dumps(event) + "\n")
            stream.flush()
            time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
