"""What the tests of the Logstash configuration share: JRuby, the Ruby that Logstash runs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STAND_IN = Path(__file__).with_name("logstash_stand_in.rb")


@pytest.fixture(scope="session")
def jruby() -> Iterator[Callable[..., Any]]:
    """Ask the stand-in in JRuby 10, as Logstash 9.4 and later has it, on the node's Java: one for all questions."""
    from model_logs.node.folders import cache_folder, locked
    from model_logs.node.jars import Jar, fetch
    from model_logs.node.java_runtime import find_java

    jar = Jar(
        *("tests", "org.jruby", "jruby-complete", "10.0.6.0"),
        sha256="b1a83ca46053894fcfd47df4094a21eac6db7fcba6fa6d99d77e391f620e85b7",
        size=36125053,
    )
    cache = cache_folder()
    with locked(cache / "jruby.lock"):
        fetch([jar], cache / "jruby", progress=False)
    java = find_java()

    command = [
        *(str(java.executable), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"),
        *("-jar", str(cache / "jruby" / jar.file_name), str(STAND_IN)),
    ]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"JRUBY_OPTS": "", "LC_ALL": "C.UTF-8"},
    ) as running:
        assert running.stdin
        assert running.stdout

        def ask(*question: str) -> Any:
            running.stdin.write(json.dumps(question) + "\n")
            running.stdin.flush()
            told = json.loads(running.stdout.readline())
            assert "error" not in told, told["error"][-3000:]
            return told["answer"]

        yield ask
        running.stdin.close()
