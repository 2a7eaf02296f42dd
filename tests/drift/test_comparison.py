"""The comparison of two samples against plain pandas and scipy, in memory and over the real node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.support.events import index

from model_logs import drift
from model_logs.drift import sample as samples
from model_logs.errors import InconclusiveError

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

BEFORE = datetime(2026, 10, 5, 12, tzinfo=UTC)
NOW = datetime(2026, 10, 6, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def environments() -> tuple[str, ...]:
    return ("production",)


def table(seed: int, rows: int, shift: float) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "amount": dice.lognormal(2 + shift, 1, rows).round(2),
            "age": dice.integers(18, 90, rows),
            "month": dice.integers(1, 13, rows),
            "country": dice.choice(["de", "fr", "it"], rows, p=[0.5, 0.3 - shift / 10, 0.2 + shift / 10]),
            "same": 5.0,
            "income": np.where(dice.random(rows) < 0.1 + shift / 3, np.nan, dice.normal(50, 10, rows).round(3)),
        }
    )
    frame["gone" if shift == 0 else "fresh"] = dice.random(rows)
    frame["zip"] = frame["age"].astype(str) if shift else frame["age"]
    return frame


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if pd.notna(value)} for row in frame.to_dict("records")]


def psi_of_pandas(before: pd.Series, now: pd.Series) -> float:
    """The index, written down independently: by `pd.cut` and `value_counts`."""
    if before.dtype == object or isinstance(before.dtype, pd.StringDtype) or before.nunique() <= 20:
        first, second = before.astype(object), now.astype(object)
        second = second.where(second.isin(first.dropna().unique()) | second.isna(), "other")
    else:
        edges = [-np.inf, *sorted(set(before.quantile([n / 10 for n in range(1, 10)]))), np.inf]
        first, second = (pd.cut(one, edges, right=False).astype(object) for one in (before, now))
    shares = pd.DataFrame(
        {
            "a": first.value_counts(normalize=True, dropna=False),
            "b": second.value_counts(normalize=True, dropna=False),
        }
    )
    shares = shares.fillna(0).clip(lower=1e-4)
    return float(((shares.b - shares.a) * np.log(shares.b / shares.a)).sum())


def check(found: drift.Comparison, before: pd.DataFrame, now: pd.DataFrame) -> None:
    from scipy.stats import ks_2samp  # a second, which the collection of all other tests does without

    by_name = {each.name: each for each in found.features}
    assert by_name.keys() == set(before) | set(now)
    for name in ("amount", "age", "month", "country", "same", "income"):
        assert by_name[name].psi == pytest.approx(psi_of_pandas(before[name], now[name]), abs=1e-9), name
        assert by_name[name].missing == pytest.approx(now[name].isna().mean())
        assert by_name[name].missing_before == pytest.approx(before[name].isna().mean())
        if name != "country":
            test = ks_2samp(before[name].dropna(), now[name].dropna())
            assert (by_name[name].ks, by_name[name].p_value) == pytest.approx((test.statistic, test.pvalue))
    assert by_name["country"].ks is None
    assert by_name["amount"].state == "drifted"
    assert by_name["age"].state == "stable"
    assert (by_name["gone"].state, by_name["fresh"].state, by_name["zip"].state) == ("missing", "new", "retyped")


def test_figures_equal_scipy_and_pandas_on_the_node(
    applied: Elasticsearch, with_features: Callable[..., list[dict[str, Any]]]
) -> None:
    before, now = table(1, 3_000, 0.0), table(2, 2_500, 1.0)
    noise = [{"amount": 1e6}] * 50
    index(
        applied,
        [
            *with_features(rows_of(before), BEFORE),
            *with_features(rows_of(now), NOW),
            *with_features(noise, NOW, model_name="other"),
            *with_features(noise, NOW, model_version="2", variant="canary"),
            *with_features(noise, NOW, variant="shadow"),
            *with_features([{}] * 50, NOW, variant="control"),
        ],
    )
    span = timedelta(hours=1)
    first = drift.read_window(applied, "churn", "production", start=BEFORE, end=BEFORE + span, version="3")
    second = drift.read_window(applied, "churn", "production", start=NOW, end=NOW + span, version="3")
    assert (first.rows, second.rows) == (3_000, 2_500)
    check(drift.compare(first, second), before, now)


def test_of_more_rows_a_random_choice_is_read_and_the_same_each_time(
    applied: Elasticsearch, with_features: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "_PAGE", 150)
    index(applied, with_features([{"number": n} for n in range(2_000)], BEFORE))
    span: dict[str, Any] = {"start": BEFORE, "end": BEFORE + timedelta(hours=1)}
    found = [drift.read_window(applied, "churn", "production", **span, most=400) for _ in range(2)]
    numbers = [sorted(each.columns["number"].numbers) for each in found]
    assert numbers[0] == numbers[1]
    assert len(set(numbers[0])) == 400
    # Of all the window, and not of its begin.
    assert 850 < np.mean(numbers[0]) < 1_150
    whole = drift.read_window(applied, "churn", "production", **span)
    assert sorted(whole.columns["number"].numbers) == list(range(2_000))


@pytest.mark.parametrize("rows", [0, 1, 499])
def test_under_five_hundred_rows_there_is_no_verdict(rows: int) -> None:
    enough, few = drift.Sample("enough"), drift.Sample("the few")
    for number in range(500):
        enough.add({"x": number})
    for number in range(rows):
        few.add({"x": number})
    for pair in ((enough, few), (few, enough)):
        with pytest.raises(InconclusiveError, match=rf"There are {rows} rows with features of the few"):
            drift.compare(*pair)
    assert drift.compare(enough, enough).drifted == ()


def sample(values: list[Any]) -> drift.Sample:
    found = drift.Sample("here")
    for value in values:
        found.add({} if value is None else {"x": value})
    return found


@pytest.mark.parametrize(
    ("before", "now", "state"),
    [
        ([5] * 1000, [5] * 1000, "stable"),
        ([5] * 1000, [7] * 1000, "drifted"),
        ([0.5] * 999 + [1], [1] * 1000, "drifted"),
        (list(range(1000)), [10**9] * 1000, "drifted"),
        (list(range(1000)), [None] * 1000, "missing"),
        (list(range(1000)), [n if n % 2 else None for n in range(1000)], "drifted"),
        (list(range(1000)), [str(n) for n in range(1000)], "retyped"),
        (list(range(1000)), [n if n % 2 else "x" for n in range(1, 1001)], "drifted"),
        ([None] * 1000, list(range(1000)), "new"),
        (["a", "b"] * 500, ["b", "a"] * 500, "stable"),
        (["a", "b"] * 500, ["a", "c"] * 500, "drifted"),
        ([f"id-{n}" for n in range(1000)], [f"id-{n}" for n in range(1000, 2000)], "stable"),
        ([0] * 900 + list(range(100)), [0] * 900 + list(range(100)), "stable"),
    ],
)
def test_what_became_of_a_feature(before: list[Any], now: list[Any], state: str) -> None:
    first, second = sample(before), sample(now)
    first.columns.setdefault("other", samples.Column())
    second.columns.setdefault("other", samples.Column())
    by_name = {each.name: each for each in drift.compare(first, second).features}
    assert by_name["x"].state == state
    assert by_name["x"].alarming == (state in {"drifted", "missing", "retyped"})
