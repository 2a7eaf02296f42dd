"""Reading rules, overrides and cases: what is right is understood, what is wrong says where and what to do."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_logs import assets
from model_logs.alerts.rulebook import query_text, rules, runbooks
from model_logs.alerts.ruletests import cases
from model_logs.errors import AssetError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one's own with a single rule."""
    own = tmp_path / "alerts"
    for name in ("rules", "tests", "runbooks"):
        (own / name).mkdir(parents=True)
        for file in (assets.path("alerts") / name).glob("high-error-rate.*"):
            shutil.copy(file, own / name)
    return own


@pytest.fixture
def change(folder: Path) -> Callable[..., Path]:
    def changed(where: str = "rules/high-error-rate.yml", **values: Any) -> Path:
        file = folder / where
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        document.update(values)
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return folder

    return changed


def _overrides(folder: Path, text: str) -> rules.Rule:
    (folder / "overrides.yml").write_text(text, encoding="utf-8")
    return rules.load_rules(folder)[0]


def test_a_folder_of_ones_own_is_read(folder: Path) -> None:
    (rule,) = rules.load_rules(folder)
    assert (rule.id, rule.level, rule.window) == ("high-error-rate", "critical", timedelta(minutes=10))
    assert rule.runbook_file == folder / "runbooks" / "high-error-rate.md"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"severity": "P9"}, "severity is 'P9'; it must be one of P1, P2, P3"),
        (
            {"actions": ["carrier pigeon"]},
            "actions[0] is 'carrier pigeon'; it must be one of alertmanager, email, pagerduty, slack, webhook",
        ),
        ({"actions": []}, "actions is empty"),
        ({"by": "model_name"}, "by is 'model_name': write a list of columns, such as [model_name, environment]"),
        ({"thresholds": None}, "thresholds is empty, and must be names with values"),
        ({"recovery": None}, "recovery is empty, and must be names with values"),
        ({"every": "0s"}, "every is '0s': write a span of time such as 90s"),
        ({"window": "0s"}, "window is '0s': write a span of time such as 90s"),
        ({"id": "another"}, "is not the file's name"),
        ({"window": "ten minutes"}, "window is 'ten minutes': write a span of time such as 90s, 15m, 24h"),
        ({"every": "45s"}, "every is 45s, and must be a multiple of 30 s"),
        ({"name": "High\x1b[2Jrate"}, "name is 'High\\x1b[2Jrate': write one line of text, without line breaks"),
        ({"name": "High\nP1 Fake"}, "write one line of text, without line breaks and control characters"),
        ({"owner": "a team\u202e"}, "write one line of text, without line breaks and control characters"),
        ({"unit": "percent\n"}, "write one line of text, without line breaks and control characters"),
        ({"colour": "red"}, "the file holds colour, which is not known"),
        ({"query": None}, "query is empty, and must be text"),
        (
            {"thresholds": {"max_error_rate_pct": [1, 2]}},
            "thresholds.max_error_rate_pct[0] is 1, and must be text: write it in quotes",
        ),
    ],
)
def test_a_wrong_rule_says_what_and_where(change, values: dict[str, Any], said: str) -> None:
    with pytest.raises(AssetError) as error:
        rules.load_rules(change(**values))
    assert said in str(error.value)
    assert "high-error-rate.yml" in str(error.value)
    assert error.value.next_step


def test_a_rule_that_lacks_something_says_so(folder: Path) -> None:
    file = folder / "rules" / "high-error-rate.yml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    del document["owner"]
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(AssetError, match="the file lacks owner"):
        rules.load_rules(folder)


def test_no_yaml_and_no_rules_are_said(folder: Path, tmp_path: Path) -> None:
    (folder / "rules" / "high-error-rate.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(AssetError, match=r"high-error-rate\.yml is no YAML"):
        rules.load_rules(folder)


@pytest.mark.parametrize("name", ["", "nosuch", "a\x1b[31mfile"])
def test_a_folder_without_rules_is_a_wrong_option_as_an_unknown_name_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "a\x1b[31mfile").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"holds no rules/|There is no folder") as error:
        rules.load_rules(tmp_path / name)
    assert error.value.exit_code == 2
    assert "\x1b" not in str(error.value)


def test_a_rule_is_found_by_id_or_name_and_an_unknown_one_lists_those_there_are() -> None:
    known = rules.load_rules()
    assert rules.find_rule(known, "DataDriftAlert").id == "data-drift"
    with pytest.raises(AssetError, match=r"(?s)no rule 'nope'.*Known: data-drift"):
        rules.find_rule(known, "nope")


def test_a_threshold_that_the_query_does_not_name_is_an_error(change) -> None:
    (rule,) = rules.load_rules(change(thresholds={"max_error_rate_pct": 5, "min_predictions": 50, "forgotten": 1}))
    with pytest.raises(AssetError, match="forgotten, min_variant_failures, quiet_environments must be both"):
        query_text.alerts_query(rule)


def test_overrides_become_one_case_in_the_one_query(folder: Path) -> None:
    rule = _overrides(
        folder,
        "high-error-rate:\n"
        "  - {model: fraud, environment: production, max_error_rate_pct: 1}\n"
        "  - {environment: staging, max_error_rate_pct: 20}\n"
        "  - {max_error_rate_pct: 7}\n",
    )
    text = query_text.alerts_query(rule)
    assert (
        'threshold = CASE(COALESCE(model_name == "fraud" AND environment == "production", false), 1.0,'
        ' COALESCE(environment == "staging", false), 20.0, 7.0)'
    ) in text


