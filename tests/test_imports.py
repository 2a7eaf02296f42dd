"""Each module of the package can be imported alone, and does nothing else when it is imported.

A module that works only after another one hides a circle, and whoever imports it first finds it. One fresh process
loads the libraries of others and forks for each module, in the order in which they need each other. A module that
works alone is then loaded for the later ones, as long as it brings nothing that is still to be looked at: that hides
no circle, and no module is loaded a hundred times.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[1] / "src"
# Each with its reason.
NOT_ALONE = {"model_logs.generate.__main__": "for `python -m`: it runs when it is imported"}
# Plug-ins of a server that lives in an environment of its own: tests/registries looks at them there.
LIBRARIES_OF_OTHERS = {"model_logs.registries.mlflow": "mlflow"}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

# Reads names of modules, in order, from standard input; writes what is wrong with each to standard output, as JSON.
LOOK = """
import contextlib, gc, importlib, io, json, logging, os, signal, sys, threading, traceback, warnings

given = json.load(sys.stdin)
for name in given["foreign"]:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)

def state():
    return {
        "handlers of the root logger": list(logging.root.handlers),
        "level of the root logger": logging.root.level,
        "environment": dict(os.environ),
        "working directory": os.getcwd(),
        "threads": threading.active_count(),
        "signals": [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)],
        "excepthook": sys.excepthook,
        "output": sys.stdout.getvalue() + sys.stderr.getvalue(),
    }

def ours():
    return {name for name in sys.modules if name.partition(".")[0] == given["package"]}

def look(name):
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    warnings.simplefilter("error")
    before, loaded = state(), ours()
    try:
        importlib.import_module(name)
    except BaseException:
        return {"wrong": traceback.format_exc(limit=-2)}
    after = state()
    changed = [key for key in before if before[key] != after[key]]
    return {"wrong": "changed: " + ", ".join(changed) if changed else "", "brought": sorted(ours() - loaded)}

gc.disable()  # a collection in a child would copy the memory of its parent
found, looked_at = {}, set()
for name in given["modules"]:
    if name in sys.modules:
        raise SystemExit(f"{name} was loaded before it was looked at")
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(look(name)).encode()[:60_000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = json.load(answer)
    os.wait()
    looked_at.add(name)
    if said["wrong"]:
        found[name] = said["wrong"]
    elif looked_at.issuperset(said["brought"]):
        importlib.import_module(name)
print(json.dumps(found))
"""


def modules(source: Path) -> dict[str, Path]:
    """Return the modules below a folder and their files."""
    found = {}
    for file in sorted(source.rglob("*.py")):
        parts = file.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(file: Path) -> Iterator[str]:
    """Yield the modules, and the names in them, that a file imports as it is loaded; they may be no modules."""
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def ordered(files: dict[str, Path]) -> tuple[list[str], set[str]]:
    """Return the modules, each after those that it needs where no circle forbids it, and the imports of others."""
    needed = {name: sorted(set(imported(file))) for name, file in files.items()}
    order: dict[str, None] = {}
    entered: set[str] = set()

    def enter(name: str) -> None:
        if name not in files or name in entered:
            return
        entered.add(name)
        parent = name.rpartition(".")[0]
        for each in [parent, *needed[name]]:
            enter(each)
        order[name] = None

    for name in files:
        enter(name)
    others = {each for names in needed.values() for each in names if each.partition(".")[0] not in _packages(files)}
    return list(order), {each for each in others if each != "__future__"}


def _packages(files: dict[str, Path]) -> set[str]:
    return {name.partition(".")[0] for name in files}


def _needs(file: Path, library: str) -> bool:
    return any(name.partition(".")[0] == library for name in imported(file))


def wrong_in(source: Path) -> dict[str, str]:
    """Return what is wrong with the modules below a folder that is on the path, without those that are well."""
    files = {name: file for name, file in modules(source).items() if name not in NOT_ALONE}
    for package, library in LIBRARIES_OF_OTHERS.items():
        if importlib.util.find_spec(library) is None:
            needing = [name for name in files if name.startswith(f"{package}.") and _needs(files[name], library)]
            files = {name: file for name, file in files.items() if name not in needing}
    order, foreign = ordered(files)
    asked = {"package": order[0].partition(".")[0], "modules": order, "foreign": sorted(foreign)}
    ran = subprocess.run(
        [sys.executable, "-c", LOOK],
        input=json.dumps(asked),
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, str] = json.loads(ran.stdout)
    return found


@pytest.mark.slow
def test_each_module_is_imported_alone_and_does_nothing_else() -> None:
    assert wrong_in(SOURCE) == {}


def test_what_is_left_out_is_still_there() -> None:
    assert modules(SOURCE).keys() >= NOT_ALONE.keys() | LIBRARIES_OF_OTHERS.keys()


def test_a_circle_and_what_importing_does_are_named(tmp_path: Path) -> None:
    written = {
        "__init__": "",
        "base": "VALUE = 1",
        "first": "from house.second import SECOND\nFIRST = SECOND",
        "second": "SECOND = 2\nfrom house.first import FIRST",
        "late": "def later():\n    from house.first import FIRST",
        "typed": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.nowhere import A",
        "missing": "import house.nowhere",
        "chatty": "print('hello')",
        "log": "import logging\nlogging.basicConfig()",
        "setter": "import os\nos.environ['HOUSE'] = '1'",
        "thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
        "old": "import warnings\nwarnings.warn('gone soon', DeprecationWarning)",
    }
    (tmp_path / "house").mkdir()
    for name, text in written.items():
        (tmp_path / "house" / f"{name}.py").write_text(text + "\n", encoding="utf-8")

    found = {name.removeprefix("house."): text.splitlines()[-1] for name, text in wrong_in(tmp_path).items()}

    assert found.keys() == {"first", "missing", "chatty", "log", "setter", "thread", "old"}
    assert "cannot import name 'FIRST'" in found["first"]  # whoever begins with `second` sees nothing of it
    assert found["chatty"] == "changed: output"
    assert found["log"] == "changed: handlers of the root logger"
    assert found["setter"] == "changed: environment"
    assert found["thread"] == "changed: threads"
    assert "gone soon" in found["old"]
