"""Asks Logstash's monitoring API. It knows nothing of what the answer means."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from model_logs.errors import ClusterError, ConfigurationError

__all__ = ["pipelines"]

_OK = 200
_UNAUTHORIZED = 401


def pipelines(url: str, *, ca_certs: str | None = None, timeout: float = 30.0) -> dict[str, Any]:
    """Return the answer to `GET /_node/stats/pipelines`, with the version and the state of the whole.

    Args:
        url: `http://127.0.0.1:9600`; where `api.auth.type` is basic, with user and password in it.
        ca_certs: The certificates to trust.
        timeout: Seconds.

    Raises:
        ConfigurationError: The URL makes no sense.
        ClusterError: Nothing answers, or it is no Logstash.
    """
    import urllib3

    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(
            f"{bare!r} is no URL of Logstash's API.", next_step="Write it as http://127.0.0.1:9600."
        )
    headers = {"accept": "application/json"}
    if parts.username:
        headers |= urllib3.util.make_headers(basic_auth=f"{parts.username}:{parts.password or ''}")
    options: dict[str, Any] = {"ca_certs": ca_certs} if ca_certs else {}
    with urllib3.PoolManager(timeout=timeout, retries=False, **options) as pool:
        try:
            answer = pool.request("GET", f"{bare}/_node/stats/pipelines", headers=headers)
            body = answer.json() if answer.status == _OK else None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClusterError(
                f"Logstash's API at {bare} cannot be reached: {error}",
                next_step="Check that Logstash runs, and api.http.host and api.http.port in logstash.yml.",
            ) from error
        except ValueError:
            body = None
    if answer.status == _UNAUTHORIZED:
        raise ClusterError(
            f"Logstash's API at {bare} asks for a user and a password.",
            next_step="Write them into the URL: --logstash-url https://USER:PASSWORD@host:9600.",
        )
    if not isinstance(body, dict) or not isinstance(body.get("pipelines"), dict) or "version" not in body:
        raise ClusterError(
            f"What answers at {bare} is not Logstash's API ({answer.status}).",
            next_step="Give the monitoring API of Logstash (port 9600), not a port that takes events.",
        )
    return body
