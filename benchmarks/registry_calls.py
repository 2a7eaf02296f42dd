"""How much our store adds to a call of MLflow's registry: the same calls to a server with it and to one without.

Real servers, one worker each, on databases of their own. Each round sends the same call to each of them, in an order
that is drawn anew; the figure is the median of the ratios within a round. The trail is on a file system in memory
for one of them and on the disk for another: the difference is the price of `fsync`. One plain server stands there
twice: what it differs from itself is noise.

Run it as: python -m benchmarks.registry_calls [--rounds 40] [--postgresql]
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.mlflow import Server, postgres, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN, AGAIN, MEMORY, DISK = "plain", "plain again", "ours, trail in memory", "ours, trail on the disk"
_WARM_UP = 3
_OK = 200


def _calls(number: int) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield the calls of a round, each of which changes something."""
    name, version = "churn", str(1 + number % 2)
    about = {"name": name, "version": version}
    stage = ("Staging", "Production", "Archived")[number // 2 % 3]
    yield "create a version", "POST", "model-versions/create", {"name": name, "source": f"s3://m/{number}"}
    yield "move an alias", "POST", "registered-models/alias", {**about, "alias": "champion"}
    yield "set a tag", "POST", "model-versions/set-tag", {**about, "key": "round", "value": str(number)}
    yield "remove a tag", "DELETE", "model-versions/delete-tag", {**about, "key": "round"}
    yield "transition", "POST", "model-versions/transition-stage", {**about, "stage": stage}
    yield "describe", "PATCH", "model-versions/update", {**about, "description": str(number)}


def _timed(server: Server, method: str, path: str, body: dict[str, Any]) -> float:
    began = time.perf_counter()
    answer = server.ask(method, path, body)
    took = time.perf_counter() - began
    if answer.status_code != _OK:
        raise SystemExit(f"{method} {path}: {answer.text}")
    return took


def main() -> None:
    """Start the servers, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    options = parser.parse_args()
    found: dict[str, dict[str, list[float]]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        memory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm")))
        servers = {}
        for name in (PLAIN, AGAIN, MEMORY, DISK):
            own = folder.absolute() / name.replace(" ", "-").replace(",", "")
            own.mkdir()
            where = stack.enter_context(postgres()) if options.postgresql else f"sqlite:///{own}/m.db"
            trail = memory if name == MEMORY else own
            servers[name] = stack.enter_context(
                serving(
                    own,
                    where,
                    workers=1,
                    store="elk+" if name in {MEMORY, DISK} else "",
                    MODEL_LOGS_REGISTRY_PATH=str(trail / "registry.log"),
                )
            )
            servers[name].keep_alive()
            _timed(servers[name], "POST", "registered-models/create", {"name": "churn"})
            for source in ("s3://m/a", "s3://m/b"):
                _timed(servers[name], "POST", "model-versions/create", {"name": "churn", "source": source})
        for number in range(options.rounds + _WARM_UP):
            for what, method, path, body in _calls(number):
                for name in random.sample(list(servers), len(servers)):
                    took = _timed(servers[name], method, path, body)
                    if number >= _WARM_UP:
                        found.setdefault(what, {}).setdefault(name, []).append(took)
    _show(found, "PostgreSQL" if options.postgresql else "SQLite")


def _show(found: dict[str, dict[str, list[float]]], database: str) -> None:
    print(f"{database}; milliseconds at the median, and the median of the ratios to the plain server")
    print(f"{'':18}{PLAIN:>10}{AGAIN:>20}{MEMORY:>28}{DISK:>28}")
    every: dict[str, list[float]] = {}
    for what, times in found.items():
        line = f"{what:18}{1000 * statistics.median(times[PLAIN]):10.1f}"
        for name, width in ((AGAIN, 20), (MEMORY, 28), (DISK, 28)):
            ratios = [mine / plain for mine, plain in zip(times[name], times[PLAIN], strict=True)]
            every.setdefault(name, []).extend(ratios)
            line += f"{1000 * statistics.median(times[name]):{width - 8}.1f} x{statistics.median(ratios):5.2f} "
        print(line)
    totals = ", ".join(f"{name} x{statistics.median(ratios):.3f}" for name, ratios in every.items())
    print(f"all calls: {totals}")


if __name__ == "__main__":
    main()
