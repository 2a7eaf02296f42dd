"""Broken files of every kind: each ends in one error with file, line, what is wrong in plain English, and what to do."""

# ruff: noqa: E501  # a case a line is read at a glance
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from model_logs.errors import AssetError
from model_logs.files import kinds, schemas
from model_logs.files.reading import read_yaml

ROOT = Path(__file__).parents[2]
SAMPLE = {
    "rule": "alerts/rules/high-error-rate.yml",
    "rule-test": "alerts/tests/data-drift.yml",
    "dashboard": "dashboards/model-overview.yml",
    "contract": "mappings/contract.yml",
    "redaction": "mappings/redaction.yml",
    "roles": "mappings/roles.yml",
    "settings": "mappings/settings.yml",
    "vectors": "pipelines/tests/01-source-document.yml",
    "units": "pipelines/units.yml",
    "wrappers": "pipelines/wrappers.yml",
    "traps": "src/model_logs/doctor/traps.yml",
    "support": "src/model_logs/node/support.yml",
}
# The kind, a line of the shipped file, what takes its place, what is said of it, and how far below it is said.
EDITS = [
    ("rule", "severity: P1", "severity: p1", "severity is 'p1'; it must be one of P1, P2, P3"),
    ("rule", "severity: P1", "severity: 1", "severity is 1; it must be one of P1, P2, P3"),
    ("rule", "severity: P1", "on: P1", "the file has the key True, which is no text to YAML: write it in quotes"),
    ("rule", "severity: P1", "Severity: P1", "holds Severity, which is not known: did you mean severity"),
    ("rule", "window: 10m", "window: 10", "window is 10, and must be text: write it in quotes"),
    ("rule", "window: 10m", "window: 10 minutes", "window is '10 minutes': write a span of time such as 90s, 15m"),
    ("rule", "window: 10m", "window: 99999999999999w", "write a span of time"),
    ("rule", "every: 30s", "every:", "every is empty, and must be text"),
    ("rule", "every: 30s", "every: 2026-01-01", "every is a date, and must be text: write it in quotes"),
    (
        "rule",
        "  min_predictions: 50",
        "  min_predictions: .nan",
        "thresholds.min_predictions is nan, which is no number",
    ),
    (
        "rule",
        "  min_predictions: 50",
        "  min_predictions: true",
        "is true: write a number, a word or a list of words",
    ),
    (
        "rule",
        "  min_predictions: 50",
        "  min predictions: 50",
        "thresholds holds min predictions, which is not known",
    ),
    ("dashboard", "id: model-overview", "id: model_overview", "id is 'model_overview': use small letters, digits"),
    (
        "dashboard",
        "    chart: lines",
        "    chart: line",
        "chart is 'line'; it must be one of lines, area, bars, ranking",
    ),
    (
        "dashboard",
        "    grid: {x: 0, y: 0, w: 48, h: 13}",
        "    grid: {x: 0.0, y: 0, w: 48, h: 13}",
        "grid.x is 0.0, and must be a whole number",
    ),
    (
        "dashboard",
        "    grid: {x: 0, y: 0, w: 48, h: 13}",
        "    grid: [0, 0, 48, 13]",
        "grid is a list, and must be names with values",
    ),
    ("dashboard", "range: 24h", "range: one day", "range is 'one day': write a span of time"),
    (
        "contract",
        "  serving: [predict, quality]",
        "  serving: predict",
        "groups.serving is 'predict', and must be a list: write [predict]",
    ),
    (
        "contract",
        "unknown_type_stream: prediction",
        "unknown_type_stream: []",
        "unknown_type_stream is a list, and must be text",
    ),
    ("contract", "version: 1", "version: 0", "version is 0, and must be 1 at least"),
    ("redaction", 'replacement: "[redacted]"', "replacement: ''", "replacement is '': write some text"),
    (
        "roles",
        "    cluster: [monitor]",
        "    clusters: [monitor]",
        "holds clusters, which is not known: did you mean cluster",
    ),
    ("settings", "ignore_above: 8191", "ignore_above: 9000", "ignore_above is 9000, and must lie between 1 and 8191"),
    (
        "settings",
        "allow_auto_create: false",
        "allow_auto_create: 'no'",
        "allow_auto_create is 'no', and must be true or false",
    ),
    ("settings", "failure_store_retention: 30d", "failure_store_retention: 30 days", "write a span of time"),
    (
        "vectors",
        "  - name: registry line",
        "  - nam: registry line",
        "vectors[0] holds nam, which is not known: did you mean name",
    ),
    (
        "vectors",
        "    stream: lifecycle",
        "    stream: audit",
        "stream is 'audit'; it must be one of prediction, lifecycle",
    ),
    (
        "rule-test",
        "    shows: firing",
        "    shows: fires",
        "shows is 'fires'; it must be one of firing, silent, boundary",
    ),
    ("rule-test", "rule: data-drift", "rule: 7", "rule is 7, and must be text: write it in quotes"),
    (
        "units",
        "marks: [ambiguous_type, arrival_time, incomplete, placeholder, torn, truncated, wrapped]",
        "marks: torn",
        "marks is 'torn', and must be a list: write [torn]",
    ),
    (
        "wrappers",
        "prefixes:",
        "prefix:",
        "the file holds prefix, which is not known: did you mean prefixes",
    ),
    (
        "traps",
        "  shows: Elasticsearch is older than 8.19, or is 9.0.",
        "  show: x",
        "server-version holds show, which is not known: did you mean shows",
    ),
    ("support", "  whose: ours", "  whose: mine", "whose is 'mine'; it must be one of elastic, ours, absent"),
]
# Whole files: the kind, the text, the line, and what is said.
TEXTS = [
    ("overrides", "a:\n  - {model: x, max: '7'}\n", 2, "a[0].max is '7', and must be a number"),
    ("overrides", "a:\n  - {model: x, enabled: nope}\n", 2, "a[0].enabled is 'nope', and must be true or false"),
    ("overrides", "a: {model: x}\n", 1, "a is names with values, and must be a list"),
    ("other_lines", "version: 2\n", 1, "version is 2, and must be 1"),
    ("other_lines", "\n\npredictions:\n  - {path: /x}\n", 4, "it names no model: write {model} in the path, or model: NAME"),
    ("other_lines", "", 1, "the file is empty, and must be names with values"),
    ("other_lines", "just words", 1, "the file is 'just words', and must be names with values"),
    ("configuration", "elasticsearch:\n  timeout: -3\n", 2, "elasticsearch.timeout is -3, and must be more than 0"),
    ("configuration", "elasticsearch:\n  timeout: soon\n", 2, "elasticsearch.timeout is 'soon': write a number above 0"),
    ("configuration", "kibana:\n\n  pasword: x\n", 3, "kibana holds pasword, which is not known: did you mean password"),
    ("rule-test", "rule: a\ncases:\n- name: b\n  shows: other\n  expect: [{at: 5m, fires: []}]\n  events:\n  - {to: 4m}\n", 7,
     "cases[b].events[0] is names with values: say when it happens: at, or from and to"),
    ("rule-test", "rule: a\ncases:\n- name: b\n  shows: other\n  expect:\n  - {at: 5m, fires: [], then: 1}\n", 6, "cases[b].expect[0] holds then, which is not known"),
    ("contract", "version: 1\nfields:\n  a.b: {meaning: x}\n", 3, "fields.a.b lacks type: every field but an alias has a type"),
    ("contract", "fields:\n  a.b:\n    meaning: x\n    type: string\n", 4, "fields.a.b.type is 'string'; it must be one of keyword, text"),
    ("contract", "fields:\n  a[0]:\n    meaning: x\n    type: keyword\n    range: [0]\n", 5, "fields.a[0].range is a list: write [lowest, highest], null for no bound"),
    ("vectors", "feature: x\nvectors:\n- &one {name: a, line: b, expect: {}}\n- <<: *one\n  name: b\n  json: {}\n", 4, "give one of line, json and base64"),
    ("dashboard", "id: a\n", 1, "the file lacks title, description, range, panels"),
]  # fmt: skip


