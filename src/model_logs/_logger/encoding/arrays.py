"""Values of other libraries as Python's own: arrays, series, tensors, scalars, and what stands for a missing one.

Everything is told by names and by the methods that such things have; no library is imported. What is too large is
words: a log line is no place for a matrix.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["MISSING", "MOST_VALUES", "class_name", "holds_one_missing", "is_missing", "moment", "span", "unpacked"]

MOST_VALUES = 1000
# pandas (two), numpy, pyarrow, dataclasses, pydantic (two), msgspec and openai, attrs.
MISSING = frozenset(
    {"NAType", "NaTType", "MaskedConstant", "NullScalar", "_MISSING_TYPE", "PydanticUndefinedType", "UndefinedType"}
    | {"UnsetType", "NotGiven", "_Nothing"}
)
_MICROSECONDS = {"datetime64": "datetime64[us]", "timedelta64": "timedelta64[us]"}
# Types of floats with fewer digits than Python's → how `struct` calls them, and how many digits the least exact has.
_SHORT_FLOATS = {"float32": ("f", 6), "float16": ("e", 3)}
# Scalars of pyarrow; numpy, pandas, torch, jax, array; polars; pyarrow; tensorflow.
_METHODS = ("as_py", "tolist", "to_list", "to_pylist", "numpy", "__array__")


def is_missing(value: Any) -> bool:
    """Return whether a value stands for a missing one, as `pandas.NA`, `NaT` and `numpy.ma.masked` do.

    Raises:
        Exception: Whatever the value raises.
    """
    kind = type(value)
    name = class_name(kind)
    if name in MISSING:
        return True
    if name in _MICROSECONDS:
        # The only values that are unlike themselves.
        return bool(value != value)  # noqa: PLR0124
    if hasattr(kind, "filled") and hasattr(kind, "mask"):
        # A masked array of numpy's: as a number it would be whatever lies below the mask.
        return _size(value) == 1 and bool(value.mask.all())
    as_py = getattr(kind, "as_py", None)
    return callable(as_py) and value.as_py() is None


def holds_one_missing(value: Any) -> bool:
    """Return whether a value is an array or a series of one missing value.

    Raises:
        Exception: Whatever the value raises.
    """
    found = unpacked(value)
    while type(found) is list and len(found) == 1:
        (found,) = found
    return found is None or is_missing(found)


def class_name(kind: type) -> str:
    """Return the name of a class as the interpreter has it, since a metaclass may give another one, or raise."""
    found: str = _name_of(kind)
    return found


_name_of = type.__dict__["__name__"].__get__


def unpacked(value: Any) -> Any:
    """Return an array or series as a list, or as words when it is large; any other value as it is.

    Raises:
        Exception: Whatever the value raises.
    """
    kind = type(value)
    if class_name(kind) in _MICROSECONDS or issubclass(kind, type):
        return value
    # Asked of the class: a proxy or a mock has every attribute that one asks it for.
    method = next((name for name in _METHODS if callable(getattr(kind, name, None))), None)
    if method is None:
        return value
    if method != "as_py" and _size(value) > MOST_VALUES:
        return f"<{class_name(kind)} of shape {_shape(value)}>"
    dtype = str(getattr(value, "dtype", ""))
    if dtype.startswith(tuple(_MICROSECONDS)) and hasattr(kind, "astype"):
        # Else they are numbers of nanoseconds.
        value = value.astype(str)
    found = getattr(value, method)()
    if type(found) is kind:
        return str(value)
    if method in ("numpy", "__array__"):
        return unpacked(found)
    form = _SHORT_FLOATS.get(dtype.rpartition(".")[2].lower())
    return _with_short_digits(found, form) if form else found


def _with_short_digits(found: Any, form: tuple[str, int]) -> Any:
    """Return floats with the fewest digits that mean the same number there: 0.1 and not 0.10000000149011612."""
    if isinstance(found, list):
        return [_with_short_digits(each, form) for each in found]
    if type(found) is not float or found * 0.0 != 0.0:
        return found
    kind, digits = form
    from struct import pack

    exact = pack(kind, found)
    for more in range(4):
        short = float(f"{found:.{digits + more}g}")
        try:
            if pack(kind, short) == exact:
                return short
        except OverflowError:
            # Rounded up it is beyond the largest number of its type.
            continue
    return found


def moment(value: Any) -> datetime:
    """Return a point in time as Python's own datetime, whatever methods its class has.

    Raises:
        Exception: It is none.
    """
    if class_name(type(value)) == "datetime64":
        value = value.astype("datetime64[us]").item()
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if type(value) is datetime:
        return value
    if not isinstance(value, datetime):
        raise TypeError(class_name(type(value)))
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
    # With the offset itself: a time zone of the class's own may want a time of that class.
    offset = value.utcoffset()
    found = datetime(*parts)  # noqa: DTZ001 - the zone comes next
    return found if offset is None else found.replace(tzinfo=timezone(offset))


def span(value: Any) -> timedelta | None:
    """Return a span of time, such as numpy's, as Python's own timedelta; None where the value is no span.

    Raises:
        Exception: Whatever the value raises.
    """
    if class_name(type(value)) == "timedelta64":
        value = value.astype("timedelta64[us]").item()
    return value if isinstance(value, timedelta) else None


def _size(value: Any) -> int:
    """Return the number of values in an array; pandas' and numpy's `size` is a number, torch's a method."""
    size = getattr(value, "size", None)
    if callable(size):
        size = value.numel() if hasattr(value, "numel") else None
    return int(size) if size is not None else len(value)


def _shape(value: Any) -> Any:
    shape = getattr(value, "shape", None)
    return tuple(shape) if shape is not None else (len(value),)
