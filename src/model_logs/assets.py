"""Where the asset folders are: the one place that knows.

In a checkout they stand at the top level; in an installed wheel they lie beside the code under `_assets`. Everything
that reads a pipeline, a mapping, a dashboard, a policy, a rule or an experiment asks here. Nothing is read at import.
"""

from __future__ import annotations

from pathlib import Path

from model_logs.errors import AssetError

__all__ = ["path", "root"]

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds `mappings/`, `alerts/` and the other asset folders, and the compose stack.

    Raises:
        AssetError: The folders are neither in the installed package nor in a checkout around it.
    """
    for candidate in (_PACKAGE / "_assets", _PACKAGE.parent.parent):
        if (candidate / "mappings" / "contract.yml").is_file():
            return candidate
    raise AssetError(
        f"The asset folders of model-logs are missing beside {_PACKAGE}.",
        next_step="Install the package again: pip install --force-reinstall model-logs",
    )


def path(relative: str) -> Path:
    """Return the path of one asset, such as `ilm/model-logs-policy.json`.

    Raises:
        AssetError: There is no such file or folder.
    """
    found = root() / relative
    if not found.exists():
        raise AssetError(
            f"The asset {relative} is missing in {root()}.",
            next_step="Restore the file from the repository, or install the package again.",
        )
    return found
