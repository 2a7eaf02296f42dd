"""What the tests of keys and roles share: Elastic's own security classes to ask, and a stand-in that keeps state."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from click.testing import CliRunner, Result
from tests.support.security import SecuredCluster, secured_cluster

from model_logs.cli import elk_bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN_KEYS_ONLY = frozenset({"monitor", "manage_own_api_key"})
_JAVA = Path(__file__).parents[1] / "java" / "privileges" / "Privileges.java"


@pytest.fixture(scope="session")
def elastic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[Any]]]:
    """Ask Elastic's security classes some questions, in one Java; an answer for each."""
    from model_logs.node.distribution import ensure_distribution
    from model_logs.node.folders import cache_folder
    from model_logs.node.jars import locked_jars
    from model_logs.node.java_runtime import find_java

    java = find_java()
    libraries = Path(ensure_distribution(java).class_path).parent
    (compiler,) = (jar for jar in locked_jars() if jar.place == "compiler")
    classes = tmp_path_factory.mktemp("privileges")
    ecj = [str(java.executable), "-jar", str(cache_folder() / "jars" / compiler.file_name)]
    # ecj takes no wildcard on its class path.
    jars = [*libraries.glob("*.jar"), *(libraries.parent / "modules" / "x-pack-core").glob("*.jar")]
    class_path = os.pathsep.join(map(str, jars))
    subprocess.run([*ecj, "-17", "-nowarn", "-cp", class_path, "-d", str(classes), str(_JAVA)], check=True)

    command = [str(java.executable), "-cp", f"{class_path}{os.pathsep}{classes}", "Privileges"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin
        assert running.stdout

        def ask(*questions: dict[str, Any]) -> list[Any]:
            answers = []
            for question in questions:
                running.stdin.write(orjson.dumps(question) + b"\n")
                running.stdin.flush()
                answers.append(orjson.loads(running.stdout.readline())["answer"])
            return answers

        yield ask
        running.stdin.close()


@pytest.fixture
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let neither the environment nor a file say where a cluster is and who asks."""
    for name in [name for name in os.environ if name.startswith(("MODEL_LOGS_", "ELASTICSEARCH_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cluster() -> Iterator[SecuredCluster]:
    with secured_cluster() as running:
        running.users["own"] = ("own", OWN_KEYS_ONLY)
        running.users["nobody"] = ("nobody", frozenset({"monitor"}))
        yield running


@pytest.fixture
def keys(cluster: SecuredCluster, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command of the group as the superuser, or as another."""

    def run(*arguments: str, user: str = "elastic") -> Result:
        monkeypatch.setenv("MODEL_LOGS_PASSWORD", cluster.users.get(user, ("wrong",))[0])
        said = ["keys", *arguments, "--url", cluster.url, "--username", user]
        return CliRunner().invoke(elk_bootstrap, said)

    return run
