"""Features of a prediction: the inputs of the model, for a sample of the requests, as numbers and short keywords.

A request is in the sample or not by a hash of its id alone, so that every service that sees the request agrees:
docs/drift.md tells how to compute it in other languages.
"""

from __future__ import annotations

from collections.abc import Mapping

from model_logs._logger.encoding.adjustments import Adjustments
from model_logs._logger.encoding.arrays import class_name, is_missing, unpacked
from model_logs._logger.encoding.text import as_text, clean, is_a, unique
from model_logs._logger.encoding.values import number_of
from model_logs.redaction import is_secret
from model_logs.tables.contract import LONGEST_VALUE
from model_logs.tables.redaction import REPLACEMENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["features", "sampled"]

_LONGEST = LONGEST_VALUE["features"]
_LONG = 1 << 63
# The largest `float` of Elasticsearch, as for metrics.
_LARGEST = 3.4028234663852886e38
_SEVERAL = (Mapping, list, tuple, set, frozenset)


def sampled(request_id: Any, share: float) -> bool:
    """Return whether a request is in the sample.

    Args:
        request_id: The id as it stands in the event; without one a request is in no sample but the whole.
        share: From 0, no request, to 1, every request.
    """
    if not 0.0 < share < 1.0 or type(request_id) is not str:
        return share >= 1.0
    from hashlib import sha256

    try:
        data = request_id.encode()
    except UnicodeEncodeError:
        # Half a character: the line has its replacement.
        data = clean(request_id, Adjustments(), len(request_id)).encode()
    return int.from_bytes(sha256(data).digest()[:4], "big") < share * (1 << 32)


def features(named: Iterable[tuple[str, Any]], notes: Adjustments) -> dict[str, Any]:
    """Return features as they are written, without the missing ones (None, NaN, pandas.NA).

    Args:
        named: Names and values of the caller.
        notes: Where to write down what was done to them.
    """
    found: dict[str, Any] = {}
    for name, value in named:
        try:
            fitting = _fitting(name, value, notes)
        except Exception as error:  # noqa: BLE001 - a caller's object may raise anything
            _left_out(name, f"{class_name(type(value))} raised {class_name(type(error))}", notes)
            continue
        if fitting is not None:
            found[unique(name, found)] = fitting
    return found


def _fitting(name: str, value: Any, notes: Adjustments) -> Any:
    if is_missing(value):
        return None
    number = number_of(value)
    if type(number) is float and number != number:  # noqa: PLR0124 - NaN is how tables say that there is none
        return None
    if notes.redact is not None and is_secret(name):
        notes.add("redacted")
        return REPLACEMENT
    if type(number) in (int, float):
        return _number(name, number, notes)
    if is_a(value, _SEVERAL) or (not is_a(value, str) and type(unpacked(value)) is list):
        _left_out(name, f"a {class_name(type(value))} of several values", notes)
        return None
    return clean(value if is_a(value, str) else as_text(value), notes, _LONGEST, redacted=True)


def _number(name: str, number: float, notes: Adjustments) -> float | None:
    if not abs(number) <= _LARGEST:
        _left_out(name, "a number beyond what a float holds", notes)
        return None
    return number if type(number) is int and -_LONG <= number < _LONG else float(number)


def _left_out(name: str, what: str, notes: Adjustments) -> None:
    problem = f"the feature {name} is {what}, and must be a number or a short text"
    notes.add("placeholder", tag="placeholder", problem=problem)
