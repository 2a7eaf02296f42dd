"""The kinds of files that people write: the place, the schema and the further checks of each.

The one registry for `elk-bootstrap lint`, the reference pages, the first lines of the files, and the tests. It lies
below the code that reads the files, and so it names that code and does not import it.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_logs.errors import ModelLogsError
from model_logs.files import schemas
from model_logs.files.patterns import matches
from model_logs.files.reading import mistakes_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["KINDS", "FileKind", "found_in", "kind_of", "problems", "schema_of"]

_FIRST_LINE = re.compile(r"\s*#\s*yaml-language-server:\s*\$schema=(?:\S*/)?([A-Za-z0-9_-]+)\.json\s*$")
# A dashboard anywhere has its queries beside it.
_QUERIES = "queries"
_MOST_FIRST_LINE = 1_000


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of files.

    Attributes:
        schema: Its schema in `schemas/`, without the suffix.
        pattern: Where such files are found, below the folder that `elk-bootstrap assets copy` writes to.
        used_by: What reads a file of a user's own.
        check: `module:function`, called with a file that fits the schema; raises ModelLogsError for what a schema
            cannot say. Empty where nothing is left to say.
    """

    schema: str
    pattern: str
    used_by: str
    check: str = ""


_PACKAGE = "`elk-bootstrap apply` takes that of the package; a copy is there to read"
KINDS = (
    FileKind(
        "rule", "alerts/rules/*.yml", "`model-logs alerts … --alerts DIR`", "model_logs.alerts.rulebook.checks:rule"
    ),
    FileKind(
        "rule-test",
        "alerts/tests/*.yml",
        "`model-logs alerts test --alerts DIR`",
        "model_logs.alerts.ruletests.cases:check_case_file",
    ),
    FileKind(
        "overrides",
        "alerts/overrides.yml",
        "`model-logs alerts … --alerts DIR`",
        "model_logs.alerts.rulebook.checks:overrides",
    ),
    FileKind(
        "models",
        "alerts/models.yml",
        "`model-logs alerts … --alerts DIR`, `model-logs trace` and `lineage` by MODEL_LOGS_ALERTS",
        "model_logs.catalog.models_file:check",
    ),
    FileKind("dashboard", "dashboards/*.yml", "`model-logs report FILE`, `model-logs render FILE`"),
    FileKind(
        "vectors",
        "pipelines/tests/*.yml",
        "`model-logs pipeline test --vectors DIR`",
        "model_logs.pipeline.vectors:read_vectors",
    ),
    FileKind(
        "other_lines",
        "pipelines/other_lines.yml",
        "`model-logs ship` and Logstash, by MODEL_LOGS_OTHER_LINES",
        "model_logs.parse.text.other_lines:OtherLines",
    ),
    FileKind("units", "pipelines/units.yml", "Logstash; `ship` takes that of the package"),
    FileKind("proxies", "pipelines/proxies.yml", "Logstash; `ship` takes that of the package"),
    FileKind("wrappers", "pipelines/wrappers.yml", "Logstash; `ship` takes that of the package"),
    FileKind("contract", "mappings/contract.yml", _PACKAGE, "model_logs.contract:read_contract"),
    FileKind("settings", "mappings/settings.yml", _PACKAGE),
    FileKind(
        "redaction", "mappings/redaction.yml", "the logger, `ship` and Logstash, which take that of the package"
    ),
    FileKind("roles", "mappings/roles.yml", "`elk-bootstrap keys`, which takes that of the package"),
    FileKind(
        "registry",
        "mappings/registries/*.yml",
        "`model-logs registry receive --source FILE`",
        "model_logs.registries.sources:check",
    ),
    FileKind(
        "objective-models",
        "chaos/models.yml",
        "`model-logs gate --chaos DIR`",
        "model_logs.objectives.models:check",
    ),
    FileKind(
        "objective",
        "chaos/objectives/*.yml",
        "`model-logs gate --objective FILE`, `--chaos DIR`",
        "model_logs.objectives.objective:check",
    ),
    FileKind(
        "experiment",
        "chaos/experiments/*.yml",
        "`model-logs chaos run FILE`",
        "model_logs.chaos.experiment:check",
    ),
    FileKind("chaos-mesh", "chaos/mesh/*.yml", "Chaos Mesh: `kubectl apply -f FILE`"),
    FileKind("configuration", "model-logs.yml", "every command, in the current folder or by MODEL_LOGS_CONFIG"),
    FileKind("traps", "src/model_logs/doctor/traps.yml", "`elk-bootstrap doctor`"),
    FileKind("support", "src/model_logs/node/support.yml", "`model-logs node status`"),
)


def kind_of(file: Path) -> FileKind | None:
    """Return the kind of a file: by the schema in its first line, else by its place; None for none of ours."""
    named = schema_of(file)
    path = file.absolute().as_posix()
    for kind in KINDS:
        if named == kind.schema or (not named and matches(f"/**/{kind.pattern}", path, hidden=True)):
            return kind
    beside = (file.parent / _QUERIES).is_dir() and file.suffix in {".yml", ".yaml"}
    return next(kind for kind in KINDS if kind.schema == "dashboard") if beside and not named else None


def schema_of(file: Path) -> str:
    """Return the schema that a file's first line names for editors; empty where it names none of ours."""
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            line = opened.readline(_MOST_FIRST_LINE)
    except OSError:
        return ""
    match = _FIRST_LINE.match(line)
    return match[1] if match and any(kind.schema == match[1] for kind in KINDS) else ""


def found_in(place: Path) -> Iterator[tuple[Path, FileKind]]:
    """Yield the files of some kind at a path, in a folder and below it, hidden ones left out."""
    files = [place] if not place.is_dir() else sorted(place.rglob("*.y*ml"))
    for file in files:
        hidden = place.is_dir() and any(part.startswith(".") for part in file.relative_to(place).parts)
        if not hidden and file.is_file() and (kind := kind_of(file)) is not None:
            yield file, kind


def problems(file: Path, kind: FileKind) -> list[tuple[int, str]]:
    """Return the mistakes in a file, each with its line; 0 where the text names the line itself."""
    try:
        found = mistakes_in(file, kind.schema)
        if not found and kind.check:
            module, _, name = kind.check.partition(":")
            getattr(importlib.import_module(module), name)(file)
    except ModelLogsError as error:
        return [(0, str(error))]
    return [(line, _said(kind, mistake)) for line, mistake in found]


def _said(kind: FileKind, mistake: schemas.Mistake) -> str:
    meaning = f" {mistake.key}: {mistake.meaning}" if mistake.meaning else ""
    return f"{mistake.what}.\nNext step: {schemas.next_step(kind.schema)}{meaning}"
