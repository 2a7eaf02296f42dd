"""What a cluster refuses about keys, in words that say what to do: no right, no licence, no security at all."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from model_logs.cli import elk_bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from tests.support.security import SecuredCluster

pytestmark = pytest.mark.usefixtures("nothing_configured")


@pytest.mark.parametrize("arguments", [("create", "writer"), ("list",), ("roles", "--install")])
def test_a_user_without_the_right_is_told_which(keys: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    done = keys(*arguments, user="nobody")
    assert done.exit_code == 1
    assert "This user lacks the right" in done.stderr
    wanted = {"create": "manage_own_api_key", "list": "manage_own_api_key", "roles": "read_security"}[arguments[0]]
    assert f"cluster privilege {wanted}" in done.stderr


def test_wrong_credentials_are_said(keys: Callable[..., Result]) -> None:
    done = keys("list", user="stranger")
    assert done.exit_code == 1
    assert "401" in done.stderr
    assert "--username" in done.stderr


def test_a_key_cannot_make_keys(cluster: SecuredCluster, keys: Callable[..., Result]) -> None:
    cluster.keys["made"] = {
        "id": "made",
        "name": "by-hand",
        "secret": "s",
        "invalidated": False,
        "username": "elastic",
        "creation": cluster.clock,
        "metadata": {},
        "role_descriptors": {"r": {"cluster": ["all"]}},
    }
    encoded = base64.b64encode(b"made:s").decode()
    done = CliRunner().invoke(elk_bootstrap, ["keys", "create", "writer", "--url", cluster.url, "--api-key", encoded])
    assert done.exit_code == 1
    assert "A key cannot make keys" in done.stderr
    assert "--username" in done.stderr


def test_a_licence_that_does_not_cover_it_is_said(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    cluster.license_valid = False
    done = keys("create", "writer")
    assert done.exit_code == 1
    assert "licence" in done.stderr


def test_api_keys_that_are_turned_off_are_said(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    cluster.api_keys = False
    done = keys("create", "writer")
    assert done.exit_code == 1
    assert "xpack.security.authc.api_key.enabled" in done.stderr


def test_a_request_for_a_key_is_never_sent_twice(keys: Callable[..., Result], cluster: SecuredCluster) -> None:
    cluster.failures = [503]
    assert keys("create", "writer").exit_code == 1
    assert len(cluster.writes) == 1


@pytest.mark.parametrize("version", ["9.0.4", "8.18.2"])
def test_a_version_without_these_privileges_is_refused(
    keys: Callable[..., Result], cluster: SecuredCluster, version: str
) -> None:
    cluster.version = version
    done = keys("create", "reader")
    assert done.exit_code == 1
    assert "needs 8.19, or 9.1" in done.stderr
    assert cluster.keys == {}


@pytest.mark.parametrize(
    "arguments",
    [("create", "writer"), ("list",), ("rotate", "x"), ("revoke", "x"), ("roles",), ("roles", "--install")],
)
def test_a_cluster_without_security_is_named_as_such(es_url: str, arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(elk_bootstrap, ["keys", *arguments, "--url", es_url])
    assert done.exit_code == 1
    assert "Security is not enabled on this cluster" in done.stderr
    assert "xpack.security.enabled" in done.stderr
