"""What the tests of the parser share: a line's origin, a parser, and Elastic's own Grok to compare with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from model_logs import assets
from model_logs.parse import Origin, Parser
from model_logs.parse.text.grok import read_patterns
from model_logs.parse.text.lines import PATTERN_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_JAVA = Path(__file__).parents[1] / "java" / "grok" / "GrokRunner.java"


@pytest.fixture
def origin() -> Origin:
    return Origin(path="/var/log/models/serving.jsonl", device=66305, inode=1311, fingerprint="5f" * 32, offset=4096)


@pytest.fixture(scope="session")
def parser() -> Parser:
    return Parser()


@pytest.fixture
def parsed(parser: Parser, origin: Origin) -> Callable[[bytes | str | dict[str, Any]], dict[str, Any]]:
    """Parse one line or event; the document's source with `_id`, `_stream` and `_unparsed` added."""

    def run(line: bytes | str | dict[str, Any]) -> dict[str, Any]:
        raw = orjson.dumps(line) if isinstance(line, dict) else line.encode() if isinstance(line, str) else line
        document = parser.parse(raw, origin, ingested="2026-01-15T10:30:01.000Z")
        assert b"\n" not in document.body
        source: dict[str, Any] = orjson.loads(document.body)
        return source | {"_id": document.id, "_stream": document.data_stream, "_unparsed": document.unparsed}

    return run


@pytest.fixture(scope="session")
def patterns() -> dict[str, str]:
    return read_patterns(assets.path(PATTERN_FILE))


@pytest.fixture(scope="session")
def elastic_grok(
    patterns: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[list[dict[str, Any] | None]]]:
    """Run many texts through `org.elasticsearch.grok.Grok` with our patterns, in one Java; a list for each text."""
    from model_logs.node.distribution import ensure_distribution
    from model_logs.node.folders import cache_folder
    from model_logs.node.jars import locked_jars
    from model_logs.node.java_runtime import find_java

    java = find_java()
    class_path = ensure_distribution(java).class_path
    (compiler,) = (jar for jar in locked_jars() if jar.place == "compiler")
    classes = tmp_path_factory.mktemp("grok")
    ecj = [str(java.executable), "-jar", str(cache_folder() / "jars" / compiler.file_name)]
    # ecj takes no wildcard on its class path.
    jars = os.pathsep.join(map(str, Path(class_path).parent.glob("*.jar")))
    subprocess.run([*ecj, "-17", "-nowarn", "-cp", jars, "-d", str(classes), str(_JAVA)], check=True)

    def run(texts: Iterable[str], *expressions: str) -> list[list[dict[str, Any] | None]]:
        setup = {"patterns": patterns, "expressions": expressions}
        lines = [orjson.dumps(setup), *(orjson.dumps({"text": text}) for text in texts)]
        command = [str(java.executable), "-cp", f"{class_path}{os.pathsep}{classes}", "GrokRunner"]
        done = subprocess.run(command, input=b"\n".join(lines), capture_output=True, check=True)
        return [orjson.loads(line) for line in done.stdout.splitlines()]

    return run
