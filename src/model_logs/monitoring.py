"""Asks the monitoring APIs of Logstash and Filebeat. It knows nothing of what their answers mean."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from model_logs.cluster import bare
from model_logs.errors import ClusterError, ConfigurationError

__all__ = ["ask", "pipelines", "printable_url"]

_OK = 200
_UNAUTHORIZED = 401


def pipelines(url: str, *, ca_certs: str | None = None, timeout: float = 30.0) -> dict[str, Any]:
    """Return Logstash's answer to `GET /_node/stats/pipelines`, with the version and the state of the whole.

    Args:
        url: `http://127.0.0.1:9600`; where `api.auth.type` is basic, with user and password in it.
        ca_certs: The certificates to trust.
        timeout: Seconds.

    Raises:
        ConfigurationError: The URL makes no sense.
        ClusterError: Nothing answers, or it is no Logstash.
    """
    body = ask(url, "/_node/stats/pipelines", "Logstash's API", ca_certs=ca_certs, timeout=timeout)
    if not isinstance(body.get("pipelines"), dict) or "version" not in body:
        raise ClusterError(
            f"The server at {printable_url(url)} is not Logstash's API.",
            next_step="Give the monitoring API of Logstash (port 9600), not a port that takes events.",
        )
    return body


def ask(url: str, path: str, what: str, *, ca_certs: str | None = None, timeout: float = 30.0) -> dict[str, Any]:
    """Return the JSON object that is found at a path.

    Args:
        url: With user and password in it where they are needed.
        path: Behind the URL.
        what: What should answer, for messages.
        ca_certs: The certificates to trust.
        timeout: Seconds.

    Raises:
        ConfigurationError: The URL makes no sense.
        ClusterError: Nothing answers, or something else than a JSON object.
    """
    import urllib3

    parts = urlsplit(url)
    bare = printable_url(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"{bare!r} is no URL of {what}.", next_step="Write it as http://127.0.0.1:PORT.")
    headers = {"accept": "application/json"}
    if parts.username:
        # A password with @, : or / stands in a URL with %40, %3A, %2F.
        user, password = unquote(parts.username), unquote(parts.password or "")
        headers |= urllib3.util.make_headers(basic_auth=f"{user}:{password}")
    options: dict[str, Any] = {"ca_certs": ca_certs} if ca_certs else {}
    with urllib3.PoolManager(timeout=timeout, retries=False, **options) as pool:
        try:
            answer = pool.request("GET", f"{bare}{path}", headers=headers)
            body = answer.json() if answer.status == _OK else None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClusterError(
                f"{what} at {bare} cannot be reached: {str(error).rpartition('): ')[2]}",
                next_step="Check that it runs, and at which host and port it answers.",
            ) from error
        except ValueError:
            body = None
    if answer.status == _UNAUTHORIZED:
        raise ClusterError(
            f"{what} at {bare} asks for a user and a password.",
            next_step="Write them into the URL, https://USER:PASSWORD@HOST:PORT; %40 stands for @ there.",
        )
    if not isinstance(body, dict):
        raise ClusterError(
            f"The server at {bare} is not {what} ({answer.status}).",
            next_step="Check the port: it may be one that takes events.",
        )
    return body


def printable_url(url: str) -> str:
    """Return a URL without its password."""
    return bare(url).rstrip("/")
