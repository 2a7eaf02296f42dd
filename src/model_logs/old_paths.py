"""Deprecated import paths: packages and functions of version 0.1 under the names that its documentation gave them.

`import model_logs.bootstrap` still works, warns, and gives the very package `model_logs.install`, and
`model_logs.install.plan` gives `make_plan`. Leaves with 0.3.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

__all__ = ["MOVED", "RENAMED", "renamed", "spec"]

MOVED = {
    "bootstrap": "install",
    "charts": "dashboards.charts",
    "keys": "install.keys",
    "kibana": "install.kibana",
    "lint": "dashboards.lint",
    "report": "dashboards.report",
}
"""Old path below `model_logs` → new path below it."""

RENAMED = {
    "audit": {"audit": "audit_writers"},
    "dashboards": {"load": "load_dashboard"},
    "dashboards.lint": {"check": "check_dashboards"},
    "install": {"apply": "apply_plan", "plan": "make_plan", "status": "take_inventory"},
    "install.kibana": {"connect": "connect_kibana"},
    "verify": {"verify": "verify_path"},
}
"""Package below `model_logs` → old name of a function → its new name."""


def renamed(package: str, name: str) -> Any:
    """Return what a package offers under an old name, with a deprecation warning: for `__getattr__` of the package.

    Raises:
        AttributeError: The package never had a function of that name.
    """
    new = RENAMED[package.removeprefix("model_logs.")].get(name)
    if new is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    warnings.warn(
        f"{package}.{name} is now {new}. The old name goes with version 0.3: use {new} instead.",
        DeprecationWarning,
        stacklevel=3,
    )
    return getattr(sys.modules[package], new)


def spec(name: str) -> ModuleSpec | None:
    """Return the specification of a module under its old path; None for a name that never was one."""
    new = MOVED.get(name.removeprefix("model_logs."))
    return ModuleSpec(name, _Moved(f"model_logs.{new}")) if new else None


class _Moved(Loader):
    """A loader that gives the module of the new path, itself and no copy, with a deprecation warning."""

    def __init__(self, new: str) -> None:
        self._new = new

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return None: Python makes an empty module, which `exec_module` replaces."""
        del spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of the new path in the place of the empty one."""
        warnings.warn(
            f"{module.__name__} is now {self._new}. The old path goes with version 0.3: import {self._new} instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        sys.modules[module.__name__] = importlib.import_module(self._new)
