"""Runs commands, each in a process of its own that is forked from one which has imported everything: quick and true.

One case a line on standard input, as JSON; one answer a line on standard output.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pty
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path

PROGRAMS = ("elk-bootstrap", "model-logs")


def _child(case: dict) -> None:
    from model_logs import cli

    os.environ.clear()
    os.environ.update(case["env"])
    os.chdir(case["folder"])
    signal.alarm(case.get("limit", 30))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        how = case["streams"][number]
        if how is None:
            with contextlib.suppress(OSError):
                os.close(number)
            setattr(sys, name, None)  # as Python has it where a descriptor is closed at its start
        else:
            opened = os.open(how, os.O_RDONLY if number == 0 else os.O_WRONLY) if isinstance(how, str) else how
            os.dup2(opened, number)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    sys.argv = case["words"]
    code = 0
    try:
        {"elk-bootstrap": cli.elk_bootstrap, "model-logs": cli.model_logs}[case["words"][0]]()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:  # noqa: BLE001  # the test looks for the traceback
        code = 1
        if sys.stderr is not None:
            with contextlib.suppress(Exception):
                traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            code = 120  # as the interpreter ends where its last flush fails
    os._exit(code)


def _run(case: dict) -> dict:
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        streams: list[str | int] = ["/dev/null", out.name, err.name]
        close: list[int] = []
        for number, how in case.get("special", {}).items():
            if how == "broken pipe":
                read, write = os.pipe()
                os.close(read)
                streams[int(number)] = write
                close.append(write)
            elif how == "terminal":
                leader, follower = pty.openpty()
                streams[int(number)] = follower
                close += [follower]
                case["leader"] = leader
            else:
                streams[int(number)] = how
        case["streams"] = streams
        pid = os.fork()
        if pid == 0:
            _child(case)
        for descriptor in close:
            os.close(descriptor)
        shown = b""
        if "leader" in case:
            with contextlib.suppress(OSError):
                while part := os.read(case["leader"], 65_536):
                    shown += part
            os.close(case["leader"])
        _, status = os.waitpid(pid, 0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "out": Path(out.name).read_text(encoding="utf-8", errors="surrogateescape"),
            "err": Path(err.name).read_text(encoding="utf-8", errors="surrogateescape"),
            "shown": shown.decode("utf-8", "replace"),
        }


def _preload() -> None:
    """Import what commands import when they run, and compile their expressions, so that each starts at once."""
    import importlib
    import pkgutil

    import elasticsearch
    import rich.table

    import model_logs

    del elasticsearch, rich
    for module in pkgutil.walk_packages(model_logs.__path__, "model_logs."):
        if not module.name.startswith(("model_logs.testing", "model_logs.demo", "model_logs.serving")):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    _compile()
    gc.freeze()  # else the first collection of each child would copy all pages of its parent


def _compile() -> None:
    """Compile what every message asks, and what reading of lines and of files asks."""
    from model_logs.generate.redaction_rules import load_redaction_rules
    from model_logs.parse import Parser
    from model_logs.redaction import redact

    for pattern in load_redaction_rules().patterns:
        for text in pattern.hides:
            redact(text)
    Parser()


if __name__ == "__main__":
    _preload()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()
