"""The client: what it refuses to talk to, what it repeats, and what it says."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from tests.support.kibana import stand_in

from model_logs.cluster import Connection
from model_logs.errors import ClusterError, ConfigurationError
from model_logs.install import kibana

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", ["7.17.29", "8.18.9", "9.0.4"])
def test_a_version_that_cannot_serve_us_is_refused(version: str, opened: Any) -> None:
    with (
        stand_in(version=version) as server,
        pytest.raises(ClusterError, match=rf"Kibana {version} .* 8\.19") as told,
    ):
        opened(server)
    assert "Upgrade" in told.value.next_step


@pytest.mark.parametrize(("version", "api"), [("8.19.0", False), ("9.4.9", False), ("9.5.0", True), ("10.0.1", True)])
def test_the_version_decides_the_way_in(version: str, api: bool, opened: Any) -> None:
    with stand_in(version=version) as server:
        assert opened(server).has_dashboards_api is api


def test_a_moment_of_trouble_is_waited_out(server: Any, opened: Any) -> None:
    server.failures = [503, 429, 502]
    client = opened(server)
    assert client.version >= (8, 19)
    assert len(server.requests) == 4


def test_trouble_that_stays_is_told(server: Any, opened: Any) -> None:
    server.failures = [503] * 10
    with pytest.raises(ClusterError, match="503"):
        opened(server)


def test_a_refusal_is_not_repeated(server: Any, opened: Any) -> None:
    client = opened(server)
    server.requests.clear()
    server.failures = [403]
    with pytest.raises(ClusterError, match="403") as told:
        client.send("POST", "/api/saved_objects/_bulk_delete", body=[], doing="testing")
    assert "right" in told.value.next_step
    assert len(server.requests) == 1


def test_the_key_is_sent(server: Any, opened: Any) -> None:
    server.api_key = "c2VjcmV0"
    assert opened(server, api_key="c2VjcmV0").version
    with pytest.raises(ClusterError, match="401") as told:
        opened(server, api_key="wrong")
    assert "--kibana-api-key" in told.value.next_step


def test_a_certificate_of_ones_own_ca_is_taken_and_no_other(tmp_path: Path) -> None:
    ours, another = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("127.0.0.1").configure_cert(context)
    files = {ca: tmp_path / f"{name}.pem" for name, ca in (("ours", ours), ("another", another))}
    for ca, file in files.items():
        ca.cert_pem.write_to_path(str(file))
    with stand_in(version="9.5.1", tls=context) as server:
        trusted = Connection(url=server.url, ca_certs=str(files[ours]), timeout=10)
        assert kibana.connect_kibana(trusted, backoff=0).version == (9, 5)
        with pytest.raises(ClusterError, match="certificate") as told:
            kibana.connect_kibana(replace(trusted, ca_certs=str(files[another])), backoff=0)
        assert "--kibana-ca-certs" in told.value.next_step


def test_a_space_that_is_not_there_is_told(server: Any, opened: Any) -> None:
    with pytest.raises(ClusterError, match="no space nowhere") as told:
        opened(server, space="nowhere")
    assert "--space" in told.value.next_step
    with pytest.raises(ConfigurationError, match="no id of a space"):
        opened(server, space="../api")


def test_nothing_there_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ClusterError, match="cannot be reached"):
            kibana.connect_kibana(Connection(url=url, timeout=2), backoff=0)


def test_elasticsearch_is_no_kibana(es_url: str) -> None:
    with pytest.raises(ClusterError, match="not Kibana"):
        kibana.connect_kibana(Connection(url=es_url), backoff=0)


def test_credentials_in_the_url_are_used_and_not_shown(server: Any) -> None:
    url = server.url.replace("http://", "http://elastic:secret@")
    client = kibana.connect_kibana(Connection(url=url), backoff=0)
    assert client.url == server.url
