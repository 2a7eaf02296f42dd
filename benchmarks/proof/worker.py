"""One writing process: logs as fast as it can, counts what came back, and ends the way it was told to.

Run as `python -m benchmarks.proof.worker`. For each thread a slot of eight bytes in a memory-mapped file holds the
number of calls that have returned: the parent reads it after the process is gone, however it went.
"""

from __future__ import annotations

import argparse
import atexit
import json
import mmap
import multiprocessing
import os
import resource
import struct
import sys
import threading
import time
from pathlib import Path

from benchmarks.proof.writers import VARIANTS, Write

__all__ = ["main"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", required=True, choices=list(VARIANTS))
    parser.add_argument("--path", help="the log file; standard output without it")
    parser.add_argument("--acks", required=True)
    parser.add_argument("--name", required=True, help="prefix of the event ids")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--count", type=int, required=True, help="events of each thread")
    parser.add_argument("--size", type=int, default=300, help="bytes of payload")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two events of a thread")
    parser.add_argument("--file-limit", type=int, help="RLIMIT_FSIZE in bytes for the first second")
    parser.add_argument("--exit", default="normal", choices=["normal", "exception", "_exit", "fork", "spawn"])
    return parser.parse_args()


def _write_all(write: Write, options: argparse.Namespace, acks: mmap.mmap, thread: int) -> None:
    payload = "x" * max(0, options.size - 200)
    for number in range(1, options.count + 1):
        write(f"{options.name}-{thread}-{number}", payload)
        struct.pack_into("<Q", acks, thread * 8, number)
        if options.pause:
            time.sleep(options.pause)


def _limit_files(size: int) -> None:
    """Let no file grow beyond `size` bytes for a second: what `ulimit -f` does, then freed."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    threading.Timer(1.0, resource.setrlimit, (resource.RLIMIT_FSIZE, (hard, hard))).start()


def _tell(variant: str, acks: str) -> None:
    """Write down how many events the library says that it could not write; only ours says anything."""
    if variant == "model-logs":
        from model_logs import logger

        Path(f"{acks}.stats").write_text(json.dumps(logger.stats(), default=str), encoding="utf-8")


def main() -> None:
    """Write, then end as told."""
    options = _options()
    # Registered first, so that it runs last: what waited until the end was written or lost by then.
    atexit.register(_tell, options.variant, options.acks)
    write = VARIANTS[options.variant].open(options.path, options.name)
    if options.file_limit:
        _limit_files(options.file_limit)
    if options.exit in {"fork", "spawn"}:
        # The parent has used the logger before: its queues, locks and ids are what a forked child inherits.
        write(f"{options.name}-0-0", "before the child")
    if options.exit == "spawn":
        child = multiprocessing.get_context("spawn").Process(target=_child, args=(options,))
        child.start()
        child.join()
        atexit.unregister(_tell)
        sys.exit(child.exitcode)
    if options.exit == "fork" and (pid := os.fork()):
        atexit.unregister(_tell)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    _work(write, options)
    if options.exit == "exception":
        raise SystemError("the proof asked for an unhandled exception")
    if options.exit == "_exit":
        os._exit(0)
    sys.exit(0)


def _child(options: argparse.Namespace) -> None:
    _work(VARIANTS[options.variant].open(options.path, f"{options.name}-child"), options)


def _work(write: Write, options: argparse.Namespace) -> None:
    """Write everything, from so many threads."""
    if not options.count:
        write("", "woken")
    with Path(options.acks).open("r+b") as file:
        acks = mmap.mmap(file.fileno(), 0)
    workers = [
        threading.Thread(target=_write_all, args=(write, options, acks, number), daemon=True)
        for number in range(options.threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if options.exit in {"_exit", "spawn"}:
        _tell(options.variant, options.acks)


if __name__ == "__main__":
    main()
