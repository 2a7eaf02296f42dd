"""Facts about a model that people state: who owns it, how much depends on it, when it runs, what data it sees.

The names are those of Backstage's catalog where it has one. This module reads and stores nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

from model_logs.catalog.schedules import minutes_between_runs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LONGEST", "NAMES", "TAG_KEYS", "ModelFacts", "facts_from"]

# A longer value in a tag is a text, and no name of a team or a class.
LONGEST = 300


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts about one model in one environment; None where nobody states one.

    Attributes:
        owner: The team or person, as routes of alerts name it.
        tier: How much depends on the model, 1 for the most.
        lifecycle: experimental, production, deprecated, or a word of one's own.
        schedule: When it predicts, where it does not always: nightly, 6h, 0 2 * * *.
        data_class: The class of the data that it sees, such as personal.
        card: The address of its model card.
    """

    owner: str | None = None
    tier: str | None = None
    lifecycle: str | None = None
    schedule: str | None = None
    data_class: str | None = None
    card: str | None = None

    @property
    def schedule_minutes(self) -> float | None:
        """Minutes from one run to the next; None where the schedule names none, or none that is understood."""
        try:
            return minutes_between_runs(self.schedule) if self.schedule else None
        except (ValueError, ModuleNotFoundError):
            # A tag may say anything. What models.yml says was understood when it was read.
            return None

    def over(self, others: ModelFacts) -> ModelFacts:
        """Return these facts, with those of others where these state nothing."""
        return replace(others, **self.stated())

    def stated(self) -> dict[str, str]:
        """Return the facts that somebody states, by their names."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def row(self) -> dict[str, str | float]:
        """Return the columns of `model-logs-models`."""
        minutes = self.schedule_minutes
        return {**self.stated(), **({} if minutes is None else {"schedule_minutes": minutes})}


NAMES = tuple(each.name for each in fields(ModelFacts))
# Key of a tag in a registry → the fact that it states.
TAG_KEYS = {**{name: name for name in NAMES}, "data-class": "data_class", "model_card": "card", "model-card": "card"}


def facts_from(values: Mapping[str, object]) -> ModelFacts:
    """Return the facts in a row or an entry; other names in it are left out."""
    return ModelFacts(**{name: str(values[name]) for name in NAMES if values.get(name) not in {None, ""}})
