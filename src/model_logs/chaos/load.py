"""Load at a fixed rate (open loop): requests leave when they are due, answered or not.

So a service that hangs meets as many requests as in life, and its latency counts from when a request was due. It runs
as a process of its own, `python -m model_logs.chaos.load PLAN RESULTS`; each answer is a line of RESULTS.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Answers", "Plan", "main", "read"]

_SHIFT_LOOK_S = 0.2
# The times in a line are rounded, and two answers of one moment may stand either way round.
_ROUNDING_S = 1.0


@dataclass(frozen=True)
class Plan:
    """A load.

    Attributes:
        url: Where to.
        rate: Requests a second.
        bodies: The bodies, in turn.
        timeout_ms: After how long a request is given up.
        name: The beginning of each request id.
        shift_file: A JSON object of field → standard deviations to add; read again and again.
    """

    url: str
    rate: float
    bodies: list[dict[str, Any]]
    timeout_ms: float = 5000
    name: str = "chaos"
    shift_file: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return it as the process reads it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Answers:
    """What was answered in a span of time.

    Attributes:
        sent: Requests that were due.
        ok: Answers of 200 to 299.
        statuses: How often each status came; `timeout` and `refused` among them.
        within: Answers of 200 to 299 that came in time.
    """

    sent: int
    ok: int
    within: int
    statuses: dict[str, int]


def read(
    results: str | Path, *, since: float = 0.0, until: float = float("inf"), within_ms: float = float("inf")
) -> Answers:
    """Return what was answered to requests that were due in a span.

    Args:
        results: The file of results.
        since: Seconds since 1970.
        until: Likewise.
        within_ms: What counts as in time.
    """
    statuses: dict[str, int] = {}
    sent = ok = within = 0
    try:
        lines = Path(results).read_bytes().splitlines()
    except OSError:
        lines = []
    # From the end: a run is asked about its last seconds again and again, and lines are in the order of answers.
    for line in reversed(lines):
        if not line.endswith(b"}"):
            continue
        answer = json.loads(line)
        if answer["due"] + answer["ms"] / 1000 < since - _ROUNDING_S:
            break
        if not since <= answer["due"] < until:
            continue
        sent += 1
        status = str(answer["status"])
        statuses[status] = statuses.get(status, 0) + 1
        if status.startswith("2"):
            ok += 1
            within += answer["ms"] <= within_ms
    return Answers(sent, ok, within, statuses)


class _Bodies:
    """The bodies in turn, shifted as the shift file says at the moment."""

    def __init__(self, plan: Plan) -> None:
        self._cycle: Iterator[dict[str, Any]] = itertools.cycle(plan.bodies)
        self._file = Path(plan.shift_file) if plan.shift_file else None
        self._looked, self._shift = 0.0, {}  # type: tuple[float, dict[str, float]]
        self._deviation = {
            name: statistics.pstdev(float(body[name]) for body in plan.bodies)
            for name, value in (plan.bodies[0].items() if plan.bodies else ())
            if isinstance(value, int | float)
        }

    def take(self) -> dict[str, Any]:
        if self._file is not None and time.monotonic() - self._looked > _SHIFT_LOOK_S:
            self._looked = time.monotonic()
            try:
                self._shift = json.loads(self._file.read_bytes())
            except (OSError, ValueError):
                self._shift = {}
        body = next(self._cycle)
        changed = {
            name: body[name] + by * self._deviation.get(name, 0) for name, by in self._shift.items() if name in body
        }
        return {**body, **changed}


async def _run(plan: Plan, results: Path) -> None:
    import httpx

    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    bodies, running = _Bodies(plan), set()
    with results.open("ab", buffering=0) as out:
        async with httpx.AsyncClient(timeout=plan.timeout_ms / 1000, limits=limits, trust_env=False) as client:

            async def one(number: int, due: float) -> None:
                request_id = f"{plan.name}-{number}"
                try:
                    answer = await client.post(
                        plan.url, json=bodies.take(), headers={**plan.headers, "X-Request-ID": request_id}
                    )
                    status: str | int = answer.status_code
                except httpx.TimeoutException:
                    status = "timeout"
                except httpx.HTTPError as error:
                    status = "refused" if isinstance(error, httpx.ConnectError) else type(error).__name__
                line = {
                    "due": round(due, 4),
                    "ms": round((time.time() - due) * 1000, 3),
                    "status": status,
                    "id": request_id,
                }
                out.write(json.dumps(line).encode() + b"\n")

            begin = time.time()
            for number in itertools.count():
                due = begin + number / plan.rate
                if (early := due - time.time()) > 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), early)
                if stop.is_set():
                    break
                task = asyncio.create_task(one(number, due))
                running.add(task)
                task.add_done_callback(running.discard)
            await asyncio.gather(*running)


def main(plan_file: str, results: str) -> int:
    """Send the load of a plan until SIGTERM; return the exit code."""
    plan = Plan(**json.loads(Path(plan_file).read_bytes()))
    if not plan.bodies or plan.rate <= 0:
        raise ConfigurationError("The load has no bodies or no rate.", next_step="Write rate: 20 and bodies: FILE.")
    asyncio.run(_run(plan, Path(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