def _message(tmp_path: Path, kind: str, text: str) -> AssetError:
    file = tmp_path / "mine.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AssetError) as caught:
        read_yaml(file, schema=kind)
    assert str(file) in caught.value.what
    assert f"docs/reference/files/{kind}.md" in caught.value.next_step
    # Of the library's own words none are for people.
    assert not re.search(r"\bdata\b[.\[]|must be valid|additionalProperties|anyOf|oneOf|\^", str(caught.value))
    return caught.value


@pytest.mark.parametrize(("kind", "line", "put", "said"), EDITS, ids=[f"{each[0]}: {each[2]}" for each in EDITS])
def test_a_mistake_in_a_line_is_said_with_that_line(
    kind: str, line: str, put: str, said: str, tmp_path: Path
) -> None:
    lines = (ROOT / SAMPLE[kind]).read_text(encoding="utf-8").split("\n")
    number = lines.index(line)
    lines[number] = put
    message = _message(tmp_path, kind, "\n".join(lines)).what
    told = [each for each in message.split("\n") if said in each]
    assert told, message
    # An entry of a list is told where it begins, the key of one where it stands.
    assert re.search(rf"\b[Ll]ine {number + 1}:", told[0]), message


@pytest.mark.parametrize(("kind", "text", "line", "said"), TEXTS)
def test_a_broken_file_is_told_what_and_in_which_line(
    kind: str, text: str, line: int, said: str, tmp_path: Path
) -> None:
    message = _message(tmp_path, kind, text).what
    assert any(said in each and re.search(rf"\b[Ll]ine {line}:", each) for each in message.split("\n")), message


