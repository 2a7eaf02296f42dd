"""Looks at Filebeat's configuration: what makes it skip, double or lose files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from model_logs.doctor.findings import ok, problem, warning
from model_logs.doctor.host.filebeat_configuration import DEFAULT_LENGTH
from model_logs.doctor.traps import trap
from model_logs.files.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding
    from model_logs.doctor.host.filebeat_configuration import Input

# Filebeat does not start with less.
_LEAST = 64
# A file that is closed while the output takes nothing can be opened again behind lines that were never handed over
# (elastic/beats#50738), so a file should stay open for longer than an outage.
_INACTIVE = "close.on_state_change.inactive"
_SHORT_S = 3600.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@trap("filebeat-configuration")
def filebeat_configuration(estate: Estate) -> list[Finding]:
    """Find settings that lose, double or hold back lines."""
    filebeat = estate.filebeat
    found = [finding for each in filebeat.inputs for finding in _input(each, str(filebeat.path))]
    names = [str(each.settings["id"]) for each in filebeat.inputs if each.settings.get("id")]
    found += [
        problem(f"two inputs have the id {name}: they read each file twice", str(filebeat.path))
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return found or ok(f"{len(filebeat.inputs)} inputs, {', '.join(filebeat.paths)}")


def _input(each: Input, file: str) -> Iterator[Finding]:
    where = f"{file}, {each.name}"
    kind = each.settings.get("type")
    if kind not in {"filestream", "container", "log"}:
        return
    if kind != "filestream":
        yield warning(f"the input {kind} is deprecated and knows files by inode", where, "type: filestream")
        return
    if not each.settings.get("id"):
        yield problem("it has no id: Filebeat forgets its position, and reads files again", where, "id: model-logs")
    length = each.fingerprint_length
    if length is None:
        yield warning(
            "files are known by inode: a reused inode is taken for a file that was read",
            where,
            "file_identity.fingerprint: ~ and prospector.scanner.fingerprint: {enabled: true, length: 64}",
        )
    elif length == DEFAULT_LENGTH:
        yield warning(
            f"a file shorter than {length:,} bytes is not read", where, "prospector.scanner.fingerprint.length: 64"
        )
    elif length < _LEAST:
        yield problem(
            f"a fingerprint of {length} bytes: Filebeat does not start",
            where,
            "prospector.scanner.fingerprint.length: 64",
        )
    yield from _globs(each, where)
    inactive = str(each.settings.get(_INACTIVE) or "5m")
    if 0 < _seconds(inactive) < _SHORT_S:
        yield warning(
            f"it closes a file after {inactive}: in an outage that is longer lines can be skipped",
            where,
            f"{_INACTIVE}: 24h",
        )


def _seconds(duration: str) -> float:
    """Return the length of a duration as Filebeat writes it (`5m`, `1h30m`); 0 for what is none."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", duration))


def _globs(each: Input, where: str) -> Iterator[Finding]:
    for path in each.paths:
        if "${" in path:
            yield warning(f"{path}: the variable is not set here, so its files were not looked at", where, "--logs")
        elif not _reads_rotated(each.paths, path):
            yield problem(
                f"{path} leaves out rotated files: lines that were not read before a rotation are lost",
                where,
                f"paths: [{path}*]",
            )
    excluded = each.settings.get("prospector.scanner.exclude_files") or []
    compressed = [path for path in each.paths if matches(path, f"{path.rstrip('*')}.1.gz", hidden=True)]
    if compressed and not any(re.search(str(pattern), "serving.log.1.gz") for pattern in excluded):
        yield problem(
            f"{compressed[0]} takes compressed files for text",
            where,
            r"prospector.scanner.exclude_files: ['\.gz$', '\.zst$']",
        )


def _reads_rotated(paths: tuple[str, ...], path: str) -> bool:
    """Tell whether a file that `path` matches is still matched after logrotate has named it `….1`."""
    example = path.replace("**", "x").replace("*", "x").replace("?", "x")
    return any(matches(other, f"{example}.1", hidden=True) for other in paths)
