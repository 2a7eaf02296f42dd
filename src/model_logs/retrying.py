"""The one way of trying again: pauses that grow, and a call that is repeated while that may help.

The shipper's patience, messages to people, requests to Kibana and downloads take their pauses from here. Two things
are not here: what the client of Elasticsearch repeats by itself within one request, and polling, which waits for a
state (a port, a lock) and knows of no failure.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Pauses", "asked_pause", "retry"]

_Result = TypeVar("_Result")
# Beyond so many doublings every pause is the longest.
_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses between tries: each twice the one before, up to the longest, and up to half of it off at random.

    Without the random part, many processes that lost the same server would come back to it in step.

    Attributes:
        first: Seconds after the first try.
        longest: Seconds.
    """

    first: float
    longest: float

    def after(self, tries: int) -> float:
        """Return the seconds to wait after so many tries, from 1 on."""
        grown = self.first * (1 << min(tries - 1, _MOST_DOUBLINGS))
        return min(self.longest, grown) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret


def retry(
    work: Callable[[], _Result],
    *,
    attempts: int,
    pauses: Pauses,
    least: Callable[[Exception], float | None],
    wait: Callable[[float], object] = time.sleep,
) -> _Result:
    """Return the result of the first try that succeeds.

    Args:
        work: Called without arguments; must bear to be called again.
        attempts: How many tries there are at most.
        pauses: How long to wait between them.
        least: The least seconds to wait after this error (0 where the other side asked for none); None where another
            try would not help.
        wait: Called with the seconds of each pause.

    Raises:
        Exception: The error of the last try, unchanged.
    """
    tries = 1
    while True:
        try:
            return work()
        except Exception as error:
            asked = least(error) if tries < attempts else None
            if asked is None:
                raise
            wait(max(asked, pauses.after(tries)))
        tries += 1


def asked_pause(headers: Mapping[str, str], *, longest: float) -> float | None:
    """Return the seconds of a `Retry-After` header, at most the longest; None where there is none, or a date."""
    said = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    # More digits than these are a long time too.
    return min(float(said[:9]), longest) if said.isascii() and said.isdecimal() else None
