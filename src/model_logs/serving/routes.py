"""Route patterns: which requests of a server are predictions, and which fields of the event their paths name.

A pattern is a path, optionally with a method before it: `/predict`, `POST /models/{model_name}/predict`, `/v2/*`.
It knows nothing of headers or of answers.
"""

from __future__ import annotations

import re

from model_logs.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = ["PATH_FIELDS", "Routes"]

# The names in braces that set a field of the event; any other name only matches.
PATH_FIELDS = frozenset({"model_name", "model_version", "stage", "variant"})
# The last part of a path by which load balancers and monitors ask whether a server is well.
_HEALTH = frozenset(
    {"alive", "health", "health_check", "healthcheck", "healthz", "heartbeat", "live", "liveness", "livez", "metrics",
     "ping", "readiness", "ready", "readyz", "startup", "startupz", "version"}
)  # fmt: skip
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# Without a method in the pattern these ask about a route and do not use it.
_ASKING = frozenset({"HEAD", "OPTIONS"})
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Paths are the callers': a cache of them has to have an end.
_MOST_KNOWN = 1024


class Routes:
    """The routes that predict.

    Args:
        patterns: Route patterns, or a mapping of patterns to the fields of their events. None: every POST but health
            checks.

    Raises:
        ConfigurationError: A pattern cannot be read.
    """

    __slots__ = ("_known", "_patterns")

    def __init__(self, patterns: Iterable[str] | Mapping[str, Mapping[str, Any]] | None) -> None:
        if isinstance(patterns, str):
            patterns = [patterns]
        self._patterns = None if patterns is None else [_Pattern(p, _fields_of(patterns, p)) for p in patterns]
        self._known: dict[tuple[str, str], dict[str, Any] | None] = {}

    def match(self, method: str, path: str) -> dict[str, Any] | None:
        """Return the fields that a request's route names, or None where it is no prediction.

        Args:
            method: GET, POST and so on.
            path: The path as the server decoded it.
        """
        key = (method, path)
        try:
            return self._known[key]
        except KeyError:
            found = self._matched(method, path)
            if len(self._known) < _MOST_KNOWN:
                self._known[key] = found
            return found

    def _matched(self, method: str, path: str) -> dict[str, Any] | None:
        path = path.rstrip("/") or "/"
        health = path.rpartition("/")[2].lower() in _HEALTH
        if self._patterns is None:
            return {} if method == "POST" and not health else None
        for pattern in self._patterns:
            if health and not pattern.literal:
                continue
            if (found := pattern.match(method, path)) is not None:
                return found
        return None


def _fields_of(patterns: Any, pattern: str) -> dict[str, Any]:
    """Return the fields that a mapping gives to a pattern; none where the patterns are a plain list."""
    return dict(patterns[pattern] or {}) if hasattr(patterns, "keys") else {}


class _Pattern:
    __slots__ = ("_expression", "_fields", "_method", "literal")

    def __init__(self, text: str, fields: dict[str, Any]) -> None:
        method, _, path = text.strip().rpartition(" ")
        self._method = method.strip().upper()
        if not path.startswith("/") or (self._method and self._method not in _METHODS):
            raise ConfigurationError(
                f"The route {text!r} cannot be read.",
                next_step="Write a path, with or without a method: '/predict', 'POST /models/{model_name}/predict'.",
            )
        self._fields = fields
        self.literal = "{" not in path and "*" not in path
        parts = _PARAMETER.split(path.rstrip("/") or "/")
        # Text and names of parameters take turns.
        written = (
            f"(?P<{part}>[^/]+)" if odd else ".*".join(re.escape(piece) for piece in part.split("*"))
            for part, odd in zip(parts, (index % 2 for index in range(len(parts))), strict=True)
        )
        try:
            self._expression = re.compile("".join(written))
        except re.error as error:
            raise ConfigurationError(
                f"The route {text!r} cannot be read: {error}.", next_step="Use each name in braces once."
            ) from error

    def match(self, method: str, path: str) -> dict[str, Any] | None:
        if self._method != method if self._method else method in _ASKING:
            return None
        found = self._expression.fullmatch(path)
        if found is None:
            return None
        return self._fields | {name: value for name, value in found.groupdict().items() if name in PATH_FIELDS}
