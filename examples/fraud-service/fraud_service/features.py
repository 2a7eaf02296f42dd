"""The feature store: an SQLite file that the feature job writes, with the time, and the service reads."""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CardFeatures:
    """What is known of a card.

    Attributes:
        frequency: Payments within a day; None where the card is not known.
        recency: Hours since its last payment; None likewise.
        age_s: How long ago the features were computed; None where the store does not answer.
    """

    frequency: float | None = None
    recency: float | None = None
    age_s: float | None = None


def write(file: Path, cards: Iterable[tuple[str, float, float]], computed_at: float) -> int:
    """Replace all features by those given (card, frequency, recency), all or none; return how many there are."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # A new file each time: readers have the old one or the new one, and no lock to wait for.
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as store, store:
        store.execute("CREATE TABLE card (id TEXT PRIMARY KEY, frequency REAL, recency REAL)")
        store.execute("CREATE TABLE refresh (computed_at REAL NOT NULL)")
        store.executemany("INSERT INTO card VALUES (?, ?, ?)", cards)
        store.execute("INSERT INTO refresh VALUES (?)", (computed_at,))
        number = int(store.execute("SELECT count(*) FROM card").fetchone()[0])
    draft.replace(file)
    return number


def _number(value: object) -> float | None:
    """Return a stored value; None where it is no number, which SQLite lets stand in a column of numbers."""
    return value if isinstance(value, int | float) and math.isfinite(value) else None


class FeatureStore:
    """Reads features of cards; an answer that does not come in time is one without features.

    Args:
        file: Where the feature job writes them.
        timeout_s: How long a reading may take.
    """

    def __init__(self, file: Path, timeout_s: float) -> None:
        self._file = file
        self._timeout_s = timeout_s
        # Threads of its own: a disk that hangs keeps these, and no others.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="features")

    async def of(self, card: str) -> CardFeatures:
        """Return what is known of a card."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, card)
        except (TimeoutError, sqlite3.Error) as error:
            _log.warning("no features: %s: %s", type(error).__name__, error)
            return CardFeatures()

    def age_s(self) -> float | None:
        """Return how long ago the features were computed; None where nobody knows."""
        try:
            return self._read("").age_s
        except sqlite3.Error:
            return None

    def _read(self, card: str) -> CardFeatures:
        with closing(sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as store:
            found = store.execute(
                "SELECT computed_at, frequency, recency FROM refresh LEFT JOIN card ON id = ?", (card,)
            ).fetchone()
        if found is None:
            return CardFeatures()
        computed_at, frequency, recency = found
        return CardFeatures(_number(frequency), _number(recency), max(0.0, time.time() - computed_at))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
