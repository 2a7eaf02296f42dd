"""Every error that this project raises on purpose.

Each message says what happened, where, and the next step. The command line catches `ModelLogsError` and nothing
else, so that a bug still ends in a traceback. The logger raises none of these into serving code.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AssetError",
    "ClusterError",
    "ConfigurationError",
    "ContractError",
    "DriftError",
    "InconclusiveError",
    "MissingExtraError",
    "ModelLogsError",
    "NodeError",
    "PipelineError",
    "QueryError",
    "ShipError",
    "UnknownNameError",
    "VerifyError",
    "meant",
]


# More names in one message help nobody.
_MOST_LISTED = 25


class ModelLogsError(Exception):
    """Base of all errors of this project.

    Attributes:
        exit_code: What the command line exits with when this error reaches it.
        next_step: One sentence that says what to do now; printed on a line of its own.
    """

    exit_code = 1

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step

    @property
    def what(self) -> str:
        """What happened, without the next step."""
        return super().__str__()

    def __str__(self) -> str:
        return f"{self.what}\nNext step: {self.next_step}" if self.next_step else self.what


class ConfigurationError(ModelLogsError):
    """An option, an environment variable or a file holds a value that cannot be used."""

    exit_code = 2


class AssetError(ModelLogsError):
    """A file of the asset folders is missing or cannot be read."""


class UnknownNameError(AssetError):
    """A name is not on its list: of dashboards, of rules, of folders of assets."""

    exit_code = 2

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no {kind} {name!r}.", next_step=meant(name, known))


class ContractError(ModelLogsError):
    """An event, a name or an asset does not fit the event contract."""


class ClusterError(ModelLogsError):
    """The cluster cannot be reached, is no supported Elasticsearch, or refused a request."""


class DriftError(ModelLogsError):
    """Installed objects differ from the assets, or a gate failed."""

    exit_code = 3


class InconclusiveError(ModelLogsError):
    """There are too few events, or other data, for a verdict."""

    exit_code = 4


class MissingExtraError(ModelLogsError):
    """A library is missing that an extra of this package brings."""


class NodeError(ModelLogsError):
    """The development node cannot be installed, started or stopped."""


class PipelineError(ModelLogsError):
    """Logstash does not start, or does not accept the pipelines."""


class QueryError(ModelLogsError):
    """A query failed, was answered in part, or reached its LIMIT."""


class ShipError(ModelLogsError):
    """The shipper cannot start or go on."""


class VerifyError(ModelLogsError):
    """The event of `elk-bootstrap verify` cannot be written."""


def meant(name: str, known: Iterable[str]) -> str:
    """Return the sentence that suggests known names for a wrong one; every known name where none is near."""
    # Here, since the logger imports this module.
    import difflib

    from model_logs.printing import printable

    names = [printable(each, most=80) for each in known]
    if not names:
        return "There are none."
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6)
    more = f" and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
    listed = f"Known: {', '.join(names[:_MOST_LISTED])}{more}."
    if not near:
        return listed
    return f"Did you mean {' or '.join(near)}?" + (f" {listed}" if len(names) > len(near) else "")
