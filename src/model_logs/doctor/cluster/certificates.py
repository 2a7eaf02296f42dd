"""Looks at how long the certificates on the way still hold: what servers show, and the authorities behind them."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from model_logs.doctor.findings import ok, problem, warning
from model_logs.doctor.traps import trap
from model_logs.errors import ClusterError
from model_logs.monitoring import printable_url
from model_logs.times import rounded_span

if TYPE_CHECKING:
    from model_logs.doctor.estate import Estate
    from model_logs.doctor.findings import Finding

_DAY = 86_400
_SOON_S = 30 * _DAY
_BITES_S = 7 * _DAY
# OpenSSL's number for a certificate that has ended (X509_V_ERR_CERT_HAS_EXPIRED).
_ENDED = 10


@trap("certificate-expiry")
def certificate_expiry(estate: Estate) -> list[Finding]:
    """Find certificates that have ended, or soon will."""
    where = estate.where
    asked = [url for url in (*where.connection.urls, where.logstash_url or "") if urlsplit(url).scheme == "https"]
    if not asked:
        return ok("no server is asked by https, so no certificate is needed")
    context = ssl.create_default_context(cafile=where.connection.ca_certs)
    ends: dict[str, float] = {}
    ended: list[Finding] = []
    for url in asked:
        try:
            ends[printable_url(url)] = _end(_certificate(url, context, where.connection.timeout))
        except ssl.SSLCertVerificationError as error:
            if error.verify_code != _ENDED:
                raise _not_seen(url, error) from error
            ended.append(problem("a certificate has ended: clients refuse to connect", printable_url(url)))
        except OSError as error:
            raise _not_seen(url, error) from error
    if where.connection.ca_certs:
        ends |= {f"{_name(each)} in {where.connection.ca_certs}": _end(each) for each in context.get_ca_certs()}
    now = time.time()
    found = [_judged(name, end - now) for name, end in ends.items() if end - now < _SOON_S]
    if found or ended:
        return ended + found
    return ok(f"{len(ends)} certificates are valid for another {rounded_span(min(ends.values()) - now)} and more")


def _judged(name: str, left: float) -> Finding:
    seen = f"it ends in {rounded_span(left)}" if left > 0 else f"it ended {rounded_span(-left)} ago"
    return (problem if left < _BITES_S else warning)(seen, name)


def _certificate(url: str, context: ssl.SSLContext, timeout: float) -> dict[str, Any]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    with (
        socket.create_connection((host, parts.port or 443), timeout=timeout) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return dict(secured.getpeercert() or {})


def _end(certificate: dict[str, Any]) -> float:
    return ssl.cert_time_to_seconds(certificate["notAfter"])


def _name(certificate: dict[str, Any]) -> str:
    return ", ".join(value for pair in certificate["subject"] for _, value in pair)


def _not_seen(url: str, error: OSError) -> ClusterError:
    return ClusterError(
        f"The certificate of {printable_url(url)} cannot be read: {error}",
        next_step="Check the URL, and that --ca-certs names the authority that signed it.",
    )
