"""A connection to Kibana: it checks the version first, repeats requests that failed for a moment, and raises errors.

It sends requests of a space and knows nothing of dashboards. The credentials are those of Elasticsearch: Kibana takes
the same ones.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from model_logs.cluster import authorization, bare
from model_logs.errors import ClusterError, ConfigurationError
from model_logs.retrying import Pauses, asked_pause, retry

if TYPE_CHECKING:
    import urllib3

    from model_logs.cluster import Connection

__all__ = ["Kibana", "connect_kibana"]

_OLDEST = (8, 19)
_UNUSABLE = (9, 0)
_DASHBOARDS_API = (9, 5)
_ATTEMPTS = 4
_LONGEST_WAIT = 60.0
# Busy, restarting, or behind a proxy that waits for it; every write of ours may be repeated.
_PASSING = frozenset({429, 502, 503, 504})
_SPACE = re.compile(r"[a-z0-9_-]+")
# Elasticsearch says 405 where Kibana has a path and it has none.
_ABSENT = frozenset({404, 405})


class Kibana:
    """A Kibana whose version was found to do.

    Attributes:
        url: Without credentials.
        space: `default`, or the id of another one.
        version: (major, minor).
    """

    def __init__(self, way: _Way, url: str, space: str, version: tuple[int, int]) -> None:
        self.url = url
        self.space = space
        self.version = version
        self._way = way

    @property
    def has_dashboards_api(self) -> bool:
        """Whether this Kibana has a stable `/api/dashboards`."""
        return self.version >= _DASHBOARDS_API

    def path(self, path: str) -> str:
        """Return a path of the API within the space."""
        return path if self.space == "default" else f"/s/{quote(self.space)}{path}"

    def send(
        self, method: str, path: str, *, doing: str, body: Any = None, file: bytes | None = None
    ) -> dict[str, Any] | None:
        """Send one request and return the answer, a list under `items`; None when there is no such object.

        Args:
            method: GET, POST, PUT or DELETE.
            path: Within the space, from `/api` on.
            doing: What for, for the message.
            body: Sent as JSON.
            file: Sent as the form that `_import` takes.

        Raises:
            ClusterError: Kibana cannot be reached or refuses.
        """
        asked = _Asked(method, self.url + self.path(path), doing, body, file)
        return _send(self._way, asked)


def connect_kibana(connection: Connection, *, space: str = "default", backoff: float = 0.5) -> Kibana:
    """Return a client, after a check of the server's product and version.

    Args:
        connection: The URL of Kibana, and who asks.
        space: Its objects.
        backoff: Seconds before the second try; each further one waits up to twice as long.

    Raises:
        ConfigurationError: The URL, the credentials or the name of the space make no sense.
        ClusterError: Nothing answers, it is no Kibana, it is too old, or there is no such space.
    """
    import urllib3

    if not _SPACE.fullmatch(space):
        raise ConfigurationError(
            f"{space!r} is no id of a space.",
            next_step="Write it as its URL has it, in small letters, digits, - and _: --space ml-team.",
        )
    if len(connection.urls) > 1:
        raise ConfigurationError(
            f"{connection.shown} is more than one URL of Kibana.",
            next_step="Name one, or what balances them: --kibana-url.",
        )
    headers = {"kbn-xsrf": "model-logs", "accept": "application/json"}
    if proof := authorization(connection):
        headers["authorization"] = proof
    tls: dict[str, Any] = {"ca_certs": connection.ca_certs} if connection.ca_certs else {}
    pool = urllib3.PoolManager(timeout=connection.timeout, retries=False, **tls)
    way = _Way(pool, headers, Pauses(backoff, 8 * backoff))
    url = bare(connection.urls[0]).rstrip("/")
    version = _version(_send(way, _Asked("GET", f"{url}/api/status", "asking for the version")), url)
    if space != "default":
        asked = _Asked("GET", f"{url}/api/spaces/space/{space}", f"looking for the space {space}")
        if _send(way, asked) is None:
            raise ClusterError(
                f"There is no space {space} in the Kibana at {url}.",
                next_step="Create it (Stack Management, Spaces), or name another one: --space.",
            )
    return Kibana(way, url, space, version)


def _version(status: dict[str, Any] | None, url: str) -> tuple[int, int]:
    found = (status or {}).get("version")
    number = str(found.get("number", "")) if isinstance(found, dict) else ""
    match = re.match(r"(\d+)\.(\d+)\.", number)
    if not match:
        raise ClusterError(
            f"The server at {url} is not Kibana, or refuses its version to this user.",
            next_step=(
                "Give the URL of Kibana itself (port 5601) and credentials: --kibana-url, --kibana-api-key. From 9.5"
                " on Kibana shows its version only to users with the cluster privilege `monitor` (cluster:monitor)."
            ),
        )
    version = (int(match[1]), int(match[2]))
    if version < _OLDEST or version == _UNUSABLE:
        raise ClusterError(
            f"Kibana {number} at {url} cannot be used: model-logs needs 8.19, or 9.1 and later.",
            next_step="Upgrade it; until then `elk-bootstrap render` gives the dashboards as pages.",
        )
    return version


@dataclass(frozen=True, slots=True)
class _Way:
    """The connection, the headers of each request, and the pauses before it is repeated."""

    pool: urllib3.PoolManager
    headers: dict[str, str]
    pauses: Pauses


class _BusyError(Exception):
    """Kibana is busy, and asks for a later try."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request; the parts are those of `Kibana.send`."""

    method: str
    url: str
    doing: str
    body: Any = None
    file: bytes | None = None


