"""Both loaders of YAML, the one in Python and the one over libyaml, read the same and refuse the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from model_logs.files import bounded_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = [
    file
    for folder in ("alerts", "chaos", "dashboards", "mappings", "pipelines", "src")
    for file in sorted((ROOT / folder).rglob("*.y*ml"))
]
ODD = (
    *(
        "",
        "#",
        "a: 1\r\nb: 2",
        "\ufeffa: 1",
        "? a\n: b",
        "{a, b: 1}",
        "[a: 1, b]",
        "a: |\n  x\n\n  y\n",
        "a: >-\n  x\n  y",
    ),
    *(
        "a: 😀 \u2028 \x85",
        "x: 0o7\ny: 010\nz: 1_000",
        "x: 12:30:45\ny: 2026-01-15",
        "x: .inf\ny: ~",
        "on: yes",
    ),
    *("%YAML 1.3\n---\na: 1", 'a: "\\ud800"', "<<: {a: 1}\nb: 2", "x: &x {a: 1}\ny: {<<: *x, a: 2}", "a: !!str 1"),
)
REFUSED = (
    *("a: 1\na: 2", "a: *x", "&a [*a]", "- !!python/object:os.system x", "a: 2026-13-45", 'a: "\\z"', "a: \x07"),
    *(
        "a: |\n  x\n y",
        "a: b: c",
        "a: @x",
        "[1,,2]",
        "\ta: b",
        "{a: b",
        "a: 'x",
        "---\na\n---\nb",
        "[" * 60,
        "{a: " * 60,
    ),
    "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(f"k{n}: &n{n} [*b, *b]\n" for n in range(3)) + "z: [[*n0, *nowhere]]",
)


def _told(text: str, loader: Any) -> tuple[str, Any]:
    try:
        return "read", repr(yaml.load(text, Loader=loader))
    except (yaml.YAMLError, ValueError) as error:
        return "refused", str(error)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_shipped_file_is_read_the_same_by_libyaml_and_by_python(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = _told(text, bounded_yaml._QuickLoader)
    assert found == _told(text, bounded_yaml.BoundedLoader)
    assert found[0] == "read"


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_means_what_pythons_loader_reads(text: str) -> None:
    assert repr(bounded_yaml.loaded(text)) == _told(text, bounded_yaml.BoundedLoader)[1]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_refused_by_both_in_the_words_of_python(text: str) -> None:
    assert _told(text, bounded_yaml._QuickLoader)[0] == "refused"
    with pytest.raises((yaml.YAMLError, ValueError)) as raised:
        bounded_yaml.loaded(text)
    assert str(raised.value) == _told(text, bounded_yaml.BoundedLoader)[1]


def test_the_loader_in_use_takes_its_events_from_libyaml() -> None:
    """Where PyYAML has it, as its wheels do: the other one makes each command a second slower."""
    assert (bounded_yaml._QuickLoader is not bounded_yaml.BoundedLoader) == yaml.__with_libyaml__
