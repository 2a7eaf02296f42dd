"""Import paths that the documentation of version 0.1 named, each in a process of its own: they work and warn."""

import subprocess
import sys
from pathlib import Path

import pytest

from model_logs.old_paths import MOVED, RENAMED

ROOT = Path(__file__).parents[2]
# What the documentation of version 0.1 imports or names, with a name from it that people use; then packages without
# an underscore, which people may import though no page names them.
DOCUMENTED = {"bootstrap": "plan", "charts": "write_page", "report": "answer"}
PUBLIC = {"keys": "Security", "kibana": "connect", "lint": "check"}
IMPORTS = """
{first}
import model_logs.{old} as again
from model_logs.{old} import {name}
import {new} as new
assert it is again is new, it
assert new.__name__ == {new!r} == new.__spec__.name
assert new.{name} is {name}
"""
UNKNOWN = """
import importlib
for name in ("nothing", "bootstrap_", "install.report", "Bootstrap", "bootstrap.nothing"):
    try:
        importlib.import_module("model_logs." + name)
    except ModuleNotFoundError as error:
        assert error.name == "model_logs." + name, error.name
    else:
        raise AssertionError(name)
"""


def _python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, check=False)


def test_every_path_of_version_0_1_is_known() -> None:
    assert set(MOVED) == set(DOCUMENTED) | set(PUBLIC)


@pytest.mark.parametrize(
    ("old", "name", "first"),
    [
        (old, name, f"from model_logs import {old} as it" if number % 2 else f"import model_logs.{old} as it")
        for number, (old, name) in enumerate((DOCUMENTED | PUBLIC).items())
    ],
)
def test_an_old_path_gives_the_moved_package_itself_and_warns_where_it_is_imported(
    old: str, name: str, first: str
) -> None:
    new = f"model_logs.{MOVED[old]}"
    done = _python(IMPORTS.format(first=first, old=old, new=new, name=name), "-W", "always::DeprecationWarning")
    assert done.returncode == 0, done.stderr
    assert f"<string>:2: DeprecationWarning: model_logs.{old} is now {new}." in done.stderr
    assert done.stderr.count(". The old path goes") == 1


@pytest.mark.parametrize(
    ("package", "old", "new"), [(p, old, new) for p, each in RENAMED.items() for old, new in each.items()]
)
def test_an_old_name_of_a_function_gives_the_function_and_warns_where_it_is_used(
    package: str, old: str, new: str
) -> None:
    code = f"import model_logs.{package} as it\nassert it.{old} is it.{new}\nassert not hasattr(it, 'nothing')"
    done = _python(code, "-W", "always::DeprecationWarning")
    assert done.returncode == 0, done.stderr
    assert f"<string>:2: DeprecationWarning: model_logs.{package}.{old} is now {new}." in done.stderr


def test_a_name_that_never_was_one_is_not_found() -> None:
    done = _python(UNKNOWN, "-W", "ignore")
    assert done.returncode == 0, done.stderr


def test_the_logger_and_the_commands_load_no_table_of_old_paths() -> None:
    done = _python(
        "import sys, model_logs.cli\nfrom model_logs import logger\nassert 'model_logs.old_paths' not in sys.modules"
    )
    assert done.returncode == 0, done.stderr


def test_nothing_of_ours_uses_an_old_path() -> None:
    spelled = [f"{verb} model_logs.{old}{end}" for verb in ("from", "import") for old in MOVED for end in " .\n"]
    spelled += [f"from model_logs import {old}\n" for old in MOVED]
    for folder in ("src", "tests", "benchmarks", "docs"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in {".py", ".md"} and file != Path(__file__):
                text = file.read_text(encoding="utf-8")
                assert not [each for each in spelled if each in text], file
