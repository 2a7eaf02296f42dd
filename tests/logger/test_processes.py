"""How processes come and go: fork, spawn, exec, exits of every kind, and the servers that people run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict

import pytest

GOOD = 'model_name="fraud", request_id="r1", latency_ms=12.5'
START = f"""
import os, sys, signal
from model_logs import logger
logger.configure(path="events.log")
def predict():
    logger.prediction({GOOD})
predict()
"""


def sequences(events):
    """Return writer → its numbers in order, and the writers that ended cleanly."""
    found, closed = defaultdict(list), {}
    for event in events:
        found[event["process"]["entity_id"]].append(event["event"]["sequence"])
        if event["event_type"] == "writer_closed":
            closed[event["process"]["entity_id"]] = event["event"]["sequence"]
    return found, closed


@pytest.mark.parametrize(
    ("end", "clean"),
    [
        ("", True),
        ("sys.exit(0)", True),
        ("raise RuntimeError('x')", True),
        ("os.kill(os.getpid(), signal.SIGINT)", True),
        ("os._exit(0)", False),
        ("os.kill(os.getpid(), signal.SIGKILL)", False),
        ("os.kill(os.getpid(), signal.SIGTERM)", False),
        ("os.abort()", False),
        ("os.execv('/bin/true', ['true'])", False),
    ],
)
def test_nothing_is_lost_at_any_exit_and_a_clean_one_says_so(python, tmp_path, read, end, clean):
    python(START + "predict()\n" + end, check=False)
    found, closed = sequences(read(tmp_path / "events.log"))
    ((writer, numbers),) = found.items()
    assert numbers == ([1, 2, 3] if clean else [1, 2])
    assert closed == ({writer: 3} if clean else {})


def test_a_forked_child_is_a_writer_of_its_own(python, tmp_path, read):
    code = (
        START
        + """
    child = os.fork()
    predict()
    if child:
        os.waitpid(child, 0)
    """.replace("\n    ", "\n")
    )
    python(code)
    found, closed = sequences(read(tmp_path / "events.log"))
    assert sorted(found.values()) == [[1, 2], [1, 2, 3]]
    assert sorted(closed.values()) == [2, 3]


def test_a_child_forked_while_other_threads_write_has_no_lock_to_wait_for(python, tmp_path, read):
    code = (
        START
        + """
import threading
stop = threading.Event()
def work():
    while not stop.is_set():
        predict()
        logger.configure(service="s")
threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads: t.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        predict()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
for t in threads: t.join()
"""
    )
    python(code)
    found, _ = sequences(read(tmp_path / "events.log"))
    assert len(found) == 21
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in found.values())


def test_a_fork_that_python_does_not_know_of_is_noticed(python, tmp_path, read):
    code = (
        START
        + """
import ctypes, time
time.sleep(0.01)
child = ctypes.CDLL(None).fork()
predict()
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
"""
    )
    python(code)
    found, _ = sequences(read(tmp_path / "events.log"))
    assert sorted(found.values()) == [[1], [1, 2, 3]]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_end_cleanly(tmp_path, read, method):
    script = tmp_path / "main.py"
    script.write_text(
        f"""
import multiprocessing
from model_logs import logger
logger.configure(path="events.log")
def work(n):
    logger.prediction({GOOD})
    return n
if __name__ == "__main__":
    logger.prediction({GOOD})
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        assert pool.map(work, range(20), chunksize=1) == list(range(20))
        pool.close()
        pool.join()
