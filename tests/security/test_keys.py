"""`elk-bootstrap keys` against the stand-in: made, shown once, listed, replaced, revoked; refused in words."""

from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from model_logs.cli import elk_bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from tests.support.security import SecuredCluster

DAY = 86_400_000

pytestmark = pytest.mark.usefixtures("nothing_configured")


def made(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def variables(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_a_new_key_is_shown_in_the_forms_that_programs_take(
    keys: Callable[..., Result], cluster: SecuredCluster
) -> None:
    done = keys("create", "writer")
    assert done.exit_code == 0, done.output
    said = variables(done.stdout)
    (key,) = cluster.keys.values()
    pair = f"{key['id']}:{key['secret']}"
    encoded = base64.b64encode(pair.encode()).decode()
    assert said == {
        "ELASTICSEARCH_API_KEY": pair,
        "ELASTICSEARCH_API_KEY_ENCODED": encoded,
        "MODEL_LOGS_API_KEY": encoded,
    }
    assert "shown only once" in done.stderr
    assert key["secret"] not in done.stderr
    assert key["expiration"] - cluster.clock == 90 * DAY


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        (("bootstrap", "--kibana-space", "ml"), True),
        (("bootstrap", "--kibana-space", "ml", "--expires", "never"), False),
        (("bootstrap",), False),
        (("reader", "--kibana-space", "ml"), False),
    ],
)
def test_who_may_install_rules_with_a_key_hears_that_they_live_on_it(
    keys: Callable[..., Result], options: tuple[str, ...], *, warned: bool
) -> None:
    done = keys("create", *options)
    assert done.exit_code == 0, done.output
    assert ("alert rules" in done.stderr) is warned
    rotated = keys("rotate", f"model-logs-{options[0]}")
    assert ("alert rules" in rotated.stderr) is (options[0] == "bootstrap" and len(options) > 1)