def _send(way: _Way, asked: _Asked) -> dict[str, Any] | None:
    response = _response(way, asked)
    if response.status in _ABSENT:
        return None
    answer = _json(response.data)
    if response.status >= 300:  # noqa: PLR2004  # HTTP: everything beyond is no success
        raise _refused(response.status, answer, asked.doing)
    if isinstance(answer, list):
        return {"items": answer}
    return answer if isinstance(answer, dict) else {}


def _response(way: _Way, asked: _Asked) -> urllib3.BaseHTTPResponse:
    """Return the answer to a request, which is repeated where Kibana is busy or not reached."""
    from urllib3.exceptions import HTTPError, SSLError

    content, headers = _content(asked)

    def answered() -> urllib3.BaseHTTPResponse:
        response = way.pool.request(asked.method, asked.url, body=content, headers=way.headers | headers)
        if response.status in _PASSING:
            raise _BusyError(response)
        return response

    def least(error: Exception) -> float | None:
        if isinstance(error, _BusyError):
            return asked_pause(error.response.headers, longest=_LONGEST_WAIT) or 0
        # What is wrong with a certificate stays wrong.
        return 0 if isinstance(error, (HTTPError, OSError)) and not isinstance(error, SSLError) else None

    try:
        return retry(answered, attempts=_ATTEMPTS, pauses=way.pauses, least=least)
    except _BusyError as error:
        return error.response
    except (HTTPError, OSError) as error:
        raise ClusterError(
            f"Kibana cannot be reached ({asked.doing}): {error}",
            next_step="Check that it runs, --kibana-url, and for https the CA file (--kibana-ca-certs).",
        ) from error


def _content(asked: _Asked) -> tuple[bytes | None, dict[str, str]]:
    """Return the content of a request, and the header that says what it is."""
    from urllib3 import encode_multipart_formdata

    if asked.file is not None:
        content, kind = encode_multipart_formdata({"file": ("objects.ndjson", asked.file, "application/ndjson")})
        return content, {"content-type": kind}
    if asked.body is not None:
        return json.dumps(asked.body, ensure_ascii=False).encode(), {"content-type": "application/json"}
    return None, {}


def _json(data: bytes) -> Any:
    try:
        return json.loads(data) if data else {}
    except ValueError:
        return data[:300].decode(errors="replace")


def _refused(status: int, answer: Any, doing: str) -> ClusterError:
    reason = answer.get("message") or answer if isinstance(answer, dict) else answer
    steps = {
        400: "Read the reason: this Kibana may know another form of the object than the one that was sent.",
        401: "Give an API key that Kibana takes: --kibana-api-key.",
        403: "Give a key with the right that the reason names (Dashboard, Data View Management), or a licence.",
        409: "Somebody else wrote it meanwhile: run the command again.",
        503: "Kibana is not ready: look at its log, then run the command again.",
    }
    return ClusterError(
        f"Kibana refused, {status} ({doing}): {reason}",
        next_step=steps.get(status, "Read the reason and Kibana's log."),
    )