def test_a_rule_can_be_switched_off_for_a_model_or_altogether(folder: Path) -> None:
    rule = _overrides(folder, "high-error-rate: [{model: batch, enabled: false}]")
    assert 'AND NOT (COALESCE(model_name == "batch", false))' in query_text.alerts_query(rule)
    rule = _overrides(folder, "high-error-rate: [{enabled: false}]")
    assert "AND false" in query_text.alerts_query(rule)


def test_a_name_in_quotes_cannot_leave_its_string(folder: Path) -> None:
    name = 'a" OR true OR model_name == "\\'
    rule = replace(
        rules.load_rules(folder)[0],
        overrides=(rules.Override(name, None, enabled=True, values={"min_predictions": 1}),),
    )
    assert 'model_name == "a\\" OR true OR model_name == \\"\\\\"' in query_text.alerts_query(rule)


def test_names_in_strings_and_comments_are_no_thresholds() -> None:
    assert query_text.names_in('WHERE a == "?no" // ?neither\n AND b > ?yes AND t < ?_tend') == {"yes"}
    assert query_text.names_in("WHERE `a?no` > ?yes AND `b``?no` < 1") == {"yes"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope: [{max: 1}]", "names nope, and no rule has that id"),
        ("high-error-rate: {model: a}", "high-error-rate is names with values, and must be a list"),
        ("high-error-rate: [{model: a, max_error: 1}]", "has no number max_error"),
        (
            "high-error-rate: [{model: a, quiet_environments: [a]}]",
            "quiet_environments is a list, and must be a number",
        ),
        (
            "high-error-rate: [{model: a, min_predictions: many}]",
            "high-error-rate[0].min_predictions is 'many', and must be a number",
        ),
        ("high-error-rate: [{model: a, enabled: 'no'}]", "enabled is 'no', and must be true or false"),
        ("high-error-rate: [word]", "high-error-rate[0] is 'word', and must be names with values"),
    ],
)
def test_a_wrong_override_says_what(folder: Path, text: str, said: str) -> None:
    with pytest.raises(AssetError) as error:
        _overrides(folder, text)
    assert said in str(error.value)


def test_an_override_for_a_model_where_rows_have_none_is_an_error() -> None:
    disk = rules.find_rule(rules.load_rules(), "disk-usage-high")
    wrong = replace(disk, overrides=(rules.Override("churn", None, enabled=True, values={"max_used_pct": 90}),))
    with pytest.raises(AssetError, match="asks for a model, and its rows have none"):
        query_text.alerts_query(wrong)


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("10m", 600), ("-2h", -7200), ("1h30m", 5400), ("10m1s", 601), ("0m", 0)]
)
def test_a_moment_of_a_case_may_be_before_its_begin_and_may_be_composed(text: str, seconds: int) -> None:
    assert cases.offset(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "10", "ten", "5 apples"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="span of time"):
        cases.offset(text)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"shows": "everything", "expect": [1]}, "shows is 'everything'; it must be one of firing, silent"),
        ({"shows": "firing", "expect": []}, "cases[mine].expect is empty"),
        ({"shows": "firing", "expect": [{"at": "5m"}]}, "cases[mine].expect[0] lacks fires"),
        (
            {"shows": "firing", "expect": [{"at": "5m", "fires": [{"model_name": "a"}]}]},
            "told by environment as well",
        ),
        ({"shows": "firing", "colour": 1, "expect": [1]}, "cases[mine] holds colour, which is not known"),
        (
            {"shows": "firing", "events": [{"count": 3}], "expect": [{"at": "5m", "fires": []}]},
            "cases[mine].events[0] is names with values: say when it happens: at, or from and to",
        ),
        (
            {"shows": "firing", "events": [{"at": "1m", "count": 0}], "expect": [{"at": "5m", "fires": []}]},
            "cases[mine].events[0].count is 0, and must be 1 at least",
        ),
        ({"shows": "firing", "expect": [{"at": "5m", "fires": None}]}, "fires is empty, and must be a list"),
    ],
)
def test_a_wrong_case_says_what_and_where(change, case: dict[str, Any], said: str) -> None:
    folder = change("tests/high-error-rate.yml", cases=[{"name": "mine", **case}])
    with pytest.raises(AssetError) as error:
        cases.load_cases(rules.load_rules(folder), folder)
    assert said in str(error.value)
    assert "mine" in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (None, "cases is empty, and must be a list"),
        (["a word"], r"cases\[0\] is 'a word', and must be names with values"),
        ({"name": "mine"}, "cases is names with values, and must be a list"),
    ],
)
def test_cases_that_are_no_list_of_cases_are_said(change, wrong: Any, said: str) -> None:
    folder = change("tests/high-error-rate.yml", cases=wrong)
    with pytest.raises(AssetError, match=said):
        cases.load_cases(rules.load_rules(folder), folder)


def test_a_folder_without_a_rule_is_said(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    with pytest.raises(AssetError, match=r"There is no rule in [\s\S]*Write one there"):
        rules.load_rules(tmp_path)


def test_a_runbook_without_steps_or_without_a_file_is_said(folder: Path) -> None:
    file = folder / "runbooks" / "high-error-rate.md"
    file.write_text("# High Error Rate\n\nNothing.\n", encoding="utf-8")
    with pytest.raises(AssetError, match="has no numbered steps"):
        runbooks.first_steps(file)
    file.unlink()
    with pytest.raises(AssetError, match="does not exist"):
        runbooks.first_steps(file)
