"""What every test may ask for: a real Elasticsearch as `es_url`, `es` and `clean_es`, and one with all installed."""

from __future__ import annotations

import functools
import inspect
import os
import re
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import Browser, find

from model_logs import contract, install
from model_logs.environments import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

pytest_plugins = ["model_logs.testing.node"]

_STREAMS = "logs-model.*,metrics-model.*"
# Marker → the fixtures that bring what it names: whoever asks for one, also through another fixture, is marked.
_BROUGHT_BY = {
    "node": {"es_url", "ilm_es", "node", "recorder"},
    "browser": {"browser"},
    "java": {"elastic", "elastic_grok", "jars_of_this_user", "jruby"},
    "go": {"actionlint", "go_modules", "way"},
    "slow": {"alone", "running", "serve"},  # processes of the fraud service, or of a web server
}
# About how many seconds a test takes that has a marker: files with more of them begin first (see below).
_SECONDS = {"long": 30.0, "slow": 2.0, "node": 1.0, "browser": 1.0, "java": 1.0, "go": 1.0}
_ASKED_LATER = re.compile(r'getfixturevalue\("(\w+)"\)')
_JAVA_HOME = "MODEL_LOGS_JAVA_HOME"
_MEMORY, _IN_MEMORY, _ROOM = Path("/dev/shm"), "model-logs-tests-", 4 << 30
_GIVEN = pytest.StashKey[str | None]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what their fixtures bring, so that `-m "not node"` holds for tests of tomorrow too.

    Files that take long go first: one that began last would keep one process busy and leave the others idle.
    """
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        for name in _asked_later(item):
            asked |= set(item.session._fixturemanager.getfixtureclosure(item, (name,), set())[0])
        for marker, fixtures in _BROUGHT_BY.items():
            if asked & fixtures:
                item.add_marker(marker)
    seconds: defaultdict[str, float] = defaultdict(float)
    for item in items:
        marked = {mark.name for mark in item.iter_markers()}
        if "soak" not in marked:
            seconds[_file(item)] += max((_SECONDS[name] for name in marked & _SECONDS.keys()), default=0.02)
    items.sort(key=lambda item: -seconds[_file(item)])


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _asked_later(item: pytest.Item) -> set[str]:
    """The fixtures that fixtures of a test ask for when they run, mostly to ask once for many tests."""
    known = getattr(item, "_fixtureinfo", None)
    definitions = [each for one in (known.name2fixturedefs.values() if known else ()) for each in one]
    return {name for each in definitions for name in _named_in(each.func)}


@functools.cache
def _named_in(function: Callable[..., object]) -> frozenset[str]:
    try:
        return frozenset(_ASKED_LATER.findall(inspect.getsource(function)))
    except (OSError, TypeError):  # written in C, or made as the tests run
        return frozenset()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let only the tests that say so find a Java: one that starts a node on its own is no test of `make unit`."""
    marked = {mark.name for mark in item.iter_markers()} & {"node", "java", "soak"}
    given = item.config.stash.setdefault(_GIVEN, os.environ.get(_JAVA_HOME))
    if not marked:
        os.environ[_JAVA_HOME] = "/this/test/lacks/the/marker/node/or/java"
    elif given is not None:
        os.environ[_JAVA_HOME] = given
    else:
        os.environ.pop(_JAVA_HOME, None)


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for nodes: in memory where there is room, since a node waits for the disk at each change."""
    for left in _MEMORY.glob(f"{_IN_MEMORY}*"):  # by a run that was killed
        if not Path(f"/proc/{left.name.split('-')[-2]}").exists():
            shutil.rmtree(left, ignore_errors=True)
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM:
        yield tmp_path_factory.mktemp("nodes")
        return
    with tempfile.TemporaryDirectory(prefix=f"{_IN_MEMORY}{os.getpid()}-", dir=_MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def node_folder(memory: Path) -> Path:
    """The folder of the node that tests share."""
    return memory / "shared"


@pytest.fixture(scope="session")
def environments() -> tuple[str, ...]:
    """The environments that `applied` has streams for; fewer are quicker."""
    return DEFAULT


@pytest.fixture
def applied(
    es: Elasticsearch, environments: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Elasticsearch:
    """A client of a cluster with every policy, template, lookup index and data stream installed, and no document."""
    _forget_documents(es, environments)
    plan = _forget_changes(es, environments)
    backups = tmp_path_factory.getbasetemp() / "backups"
    if not install.apply_plan(es, plan, force=True, backup_folder=backups).complete:
        from model_logs.testing.node import remove_everything_of_ours  # a plugin: not before pytest loads it

        remove_everything_of_ours(es)
        install.install(es, environments)
    return es


def _forget_changes(es: Elasticsearch, environments: tuple[str, ...]) -> install.Plan:
    """Delete the streams and lookup indices that a test made from something else than the assets; plan the rest."""
    plan = install.make_plan(es, environments)
    behind = [step.object.name for step in plan.steps if step.state is install.ObjectState.BEHIND]
    changed = [
        step.object.name
        for step in plan.steps
        if step.object.kind == "lookup index" and step.state is not install.ObjectState.MISSING and step.diff
    ]
    for name in behind:
        es.indices.delete_data_stream(name=name)
    for name in changed:
        es.indices.delete(index=name)
    return install.make_plan(es, environments) if behind or changed else plan


def _forget_documents(es: Elasticsearch, environments: tuple[str, ...]) -> None:
    """Delete the streams and lookup indices that were used, and no others: making all anew takes a second."""
    es.indices.refresh(index=f"{_STREAMS},model-logs-*", allow_no_indices=True, ignore_unavailable=True)
    wanted = set(install.stream_names(environments))
    stats = es.indices.stats(index=f"{_STREAMS},model-logs-*", metric="docs")["indices"]
    used = {index for index, body in stats.items() if body["total"]["docs"]["count"]}
    for stream in es.indices.get_data_stream(name=_STREAMS)["data_streams"]:
        indices = {index["index_name"] for index in stream["indices"]}
        failed = stream["failure_store"]["indices"]
        if indices & used or len(indices) > 1 or failed or stream["name"] not in wanted:
            es.indices.delete_data_stream(name=stream["name"])
    for index in used:
        if index in contract.load_contract().lookups:
            es.indices.delete(index=index)
    # Indices of a month, empty ones too: `remove` keeps them as somebody's data.
    for family in contract.load_contract().indices:
        for name in es.indices.get(index=f"{family}-*-*", allow_no_indices=True):
            es.indices.delete(index=name)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real headless Chromium, one for the session."""
    if not find():
        pytest.skip("Chromium is not installed: tests/tools.sh")
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()
