"""Access lines of proxies, in JSON: what `pipelines/proxies.yml` says that their names mean.

What becomes of such a line, a prediction or a `log` event, is decided as for the access lines of web servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model_logs import assets
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Proxies"]

_CODE: Final = "http.response.status_code"
_MOST_DIGITS: Final = 15
# What stands where nothing is known.
_NOTHING: Final = (None, "", "-")


@dataclass(frozen=True, slots=True)
class _Form:
    requires: tuple[str, ...]
    fields: dict[str, str]
    labels: tuple[str, ...]
    endings: dict[str, dict[str, str]]


class Proxies:
    """The forms of `pipelines/proxies.yml`."""

    def __init__(self) -> None:
        raw = read_yaml(assets.path("pipelines/proxies.yml"), schema="proxies")
        self._forms = [
            _Form(
                tuple(each["requires"]),
                each["fields"],
                tuple(each.get("labels", ())),
                {name: _by_value(said) for name, said in each.get("endings", {}).items()},
            )
            for each in raw["forms"]
        ]

    def read(self, line: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return an access line's event, flat and without its type; None for any other object.

        Args:
            line: The line's object.
        """
        for form in self._forms:
            if all(name in line for name in form.requires) and "event_type" not in line:
                return _event(form, line)
        return None


def _event(form: _Form, line: Mapping[str, Any]) -> dict[str, Any]:
    event = {field: line[name] for field, name in form.fields.items() if line.get(name) not in _NOTHING}
    path = event.get("url.path")
    if isinstance(path, str):
        event["url.path"] = path.partition("?")[0]
    for field in (_CODE, "latency_ms"):
        value = event.get(field)
        if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isascii() and value.isdecimal():
            event[field] = int(value)
    code = event.get(_CODE)
    answered = code is not None and (type(code) is not int or code > 0)
    if not answered:
        event.pop(_CODE, None)
    said = [event.get("http.request.method"), event.get("url.path"), code]
    event["message"] = " ".join(str(each) for each in said if each is not None)
    kept = {name: line.get(name) for name in form.labels}
    event["labels"] = {n: str(v) for n, v in kept.items() if type(v) in (str, int) and v not in _NOTHING}
    for name, statuses in form.endings.items():
        values = str(line.get(name)).split(",")
        status = next((statuses[each] for value in values if (each := _plain(value)) in statuses), None)
        if status:
            event["status"] = status
            break
    else:
        if not answered:
            event["status"] = "cancelled"
    return event


def _by_value(said: Mapping[str, list[str]]) -> dict[str, str]:
    return {_plain(value): status for status, values in said.items() for value in values}


def _plain(value: str) -> str:
    return value.strip().replace("_", "").lower()
