"""Each pattern, and each alternative of each, hides what it is for: no filter before it keeps its secrets from it."""

from __future__ import annotations

import re

import pytest
import yaml
from tests.redaction.sampled import samples

from model_logs import assets
from model_logs.generate import redaction_rules
from model_logs.redaction import MOST_REMEMBERED as MOST
from model_logs.redaction import _innocent, redact
from model_logs.tables.redaction import tried

RULES = redaction_rules.load_redaction_rules()
READ = yaml.safe_load(assets.path("mappings/redaction.yml").read_text(encoding="utf-8"))
PARTS = {name: f"(?:{'|'.join(part)})" if isinstance(part, list) else part for name, part in READ["parts"].items()}
PLACES = {pattern.name: place for place, pattern in enumerate(RULES.patterns)}
BY_NAME = pytest.mark.parametrize("pattern", RULES.patterns, ids=lambda pattern: pattern.name)


def passes(pattern, text):
    """Tell whether a text comes as far as the pattern's expression."""
    lower = text.lower()
    reached = PLACES[pattern.name] in tried(text, lower)
    return reached and (not pattern.gate or re.search(pattern.gate, lower, re.ASCII) is not None)


def cases(kind):
    return [pytest.param(text, id=f"{p.name}: {text[:30]!r}") for p in RULES.patterns for text in getattr(p, kind)]


@pytest.mark.parametrize("text", cases("hides"))
def test_what_the_rules_hide_is_hidden(text):
    assert RULES.replacement in redact(f"before {text}, after")


@pytest.mark.parametrize("text", cases("leaves"))
def test_what_the_rules_leave_is_left(text):
    assert redact(text) is text


@BY_NAME
def test_each_pattern_has_examples_that_it_alone_decides(pattern):
    assert pattern.hides
    assert pattern.leaves
    expression = re.compile(pattern.regex, re.ASCII)
    for text in pattern.hides:
        assert expression.search(text), text
        assert passes(pattern, text), text
    assert [text for text in pattern.leaves if expression.search(text)] == []


ALTERNATIVES = [(p, regex) for p in RULES.patterns for regex in p.alternatives if len(p.alternatives) > 1]


@pytest.mark.parametrize(
    ("pattern", "regex"), ALTERNATIVES, ids=[f"{p.name}: {regex[:40]}" for p, regex in ALTERNATIVES]
)
def test_each_alternative_passes_what_is_asked_before_its_pattern(pattern, regex):
    expression = re.compile(regex, re.ASCII)
    # Some ask what stands behind them.
    made = [
        f"x {text}{end}" for text in samples(regex, 400) for end in (" y", "' y", "@y", '", "name": "MY_PASSWORD"')
    ]
    fitting = [text for text in made if expression.match(text, 2)]
    assert fitting, f"no text was found that {regex} fits"
    for text in fitting:
        assert passes(pattern, text), text
        assert RULES.replacement in redact(text), text


@pytest.mark.parametrize("name", sorted({name for part in ("strong", "weak") for name in READ["parts"][part]}))
def test_each_name_hides_its_value(name):
    for found in samples(redaction_rules.assembled_regex(name, PARTS), 40):
        forms = (
            ("MY_{}=§", '{{"MY_{}": "§"}}', "MY_{}: §")
            if found != "key" and found.lower() not in {"code", "appid"}
            else ("?{}=§", "&{}=§")
        )
        for form in forms:
            text = form.format(found).replace("§", "Ab12cd34Ef")
            assert "12cd34" not in redact(text), text


NAMES = [
    "password",
    "dbPassword",
    "PWD",
    "secret_access_key",
    "clientSecret",
    "x-api-key",
    "AccountKey",
    "MY_TOKEN",
    "DB_PASS",
    "ConnectionString",
    "id_token",
    "fernet-key",
    "LICENCE_KEY",
    "secrets",
    "password1",
    "api_key_2",
    "api-key12",
    "access_tokens",
    "sessionTokens",
    "apiKeys",
    "token",
    "pass",
    "sid",
    "Signature",
    "credentials",
    "cookie",
    "session_id",
    "jwt",
    "FOO_KEY",
    "?code",
    "&code",
]
QUOTES = ("", '"', "'", '\\"', '\\\\"', '\\\\\\"', "%22", "&quot;", "]", '"]')
SIGNS = ("=", ":", " = ", ": ", "\t=", "    =", "  :", "%3d", "%3A", ":=", "=>")


