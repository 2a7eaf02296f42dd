"""Lines without an event, as `pipelines/other_lines.yml` or the user's file has them: predictions, or left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model_logs import assets
from model_logs.errors import AssetError
from model_logs.files.reading import read_yaml
from model_logs.printing import printable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OtherLines"]

_KEYS: Final = frozenset({"version", "predictions", "ignore"})
_PREDICTION_KEYS: Final = frozenset({"path", "model", "version", "methods"})
_PLACE: Final = re.compile(r"\{(model|version)\}")
_FORM: Final = "docs/text-lines.md shows the form of `predictions` and `ignore`."
_INVALID, _ERROR = 400, 500


@dataclass(frozen=True, slots=True)
class _Path:
    regex: re.Pattern[str]
    model: str
    version: str
    methods: frozenset[str]


class OtherLines:
    """What becomes of lines that no event is in.

    Args:
        path: A file of the user's; None for the one that ships, which names nothing.

    Raises:
        AssetError: The file cannot be read, or says something that makes no sense.
    """

    def __init__(self, path: Path | None = None) -> None:
        file = path or assets.path("pipelines/other_lines.yml")
        raw = _read(file)
        try:
            self._paths = [_path_of(each) for each in raw.get("predictions") or []]
            patterns = [re.compile(each, re.ASCII) for each in raw.get("ignore") or []]
        except (re.error, TypeError, ValueError, KeyError, AttributeError) as error:
            raise AssetError(f"{printable(file)}: {printable(str(error))}.", next_step=_FORM) from error
        self._ignored = patterns

    def ignores(self, line: str) -> bool:
        """Tell whether a line that no event is in is not about models."""
        return any(pattern.search(line) for pattern in self._ignored)

    def of_access(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an access line's event with its type, its status and, where its path names one, its model."""
        code = event["http.response.status_code"]
        event["status"] = "error" if code >= _ERROR else "invalid" if code >= _INVALID else "success"
        event["event_type"] = "log"
        for path in self._paths:
            found = path.regex.fullmatch(event["url.path"])
            if found is None or event["http.request.method"] not in path.methods:
                continue
            said = found.groupdict()
            event |= {"event_type": "predict", "model_name": said.get("model") or path.model}
            if version := said.get("version") or path.version:
                event["model_version"] = version
            # Nobody knows the request's id.
            event["tags"] = ["incomplete"]
            break
        return event


def _read(file: Path) -> dict[str, Any]:
    raw = read_yaml(file, next_step=_FORM)
    if not isinstance(raw, dict) or raw.keys() - _KEYS:
        raise AssetError(f"{printable(file)} holds something else than {', '.join(sorted(_KEYS))}.", next_step=_FORM)
    return raw


def _path_of(said: dict[str, Any]) -> _Path:
    if unknown := said.keys() - _PREDICTION_KEYS:
        raise ValueError(f"{sorted(unknown)} mean nothing in a prediction; known are {sorted(_PREDICTION_KEYS)}")
    path = said["path"]
    pieces = _PLACE.split(path)
    regex = "".join(f"(?P<{piece}>[^/]+)" if n % 2 else re.escape(piece) for n, piece in enumerate(pieces))
    if "model" not in said and "{model}" not in path:
        raise ValueError(f"the prediction {path} names no model: write {{model}} in the path, or model: NAME")
    methods = frozenset(said.get("methods") or ["POST"])
    return _Path(re.compile(regex), str(said.get("model", "")), str(said.get("version", "")), methods)
