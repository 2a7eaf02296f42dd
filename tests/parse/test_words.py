"""pipelines/units.yml: every word leads to something that the contract and the patterns know."""

from __future__ import annotations

import re

from model_logs.parse.text.vocabulary import load
from model_logs.tables import contract as table

WORDS = load()


def test_every_unit_of_the_patterns_has_a_factor(patterns: dict[str, str]) -> None:
    units = set(re.findall(r"[a-zµμ]+", patterns["ML_UNIT"].removeprefix("(?>")))

    for quantity in WORDS.quantities:
        assert set(quantity.factors) == units
        assert quantity.factors[quantity.unit_if_none] == 1
        assert table.FIELDS[quantity.field][0] == "float"


def test_both_ways_to_write_the_micro_sign_are_known() -> None:
    (latency,) = WORDS.quantities

    assert latency.factors["\u00b5s"] == latency.factors["\u03bcs"] == latency.factors["us"]


def test_every_name_leads_to_a_field() -> None:
    assert set(WORDS.names.values()) <= set(table.FIELDS)
    assert set(WORDS.plain.values()) <= set(table.FIELDS)
    assert not set(WORDS.names) & set(table.FIELDS)
    for parent, field in WORDS.plain.items():
        assert any(name.startswith(f"{parent}.") for name in table.FIELDS), parent
        assert field in table.FIELDS


def test_every_event_type_and_value_is_one_of_the_contract() -> None:
    assert set(WORDS.event_types.values()) <= set(table.STREAMS)
    assert not set(WORDS.event_types) & set(table.STREAMS)
    assert all(word == word.lower() and not set(" .-") & set(word) for word in WORDS.event_types)
    for field, values in WORDS.values.items():
        allowed = table.FIELDS[field][3]
        assert allowed is not None
        assert set(values.values()) <= allowed
        assert not set(values) & allowed


def test_whatever_is_lower_cased_is_a_keyword_whose_values_are_lower_case() -> None:
    for field in WORDS.lower_case:
        kind, _, _, values, _ = table.FIELDS[field]
        assert kind == "keyword"
        assert values is None or all(value == value.lower() for value in values)
