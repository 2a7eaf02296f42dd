"""How many of 200 planted secrets are hidden, and how many of 200 innocent values damaged; the page says the same."""

from __future__ import annotations

import json
import re

import pytest
from tests.redaction import corpus

from model_logs import assets
from model_logs.redaction import redact

BY_HALF = pytest.mark.parametrize("half", corpus.HALVES)
_SENTENCE = re.compile(
    r"(\d+) of (\d+) planted secrets are hidden .*? (\d+) of (\d+) innocent values are damaged", re.DOTALL
)


def missed(half):
    """Return the kinds of secrets that a text of theirs still shows."""
    return [p.kind for p in corpus.planted(half) if any(corpus.shows(redact(text), p.secret) for text in p.texts)]


def damaged(half):
    return [text for text in corpus.innocent(half) if redact(text) != text]


def test_nearly_all_secrets_are_hidden_in_every_position_and_innocent_values_left():
    hidden = {half: 100 - len(missed(half)) for half in corpus.HALVES}
    harmed = {half: len(damaged(half)) for half in corpus.HALVES}
    assert sum(hidden.values()) >= 190, hidden
    assert sum(harmed.values()) <= 5, harmed


def test_the_page_has_these_figures():
    page = assets.path("docs/logger.md").read_text(encoding="utf-8")
    secrets = sum(len(corpus.planted(half)) for half in corpus.HALVES)
    values = sum(len(corpus.innocent(half)) for half in corpus.HALVES)
    hidden = secrets - sum(len(missed(half)) for half in corpus.HALVES)
    harmed = sum(len(damaged(half)) for half in corpus.HALVES)
    found = _SENTENCE.search(page)
    assert found is not None
    assert tuple(map(int, found.groups())) == (hidden, secrets, harmed, values)


@BY_HALF
def test_each_half_has_a_hundred_of_each(half):
    assert len(corpus.planted(half)) == 100
    assert len(corpus.innocent(half)) == 100


@BY_HALF
def test_what_was_json_is_json_afterwards(half):
    texts = [text for p in corpus.planted(half) for text in p.texts] + corpus.innocent(half)
    read = 0
    for text in texts:
        try:
            json.loads(text)
        except ValueError:
            continue
        json.loads(redact(text))
        read += 1
    assert read > 50


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "true",
        "false",
        "0",
        "-1.5e3",
        "12345",
        '""',
        '"x"',
        "[]",
        "{}",
        '["x", "y"]',
        "[1, 2]",
        '{"value": "x"}',
        '{"a": {"b": {"c": {"d": ["x"]}}}}',
        '[["x", "y"], {"a": "b"}]',
        '"\\u0022x\\\\"',
        '"a]b}c"',
        '[{"a": "]}"}]',
    ],
)
@pytest.mark.parametrize("name", ["password", "api_key", "token", "x-api-key", "secrets", "cookie", "authorization"])
def test_a_value_of_any_type_under_a_secret_name_leaves_json_whole(name, value):
    text = f'{{"a": 1, "{name}": {value}, "b": [2]}}'
    once, twice = json.loads(redact(text)), json.loads(json.loads(redact(json.dumps(text))))
    for found in (once, twice):
        assert found["a"] == 1
        assert found["b"] == [2]
