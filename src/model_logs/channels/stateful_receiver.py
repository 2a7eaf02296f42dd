"""A receiver that holds the state of every alert by itself: it groups, routes, repeats, silences, and ends alerts.

It is not told of changes. It is given everything that fires, again and again, each alert with the time until which
it counts without being given again. Prometheus Alertmanager is one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = ["LabelledAlert", "StatefulReceiver"]


@dataclass(frozen=True, slots=True)
class LabelledAlert:
    """One alert as such a receiver knows it.

    Attributes:
        labels: Its identity: the same labels are the same alert, so no measured value stands here.
        annotations: Words, values and links.
        starts_at: Since when it fires.
        ends_at: When it is over, in the past; or until when it counts without being given again.
        link: Its dashboard, when there is an address.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(repr=False)
    starts_at: datetime
    ends_at: datetime
    link: str = ""


class StatefulReceiver(ABC):
    """A receiver that holds the state of alerts."""

    name: str

    @abstractmethod
    def refresh(self, alerts: Sequence[LabelledAlert]) -> None:
        """Give alerts to every member, and return when one of them at least took them.

        Raises:
            NotDeliveredError: It may work later.
            UndeliverableError: The request is refused.
        """

    @abstractmethod
    def silence(self, labels: Mapping[str, str], *, until: datetime, by: str, reason: str) -> str:
        """Silence the alerts that bear these labels, and return the silence's id."""

    @abstractmethod
    def end_silence(self, id_: str) -> None:
        """End a silence; one that has ended is fine."""
