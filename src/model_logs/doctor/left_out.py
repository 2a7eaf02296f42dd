"""Counts the lines that the user named as not about models: they are in no stream, so nobody else can tell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from model_logs.doctor import logstash
from model_logs.doctor.findings import NotAskedError, ok, warning
from model_logs.doctor.traps import trap

if TYPE_CHECKING:
    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

# Fewer lines than this may all be of one kind.
_ENOUGH = 100
_MOST = 3


@trap("left-out")
def left_out(estate: Estate) -> list[Finding]:
    """Count the lines that are left out, by pattern and by file; find a file of which nothing is left."""
    found, seen, reasons = [], [], []
    for part in (_by_ship, _by_logstash):
        try:
            told, sentence = part(estate)
        except NotAskedError as reason:
            reasons.append(str(reason))
        else:
            found += told
            seen.append(sentence)
    if not seen:
        raise NotAskedError("; ".join(reasons))
    return found or ok("; ".join(seen))


def _by_ship(estate: Estate) -> tuple[list[Finding], str]:
    """Look at the checkpoints of `model-logs ship`."""
    patterns: Counter[str] = Counter()
    for document in estate.checkpoints:
        patterns.update(document["left_out"] or {})
    files = {entry["path"]: (entry.get("lines", 0), entry.get("left_out", 0)) for entry in estate.checkpoint}
    if not patterns:
        return [], "`ship` left no line out"
    by_file = Counter({path: count for path, (_, count) in files.items() if count})
    seen = f"`ship` left {patterns.total():,} lines out ({_most(patterns)})"
    if by_file:
        seen += f", of the files that it follows {by_file.total():,} ({_most(by_file)})"
    emptied = [warning(_all(lines), path) for path, (lines, count) in files.items() if lines == count >= _ENOUGH]
    return emptied, seen


def _by_logstash(estate: Estate) -> tuple[list[Finding], str]:
    """Look at the figures of Logstash."""
    found = []
    total = 0
    for name, lines, count in logstash.dropped_lines(estate):
        total += count
        if lines == count >= _ENOUGH:
            found.append(warning(_all(lines), name))
    return found, f"Logstash left {total:,} lines out since its start" if total else "Logstash left no line out"


def _all(lines: int) -> str:
    # Where a file was followed before its lines were counted, nobody knows what became of the first ones.
    return f"each of the {lines:,} lines of it that were counted is left out, as other_lines.yml says"


def _most(counts: Counter[str]) -> str:
    """Return the largest counts in words."""
    shown = [f"{name!r}: {count:,}" for name, count in counts.most_common(_MOST)]
    more = len(counts) - len(shown)
    return ", ".join([*shown, f"{more} more"] if more > 0 else shown)
