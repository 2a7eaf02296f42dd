"""One mistake that lint found, and its place."""

from __future__ import annotations

from dataclasses import asdict, dataclass

__all__ = ["LintFinding"]


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One mistake in a file.

    Attributes:
        file: Its name, as in `model-health.yml`.
        where: The panel or the part of the file.
        rule: file, query, column, field, filter, id, order, reference, time, unit, title, value or grid.
        message: What is wrong and what to do.
    """

    file: str
    where: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.message} [{self.rule}]"

    def as_dict(self) -> dict[str, str]:
        """Return it for `--output json`."""
        return asdict(self)
