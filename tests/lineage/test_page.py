"""The pages of a trace and of a lineage in a real browser: whole, on any screen, harmless whatever names say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from model_logs.catalog.facts import ModelFacts
from model_logs.lineage import stated
from model_logs.lineage.page import lineage_page, trace_page, write_page
from model_logs.lineage.story import Lineage, Trace
from model_logs.times import iso

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = 24 * 60
HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</style><img src=x onerror='window.hacked = 2'>",
    '"><svg onload=window.hacked=3>',
    "<!-- {{ 7*7 }} \u202e",
    "javascript:window.hacked=4",
]
# What reaches beyond its card or the screen.
_BEYOND = """
    Array.from(document.querySelectorAll(".panel, .tile, header")).flatMap(panel => {
      const edge = Math.min(panel.getBoundingClientRect().right, innerWidth) + 1;
      return Array.from(panel.querySelectorAll("h1, p, b, dd, dt, a, td:not(.absent) span, li div, .value, .label"))
        .filter(element => element.getBoundingClientRect().right > edge)
        .map(element => [element.tagName, element.textContent.slice(0, 30)]);
    })
"""
# Two texts that cover each other: of cells and of entries.
_COVERED = """
    (() => {
      const boxes = Array.from(document.querySelectorAll("td:not(.absent) span, dd, .line p")).map(element =>
        [element.textContent.slice(0, 30), element.getBoundingClientRect()]);
      return boxes.flatMap(([text, a], at) => boxes.slice(at + 1).filter(([, b]) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2
      ).map(([other]) => [text, other]));
    })()
"""


def _event(event_type: str, minute: float, model: str = "fraud", **fields: Any) -> dict[str, Any]:
    base = {"@timestamp": iso(NOON + timedelta(minutes=minute)), "event": {"id": f"{event_type}-{model}-{minute}"}}
    return {**base, "event_type": event_type, "status": "success", "model_name": model, **fields}


def told(names: list[str] | None = None) -> tuple[Trace, Lineage]:
    """A request and its version, with names of one's choice in every place that shows one."""
    given = iter((names or []) * 100)

    def name(usual: str) -> str:
        return next(given, usual)

    version = {"model": name("fraud-detection-gradient-boosted-trees-eu"), "model_version": "7"}
    labels = {"run_datasets": name("payments_2026q3@9f1c22d0"), "run_author": name("jim"), "param_rate": name("0.1")}
    user = {"name": name("joe")}
    created = _event("version_created", -12 * DAY, **version, run_id=name("a" * 32), user=user, labels=labels)
    approved = _event("approved", -12 * DAY + 1, **version, user=user, attested=True)
    claimed = _event("approved", -11 * DAY, **version, user={"name": name("mallory")}, attested=False)
    moved = _event("transitioned", -2 * DAY, **version, stage="production", status="failed", reason=name("503"))
    alias = _event("alias_set", -2 * DAY + 3, **version, alias=name("champion"), reconciled=True)
    tag = _event("tag_set", -2 * DAY + 4, **version, tag={"key": name("k"), "value": name("v")})
    gate = _event("gate_passed", -2 * DAY + 5, **version, gate={"name": name("promote"), "value": 43.2})
    baseline = _event("baseline_recorded", -2 * DAY + 300, **version, metrics={name("p99"): 0.0004})
    predicted = _event(
        "predict",
        0,
        **version,
        request_id=name("r-17"),
        latency_ms=12.4,
        prediction_label=name("fraud"),
        service={"name": name("gateway")},
        error={"message": name("none")},
    )
    second = _event("predict", 0.001, "rules", request_id="other", status="timeout", latency_ms=2.0)
    alert = _event("alert_fired", -20, **version, alert={"rule": name("high-error-rate"), "value": 7.2})
    experiment = _event("chaos_started", -30, experiment={"name": name("kill"), "target": name("pod")})
    outcome = {
        "@timestamp": iso(NOON),
        "prediction_id": predicted["event"]["id"],
        "model_name": version["model"],
        "actual_label": name("fraud"),
        "correct": True,
        "state": "resolved",
        "outcome_at": iso(NOON + timedelta(days=9)),
    }
    facts = ModelFacts(
        name("risk"), name("1"), name("production"), name("6h"), name("personal"), name("https://w.example/c")
    )
    life = Lineage(
        version["model"],
        "7",
        history=[created, approved, claimed, moved, alias, tag],
        author=user["name"],
        verdict=approved,
        claims=[claimed],
        baseline=baseline,
        gates=[gate],
        alerts=[alert],
        experiments=[experiment],
        facts=facts,
        run=stated.run(created),
    )
    return Trace(
        name("r-17"), [predicted, second], [], [outcome], [life, Lineage("rules", None)], [alert], [experiment]
    ), life


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Any:
    def open_page(page: str, width: int = 1440, scheme: str = "light") -> Any:
        file = tmp_path / "page.html"
        write_page(page, file)
        tab = browser.page(width=width, scheme=scheme)
        tab.open(file)
        return tab

    return open_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_both_pages_fit_any_screen_and_nothing_covers_anything(
    opened: Any, tmp_path: Path, width: int, scheme: str
) -> None:
    request, life = told()
    for page in (trace_page(request), lineage_page(life)):
        tab = opened(page, width, scheme)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate(_BEYOND) == []
        assert tab.evaluate(_COVERED) == []
        assert (tab.complaints, len(tab.requests)) == ([], 1)
        tab.photograph(tmp_path / "page.png")
        assert (tmp_path / "page.png").stat().st_size > 20_000


