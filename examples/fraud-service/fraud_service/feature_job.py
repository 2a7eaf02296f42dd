"""The feature job: computes the features of every card from the file of payments, over and over.

    python -m fraud_service.feature_job            run until it is ended
    python -m fraud_service.feature_job once       run once
    python -m fraud_service.feature_job pause      let a running job stand still, so that features grow old
    python -m fraud_service.feature_job resume     let it go on

A round that fails (no file, other columns, no numbers) leaves the features as they were: they grow old, and each
prediction says how old they are.
"""

from __future__ import annotations

import csv
import math
import signal
import sys
import threading
import time

from fraud_service import features
from fraud_service.payments import DAY_H, MODEL, write_payments
from fraud_service.settings import Settings, configure_logger, read
from model_logs import logger

SERVICE = "fraud-feature-job"


def refresh(settings: Settings) -> bool:
    """Compute all features once, and log how that ended; False when it failed."""
    computed_at = time.time()
    try:
        cards = _compute(settings)
        number = features.write(settings.features_file, cards, computed_at)
    except Exception as error:  # noqa: BLE001  # whatever it is: the job tries again, and its event says why
        logger.event(
            "features_refreshed", model_name=MODEL, status="failed", message=f"{type(error).__name__}: {error}"
        )
        return False
    logger.event("features_refreshed", model_name=MODEL, labels={"cards": number})
    return True


def _compute(settings: Settings) -> list[tuple[str, float, float]]:
    """Return (card, payments within a day, hours since the last one) for every card of the file."""
    paid: dict[str, list[float]] = {}
    with settings.payments_file.open(newline="", encoding="utf-8") as stream:
        lines = csv.DictReader(stream)
        if lines.fieldnames != ["card", "hours_ago"]:
            raise ValueError(f"{settings.payments_file} has the columns {lines.fieldnames}, not card,hours_ago")
        for line in lines:
            hours = float(line["hours_ago"])
            if not 0 <= hours < math.inf:
                raise ValueError(f"{settings.payments_file}, line {lines.line_num}: {hours} hours ago")
            paid.setdefault(line["card"], []).append(hours)
    if not paid:
        raise ValueError(f"{settings.payments_file} has no payments")
    return [(card, sum(hours <= DAY_H for hours in ago), min(ago)) for card, ago in paid.items()]


def _run(settings: Settings) -> None:
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    while not stop.is_set():
        if not settings.paused_file.exists():
            refresh(settings)
        stop.wait(settings.features_every_s)
    logger.close()


def main(command: str) -> int:
    """Do what a command says; return the exit code."""
    settings = read()
    settings.data.mkdir(parents=True, exist_ok=True)
    if command == "pause":
        settings.paused_file.touch()
        return 0
    if command == "resume":
        settings.paused_file.unlink(missing_ok=True)
        return 0
    configure_logger(settings, SERVICE)
    if not settings.payments_file.exists():
        write_payments(settings.payments_file)
    if command == "once":
        return 0 if refresh(settings) else 1
    _run(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
