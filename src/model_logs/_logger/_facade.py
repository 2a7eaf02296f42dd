"""The logger that users import: one object, thin methods, everything else behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_logs._logger._config import environment_name
from model_logs._logger._emit import emit
from model_logs._logger._events import EventMethods
from model_logs._logger._prediction import make_prediction
from model_logs._logger._writer import Writer

if TYPE_CHECKING:
    import os

__all__ = ["Logger"]


class Logger(EventMethods):
    """Writes events of models, one JSON line each. Made once, as `model_logs.logger`."""

    def __init__(self, writer: Writer | None = None) -> None:
        self._writer = writer or Writer()
        # In the instance, in place of the method that the class has for it.
        self.__dict__["prediction"] = make_prediction(self._writer)

    def _emit(self, event_type: str, fields: dict[str, Any]) -> None:
        emit(self._writer, event_type, fields)

    def configure(
        self,
        *,
        path: str | os.PathLike[str] | None = None,
        service: str | None = None,
        service_version: str | None = None,
        environment: str | None = None,
        host: str | None = None,
        disabled: bool | None = None,
        redact: bool | None = None,
        trace: bool | None = None,
    ) -> None:
        """Say where events go and what stands in each; what is not given stays as it was.

        Args:
            path: The file to append to; "-" is standard output.
            service: Name of this service.
            service_version: Its version.
            environment: Such as development, staging or production.
            host: Name of this host; the system's by default.
            disabled: Write nothing.
            redact: Replace secrets in messages, error texts and labels.
            trace: Look for an active OpenTelemetry or Elastic APM span at each event.
        """
        changes: dict[str, Any] = {
            "path": None if path is None else str(path),
            "service": service,
            "service_version": service_version,
            "environment": None if environment is None else environment_name(environment),
            "host": host,
            "disabled": disabled,
            "redact": redact,
            "trace": trace,
        }
        given = {name: value for name, value in changes.items() if value is not None}
        if given.get("path") == "-":
            given["path"] = None
        self._writer.configure(given)

    def event(self, event_type: str, /, **fields: Any) -> None:
        """Write an event of a type of your own, such as `feature_store_refreshed`."""
        self._emit(event_type, fields)

    def close(self) -> None:
        """End this process's writer with a `writer_closed` event; done by itself at a normal exit."""
        self._writer.close()

    def stats(self) -> dict[str, Any]:
        """Return what this process wrote, and what it could not."""
        return self._writer.stats()
