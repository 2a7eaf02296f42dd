"""The parts of a prediction's line that are the same from call to call, kept as bytes.

They stand in a plain dictionary, which Python looks up faster than any class of ours: status, name, version, class,
and, where one of them is given, stage and variant → the line's members from there to the request id. What stands in
each event of the process is kept in it too, under `TAIL`.
"""

from __future__ import annotations

import orjson

from model_logs._logger._encode import PLANS
from model_logs._logger._values import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

__all__ = ["TAIL", "UnusualError", "learn"]

TAIL: Final = None
_MOST = 1024
_ALWAYS = 4
_FIELDS = ("status", "model_name", "model_version", "prediction_label", "stage", "variant")


class UnusualError(Exception):
    """A value needs more than the short way does."""


def learn(heads: dict[Any, bytes], key: tuple[Any, ...]) -> bytes:
    """Make the part for a key that is not there, and remember it.

    Raises:
        UnusualError: Something has to be done to a value first.
    """
    given = {name: _text(value) for name, value in zip(_FIELDS, key, strict=True) if value is not None}
    if not {"status", "model_name"} <= given.keys() or not all(PLANS[n].takes(v) for n, v in given.items()):
        raise UnusualError
    # Remembered as text, which a dictionary can tell apart; 3, 3.0 and True are one key to it.
    plain = tuple(given.get(name) for name in (_FIELDS if given.keys() & _FIELDS[_ALWAYS:] else _FIELDS[:_ALWAYS]))
    head = heads.get(plain)
    if head is None:
        members = orjson.dumps({"event_type": "predict", **given})[1:-1]
        head = b"".join((b"},", members, b",", heads[TAIL], b',"request_id":'))
        if len(heads) > _MOST:
            # All but the tail, which stands first and which another thread may be reading.
            for old in [*heads][1:]:
                heads.pop(old, None)
        heads[plain] = head
    return head


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    number = number_of(value)
    if type(number) is not int:
        raise UnusualError
    return str(number)
