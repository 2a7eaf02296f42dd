"""Settings and result of a verification. Three frozen records, no behaviour beyond their own form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Hop", "VerifyResult", "VerifySettings"]


@dataclass(frozen=True)
class VerifySettings:
    """Which path to watch.

    Attributes:
        file: The log file that is shipped, or the folder of such files.
        environment: Environment of the event, in its canonical form.
        wait: Seconds until it counts as not arrived.
        state: The state folder of `model-logs ship`; None where another shipper reads the file.
        state_guessed: It is the default folder and was not named; another shipper may read the file.
        filebeat_registry: Filebeat's registry folder.
        filebeat_url: Filebeat's HTTP endpoint.
        beats: `HOST:PORT` where Logstash listens for Filebeat.
        logstash_url: Logstash's monitoring API.
        ca_certs: The certificates to trust; None for the system's.
    """

    file: Path
    environment: str
    wait: float = 60.0
    state: Path | None = None
    filebeat_registry: Path | None = None
    filebeat_url: str | None = None
    beats: str | None = None
    logstash_url: str | None = None
    ca_certs: str | None = None
    state_guessed: bool = False


@dataclass(frozen=True)
class Hop:
    """One place on the way.

    Attributes:
        name: `file`, `shipper`, `logstash`, `index` or `search`.
        state: `seen` (with its time), `passed` (a later hop saw the event), `not seen`, or `not watched`.
        seconds: Since the line was written; None where it was not seen.
        detail: What was seen, or why not.
    """

    name: str
    state: str
    seconds: float | None
    detail: str


@dataclass(frozen=True)
class VerifyResult:
    """The result of a verification.

    Attributes:
        id: Its `event.id`, the document's `_id`.
        path: The file that it was written to.
        offset: Where its line begins.
        stream: The data stream that it belongs into.
        hops: The way, in its order.
        found: It can be searched in that stream.
        last_seen: Name of the last hop that saw it.
        problem: What is wrong; empty when it was found.
        remedy: What to do about that.
    """

    id: str
    path: str
    offset: int
    stream: str
    hops: tuple[Hop, ...]
    found: bool
    last_seen: str
    problem: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--output json`."""
        return asdict(self)
