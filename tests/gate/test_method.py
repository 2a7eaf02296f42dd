"""The statistics of a gate, simulated: at a limit few versions pass, whatever the traffic is like."""

from __future__ import annotations

import math

import pytest
from tests.support import gate_simulation as simulation

from model_logs.gate import method

# What is promised, and the chance of so few runs on top of it.
PROMISED = 8.0
QUICK = 400
EVERY = ("latency", "errors", "fallback", "freshness", "ratio", "throughput")


def chance(runs: int) -> float:
    """Three standard deviations of the per cent that so many runs show of what is promised."""
    return 3 * 100 * math.sqrt(0.08 * 0.92 / runs)


@pytest.mark.parametrize(
    "cell",
    [
        cell
        for cell in simulation.CELLS
        if cell.rho <= 0.5 and cell.blocks in {15, 30} and cell.events in {10**4, 10**6}
    ],
    ids=str,
)
def test_at_the_limit_few_versions_pass_and_few_fail(cell: simulation.Cell) -> None:
    found = simulation.shares(cell, runs=QUICK, seed=2)
    assert found.passed <= PROMISED + chance(QUICK)
    assert found.failed <= PROMISED + chance(QUICK)


def test_other_methods_pass_many_of_the_same_windows() -> None:
    found = simulation.rivals(simulation.Cell(10**5, 30, "bursty", 0.5), QUICK)
    assert found["point estimate"] > 40
    assert found["binomial"] > 20
    assert found["repeated looks"] > found["binomial"]


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_a_ratio_at_its_limit_passes_seldom(rho: float) -> None:
    found = simulation.paired(30, rho, 1.1, QUICK, seed=2)
    assert max(found.passed, found.failed) <= PROMISED + chance(QUICK)


def test_equal_speed_passes_and_thirty_per_cent_slower_fails() -> None:
    assert simulation.paired(30, 0.0, 1.0, QUICK, scatter=0.12).passed > 90
    assert simulation.paired(30, 0.0, 1.3, QUICK, scatter=0.12).failed > 95


def test_a_whole_verdict_of_six_objectives_is_as_seldom_wrong() -> None:
    cell = simulation.Cell(10**5, 30, "bursty", 0.0)
    assert simulation.whole(cell, at_limit=["errors"], runs=100).passed <= PROMISED + chance(100)
    assert simulation.whole(cell, at_limit=EVERY, runs=100).failed <= PROMISED + chance(100)
    assert simulation.whole(cell, at_limit=[], runs=60).passed > 60


def test_a_watch_seldom_ends_early_at_the_limit_and_soon_ends_far_beyond_it() -> None:
    cell = simulation.Cell(10**4, 60, "independent", 0.0)
    assert simulation.sequence(cell, runs=60) <= PROMISED + chance(60)
    assert method.surely_over([5] * 12, [100] * 12, 0.01)
    assert not method.surely_over([5] * 8, [100] * 8, 0.01), "so few blocks say too little about their scatter"
    assert not method.surely_over([0] * 12, [100] * 12, 0.01)


def test_without_a_single_failure_it_takes_three_events_for_each_limit() -> None:
    assert [method.least_events(limit) for limit in (0.001, 0.01)] == [2_995, 299]


def test_the_events_that_are_missing_decide_once_they_are_there() -> None:
    bad, served = [1] * 15 + [0] * 15, [200] * 30
    found = method.share_interval(bad, served)
    assert found.low < 0.004 < found.high
    missing = method.missing_events(found, 0.004, 30)
    assert missing is not None
    times = math.ceil(1 + missing / 6_000)
    assert method.share_interval(bad * times, served * times).high <= 0.004


def test_a_share_that_lies_at_its_limit_cannot_be_decided_by_more_events() -> None:
    assert method.missing_events(method.share_interval([2] * 30, [200] * 30), 0.01, 30) is None


def test_what_lies_far_from_the_limit_in_each_block_is_decided_however_alike_the_blocks_are() -> None:
    drifting = [round(1_000 * (0.004 + 0.003 * math.sin(at / 5))) for at in range(30)]
    served = [1_000] * 30
    assert method.share_interval(drifting, served).effective < method.LEAST_EFFECTIVE
    assert [method.everywhere_under(drifting, served, limit) for limit in (0.006, 0.01, 0.013)] == [
        False,
        False,
        True,
    ]
    assert [method.everywhere_over(drifting, served, limit) for limit in (0.0005, 0.002, 0.01)] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(("bad", "served"), [([], []), ([0], [0]), ([1], [1]), ([0] * 30, [0] * 30), ([5], [10])])
def test_of_less_than_two_blocks_nothing_is_known(bad: list[int], served: list[int]) -> None:
    found = method.share_interval(bad, served)
    assert (found.low, found.high) == (0.0, 1.0)


def test_without_any_scatter_an_interval_is_that_of_independent_events() -> None:
    for bad in (0, 5):
        found = method.share_interval([bad] * 30, [5] * 30 if bad else [500] * 30)
        assert (found.phi, found.effective) == (1.0, 30.0)


@pytest.mark.soak
def test_a_gate_is_wrong_at_the_limit_in_at_most_8_per_cent_of_windows_up_to_a_correlation_of_a_half() -> None:
    found = {str(cell): simulation.shares(cell) for cell in simulation.CELLS if cell.rho <= 0.5}
    assert {cell: each for cell, each in found.items() if max(each.passed, each.failed) > PROMISED} == {}


@pytest.mark.soak
def test_the_tables_of_the_page_are_what_the_simulation_gives() -> None:
    before = simulation.PAGE.read_text(encoding="utf-8")
    try:
        simulation.write()
        assert simulation.PAGE.read_text(encoding="utf-8") == before
    finally:
        simulation.PAGE.write_text(before, encoding="utf-8")
