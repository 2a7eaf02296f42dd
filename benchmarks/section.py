"""What a part of the bench hands on to the report: its figures, whether they mean anything, what was promised."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Goal", "Section"]


@dataclass(frozen=True)
class Goal:
    """A figure that the project has promised.

    Attributes:
        what: Its name.
        found: The figure of this run.
        limit: What it may be at most, or must be at least.
        wish: What would be better still.
        most: Whether the limit is the most.
    """

    what: str
    found: float
    limit: float
    wish: float | None = None
    most: bool = True

    @property
    def met(self) -> bool:
        """Whether the figure is within the limit."""
        return self.found <= self.limit if self.most else self.found >= self.limit


@dataclass
class Section:
    """What one part found.

    Attributes:
        figures: Plain data, for the report and for JSON.
        control: How something compared with itself came out; None where nothing is timed.
        quiet: Whether that is near enough to 1 for the figures to mean anything.
        goals: The promises that it looks at.
        conditions: Load of the machine, date and versions at the time.
    """

    figures: dict[str, Any]
    control: float | None
    quiet: bool
    goals: list[Goal]
    conditions: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self) | {"goals": [asdict(goal) | {"met": goal.met} for goal in self.goals]}
