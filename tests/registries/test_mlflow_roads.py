"""The two roads from a real MLflow server into the trail, webhooks and our store: nothing twice, nothing missed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.support.mlflow import Server, prepared, serving

from model_logs.journal import Journal
from model_logs.registries import reconcile
from model_logs.registries.approval import DEFAULT, Approval
from model_logs.registries.mlflow.api import MLflow
from model_logs.registries.state import told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

OURS = str(Path(sys.executable).parent / "model-logs")
SECRET = "a-webhook-secret-PLANTED-0123456789"
PROMPT = "PLANTED-PROMPT"
_DOWN_S = 600
IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
# Kills the server where it would write the line of a change that stands in its database.
KILLS = """
import os, signal
where = os.environ.get("TESTS_KILL_WHERE")
if where:
    from model_logs import journal
    write = journal.Journal.write_all
    def killed(self, *args, **kwargs):
        if os.path.exists(where):
            os.unlink(where)
            os.kill(os.getpid(), signal.SIGKILL)
        return write(self, *args, **kwargs)
    journal.Journal.write_all = killed
"""


def until(what: Callable[[], Any], within_s: float = 60) -> Any:
    end = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)
    return found


@contextlib.contextmanager
def receiving(folder: Path, port: int, **variables: str) -> Iterator[str]:
    command = [OURS, "registry", "receive", "--source", "mlflow", "--path", str(folder / "registry.log")]
    said = {**os.environ, "MODEL_LOGS_REGISTRY_SECRET_MLFLOW": SECRET, **variables}
    with (folder / "receiver.log").open("ab") as log:
        process = subprocess.Popen([*command, "--port", str(port)], env=said, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client() as client:

            def answers() -> bool:
                with contextlib.suppress(httpx.HTTPError):
                    return client.get(f"{url}/health").status_code == 200
                return False

            until(answers)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def register(server: Server, url: str) -> None:
    said = {**os.environ, "MODEL_LOGS_REGISTRY_SECRET_MLFLOW": SECRET}
    command = [OURS, "registry", "register-webhooks", "--tracking-uri", server.url, "--to", f"{url}/mlflow"]
    subprocess.run(command, env=said, check=True)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def do(server: Server, *steps: tuple[str, str, dict[str, Any]]) -> None:
    for method, path, body in steps:
        answer = server.ask(method, path, body)
        assert answer.status_code == 200, answer.text


def reconciled(server: Server) -> list[tuple[Any, ...]]:
    """Write down what the trail has missed, and return it."""
    journal = Journal(server.trail, service="registry", environment="test")
    found = reconcile.missed(tuple, journal, MLflow(server.url).state, "mlflow", settle_s=0.1)
    reconcile.write_changes(found, journal, Approval.of(DEFAULT))
    journal.close()
    return [(each.event_type, each.fields["model_name"], each.fields.get("model_version")) for each in found]


def told(server: Server) -> list[tuple[Any, ...]]:
    return [(each["event_type"], each["model_name"], each.get("model_version")) for each in server.events]


def health(url: str) -> dict[str, int]:
    found: dict[str, int] = httpx.get(f"{url}/health").json()["deliveries"].get("mlflow", {})
    return found


FIRST = (
    ("POST", "registered-models/create", {"name": "churn"}),
    ("POST", "model-versions/create", {"name": "churn", "source": "s3://m/1"}),
    ("POST", "model-versions/create", {"name": "churn", "source": "s3://m/2"}),
    ("POST", "registered-models/alias", {"name": "churn", "version": "1", "alias": "champion"}),
    ("POST", "registered-models/alias", {"name": "churn", "version": "2", "alias": "champion"}),
    ("POST", "model-versions/set-tag", {"name": "churn", "version": "2", "key": "approval", "value": "approved"}),
    ("DELETE", "registered-models/alias", {"name": "churn", "alias": "champion"}),
)
TOLD_FIRST = [
    ("registered", "churn", None),
    ("version_created", "churn", "1"),
    ("version_created", "churn", "2"),
    ("alias_set", "churn", "1"),
    ("alias_set", "churn", "2"),
    ("tag_set", "churn", "2"),
    ("approved", "churn", "2"),
    ("alias_removed", "churn", None),
]
# Of these MLflow sends no webhook, or nobody hears it.
UNHEARD = (
    ("POST", "model-versions/transition-stage", {"name": "churn", "version": "2", "stage": "Production"}),
    ("POST", "registered-models/set-tag", {"name": "churn", "key": "team", "value": "risk"}),
    ("POST", "registered-models/alias", {"name": "churn", "version": "2", "alias": "champion"}),
    ("DELETE", "model-versions/delete", {"name": "churn", "version": "1"}),
    ("DELETE", "model-versions/delete-tag", {"name": "churn", "version": "2", "key": "approval"}),
    ("POST", "registered-models/create", {"name": "greet", "tags": [IS_PROMPT]}),
    (
        "POST",
        "model-versions/create",
        {
            "name": "greet",
            "source": "dummy-source",
            "tags": [IS_PROMPT, {"key": "mlflow.prompt.text", "value": PROMPT}],
        },
    ),
    ("POST", "registered-models/rename", {"name": "churn", "new_name": "churn-eu"}),
)
FOUND = {
    ("renamed", "churn-eu", None),
    ("registered", "greet", None),
    ("version_created", "greet", "1"),
    ("transitioned", "churn-eu", "2"),
    ("alias_set", "churn-eu", "2"),
    ("tag_set", "churn-eu", None),
    ("tag_deleted", "churn-eu", "2"),
    ("deleted", "churn-eu", "1"),
}


def test_what_the_receiver_hears_stands_once_and_reconcile_finds_what_it_did_not(tmp_path):
    port = free_port()
    with serving(tmp_path, f"sqlite:///{tmp_path}/m.db", store="", workers=1) as server:
        with receiving(tmp_path, port) as url:
            register(server, url)
            register(server, url)
            [webhook] = server.ask("GET", "webhooks").json()["webhooks"]
            tested = server.ask("POST", f"webhooks/{webhook['webhook_id']}/test", {}).json()
            assert tested["result"]["success"], tested
            assert server.events == []
            do(server, *FIRST)
            until(lambda: len(server.events) >= len(TOLD_FIRST))
            # Deliveries come by threads of MLflow's own: two that follow at once may change places.
            assert sorted(map(str, told(server))) == sorted(map(str, TOLD_FIRST))
            assert health(url).get("unproved", 0) == 0
        do(server, *UNHEARD)
        # Its three attempts of each delivery.
        time.sleep(10)
        with receiving(tmp_path, port):
            found = reconciled(server)
            assert set(found) == FOUND
            assert len(found) == len(FOUND)
            assert reconciled(server) == []
        assert len({each["event"]["id"] for each in server.events}) == len(server.events)
        secrets_are_nowhere(tmp_path)


@pytest.mark.timeout(1500)
def test_after_ten_minutes_without_a_receiver_nothing_that_the_registry_shows_is_missing(tmp_path):
    port = free_port()
    with serving(tmp_path, f"sqlite:///{tmp_path}/m.db", store="", workers=1) as server:
        with receiving(tmp_path, port) as url:
            register(server, url)
            do(server, *FIRST)
            until(lambda: len(server.events) >= len(TOLD_FIRST))
        before = len(server.events)
        began = time.monotonic()
        for number in range(len(UNHEARD)):
            do(server, *UNHEARD[number : number + 1])
            time.sleep(max(0, began + _DOWN_S * (number + 1) / len(UNHEARD) - time.monotonic()))
        assert len(server.events) == before, "nobody heard it, and MLflow has given up"
        with receiving(tmp_path, port) as url:
            found = reconciled(server)
            assert sorted(map(str, found)) == sorted(map(str, FOUND))
            assert reconciled(server) == []
            # The road is open again.
            do(server, ("POST", "registered-models/create", {"name": "later"}))
            until(lambda: ("registered", "later", None) in told(server))
            assert reconciled(server) == []
        events = server.events
        assert len({each["event"]["id"] for each in events}) == len(events)
        assert [each.get("reconciled") for each in events].count(True) == len(FOUND)
        state, shown = told_by(sorted(events, key=lambda each: each["@timestamp"])), MLflow(server.url).state()
        assert (state.models.keys(), state.versions.keys()) == (shown.models.keys(), shown.versions.keys())
        assert (state.stages, state.aliases) == (shown.stages, shown.aliases)


@pytest.mark.parametrize("source", ["plugin", "webhook"])
def test_where_both_roads_are_open_each_change_stands_once(tmp_path, source):
    port = free_port()
    with (
        receiving(tmp_path, port, MODEL_LOGS_MLFLOW_SOURCE=source) as url,
        serving(tmp_path, f"sqlite:///{tmp_path}/m.db", workers=1, MODEL_LOGS_MLFLOW_SOURCE=source) as server,
    ):
        register(server, url)
        do(server, *FIRST)
        counted = "other_source" if source == "plugin" else "event"
        until(lambda: health(url).get(counted, 0) >= len(FIRST))
        assert sorted(map(str, told(server))) == sorted(map(str, TOLD_FIRST))
        writers = {each["service"]["name"] for each in server.events}
        assert writers == {"mlflow" if source == "plugin" else "model-logs-registry"}
        assert reconciled(server) == []
        secrets_are_nowhere(tmp_path)


def test_a_change_whose_server_was_killed_before_its_line_is_found_by_reconcile(tmp_path):
    where = tmp_path / "kill"
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "sitecustomize.py").write_text(KILLS)
    with serving(tmp_path, f"sqlite:///{tmp_path}/m.db", "--app-name", "elk", TESTS_KILL_WHERE=str(where)) as server:
        do(server, *FIRST[:3])
        before = told(server)
        where.touch()
        with pytest.raises(httpx.HTTPError):
            server.ask(
                "POST", "model-versions/transition-stage", {"name": "churn", "version": "2", "stage": "Production"}
            )
        assert not where.exists()
        assert told(server) == before
        # The other worker answers.
        assert reconciled(server) == [("transitioned", "churn", "2")]
        [found] = server.events[len(before) :]
        assert (found["stage"], found["previous_stage"], found["reconciled"]) == ("production", "none", True)
        assert reconciled(server) == []


def test_a_disk_that_refuses_never_reaches_mlflow_and_reconcile_finds_the_change(tmp_path):
    with serving(
        tmp_path, f"sqlite:///{tmp_path}/m.db", workers=1, MODEL_LOGS_REGISTRY_PATH="/proc/no/such/registry.log"
    ) as server:
        do(server, *FIRST)
        assert "is not in the audit trail" in server.log.read_text()
        assert reconciled(server) == [
            *TOLD_FIRST[:3],
            ("tag_set", "churn", "2"),
        ]


OTHER_VERSION = """
import mlflow.version
mlflow.version.VERSION = "3.99.0"
"""


@pytest.mark.parametrize(
    ("store", "variables", "other_version", "said"),
    [
        ("elk+sqlite:///m.db", {}, True, "--registry-store-uri sqlite://… starts MLflow without the audit trail"),
        # Under SQLAlchemy 2.1 this URL means psycopg 3, which is not there.
        ("elk+postgresql://h/m", {}, False, "write --registry-store-uri elk+postgresql+psycopg2://…"),
        ("elk+sqlite:///m.db", {"MODEL_LOGS_MLFLOW_SOURCE": "both"}, False, "MODEL_LOGS_MLFLOW_SOURCE is 'both'"),
        (
            "elk+sqlite:///m.db",
            {"MODEL_LOGS_APPROVAL": "approved"},
            False,
            "'approved' says neither a tag nor an alias",
        ),
        ("elk+sqlite:///m.db", {"MODEL_LOGS_MLFLOW_APP": "no-such"}, False, "no application has that name"),
    ],
)
def test_what_cannot_work_is_said_before_traffic_with_the_next_step(tmp_path, store, variables, other_version, said):
    if other_version:
        (tmp_path / "installed").mkdir()
        (tmp_path / "installed" / "sitecustomize.py").write_text(OTHER_VERSION)
    command = ["mlflow", "server", "--port", str(free_port()), "--workers", "1", "--app-name", "elk"]
    process = subprocess.Popen(
        [*command, "--backend-store-uri", "sqlite:///m.db", "--registry-store-uri", store],
        cwd=tmp_path,
        env=prepared(tmp_path) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=200)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    # It has ended by itself; of an application that cannot start MLflow's own command makes 0.
    assert said in output.decode()
    assert "Next step" in output.decode()


def test_a_version_tells_its_runs_author_its_data_and_the_figures_that_were_asked_for(tmp_path):
    with serving(
        tmp_path,
        f"sqlite:///{tmp_path}/m.db",
        workers=1,
        MODEL_LOGS_MLFLOW_METRICS="auc, f1,absent",
        MODEL_LOGS_MLFLOW_PARAMETERS="lr",
    ) as server:
        said = {"experiment_id": "0", "start_time": 1, "tags": [{"key": "mlflow.user", "value": "jane"}]}
        run = server.ask("POST", "runs/create", said).json()["run"]["info"]["run_id"]
        data = {"name": "claims", "digest": "d1", "source_type": "local", "source": "x", "profile": PROMPT}
        do(
            server,
            ("POST", "runs/log-metric", {"run_id": run, "key": "auc", "value": 0.91, "timestamp": 1}),
            ("POST", "runs/log-metric", {"run_id": run, "key": "loss", "value": 0.2, "timestamp": 1}),
            ("POST", "runs/log-parameter", {"run_id": run, "key": "lr", "value": "0.1"}),
            ("POST", "runs/log-parameter", {"run_id": run, "key": "api_key", "value": PROMPT}),
            ("POST", "runs/log-inputs", {"run_id": run, "datasets": [{"tags": [], "dataset": data}]}),
            ("POST", "registered-models/create", {"name": "churn"}),
            ("POST", "model-versions/create", {"name": "churn", "source": "s3://m/1", "run_id": run}),
            (
                "POST",
                "model-versions/create",
                {"name": "churn", "source": "s3://m/2", "run_id": "another-servers-run"},
            ),
        )
        found, other = server.events[1:]
        assert (found["run_id"], found["metrics"]) == (run, {"auc": 0.91})
        assert found["labels"] == {"run_author": "jane", "run_datasets": "claims@d1", "param_lr": "0.1"}
        assert other["run_id"] == "another-servers-run"
        assert "labels" not in other
        secrets_are_nowhere(tmp_path)


def secrets_are_nowhere(folder: Path) -> None:
    """No secret and no prompt stands in any file but MLflow's own database."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.name.startswith("m.db"):
            content = file.read_bytes()
            for planted in (SECRET, PROMPT):
                assert planted.encode() not in content, (file, planted)
