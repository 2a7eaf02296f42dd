"""Settings of one run of the shipper: paths, limits and patience. Not where the cluster is (`model_logs.cluster`)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from model_logs.environments import DEFAULT

__all__ = ["Settings", "default_state"]


def default_state() -> Path:
    """Return the folder for checkpoints where the user gives none: `~/.local/state/model-logs/ship`."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "model-logs" / "ship"


@dataclass(frozen=True)
class Settings:
    """One run of the shipper.

    Attributes:
        patterns: Paths or globs; `**` crosses folders. They should match the rotated names too.
        state: Folder for the lock, the checkpoints and the dead letters.
        once: Read what is there and end, rather than follow.
        from_start: Read every file from its start, whatever the checkpoint says.
        environments: Environments that have streams; others go to `unknown`.
        default_environment: Environment of a line that names none.
        other_lines: File that says which lines are not about models, and which access lines are predictions; None for
            `pipelines/other_lines.yml`, which names none.
        attested: The files are those of registries and gates: their decisions are marked as attested.
        batch_bytes: A bulk request is sent when it has this many bytes...
        batch_events: ...or this many events.
        senders: Bulk requests under way at the same time.
        poll: Longest pause between two looks at quiet files, in seconds.
        grace: How long a deleted or renamed file must be quiet before it is let go, in seconds.
        max_wait: How long a cluster that cannot take events is waited for, in seconds; None is for ever.
        stop_wait: How long requests under way may take after a signal to stop, in seconds.
        dead_letters: File for what the cluster refuses; None is `dead-letters.ndjson` in `state`.
    """

    patterns: tuple[str, ...]
    state: Path
    once: bool = False
    from_start: bool = False
    environments: tuple[str, ...] = DEFAULT
    default_environment: str = "development"
    other_lines: Path | None = None
    attested: bool = False
    batch_bytes: int = 4 << 20
    batch_events: int = 5_000
    senders: int = 2
    poll: float = 0.5
    grace: float = 30.0
    max_wait: float | None = None
    stop_wait: float = 10.0
    dead_letters: Path | None = None

    @property
    def dead_letter_path(self) -> Path:
        """Where refused events are written."""
        return self.dead_letters or self.state / "dead-letters.ndjson"