"""
    )
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=True, timeout=60)
    found, closed = sequences(read(tmp_path / "events.log"))
    assert sum(map(len, found.values())) == 21 + len(found)
    assert closed == {writer: len(numbers) for writer, numbers in found.items()}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())


def test_every_event_that_was_returned_from_is_in_the_file_after_a_kill(tmp_path, read):
    code = START + "\nn = 1\nwhile True:\n    predict()\n    n += 1\n    os.write(1, b'%d\\n' % n)\n"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE)
    said = b""
    while said.count(b"\n") < 500:
        said += os.read(process.stdout.fileno(), 65536)
    process.kill()
    said += process.stdout.read()
    process.wait()
    process.stdout.close()
    returned = int(said.split(b"\n")[-2])
    (numbers,) = sequences(read(tmp_path / "events.log"))[0].values()
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= returned


def test_an_event_after_close_continues_the_writer_and_closes_it_anew(written):
    written.log.registered(model_name="m")
    written.log.close()
    written.log.close()
    written.log.registered(model_name="m")
    written.log.prediction(model_name="m", request_id="r", latency_ms=1.0)
    found, closed = sequences(written.events)
    assert list(found.values()) == [[1, 2, 3, 4, 5, 6]]
    assert list(closed.values()) == [6]
    assert written.log.stats()["written"] == 6
    written.log.configure(service="and on")
    written.log.registered(model_name="m")
    assert [event["event_type"] for event in written.events][-2:] == ["writer_closed", "registered"]


def test_whatever_logs_last_at_the_end_leaves_a_closed_writer(python, tmp_path, read):
    code = """
    import atexit, logging, threading
    from model_logs import logger
    from model_logs.adapters.stdlib import Formatter, Handler
    atexit.register(lambda: logger.prediction(model_name="m", request_id="late", latency_ms=1.0))
    atexit.register(lambda: logging.getLogger("late").warning("later"))
    class Late:
        def __del__(self):
            logger.registered(model_name="at the very end")
    late = Late()
    logging.basicConfig(handlers=[Handler()])
    logger.configure(path="events.log")
    logger.registered(model_name="m")
    """
    python(code)
    events = read(tmp_path / "events.log")
    found, closed = sequences(events)
    ((writer, numbers),) = found.items()
    assert numbers == list(range(1, len(numbers) + 1))
    assert closed == {writer: len(numbers)}
    assert [e["event_type"] for e in events if e["event_type"] != "writer_closed"] == [
        "registered",
        "log",
        "predict",
        "registered",
    ]


def test_closing_where_nothing_was_written_writes_nothing(written):
    written.log.close()
    assert written.events == []


APP = """
import os
from model_logs import logger
logger.configure(path="events.log", service="wsgi")
logger.event("loaded", labels={"pid": os.getpid()})

def app(environ, start_response):
    with logger.request(environ["PATH_INFO"].strip("/")), logger.predict(model_name="m") as prediction:
        prediction.label = str(os.getpid())
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(command, folder, requests):
    """Run a server, send it requests, stop it as systemd does."""
    port = free_port()
    command = [sys.executable, "-m", *(part.replace("PORT", str(port)) for part in command)]
    with (folder / "server.txt").open("wb") as out:
        server = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        for n in range(requests):
            for _ in range(300):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/r{n}", timeout=10) as answer:
                        assert answer.read() == b"ok"
                    break
                except OSError:
                    assert server.poll() is None, (folder / "server.txt").read_text()
                    time.sleep(0.1)
            else:
                pytest.fail((folder / "server.txt").read_text())
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--preload"], ["--max-requests", "7"]])
def test_gunicorn_loses_nothing_and_its_workers_end_cleanly(tmp_path, read, options):
    (tmp_path / "wsgi.py").write_text(APP)
    command = ["gunicorn", "wsgi:app", "--workers", "2", "--bind", "127.0.0.1:PORT", *options]
    serve(command, tmp_path, 30)
    events = read(tmp_path / "events.log")
    found, closed = sequences(events)
    served = [event["request_id"] for event in events if event["event_type"] == "predict"]
    assert sorted(served) == sorted(f"r{n}" for n in range(30))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())
    assert closed == {writer: len(numbers) for writer, numbers in found.items()}


ASGI = """
from contextlib import asynccontextmanager
from fastapi import FastAPI, Response
from model_logs import logger

logger.configure(path="events.log", service="asgi")

@asynccontextmanager
async def lifespan(app):
    yield
    logger.close()

app = FastAPI(lifespan=lifespan)

@app.get("/{request_id}")
@logger.log_prediction(model_name="m")
async def predict(request_id: str):
    return Response("ok")
"""


LOGGING = """
{"version": 1, "disable_existing_loggers": false,
 "handlers": {"events": {"()": "model_logs.adapters.stdlib.Handler"}},
 "root": {"handlers": ["events"], "level": "INFO"}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--workers", "2"], ["--workers", "2", "--log-config", "logging.json"]])
def test_uvicorn_loses_nothing_and_ends_cleanly_with_a_lifespan_that_closes(tmp_path, read, options):
    (tmp_path / "asgi.py").write_text(ASGI)
    (tmp_path / "logging.json").write_text(LOGGING)
    serve(["uvicorn", "asgi:app", "--host", "127.0.0.1", "--port", "PORT", *options], tmp_path, 30)
    events = read(tmp_path / "events.log")
    found, closed = sequences(events)
    served = [event["request_id"] for event in events if event["event_type"] == "predict"]
    assert sorted(served) == sorted(f"r{n}" for n in range(30))
    # Also with uvicorn's own lines, some of which come after the lifespan: the last event of each worker closes it.
    workers = {event["process"]["entity_id"] for event in events if event["event_type"] == "predict"}
    assert {writer: closed.get(writer) for writer in workers} == {writer: max(found[writer]) for writer in workers}
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in found.values())
