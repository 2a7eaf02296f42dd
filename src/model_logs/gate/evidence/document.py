"""The evidence of a verdict: one file with the counts, the query, the window, the method, who asked and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import orjson

from model_logs import assets
from model_logs.errors import ConfigurationError
from model_logs.files.reading import read_json
from model_logs.files.writing import write_file
from model_logs.gate.blocks import QUERY, Table
from model_logs.gate.checks import Setting
from model_logs.gate.method import VERSION
from model_logs.gate.question import Window
from model_logs.gate.verdict import Check, Doubt
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from model_logs.gate.judging import Judgement

__all__ = ["Evidence", "document_of", "hash_of", "read_evidence", "write_evidence"]

_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Evidence:
    """An evidence as it was read.

    Attributes:
        id: The gate's id.
        sha256: Of the file.
        document: All of it.
        window: The window.
        setting: What the checks depend on beside the counts.
        table: The counts.
        checks: The checks as they are written.
        doubts: The doubts as they are written.
        verdict: The verdict as it is written.
    """

    id: str
    sha256: str
    document: Mapping[str, Any]
    window: Window
    setting: Setting
    table: Table
    checks: tuple[Check, ...]
    doubts: tuple[Doubt, ...]
    verdict: str


def document_of(found: Judgement, *, by: str) -> dict[str, Any]:
    """Return the evidence of a judgement as a document."""
    question = found.question
    text = assets.path(QUERY).read_text(encoding="utf-8")
    rows = found.table.rows()
    said = {
        "verdict": found.verdict,
        "model": question.model,
        "version": question.version,
        "environment": question.environment,
        "variant": question.variant,
        "against": {"version": question.against_version, "variant": question.against_variant},
        "against_baseline": question.baseline,
        "approval_asked": question.approval,
        "objective": found.objectives.name,
        "window": {
            "start": iso(found.window.start),
            "end": iso(found.window.end),
            "block_s": found.window.block.total_seconds(),
        },
        "by": by,
        "at": iso(found.at),
        "method": VERSION,
        "model_logs": version("model-logs"),
        "checks": [each.as_dict() for each in found.checks],
        "doubts": [each.as_dict() for each in found.doubts],
        "notes": list(found.notes),
        "setting": found.setting.as_dict(),
        "query": {"file": QUERY, "text": text, "params": found.params},
        "hashes": {"query": hash_of(text.encode()), "blocks": hash_of(_bytes(rows))},
        "blocks": rows,
    }
    return {"id": f"gate-{found.at:%Y%m%dT%H%M%S}-{hash_of(_bytes(said))[:12]}", **said}


def write_evidence(document: Mapping[str, Any], file: Path) -> str:
    """Write an evidence, and return the SHA-256 of its file.

    Raises:
        ModelLogsError: The file cannot be written.
    """
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_file(file, content, next_step="Name another folder with --evidence.")
    return hash_of(content)


def read_evidence(file: Path) -> Evidence:
    """Read an evidence.

    Raises:
        ConfigurationError: It is none.
    """
    document = read_json(file, most=_MOST_BYTES, error=ConfigurationError)
    try:
        window = document["window"]
        start, end = (datetime.fromisoformat(window[name]) for name in ("start", "end"))
        cut = Window(start, end, timedelta(seconds=window["block_s"]))
        return Evidence(
            id=str(document["id"]),
            sha256=hash_of(file.read_bytes()),
            document=document,
            window=cut,
            setting=Setting.from_dict(document["setting"]),
            table=Table.from_rows(cut.blocks, document["blocks"]),
            checks=tuple(Check.from_dict(each) for each in document["checks"]),
            doubts=tuple(Doubt(**each) for each in document["doubts"]),
            verdict=document["verdict"],
        )
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError, OSError) as error:
        raise ConfigurationError(
            f"{file} is no evidence of a gate: {type(error).__name__} at {error}.",
            next_step="Give the file that `model-logs gate` wrote; its name is gate-….json.",
        ) from error


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def _bytes(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
