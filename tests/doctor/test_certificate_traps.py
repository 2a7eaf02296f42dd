"""Certificates that end soon, at a server that really speaks TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from model_logs.cluster import Connection
from model_logs.doctor import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Served:
    """A port that shakes hands and says nothing more, with a certificate that ends when a test says."""

    def __init__(self, folder: Path, ends: datetime) -> None:
        authority = trustme.CA()
        self.ca_certs = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_certs)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", not_after=ends).configure_cert(self._context)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        # Until the socket is closed, or a client breaks off: one that does not trust us.
        with suppress(OSError):
            while True:
                plain, _ = self._socket.accept()
                with suppress(ssl.SSLError), self._context.wrap_socket(plain, server_side=True) as secured:
                    secured.recv(1)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def serve_tls(tmp_path: Path) -> Iterator[Callable[[timedelta], Served]]:
    served: list[Served] = []

    def start(left: timedelta) -> Served:
        served.append(Served(tmp_path, datetime.now(UTC) + left))
        return served[-1]

    yield start
    for each in served:
        each.close()


@pytest.mark.parametrize(
    ("left", "severity", "says"),
    [
        (timedelta(days=-1), Severity.PROBLEM, "has ended"),
        (timedelta(days=3), Severity.PROBLEM, "it ends in 3.0 d"),
        (timedelta(days=20), Severity.WARNING, "it ends in 20.0 d"),
        (timedelta(days=90), Severity.OK, "2 certificates are valid for another 90.0 d"),
    ],
)
def test_a_certificate_that_ends_is_told_in_time(
    look: Any, serve_tls: Callable[[timedelta], Served], left: timedelta, severity: Severity, says: str
) -> None:
    server = serve_tls(left)
    (finding,) = look("certificate-expiry", connection=Connection(url=server.url, ca_certs=server.ca_certs))
    assert finding.severity is severity
    assert says in finding.seen
    assert finding.where in {server.url, ""}


def test_logstash_is_looked_at_too(look: Any, es_url: str, serve_tls: Callable[[timedelta], Served]) -> None:
    server = serve_tls(timedelta(days=3))
    connection = Connection(url=es_url, ca_certs=server.ca_certs)
    (finding,) = look("certificate-expiry", connection=connection, logstash_url=server.url)
    assert finding.severity is Severity.PROBLEM


def test_a_server_that_we_do_not_trust_could_not_be_looked_at(
    look: Any, serve_tls: Callable[[timedelta], Served]
) -> None:
    (finding,) = look("certificate-expiry", connection=Connection(url=serve_tls(timedelta(days=90)).url))
    assert finding.failed
    assert "--ca-certs" in finding.remedy


def test_without_https_there_is_nothing_to_look_at(look: Any) -> None:
    (finding,) = look("certificate-expiry")
    assert finding.severity is Severity.OK
    assert "no certificate" in finding.seen
