"""Lines without an event, as `pipelines/other_lines.yml` or the user's file has them: predictions, or left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model_logs import assets
from model_logs.files.reading import read_yaml, wrong
from model_logs.printing import printable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OtherLines"]

_PLACE: Final = re.compile(r"\{(model|version)\}")
_INVALID, _ERROR = 400, 500
# Request Timeout, Gateway Timeout; nginx's code for a client that left.
_OWN_STATUS: Final = {408: "timeout", 504: "timeout", 499: "cancelled"}


@dataclass(frozen=True, slots=True)
class _Path:
    regex: re.Pattern[str]
    model: str
    version: str
    methods: frozenset[str]


class OtherLines:
    """Rules for lines without an event: predictions, or left out.

    Args:
        path: A file of the user's; None for the one that ships, which names nothing.

    Raises:
        AssetError: The file cannot be read, or says something that makes no sense.
    """

    def __init__(self, path: Path | None = None) -> None:
        file = path or assets.path("pipelines/other_lines.yml")
        raw = read_yaml(file, schema="other_lines")
        self._paths = [_path_of(each) for each in raw.get("predictions") or ()]
        self._ignored = [_pattern(file, *each) for each in enumerate(raw.get("ignore") or ())]

    def ignores(self, line: str) -> str:
        """Return the pattern that names a line without an event as not about models; empty where none does."""
        return next((pattern.pattern for pattern in self._ignored if pattern.search(line)), "")

    def of_access(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an access line's event with its type, its status and, where its path names one, its model.

        Args:
            event: The line's fields, flat; its status where the line says more about it than a code.
        """
        event.setdefault("status", _status(event.get("http.response.status_code")))
        event["event_type"] = "log"
        for path in self._paths:
            found = path.regex.fullmatch(str(event.get("url.path", "")))
            if found is None or event.get("http.request.method") not in path.methods:
                continue
            said = found.groupdict()
            event |= {"event_type": "predict", "model_name": said.get("model") or path.model}
            if version := said.get("version") or path.version:
                event["model_version"] = version
            if "request_id" not in event:
                event["tags"] = ["incomplete"]
            break
        return event


def _status(code: Any) -> str:
    if code is None:  # nobody waited for an answer
        return "cancelled"
    if type(code) is not int:
        return "error"
    if code in _OWN_STATUS:
        return _OWN_STATUS[code]
    return "error" if code >= _ERROR else "invalid" if code >= _INVALID else "success"


def _path_of(said: dict[str, Any]) -> _Path:
    pieces = _PLACE.split(said["path"])
    regex = "".join(f"(?P<{piece}>[^/]+)" if n % 2 else re.escape(piece) for n, piece in enumerate(pieces))
    methods = frozenset(said.get("methods") or ["POST"])
    return _Path(re.compile(regex), str(said.get("model", "")), str(said.get("version", "")), methods)


def _pattern(file: Path, number: int, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        what = f"ignore: {printable(text, most=60)} is no regular expression: {error}"
        raise wrong(file, ("ignore", number), what, schema="other_lines") from error