def test_the_environment_file_is_one_that_a_shell_reads(keys: Callable[..., Result], tmp_path: Path) -> None:
    import subprocess

    file = tmp_path / "writer.env"
    file.write_text(keys("create", "writer").stdout, encoding="utf-8")
    done = subprocess.run(
        ["bash", "-c", f". {file}; echo $MODEL_LOGS_API_KEY"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == variables(file.read_text(encoding="utf-8"))["MODEL_LOGS_API_KEY"]


def test_a_key_proves_who_asks(
    keys: Callable[..., Result], cluster: SecuredCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model_logs.cluster import Connection, connect

    encoded = made(keys("create", "reader", "--output", "json"))["encoded"]
    with connect(Connection(cluster.url, api_key=encoded)) as client:
        assert client.info()["tagline"]


def test_json_tells_the_same(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    said = made(keys("create", "shipper", "--name", "eu", "--expires", "never", "--output", "json"))
    (key,) = cluster.keys.values()
    assert said == {
        "id": key["id"],
        "name": "model-logs-shipper-eu",
        "role": "shipper",
        "expires": None,
        "api_key": key["secret"],
        "id_and_key": f"{key['id']}:{key['secret']}",
        "encoded": base64.b64encode(f"{key['id']}:{key['secret']}".encode()).decode(),
    }
    assert "expiration" not in key


def test_nothing_that_listens_to_loggers_learns_the_key(
    keys: Callable[..., Result], cluster: SecuredCluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert keys("create", "writer").exit_code == 0
    first = next(iter(cluster.keys.values()))
    assert keys("rotate", first["id"]).exit_code == 0
    assert caplog.records, "the client logs other requests"
    for key in cluster.keys.values():
        encoded = base64.b64encode(f"{key['id']}:{key['secret']}".encode()).decode()
        assert key["secret"] not in caplog.text
        assert encoded not in caplog.text


def test_a_key_may_be_limited_to_environments_and_streams(
    keys: Callable[..., Result], cluster: SecuredCluster
) -> None:
    assert keys("create", "writer", "--environments", "Pre-Prod", "--streams", "prediction,node").exit_code == 0
    assert keys("create", "reader", "--environments", "production", "--kibana-space", "ml").exit_code == 0
    writer, reader = cluster.keys.values()
    (role,) = writer["role_descriptors"].values()
    assert [entry["names"] for entry in role["indices"]] == [
        ["logs-model.prediction-pre_prod", "logs-model.prediction-unknown"],
        ["metrics-model.*"],
    ]
    (role,) = reader["role_descriptors"].values()
    ours, lookups = role["indices"]
    assert "logs-model.lifecycle-production" in ours["names"]
    assert "metrics-model.*" in ours["names"]
    assert not any("*" in name for name in ours["names"] if name.startswith("logs-model."))
    assert lookups["names"] == ["/model-logs-(.*&~(.*[-_]personal(-.*)?))/"]
    (kibana,) = role["applications"]
    assert (kibana["privileges"], kibana["resources"]) == (["space_read"], ["space:ml"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "admin"),
        ("create", "writer", "--streams", "predictions"),
        ("create", "writer", "--environments", "a b"),
        ("create", "writer", "--expires", "90x"),
        ("create", "writer", "--expires", "0d"),
        ("create", "writer", "--name", "a/b"),
        ("create", "writer", "--kibana-space", "default"),
        ("create", "bootstrap", "--environments", "production"),
        ("rotate", "nothing"),
        ("revoke", "nothing"),
        ("roles", "admin"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_of_usage_and_writes_nothing(
    keys: Callable[..., Result], cluster: SecuredCluster, arguments: tuple[str, ...]
) -> None:
    done = keys(*arguments)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert cluster.writes == []


@pytest.mark.parametrize(
    "arguments",
    [("create", "writer"), ("rotate", "model-logs-reader"), ("revoke", "model-logs-reader"), ("roles", "--install")],
)
def test_a_dry_run_shows_the_request_and_sends_none(
    keys: Callable[..., Result], cluster: SecuredCluster, arguments: tuple[str, ...]
) -> None:
    assert keys("create", "reader").exit_code == 0
    before = len(cluster.writes)
    done = keys(*arguments, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "/_security/" in done.stdout
    assert len(cluster.writes) == before


def test_what_the_dry_run_shows_is_what_is_sent(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    shown = keys("create", "operator", "--name", "x", "--dry-run").stdout
    assert keys("create", "operator", "--name", "x").exit_code == 0
    ((method, path, body),) = cluster.writes
    first, _, rest = shown.partition("\n")
    assert first == f"{method} {path}"
    assert json.loads(rest) == body


def test_the_list_shows_ours_and_when_they_end(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    assert keys("create", "writer", "--environments", "production", "--expires", "30d").exit_code == 0
    cluster.keys["foreign"] = next(iter(cluster.keys.values())) | {"id": "foreign", "metadata": {"for": "kibana"}}
    done = keys("list")
    assert done.exit_code == 0, done.output
    assert "model-logs-writer" in done.stdout
    assert "active" in done.stdout
    assert "foreign" not in done.stdout
    (key,) = made(keys("list", "--output", "json"))["keys"]
    assert (key["role"], key["environments"], key["state"], key["owner"]) == (
        "writer",
        ["production"],
        "active",
        "elastic",
    )
    assert not any(each["secret"] in done.output for each in cluster.keys.values())


def test_a_key_from_other_rights_than_todays_is_outdated(
    keys: Callable[..., Result], cluster: SecuredCluster
) -> None:
    assert keys("create", "reader").exit_code == 0
    (key,) = cluster.keys.values()
    key["role_descriptors"]["model_logs_reader"]["indices"][0]["privileges"].remove("read_failure_store")
    (shown,) = made(keys("list", "--output", "json"))["keys"]
    assert shown["state"] == "outdated"


def test_revoked_and_expired_keys_are_shown_when_asked_for(
    keys: Callable[..., Result], cluster: SecuredCluster
) -> None:
    cluster.clock -= 10 * DAY
    assert keys("create", "reader", "--expires", "1d").exit_code == 0
    assert keys("create", "writer", "--expires", "never").exit_code == 0
    assert keys("revoke", "model-logs-writer").exit_code == 0
    assert made(keys("list", "--output", "json"))["keys"] == []
    states = {key["name"]: key["state"] for key in made(keys("list", "--all", "--output", "json"))["keys"]}
    assert states == {"model-logs-reader": "expired", "model-logs-writer": "revoked"}


def test_rotation_gives_the_old_key_an_end_that_the_cluster_keeps(
    keys: Callable[..., Result], cluster: SecuredCluster
) -> None:
    first = made(keys("create", "writer", "--name", "eu", "--environments", "production", "--output", "json"))
    done = keys("rotate", "model-logs-writer-eu", "--grace", "2h")
    assert done.exit_code == 0, done.output
    old, new = cluster.keys.values()
    assert new["name"] == old["name"] == "model-logs-writer-eu"
    assert new["metadata"]["replaces"] == first["id"]
    assert new["role_descriptors"] == old["role_descriptors"]
    assert variables(done.stdout)["ELASTICSEARCH_API_KEY"] == f"{new['id']}:{new['secret']}"
    assert old["expiration"] - cluster.clock == DAY / 12
    assert cluster.valid(old)
    assert "2:00:00" in done.stderr
    cluster.clock += DAY
    assert not cluster.valid(old)
    assert cluster.valid(new)


def test_rotation_gives_the_rights_of_today(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    assert keys("create", "reader").exit_code == 0
    (old,) = cluster.keys.values()
    old["role_descriptors"]["model_logs_reader"]["cluster"] = []
    said = made(keys("rotate", old["id"], "--output", "json"))
    assert cluster.keys[said["new"]["id"]]["role_descriptors"]["model_logs_reader"]["cluster"] == ["monitor"]
    assert said["old"]["id"] == old["id"]
    assert said["old"]["error"] is None


def test_a_key_that_is_known_to_others_ends_at_once(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    assert keys("create", "writer").exit_code == 0
    assert keys("rotate", "model-logs-writer", "--now").exit_code == 0
    old, new = cluster.keys.values()
    assert (cluster.valid(old), cluster.valid(new)) == (False, True)


def test_an_end_that_comes_sooner_stays(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    assert keys("create", "writer", "--expires", "1h").exit_code == 0
    (old,) = cluster.keys.values()
    before = old["expiration"]
    done = keys("rotate", "model-logs-writer", "--grace", "24h")
    assert done.exit_code == 0, done.output
    assert "sooner" in done.stderr
    assert old["expiration"] == before


def test_the_newest_of_one_name_is_rotated_and_a_name_that_two_have_is_not_revoked(
    keys: Callable[..., Result], cluster: SecuredCluster
) -> None:
    assert keys("create", "writer").exit_code == 0
    assert keys("rotate", "model-logs-writer").exit_code == 0
    assert keys("rotate", "model-logs-writer").exit_code == 0
    first, second, third = cluster.keys.values()
    assert third["metadata"]["replaces"] == second["id"]
    refused = keys("revoke", "model-logs-writer")
    assert refused.exit_code == 2
    assert first["id"] in refused.stderr
    assert keys("revoke", first["id"], second["id"]).exit_code == 0
    assert [cluster.valid(key) for key in (first, second, third)] == [False, False, True]


def test_the_new_key_is_shown_although_the_old_one_cannot_be_ended(
    keys: Callable[..., Result], cluster: SecuredCluster
) -> None:
    assert keys("create", "writer").exit_code == 0
    (old,) = cluster.keys.values()
    cluster.users["other"] = ("other", frozenset({"all"}))
    for output in ("text", "json"):
        done = keys("rotate", old["id"], "--output", output, user="other")
        assert done.exit_code == 1
        new = list(cluster.keys.values())[-1]
        assert new["secret"] in done.stdout
        assert "belongs to another user" in done.stderr
    assert cluster.valid(old)


def test_an_id_that_looks_like_an_option_stands_behind_two_hyphens(
    cluster: SecuredCluster, monkeypatch: pytest.MonkeyPatch, keys: Callable[..., Result]
) -> None:
    assert keys("create", "writer").exit_code == 0
    (key,) = cluster.keys.values()
    key["id"] = "-xyz"
    cluster.keys = {"-xyz": key}
    monkeypatch.setenv("MODEL_LOGS_URL", cluster.url)
    monkeypatch.setenv("MODEL_LOGS_USERNAME", "elastic")
    done = CliRunner().invoke(elk_bootstrap, ["keys", "revoke", "--", "-xyz"])
    assert done.exit_code == 0, done.output
    assert not cluster.valid(key)


def test_a_key_of_something_else_is_never_revoked(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    assert keys("create", "writer").exit_code == 0
    (key,) = cluster.keys.values()
    key["metadata"] = {}
    assert keys("revoke", key["id"]).exit_code == 2
    assert cluster.valid(key)


def test_a_user_sees_and_makes_its_own_keys(keys: Callable[..., Result]) -> None:
    assert keys("create", "writer").exit_code == 0
    assert keys("create", "reader", user="own").exit_code == 0
    names = [key["name"] for key in made(keys("list", "--output", "json", user="own"))["keys"]]
    assert names == ["model-logs-reader"]


def test_roles_are_installed_once_and_shown(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    states = {each["role"]: each["state"] for each in made(keys("roles", "--output", "json"))["roles"]}
    assert set(states.values()) == {"missing"}
    assert keys("roles", "writer", "--install").exit_code == 0
    assert set(cluster.roles) == {"model_logs_writer"}
    assert "create_doc" in keys("roles", "writer").stdout
    before = len(cluster.writes)
    assert keys("roles", "writer", "--install").exit_code == 0
    assert len(cluster.writes) == before, "what is current is not written again"
    cluster.roles["model_logs_writer"]["cluster"] = ["all"]
    (again,) = made(keys("roles", "writer", "--install", "--output", "json"))["roles"]
    assert again["state"] == "updated"
    assert cluster.roles["model_logs_writer"]["cluster"] == ["monitor"]
