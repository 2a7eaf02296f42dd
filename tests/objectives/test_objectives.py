"""Objective files: what is shipped, what a tier or a model changes, and what cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_logs import assets, objectives
from model_logs.errors import ConfigurationError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = assets.path("chaos")


def _folder(tmp_path: Path, *, slo: tuple[str, str] = ("", ""), models: str = "") -> Path:
    (tmp_path / "objectives").mkdir()
    text = (SHIPPED / "objectives" / "slo.yml").read_text(encoding="utf-8")
    assert slo[0] in text
    (tmp_path / "objectives" / "slo.yml").write_text(text.replace(*slo, 1) if slo[0] else text, encoding="utf-8")
    if models:
        (tmp_path / "models.yml").write_text(models, encoding="utf-8")
    return tmp_path


def test_the_shipped_objectives_are_those_that_are_promised() -> None:
    limits = {
        which: {each.name: (each.value, each.limit, each.when) for each in objectives.load_objectives(which).members}
        for which in ("slo", "degraded")
    }
    assert limits["slo"] == {
        "latency": (100, 0.01, "always"),
        "errors": (None, 0.001, "always"),
        "throughput": (1000, 1000, "declared"),
        "fallback": (None, 0.05, "always"),
        "freshness": (300, 0.01, "logged"),
        "quality": (0.8, 0.8, "logged"),
        "drift": (0.2, 0.2, "logged"),
    }
    assert limits["degraded"] == {
        "latency": (200, 0.01, "always"),
        "errors": (None, 0.01, "always"),
        "throughput": (500, 500, "declared"),
        "fallback": (None, 0.05, "always"),
    }


def test_an_objective_comes_back_from_what_evidence_keeps_of_it() -> None:
    for each in objectives.load_objectives("slo").members:
        assert objectives.Objective.from_dict(each.as_dict()) == each


def test_the_first_entry_that_fits_counts_and_wins_over_its_tier(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path,
        models="""
tiers:
  critical: {load: 900, objectives: {slo: {latency: {value: 50, allowedRatio: 1.05}, drift: {enabled: false}}}}
models:
  - {model: fraud-*, environment: production, tier: critical, objectives: {slo: {latency: {value: 60}}}}
  - {model: "*", load: 5, objectives: {slo: {errors: {target: 0.9}}}}
""",
    )
    slo, models = objectives.load_objectives("slo", folder), objectives.load_models(folder)
    fraud = models.adapted(slo, "fraud-eu", "production")
    latency = fraud.of("latency")
    assert latency is not None
    assert (latency.value, latency.allowed_ratio, latency.target) == (60, 1.05, 0.99)
    assert fraud.of("drift") is None
    assert models.entry("fraud-eu", "production").load == 900
    other = models.adapted(slo, "fraud-eu", "staging").of("errors")
    assert other is not None
    assert other.limit == 0.1
    assert models.entry("fraud-eu", "staging").load == 5


def test_the_tier_of_the_catalog_counts_where_the_file_names_none(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path,
        models="""
tiers:
  "1": {load: 900, objectives: {slo: {latency: {value: 50}}}}
  "2": {objectives: {slo: {latency: {value: 70}}}}
models:
  - {model: named, tier: "2"}
  - {model: own, objectives: {slo: {errors: {target: 0.9}}}}
""",
    )
    slo, models = objectives.load_objectives("slo", folder), objectives.load_models(folder)
    limits = {}
    for model in ("named", "own", "other"):
        latency = models.adapted(slo, model, "production", "1").of("latency")
        assert latency is not None
        limits[model] = latency.value
    assert limits == {"named": 70, "own": 50, "other": 50}
    errors = models.adapted(slo, "own", "production", "1").of("errors")
    assert errors is not None
    assert errors.limit == 0.1
    assert models.entry("other", "production", "1").load == 900
    assert models.adapted(slo, "other", "production", "unknown") == slo


def test_without_a_file_of_models_nothing_differs(tmp_path: Path) -> None:
    slo = objectives.load_objectives("slo", _folder(tmp_path))
    assert objectives.load_models(tmp_path).adapted(slo, "churn", "production") == slo


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("indicatorRef: latency", "indicatorRef: speed", "it must be one of latency, errors"),
        ("value: 100", "value: -1", "-1"),
        ("value: 100", "value: .nan", "no number"),
        ("target: 0.99", "target: 99", "target is 99"),
        ("      value: 100\n", "", "needs a value"),
        ("op: lt\n", "op: gt\n", "needs a value, and op: lt or op: lte"),
        ("indicatorRef: errors", "indicatorRef: errors\n      value: 3", "its limit is its target"),
        ("      target: 0.95\n", "", "needs a target, such as"),
        ("indicatorRef: errors", "indicatorRef: fallback", "an objective of fallback stands here twice"),
        ("when: declared", "when: declared\n      target: 0.5", "has no target"),
        ("when: logged", "when: declared", "that is for throughput"),
        ("target: 0.999", "target: 0.999\n      allowedRatio: 2", "that is for latency"),
    ],
)
def test_an_objective_that_cannot_be_meant_is_a_usage_error_with_the_line_and_what_to_write(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    folder = _folder(tmp_path, slo=(before, after))
    with pytest.raises(ConfigurationError, match=r"slo\.yml, line") as raised:
        objectives.load_objectives("slo", folder)
    assert said in str(raised.value)
    assert "Next step" in str(raised.value)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{model: a, tier: gold}", "no tier 'gold'"),
        ("{model: a, objectives: {slo: {speed: {value: 1}}}}", "no indicator 'speed'"),
        ("{model: a, objectives: {slo: {errors: {value: 1}}}}", "errors has no value"),
        ("{model: a, objectives: {slo: {drift: {target: 0.5}}}}", "drift has no target"),
        ("{model: a, objectives: {slo: {drift: {when: declared}}}}", "is for throughput"),
        ("{model: a, objectives: {slo: {drift: {allowedRatio: 2}}}}", "is for latency"),
        ("{model: a, load: -5}", "load is -5"),
    ],
)
def test_an_entry_of_a_model_that_cannot_be_meant_is_a_usage_error(tmp_path: Path, entry: str, said: str) -> None:
    folder = _folder(tmp_path, models=f"tiers: {{silver: {{}}}}\nmodels:\n  - {entry}\n")
    with pytest.raises(ConfigurationError, match=r"models\.yml, line") as raised:
        objectives.load_models(folder)
    assert said in str(raised.value)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UnknownNameError, match="sol") as raised:
        objectives.load_objectives("sol")
    assert raised.value.exit_code == 2