@pytest.mark.parametrize("quote", QUOTES)
def test_the_gates_of_names_let_every_text_through_that_an_expression_would_change(quote):
    """What stands between a name and its value: quotes of all kinds, blanks, brackets, numbers, signs."""
    changed = 0
    for pattern in (p for p in RULES.patterns if p.name.startswith("value of a ")):
        expression = re.compile(pattern.regex, re.ASCII)
        for name in NAMES:
            for sign in SIGNS:
                text = f"x {name}{quote}{sign}Ab12cd34Ef567890xy"
                if expression.search(text):
                    changed += 1
                    assert passes(pattern, text), text
    assert changed > 20


@pytest.mark.parametrize(
    "text",
    [
        "model=fraud version=3 latency_ms=12.5 author=alice keyboard=2",
        "GET http://localhost:8080/api/v1/models/fraud?version=3 took 12 ms",
        '10.1.2.3 - - [22/Nov/2026:07:37:29 +0000] "POST /predict?monkey=1 HTTP/1.1" 200 512',
        '{"model": "fraud", "tokens": 512, "author": "x", "passenger": 3, "compass": "north"}',
        "max_tokens=512 prompt_tokens=100 completion_tokens: 3 bypass_rate: 3",
        "KeyError: 'customer_age' while reading key of request 42: side=left",
    ],
)
def test_a_text_without_a_secret_comes_to_no_expression_of_names(text):
    """They are large: each would cost more than all that is asked before."""
    assert not [p.name for p in RULES.patterns if p.name.startswith("value of a secret") and passes(p, text)]


@BY_NAME
def test_what_was_hidden_once_stays_as_it_is(pattern):
    for text in pattern.hides:
        once = redact(f"before {text}, after")
        assert redact(once) is once, once


def test_the_dialect_is_common_to_the_languages_that_read_it():
    # What Ruby or Java lack or mean otherwise: named and conditional groups, \A \Z \z \h \G, possessive repetitions.
    foreign = re.compile(r"\(\?P|\(\?\(|(?<!\\)(?:\\\\)*\\[AZzhGKXR]|[*+?}]\+|(?<![\\\[])\$|\(\?[aimsx]+\)")
    classes = re.compile(r"\[(?:\\.|[^\]\\])+\]")
    for pattern in RULES.patterns:
        for regex in (classes.sub("x", found) for found in (*pattern.alternatives, pattern.gate)):
            assert foreign.search(regex) is None, (pattern.name, foreign.search(regex))


def pieces():
    listed = ["eyJ", "eyJ-", "://a:b", "token:", "authorization: a ", "bearer ", "sk-", "-", "api_key", "secret "]
    cut = [text[: len(text) * share // 4] for p in RULES.patterns for text in p.hides for share in (2, 3, 4)]
    return sorted({*listed, *cut} - {""})


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_hostile_text_of_any_example_takes_time_in_proportion_to_its_length():
    # In quadratic time each of these would take minutes.
    for piece in pieces():
        text = (piece * 12_000)[:12_000] + " @ password= token: key authorization: bearer value name: -- mysql "
        assert len(redact(text)) <= len(text) * 4


@pytest.mark.parametrize(
    "end", ["-token Ab12cd34Ef", "(-token Ab12cd34Ef)", "\n--password=Ab12cd34Ef", "[-secret Ab12cd34Ef]"]
)
def test_an_option_of_a_command_line_is_one_wherever_it_begins(end):
    assert "12cd34" not in redact(end)


def test_a_long_text_that_was_found_innocent_is_remembered_and_no_secret_with_it():
    innocent = "".join(f'  File "/app/serve_{n}.py", line {n}, in predict\n' for n in range(40))
    guilty = f"{innocent}password=Ab12cd34Ef"
    for _ in range(2):
        assert redact(innocent) is innocent
        assert "12cd34" not in redact(guilty)
    for number in range(3 * MOST):
        assert redact(f"{innocent}{number}").endswith(str(number))
    assert len(_innocent) <= MOST
