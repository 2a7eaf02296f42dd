"""One connection to a Kibana: it looks at the version first, repeats what failed for a moment, and speaks of errors.

It sends requests of a space and knows nothing of dashboards. The credentials are those of Elasticsearch: Kibana takes
the same ones.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from model_logs.cluster import authorization
from model_logs.errors import ClusterError, ConfigurationError

if TYPE_CHECKING:
    import urllib3

    from model_logs.cluster import Connection

__all__ = ["Kibana", "connect"]

_OLDEST = (8, 19)
_UNUSABLE = (9, 0)
_DASHBOARDS_API = (9, 5)
_ATTEMPTS = 4
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

    def __init__(
        self, pool: urllib3.PoolManager, url: str, space: str, headers: dict[str, str], version: tuple[int, int]
    ) -> None:
        self.url = url
        self.space = space
        self.version = version
        self._pool = pool
        self._headers = headers

    @property
    def has_dashboards_api(self) -> bool:
        """Whether `/api/dashboards` is there and stable."""
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
        return _send(self._pool, self._headers, asked)


def connect(connection: Connection, *, space: str = "default", backoff: float = 0.5) -> Kibana:
    """Return a client, after a look at what answers there.

    Args:
        connection: The URL of Kibana, and who asks.
        space: Its objects.
        backoff: Seconds before the second try; each further one waits twice as long.

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
    retry = urllib3.Retry(
        total=_ATTEMPTS - 1,
        status_forcelist=_PASSING,
        allowed_methods=None,
        backoff_factor=backoff,
        raise_on_status=False,
        redirect=0,
    )
    tls: dict[str, Any] = {"ca_certs": connection.ca_certs} if connection.ca_certs else {}
    pool = urllib3.PoolManager(timeout=connection.timeout, retries=retry, **tls)
    url = connection.shown.rstrip("/")
    version = _version(_send(pool, headers, _Asked("GET", f"{url}/api/status", "asking for the version")), url)
    if space != "default":
        asked = _Asked("GET", f"{url}/api/spaces/space/{space}", f"looking for the space {space}")
        if _send(pool, headers, asked) is None:
            raise ClusterError(
                f"There is no space {space} in the Kibana at {url}.",
                next_step="Create it (Stack Management, Spaces), or name another one: --space.",
            )
    return Kibana(pool, url, space, headers, version)


def _version(status: dict[str, Any] | None, url: str) -> tuple[int, int]:
    found = (status or {}).get("version")
    number = str(found.get("number", "")) if isinstance(found, dict) else ""
    match = re.match(r"(\d+)\.(\d+)\.", number)
    if not match:
        raise ClusterError(
            f"What answers at {url} is not Kibana, or does not say its version to this user.",
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
class _Asked:
    """One request; the parts are those of `Kibana.send`."""

    method: str
    url: str
    doing: str
    body: Any = None
    file: bytes | None = None


def _send(pool: urllib3.PoolManager, headers: dict[str, str], asked: _Asked) -> dict[str, Any] | None:
    from urllib3 import encode_multipart_formdata
    from urllib3.exceptions import HTTPError

    content: bytes | None = None
    if asked.file is not None:
        content, kind = encode_multipart_formdata({"file": ("objects.ndjson", asked.file, "application/ndjson")})
        headers = headers | {"content-type": kind}
    elif asked.body is not None:
        content = json.dumps(asked.body, ensure_ascii=False).encode()
        headers = headers | {"content-type": "application/json"}
    try:
        response = pool.request(asked.method, asked.url, body=content, headers=headers)
    except (HTTPError, OSError) as error:
        raise ClusterError(
            f"Kibana cannot be reached ({asked.doing}): {error}",
            next_step="Check that it runs, --kibana-url, and for https the CA file (--kibana-ca-certs).",
        ) from error
    if response.status in _ABSENT:
        return None
    answer = _json(response.data)
    if response.status >= 300:  # noqa: PLR2004  # HTTP: everything beyond is no success
        raise _refused(response.status, answer, asked.doing)
    if isinstance(answer, list):
        return {"items": answer}
    return answer if isinstance(answer, dict) else {}


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
