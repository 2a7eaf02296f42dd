"""Renders `tests/skips.md`: each reason for which a test may be skipped, and its file, from the tests themselves."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from model_logs import assets

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["render_skips"]

_PAGE = """<!-- Generated from the tests by `make generate`: do not edit. -->
# Tests that may be skipped

A test that lacks what it needs is skipped, and says why; `make pytest ARGS="-rs …"` shows it. Where `make test` may
install programs (root and apt) and finds Go, a public clone skips only the tests against Elastic's own descriptions,
which may not be copied. The schemas in `tests/support/api/` are this project's own; everywhere the same requests are
held against them.

| the reason that is shown | tests |
|---|---|
"""


def render_skips() -> dict[str, str]:
    """Return the page, by its path below the checkout."""
    root = assets.root()
    rows = [
        f"| {reason.replace('|', chr(92) + '|')} | [{name}]({name.removeprefix('tests/')}) |\n"
        for name, reason in sorted(
            (file.relative_to(root).as_posix(), reason)
            for file in (root / "tests").rglob("*.py")
            for reason in set(_reasons(ast.parse(file.read_text(encoding="utf-8"))))
        )
    ]
    return {"tests/skips.md": _PAGE + "".join(rows)}


def _reasons(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = [keyword.value for keyword in node.keywords if keyword.arg in {"reason", "msg"}] + node.args[:1]
            if node.func.attr in {"skip", "skipif"} and _is_pytest(node.func.value):
                yield _text(given[0])


def _is_pytest(node: ast.expr) -> bool:
    return ast.unparse(node) in {"pytest", "pytest.mark"}


def _text(node: ast.expr) -> str:
    """The words of a literal; what is known only as a test runs is left out."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)).strip(" :;,")
    return ast.unparse(node)
