"""The one way of trying again: how often, how long between, and what is not tried again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from model_logs.retrying import Pauses, asked_pause, retry

SOURCES = Path(__file__).parents[1] / "src" / "model_logs"


class Work:
    """Fails so often, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.left = list(errors)
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if self.left:
            raise self.left.pop(0)
        return "done"


def again(error: Exception) -> float | None:
    return None if isinstance(error, ValueError) else 0


def test_a_call_is_repeated_until_it_succeeds_with_pauses_that_grow() -> None:
    waited: list[float] = []
    work = Work(OSError(), OSError(), OSError())
    assert retry(work, attempts=4, pauses=Pauses(1, 60), least=again, wait=waited.append) == "done"
    assert len(waited) == 3
    assert all(2**n / 2 <= seconds <= 2**n for n, seconds in enumerate(waited))


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_the_last_error_is_told_unchanged_after_so_many_tries(attempts: int) -> None:
    errors = [OSError(str(number)) for number in range(9)]
    work = Work(*errors)
    with pytest.raises(OSError, match=f"^{attempts - 1}$") as told:
        retry(work, attempts=attempts, pauses=Pauses(0, 0), least=again, wait=lambda _: None)
    assert told.value is errors[attempts - 1]
    assert work.tries == attempts


def test_an_error_that_stays_is_not_waited_for() -> None:
    waited: list[float] = []
    work = Work(OSError(), ValueError("wrong for ever"))
    with pytest.raises(ValueError, match="wrong for ever"):
        retry(work, attempts=9, pauses=Pauses(1, 1), least=again, wait=waited.append)
    assert (work.tries, len(waited)) == (2, 1)


def test_a_pause_that_the_other_side_asks_for_is_kept() -> None:
    waited: list[float] = []
    retry(Work(OSError()), attempts=2, pauses=Pauses(0.1, 1), least=lambda _: 7, wait=waited.append)
    assert waited == [7]


def test_an_interrupt_is_no_failure_to_be_repeated() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retry(stopped, attempts=3, pauses=Pauses(0, 0), least=again, wait=lambda _: pytest.fail("waited"))


def test_pauses_grow_to_the_longest_and_never_overflow() -> None:
    pauses = Pauses(0.1, 5)
    most = [max(pauses.after(tries) for _ in range(200)) for tries in range(1, 8)]
    assert all(one < other for one, other in pairwise(most[:6]))
    for tries in (10, 1_000, 10**9):
        assert 2.5 <= pauses.after(tries) <= 5


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("99999999999999999999", 60),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("\u0667", None),
        ("", None),
        ("nan", None),
    ],
)
def test_the_header_that_asks_for_a_pause_is_read_in_seconds(said: str, seconds: float | None) -> None:
    assert asked_pause({"RETRY-after": said}, longest=60) == seconds
