"""Forms: lines with the same names in the same order, proved good by one regular expression over their bytes.

A service writes line after line of the same form. Once lines of a form were found good by the short way (loaded,
`fits`, plain, clean), its names become an expression, and what the shipper adds is put between the bytes of each
further line: nothing is loaded, nothing written anew. The document is the one that the short way would make: names
and separators stand in the expression as they are, so that none is missing, doubled or unknown, and each value is
narrowed to texts that are JSON of the right type within the field's range. An expression may refuse a good line (one
with an escape, say), which then goes the short way; it must never take another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from model_logs.parse.checks import FITTING, ID, LONGEST_KEYWORD
from model_logs.parse.records import BETWEEN, END, Document, Origin, file_of, head_of
from model_logs.parse.timestamps import canonical
from model_logs.redaction import redact
from model_logs.tables.contract import LONGEST_VALUE
from model_logs.tables.redaction import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_logs.parse.checks import Quick

__all__ = ["Forms"]

# Forms that are tried; the one that was of no use for the longest makes room.
_MOST: Final = 8
# One line in so many of those that no form took is looked at, and its form must be met twice: compiling takes as long
# as a thousand lines. A prime, so that lines which take turns all have theirs.
_EVERY: Final = 61
_MOST_SEEN: Final = 200
# A line of thousands of labels makes an expression that takes a second to compile, and megabytes to keep.
_LONGEST: Final = 20_000
_MOST_CLEAN: Final = 2_000
_LONGEST_CLEAN: Final = 200

_SECOND: Final = r"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d"
# Any character that JSON takes as it is; whether they are UTF-8 is looked at apart.
_CHARACTER: Final = r'[^"\\\x00-\x1f]'
_FRACTION: Final = r"\.\d{1,17}(?:[eE]-\d{1,2})?"
# More digits than this are exact in no double.
_MOST_DIGITS: Final = 15
# What is put before a part of a line; the offset is a part of its own, for which an empty one is kept free.
_NOTHING, _BEGIN, _INGESTED, _LOG, _OFFSET, _FILE, _LOG_END, _STREAM = range(8)
# The second, the rest of the time, and the id are the first parts of every form.
_ID: Final = 2
# Where the first part stands in a frame; the others follow, each behind what is put before it.
_FIRST: Final = 3


class _NoFormError(ValueError):
    """No expression is known that proves such a line."""


class _Draft:
    """The expression of one form, while it is made: groups that together are the whole line from its first value on.

    Attributes:
        regex: Its pieces; the last group is open.
        layout: What is put before each group.
        texts: Which groups are looked through for secrets.
    """

    def __init__(self, event: Mapping[str, Any]) -> None:
        # As the contract has it: the time first, the event second. The second apart, since it is the same for many.
        if list(event)[:2] != ["@timestamp", "event"]:
            raise _NoFormError
        self.regex = [rf'\{{"@timestamp":"({_SECOND})(\.\d\d\dZ"']
        self.layout = [_BEGIN, _NOTHING]
        self.texts: list[int] = []
        self._event_type, self._environment = event["event_type"], event["environment"]
        for name, value in event.items():
            if name != "@timestamp":
                self._member(",", name, name, value, FITTING[name])
        self._cut(*((_STREAM,) if "log" in event else (_LOG, _LOG_END)))
        self.regex.append(r"\})")

    def _cut(self, *before: int) -> None:
        self.regex.append(")(" * len(before))
        self.layout += before

    def _member(self, comma: str, path: str, name: str, value: Any, rule: Any) -> None:
        self.regex.append(f'{comma}"{re.escape(name)}":')
        if type(rule) is tuple:
            self._field(path, rule)
            return
        if not value:
            raise _NoFormError
        self.regex.append(r"\{")
        comma = ""
        for inner, item in value.items():
            if type(rule) is dict:
                self._member(comma, f"{path}.{inner}", inner, item, rule[inner])
            else:
                self.regex.append(f'{comma}"{re.escape(inner)}":')
                self._free(path, rule, item)
            comma = ","
        if path == "event":
            self._cut(_INGESTED)
        elif path == "log":
            self._cut(_OFFSET, _FILE)
        self.regex.append(r"\}")

    def _free(self, path: str, kind: str, value: Any) -> None:
        if kind == "keyword":
            self._text(f"{_CHARACTER}*")
        elif kind == "value" and type(value) is str:
            self._text(f"{_CHARACTER}{{0,{LONGEST_VALUE[path]}}}")
        elif kind == "value":
            # A whole number or one with a fraction, whichever this line has: of one feature they may take turns.
            digits = rf"[1-9]\d{{0,{_MOST_DIGITS - 1}}}"
            self.regex.append(rf"(?:0|-?{digits}|-?(?:0|{digits}){_FRACTION})")
        else:
            self.regex.append(rf"-?(?:0|[1-9]\d{{0,{_MOST_DIGITS - 1}}}){_FRACTION}")

    def _field(self, path: str, rule: Quick) -> None:
        kind, low, high, values, longest = rule
        if path == "event.id":
            self.regex.append('"')
            self._cut(_NOTHING)
            self.regex.append(ID.pattern)
            self._cut(_NOTHING)
            self.regex.append('"')
        elif path in {"event_type", "environment"}:
            # As they stand, since they decide the stream.
            literal = self._event_type if path == "event_type" else self._environment
            self.regex.append(f'"{re.escape(literal)}"')
        elif path in FIELDS:
            self._text(_CHARACTER + (f"{{1,{LONGEST_KEYWORD}}}" if longest == LONGEST_KEYWORD else "+"))
        elif kind is str and values is not None:
            self.regex.append(f'"(?:{"|".join(map(re.escape, sorted(values)))})"')
        elif kind is str:
            self.regex.append(f'"{_CHARACTER}{{1,{LONGEST_KEYWORD}}}"')
        elif kind is bool:
            self.regex.append("(?:true|false)")
        else:
            self.regex.append(_whole(int(low), int(high)) if kind is int else _decimal(low, high))

    def _text(self, expression: str) -> None:
        self.regex.append('"')
        self._cut(_NOTHING)
        self.texts.append(len(self.layout) - 1)
        self.regex.append(expression)
        self._cut(_NOTHING)
        self.regex.append('"')


def _whole(low: int, high: int) -> str:
    """Return an expression of whole numbers that lie within the bounds, not necessarily of all that do."""
    first, last = str(low), str(high)
    if low >= 0 and len(first) == len(last) and first[1:].strip("0") == last[1:].strip("9") == "":
        return rf"[{first[0]}-{last[0]}]\d{{{len(first) - 1}}}"
    digits = len(last) - 1
    if digits < 1 or low > 1:
        raise _NoFormError
    sign = "-?" if low <= -(10**digits) else ""
    return rf"(?:{'' if low == 1 else '0|'}{sign}[1-9]\d{{0,{digits - 1}}})"


def _decimal(low: float, high: float) -> str:
    """Return an expression of numbers that lie within the bounds, not necessarily of all that do."""
    if low > 0 or high < 1:
        raise _NoFormError
    digits = min(len(str(int(high))) - 1, _MOST_DIGITS)
    whole = rf"[1-9]\d{{0,{digits - 1}}}" if digits else ""
    sign = "-?" if low <= -(10.0**digits) else ""
    # "-0" is read as 0 and written so; with a fraction it keeps its sign.
    integers = rf"{sign}{whole}(?:{_FRACTION})?|" if whole else ""
    highest = rf"|{int(high)}(?:\.0)?" if high == 10**digits else ""
    return rf"(?:{integers}{sign}0{_FRACTION}|0{highest})"


class _Form:
    """One form, ready to be used.

    Attributes:
        match: Takes a whole line that is good, apart from its time, its encoding and secrets in its texts.
        texts: Which groups are looked through for secrets.
        data_stream: Where such lines go.
        offset: The place of the line's offset in a frame.
    """

    def __init__(self, draft: _Draft, source: str, stream: Mapping[str, str]) -> None:
        self.match = re.compile(source.encode(), re.ASCII).fullmatch
        self.texts = tuple(draft.texts)
        self.data_stream = f"logs-{stream['dataset']}-{stream['namespace']}"
        self._layout = draft.layout
        self._stream = b',"data_stream":' + orjson.dumps(stream)
        self.offset = _FIRST + 2 * next(n for n, each in enumerate(self._layout) if each in {_LOG, _OFFSET})
        # Changed as a whole, so that two threads do not mix what they put in.
        self._dressed: tuple[Origin | None, str, list[bytes]] = (None, "", [])

    def frame(self, origin: Origin, ingested: str) -> list[bytes]:
        """Return the two lines of `_bulk`, cut: every other piece is of the line and still empty, first its id."""
        dressed = self._dressed
        if dressed[0] is not origin or dressed[1] is not ingested:
            dressed = self._dressed = (origin, ingested, self._dress(origin, ingested))
        return dressed[2].copy()

    def _dress(self, origin: Origin, ingested: str) -> list[bytes]:
        file = b',"file":' + orjson.dumps(file_of(origin))
        before = {
            _NOTHING: b"",
            _BEGIN: BETWEEN + b'{"@timestamp":"',
            _INGESTED: b',"ingested":' + orjson.dumps(ingested),
            _LOG: b',"log":{"offset":',
            _OFFSET: b',"offset":',
            _FILE: file,
            _LOG_END: file + b"}" + self._stream,
            _STREAM: self._stream,
        }
        frame = [head_of(self.data_stream)]
        for each in self._layout:
            frame += (b"", before[each])
        return [*frame, b"", END]


class Forms:
    """The forms of the lines that were parsed lately.

    Args:
        every: One line in so many that no form took is looked at.
    """

    def __init__(self, every: int = _EVERY) -> None:
        self._forms: list[_Form] = []
        self._every = every
        self._missed = 0
        # Whether an expression was met before, or is known already.
        self._seen: set[str] = set()
        self._second = b""
        self._clean: set[bytes] = set()

    def document(self, line: bytes, origin: Origin, offset: int, ingested: str) -> Document | None:
        """Return the document of a good line of a known form; None for any other."""
        for form in self._forms:
            match = form.match(line)
            if match is not None:
                break
        else:
            return None
        parts = match.groups()
        if (
            (parts[0] != self._second and not self._is_time(parts[0]))
            or not (line.isascii() or _is_utf8(line))
            or (form.texts and not self._is_clean(b"\n\n".join([parts[n] for n in form.texts])))
        ):
            return None
        if form is not self._forms[0]:
            self._forms = [form, *(other for other in self._forms if other is not form)]
        frame = form.frame(origin, ingested)
        frame[_FIRST::2] = parts
        frame[1] = parts[_ID]
        frame[form.offset] = b"%d" % offset
        return Document(parts[_ID].decode(), form.data_stream, b"".join(frame))

    def learn(self, event: dict[str, Any], line: bytes, stream: Mapping[str, str]) -> None:
        """Take note of a line that was found good by the short way; now and then one becomes a form.

        Args:
            event: What stands in it, before anything was added.
            line: Its bytes.
            stream: The `data_stream` fields of the stream it goes to.
        """
        self._missed += 1
        if self._missed % self._every or b"\\" in line:
            return
        try:
            draft = _Draft(event)
        except _NoFormError:
            return
        source = "".join(draft.regex)
        if len(source) > _LONGEST:
            return
        if source not in self._seen:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen.add(source)
            return
        form = _Form(draft, source, stream)
        if form.match(line) is not None:
            self._seen.discard(source)
            self._forms = [form, *self._forms[: _MOST - 1]]

    def _is_time(self, second: bytes) -> bool:
        """Tell whether there is such a second; most lines share theirs with the line before."""
        stamp = f"{second.decode()}.000Z"
        if canonical(stamp) != stamp:
            return False
        self._second = second
        return True

    def _is_clean(self, texts: bytes) -> bool:
        """Tell whether texts hold no secret; short ones that were found clean are remembered."""
        if texts in self._clean:
            return True
        together = texts.decode()
        if redact(together) is not together:
            return False
        if len(texts) <= _LONGEST_CLEAN:
            if len(self._clean) >= _MOST_CLEAN:
                self._clean.clear()
            self._clean.add(texts)
        return True


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