def test_the_time_line_holds_each_event_once_in_the_order_of_time(opened: Any) -> None:
    request, _ = told()
    tab = opened(trace_page(request))
    titles = tab.evaluate("Array.from(document.querySelectorAll('.entry .what b')).map(b => b.textContent)")
    assert titles == [
        "Version 7 created",
        "Approved",
        "Approved",
        "Moved from ? to production",
        "Alias champion points at 7",
        "Tag k = v",
        "Gate promote passed",
        "Baseline recorded",
        "Experiment kill started",
        "Alert high-error-rate fired",
        "Predicted fraud",
        "Predicted",
        "The truth is fraud: the prediction was right",
    ]
    marks = tab.evaluate("Array.from(document.querySelectorAll('.entry .mark')).map(mark => mark.textContent)")
    assert marks == ["unattested", "failed", "reconciled", "timeout"]
    gaps = tab.evaluate("Array.from(document.querySelectorAll('.day small')).map(gap => gap.textContent)")
    assert gaps == ["24.0 h later", "9 days later", "4.9 h later", "42.5 h later", "9 days later"]


def test_the_page_says_who_owns_made_and_approved_what_answered(opened: Any) -> None:
    request, _ = told()
    tab = opened(trace_page(request))
    text = tab.evaluate("document.body.innerText")
    for said in (
        "risk",
        "owner, tier 1",
        "payments_2026q3@9f1c22d0",
        "1 verdict is unattested",
        "1 of 1 passed",
        "0.0004",
    ):
        assert said in text
    cells = tab.evaluate("Array.from(document.querySelectorAll('#predictions td')).map(cell => cell.textContent)")
    assert "fraud (right)" in cells
    assert tab.evaluate("document.querySelector('.version a').href") == "https://w.example/c"


def test_a_name_is_text_whatever_it_says(opened: Any) -> None:
    for page in (trace_page(told(HOSTILE)[0]), lineage_page(told(HOSTILE)[1])):
        tab = opened(page)
        assert tab.evaluate("window.hacked === undefined")
        assert tab.evaluate("document.querySelectorAll('script, img, svg').length") == 0
        assert (
            tab.evaluate("Array.from(document.querySelectorAll('a')).filter(a => !a.href.startsWith('http')).length")
            == 0
        )
        assert (tab.complaints, len(tab.requests)) == ([], 1)
        text = tab.evaluate("document.body.textContent")
        assert "<script>window.hacked = 1</script>" in text
        assert "49" not in re.sub(r"[0-9a-f-]{8,}|\d\d:\d\d:\d\d", "", text)
        assert "\u202e" not in text


def test_a_page_refers_to_nothing_outside_but_the_card() -> None:
    text = trace_page(told()[0])
    assert set(re.findall(r"(?:src|href)\s*=\s*[\"']([^\"']+)", text)) == {"https://w.example/c"}
    assert "url(" not in text
    assert "default-src 'none'; style-src" in text


def test_a_long_life_is_cut_and_says_so() -> None:
    events = [_event("tag_set", minute, tag={"key": str(minute)}) for minute in range(600)]
    page = lineage_page(Lineage("fraud", None, history=events))
    assert page.count('class="entry') == 500
    assert "100 earlier entries are left out" in page
