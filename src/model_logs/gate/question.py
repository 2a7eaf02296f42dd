"""The question to a gate: which model and version, against what, over which window, and how the window is cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from model_logs.errors import ConfigurationError
from model_logs.times import iso, short_span

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SETTLE", "Question", "Window", "window_before"]

# What is younger may be on its way.
SETTLE = timedelta(seconds=30)
_LEAST_BLOCKS, _MOST_BLOCKS = 30, 120
_LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time that is cut into blocks of one length.

    Attributes:
        start: Begin, included.
        end: End, excluded.
        block: The length of each block.
    """

    start: datetime
    end: datetime
    block: timedelta

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return (self.end - self.start) // self.block

    def __str__(self) -> str:
        return f"{iso(self.start, 'seconds')} to {iso(self.end, 'seconds')}"


@dataclass(frozen=True, slots=True)
class Question:
    """What a gate is asked.

    Attributes:
        model: The model.
        version: The version that is to be judged.
        environment: Where it runs.
        objective: The name of an objective file, or its path.
        window: The length of the window.
        end: The end of the window; None for the latest that has settled.
        variant: Only this variant of the version; empty for all that callers are answered by.
        against_version: The version that it is compared with, block by block; empty for none.
        against_variant: The variant that it is compared with.
        baseline: Whether its latency is held to the stored baseline.
        load: Declared predictions a second; None for what `models.yml` says.
        approval: Whether an attested approval of the version is asked for.
        folder: A folder like `chaos/`; None for that of the package.
        settle: How old an event must be to be judged.
        timeout: Seconds for one query.
    """

    model: str
    version: str
    environment: str
    objective: str = "slo"
    window: timedelta = timedelta(minutes=15)
    end: datetime | None = None
    variant: str = ""
    against_version: str = ""
    against_variant: str = ""
    baseline: bool = False
    load: float | None = None
    approval: bool = False
    folder: Path | None = None
    settle: timedelta = SETTLE
    timeout: float = 60.0

    @property
    def paired(self) -> bool:
        """Whether another version or variant is looked at beside it."""
        return bool(self.against_version or self.against_variant)

    @property
    def other_version(self) -> str:
        """The version that it is compared with; empty for none."""
        return self.against_version or (self.version if self.against_variant else "")

    @property
    def other(self) -> str:
        """The other version or variant, for people."""
        return " ".join(filter(None, (self.against_version, self.against_variant)))

    @property
    def subject(self) -> str:
        """What is judged, for people."""
        variant = f" ({self.variant})" if self.variant else ""
        return f"{self.model} {self.version}{variant} in {self.environment}"

    def check(self) -> None:
        """See that the question can be meant.

        Raises:
            ConfigurationError: It cannot.
        """
        if self.paired and self.baseline:
            raise ConfigurationError(
                "A gate compares with one thing: a version or variant, or the stored baseline.",
                next_step="Leave out --against, or --against-baseline.",
            )
        same_version = not self.against_version or self.against_version == self.version
        if self.paired and same_version and self.against_variant == self.variant:
            raise ConfigurationError(
                f"{self.subject} is compared with itself.",
                next_step="Name another version (--against 6), or a variant (--variant canary --against control).",
            )


def window_before(end: datetime, length: timedelta, now: datetime) -> Window:
    """Return the window of a length that ends at a moment, with its blocks.

    Args:
        end: Its end; parts of a second are cut off.
        length: Its length.
        now: The moment of the question.

    Raises:
        ConfigurationError: It cannot be cut into blocks, or has not ended.
    """
    seconds = int(length.total_seconds())
    if timedelta(seconds=seconds) != length or not seconds >= _LEAST_BLOCKS or length > _LONGEST:
        raise ConfigurationError(
            f"A window of {length.total_seconds():g} s has no {_LEAST_BLOCKS} blocks to judge by.",
            next_step=f"Write --window 15m; {_LEAST_BLOCKS}s at least, and {_LONGEST.days}d at most.",
        )
    parts = next((count for count in range(_LEAST_BLOCKS, _MOST_BLOCKS + 1) if seconds % count == 0), 0)
    if not parts:
        raise ConfigurationError(
            f"A window of {short_span(length)} cannot be cut into {_LEAST_BLOCKS} to {_MOST_BLOCKS} equal blocks of"
            " whole seconds.",
            next_step="Write a round one, such as --window 15m or --window 1h.",
        )
    end = end.astimezone(UTC).replace(microsecond=0)
    if end > now:
        raise ConfigurationError(
            f"The window ends in the future, at {iso(end, 'seconds')}.", next_step="Give an earlier --end, or none."
        )
    return Window(end - length, end, timedelta(seconds=seconds // parts))
