"""Options of both middlewares: the sources of the model's name, version, stage and variant, and the routes.

`Options.begin` makes the prediction of one request; how it ends is the middlewares' part.
"""

from __future__ import annotations

from model_logs._logger import logger as _default
from model_logs.errors import ConfigurationError
from model_logs.serving.identity import request_identity
from model_logs.serving.routes import Routes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from model_logs._logger.facade import Logger
    from model_logs._logger.timing import Prediction

    Source: TypeAlias = "str | Header | Callable[[Any], object] | None"

__all__ = ["Header", "Options"]

_FIELDS = ("model_name", "model_version", "stage", "variant")


class Header:
    """A request header that a field of the event is read from: `model_version=Header("X-Model-Version")`.

    Args:
        name: The header's name; case does not matter.
        default: What stands there when the header is absent.
    """

    __slots__ = ("default", "name")

    def __init__(self, name: str, default: str | None = None) -> None:
        self.name = name.lower().encode("latin-1")
        self.default = default


class Options:
    """The options of a middleware, ready for the first request.

    Args:
        model_name: The model: its name, a `Header`, or a function of the request (ASGI's scope, WSGI's environ).
        model_version: Its version, likewise.
        stage: Its stage, likewise.
        variant: Its arm of a rollout (control, canary, shadow), likewise.
        routes: The routes that predict; see `Routes`.
        body_id: Look for a request id in bodies: always, never, or (None) on paths of the V2 inference protocol.
        logger: The logger to write with; `model_logs.logger` by default.
        timeout_ms: After how many milliseconds what stands around the application gives up, where anything does.

    Raises:
        ConfigurationError: An option is of the wrong kind.
    """

    __slots__ = ("_body_id", "_constant", "_from_header", "_from_request", "_routes", "logger")

    def __init__(
        self,
        *,
        model_name: Source,
        model_version: Source,
        stage: Source,
        variant: Source,
        routes: Iterable[str] | Mapping[str, Mapping[str, Any]] | None,
        body_id: bool | None,
        logger: Logger | None,
        timeout_ms: float | None = None,
    ) -> None:
        self.logger = logger if logger is not None else _default
        self._routes = Routes(routes)
        self._body_id = body_id
        self._constant: dict[str, Any] = {} if timeout_ms is None else {"timeout_ms": _positive(timeout_ms)}
        self._from_header: list[tuple[str, Header]] = []
        self._from_request: list[tuple[str, Callable[[Any], object]]] = []
        for field, source in zip(_FIELDS, (model_name, model_version, stage, variant), strict=True):
            if isinstance(source, Header):
                self._from_header.append((field, source))
            elif callable(source):
                self._from_request.append((field, source))
            elif isinstance(source, str | int | float):
                self._constant[field] = source
            elif source is not None:
                raise ConfigurationError(
                    f"{field} cannot be a {type(source).__name__}.",
                    next_step=f"Give {field} as text, as Header('X-…') or as a function of the request.",
                )

    def match(self, method: str, path: str, mounted: str = "") -> dict[str, Any] | None:
        """Return the fields that a request's route names, or None where it is no prediction.

        Args:
            method: GET, POST and so on.
            path: The path as the server decoded it.
            mounted: Where the application stands in that path (ASGI's `root_path`): what a service calls its routes
                begins behind it, but may be written with it.
        """
        if mounted and path.startswith(mounted) and path[len(mounted) : len(mounted) + 1] in {"/", ""}:
            found = self._routes.match(method, path[len(mounted) :] or "/")
            if found is not None:
                return found
        return self._routes.match(method, path)

    def wants_body_id(self, path: str, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether the request's body has to be looked at for an id."""
        if self._body_id is False or not headers.keys().isdisjoint((b"x-request-id", b"ce-requestid", b"ce-id")):
            return False
        return self._body_id is True or path.startswith("/v2/")

    def begin(
        self, request: Any, route: dict[str, Any], headers: Mapping[bytes, bytes], body_id: bytes | None
    ) -> Prediction:
        """Return the prediction of one request, not yet begun.

        Args:
            request: ASGI's scope or WSGI's environ, for options that are functions.
            route: The fields that the route named.
            headers: The request's headers.
            body_id: The id in the request's body.
        """
        request_id, found = request_identity(headers, body_id)
        return self.logger.predict(
            **{**found, "request_id": request_id, **self.named(request, route, headers, found)}
        )

    def named(
        self,
        request: Any,
        route: dict[str, Any],
        headers: Mapping[bytes, bytes],
        found: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the fields that say which model a request asks.

        Args:
            request: As for `begin`, and so the next two.
            route: The fields that the route named.
            headers: The request's headers.
            found: Fields that are known already, whose labels are kept.
        """
        fields: dict[str, Any] = {**self._constant}
        for field, header in self._from_header:
            value = headers.get(header.name)
            fields[field] = value.decode("utf-8", "backslashreplace") if value else header.default
        for field, function in self._from_request:
            try:
                fields[field] = function(request)
            except Exception as error:  # noqa: BLE001 - a function of the user's; its fault must not cost the answer
                labels = fields.get("labels") or (found or {}).get("labels", {})
                fields["labels"] = {**labels, f"{field}_failed": f"{type(error).__name__}: {error}"}
        return {**fields, **route} if route else fields


def _positive(timeout_ms: Any) -> float:
    """Return a number of milliseconds, or refuse it."""
    if isinstance(timeout_ms, int | float) and not isinstance(timeout_ms, bool) and timeout_ms > 0:
        return float(timeout_ms)
    raise ConfigurationError(
        f"timeout_ms cannot be {timeout_ms!r}.", next_step="Give a number of milliseconds above 0, such as 500."
    )
