"""Toxiproxy's REST API: proxies and toxics of a server that runs already.

Source: https://github.com/Shopify/toxiproxy (v2). Its own Python clients are no longer kept.
"""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit

from model_logs.errors import ModelLogsError

__all__ = ["Toxiproxy", "ToxiproxyError"]

_TIMEOUT_S = 10.0


class ToxiproxyError(ModelLogsError):
    """Toxiproxy does not answer, or refuses a request."""


class Toxiproxy:
    """A server of Toxiproxy.

    Args:
        api: Its address: `http://127.0.0.1:8474`.
    """

    def __init__(self, api: str) -> None:
        self._api = api.rstrip("/")
        parts = urlsplit(self._api)
        if parts.scheme != "http" or not parts.hostname:
            raise ToxiproxyError(f"{api!r} is no address of Toxiproxy.", next_step="Write http://127.0.0.1:8474.")
        self._at = (parts.hostname, parts.port or 8474)

    def proxies(self) -> dict[str, Any]:
        """Return each proxy with its toxics, by name."""
        found: dict[str, Any] = self._ask("GET", "/proxies")
        return found

    def create(self, name: str, *, listen: str, upstream: str) -> None:
        """Create a proxy, or leave it where there is the same one.

        Raises:
            ToxiproxyError: There is another one of that name.
        """
        there = self.proxies().get(name)
        if there is None:
            self._ask("POST", "/proxies", {"name": name, "listen": listen, "upstream": upstream, "enabled": True})
        elif (there["listen"], there["upstream"]) != (listen, upstream):
            raise ToxiproxyError(
                f"Toxiproxy has another proxy {name!r}: {there['listen']} to {there['upstream']}.",
                next_step=f"Take another name, or remove it: toxiproxy-cli delete {name}",
            )

    def remove(self, name: str) -> None:
        """Remove a proxy, where it is there."""
        self._ask("DELETE", f"/proxies/{quote(name, safe='')}", missing_ok=True)

    def enable(self, name: str, *, enabled: bool) -> None:
        """Let a proxy accept connections, or not: the service behind it is then gone."""
        self._ask("POST", f"/proxies/{quote(name, safe='')}", {"enabled": enabled})

    def add_toxic(self, proxy: str, *, name: str, type: str, stream: str, attributes: dict[str, Any]) -> None:  # noqa: A002 - Toxiproxy's own name
        """Add a toxic to a proxy."""
        body = {"name": name, "type": type, "stream": stream, "toxicity": 1.0, "attributes": attributes}
        self._ask("POST", f"/proxies/{quote(proxy, safe='')}/toxics", body)

    def remove_toxic(self, proxy: str, name: str) -> None:
        """Remove a toxic, where it is there."""
        self._ask("DELETE", f"/proxies/{quote(proxy, safe='')}/toxics/{quote(name, safe='')}", missing_ok=True)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None, *, missing_ok: bool = False) -> Any:
        connection = http.client.HTTPConnection(*self._at, timeout=_TIMEOUT_S)
        try:
            connection.request(
                method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ToxiproxyError(
                f"Toxiproxy at {self._api} does not answer: {error}.",
                next_step="Start toxiproxy-server (v2.12 or later), or name its address with TOXIPROXY_URL.",
            ) from error
        finally:
            connection.close()
        if answer.status == http.HTTPStatus.NOT_FOUND and missing_ok:
            return None
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise ToxiproxyError(
                f"Toxiproxy refused {method} {path} with {answer.status}: {text[:200].decode(errors='replace')}",
                next_step="Look at the proxies that it has: curl " + self._api + "/proxies",
            )
        return json.loads(text) if text else None