@pytest.mark.parametrize("value", ["[hush]", "{hush: 1}", "true"])
def test_the_value_of_a_secret_is_never_repeated(value: str, tmp_path: Path) -> None:
    error = _message(tmp_path, "configuration", f"alerts:\n  smtp_password: {value}\n")
    assert "alerts.smtp_password is" in error.what
    assert "hush" not in str(error)


def test_many_mistakes_are_a_short_message_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "".join(f"rule-{number}: [{{model: a, max: no{number}}}]\n" for number in range(90))
    said = _message(tmp_path, "overrides", text).what.split("\n")
    assert len(said) == 6
    assert "line 1: rule-0[0].max" in said[0]
    assert said[1].startswith("Line 2: rule-1[0].max")
    assert said[-1] == "There are 85 more."


def test_of_a_file_full_of_mistakes_not_each_is_told(tmp_path: Path) -> None:
    text = "a:\n" + "".join(f"- {{max{number}: x}}\n" for number in range(500))
    assert _message(tmp_path, "overrides", text).what.endswith("\nThere are many more.")


def test_names_and_values_of_a_file_reach_no_terminal_as_they_are(tmp_path: Path) -> None:
    text = 'severity: "\\e[2J"\n"\\e[31mred": 1\n"' + "x" * 5_000 + '": 1\n'
    message = str(_message(tmp_path, "rule", text))
    assert "\x1b" not in message
    assert len(message) < 2_500


def test_the_next_step_says_what_the_key_means(tmp_path: Path) -> None:
    error = _message(tmp_path, "overrides", "a: [{enabled: 3}]\n")
    assert error.next_step.endswith("enabled: false switches the rule off there.")


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.schema)
def test_another_library_finds_the_same_files_wrong(kind: kinds.FileKind) -> None:
    """What an editor shows is what our commands say: both go by the schema alone."""
    validator = Draft7Validator(dict(schemas.load_schema(kind.schema)))
    documents: list[Any] = [yaml.safe_load(text) for schema, text, *_ in TEXTS if schema == kind.schema]
    if kind.schema in SAMPLE:
        text = (ROOT / SAMPLE[kind.schema]).read_text(encoding="utf-8")
        documents.append(yaml.safe_load(text))
        edited = [text.replace(line, put, 1) for schema, line, put, _ in EDITS if schema == kind.schema]
        documents += [
            yaml.safe_load(each) for each in edited if "on:" not in each and ".nan" not in each and "0.0" not in each
        ]
    for document in documents:
        assert bool(schemas.find_mistakes(kind.schema, document)) == (not validator.is_valid(document))
