"""How the project talks to a cluster: one connection, one client, errors for people.

Every command that needs Elasticsearch gets its client here. What the client raises becomes a `ClusterError` that says
what was asked, of which cluster, and what to do. It knows a URL and credentials, never what is behind them: the
development node and a company's cluster are the same to it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from model_logs.errors import ClusterError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import ApiError, Elasticsearch

__all__ = ["Connection", "authorization", "bare", "check_version", "checked", "connect", "translated"]

DEFAULT_URL = "http://127.0.0.1:9200"
# Commas as in Filebeat, blanks as in Logstash; a comma within a URL is none between two.
_BETWEEN = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_OLDEST = (8, 19)
# A socket takes no more than its C type holds; nobody waits longer than a year.
_LONGEST_TIMEOUT = 366 * 86_400
_WITHOUT_FAILURE_STORE = (9, 0)


@dataclass(frozen=True)
class Connection:
    """The address of a cluster and the credentials for it.

    Attributes:
        url: `http://host:9200` or `https://…`; several of one cluster with commas or blanks between, each with its
            own scheme. A user and password in them are taken out.
        api_key: The encoded API key, as Elasticsearch and Kibana show it.
        username: For basic authentication, with `password`.
        ca_certs: A file with the certificates to trust.
        timeout: Seconds for one request.
    """

    url: str = DEFAULT_URL
    api_key: str | None = None
    username: str | None = None
    password: str | None = None
    ca_certs: str | None = None
    timeout: float = 30.0

    def __post_init__(self) -> None:
        # A secret that is mounted as a file ends in a line break, which no header may hold: whoever refuses the
        # header would print it.
        for name in ("api_key", "username", "password"):
            given = getattr(self, name)
            if isinstance(given, str):
                object.__setattr__(self, name, _usable(name, given))

    @property
    def urls(self) -> tuple[str, ...]:
        """Each URL, as it was given."""
        return tuple(part.strip() for part in _BETWEEN.split(self.url.strip(" ,")))

    @property
    def shown(self) -> str:
        """The URLs without any credentials: what messages may show."""
        return ",".join(_hidden(url) for url in self.urls)


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
# A host and a port; a user has another sign in it, or what looks like no port.
_HOST = re.compile(r"(?:[^@:\[\]]+|\[[^\]]*\])(?::[0-9]*)?")


def bare(url: str) -> str:
    """Return a text without the user and the password of a URL, even one that is no valid URL."""
    scheme, between, rest = url.partition("://")
    if not between or not _SCHEME.fullmatch(scheme):
        scheme, between, rest = "", "", url
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" not in rest or _HOST.fullmatch(host):
        return url
    return f"{scheme}{between}{rest.rpartition('@')[2]}"


def _hidden(url: str) -> str:
    """Return a URL as messages may show it: without anything before a sign that may end a password.

    Where a password has a slash in it, what stands before that looks like a host and a port.
    """
    rest = bare(url)
    scheme, between, path = rest.rpartition("://")
    return f"{scheme}{between}…@{path.rpartition('@')[2]}" if "@" in path else rest


def _usable(name: str, given: str) -> str:
    """Return a credential without blanks around it; a password keeps its blanks, save line breaks."""
    found = given.strip("\r\n") if name == "password" else given.strip()
    if not all(map(str.isprintable, found)):
        words = name.replace("api_key", "API key")
        raise ConfigurationError(
            f"The {words} holds a character that cannot be printed, such as a line break.",
            next_step="Look at where it comes from: the file or variable holds more than one line, or is damaged.",
        )
    return found


def checked(connection: Connection) -> Connection:
    """Return the connection with credentials taken out of its URLs, or say what is wrong with it."""
    urls = [_with_port(url) for url in connection.urls]
    if named := {(parts.username, parts.password) for parts in map(urlsplit, urls) if parts.username}:
        if len(named) > 1:
            raise ConfigurationError(
                f"The URLs {connection.shown} name different users.",
                next_step="Give the user once: --username and --password.",
            )
        username, password = (unquote(part) if part else part for part in named.pop())
        connection = replace(
            connection, username=connection.username or username, password=connection.password or password
        )
    connection = replace(connection, url=",".join(bare(url) for url in urls))
    if not 0 < connection.timeout <= _LONGEST_TIMEOUT:  # which NaN is not, either
        raise ConfigurationError(
            f"A request cannot be given {connection.timeout} seconds.",
            next_step="Give a number above 0, such as 30: --timeout, or elasticsearch.timeout in the file.",
        )
    if connection.ca_certs and not Path(connection.ca_certs).is_file():
        raise ConfigurationError(
            f"The file of trusted certificates {connection.ca_certs} does not exist.",
            next_step="Give the path of the cluster's CA certificate: --ca-certs, MODEL_LOGS_CA_CERTS.",
        )
    if connection.api_key and connection.username:
        raise ConfigurationError(
            "Both an API key and a user name are set.",
            next_step="Give one of the two: --api-key or --username.",
        )
    return connection


def _with_port(url: str) -> str:
    """Return a URL with its port written out, or say what is wrong with it."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1:
        if "@" in url:
            raise ConfigurationError(
                f"The URL of the cluster {_hidden(url)!r} cannot be read with the user and the password in it.",
                next_step="Give them beside the URL, as --username and --password; or write the signs / ? # @ of the"
                " password as %2F %3F %23 %40.",
            )
        raise ConfigurationError(
            f"{url!r} is no URL of a cluster.",
            next_step="Write it as http://127.0.0.1:9200 or https://es.example:9200; several with commas between,"
            " each with its http:// or https://.",
        )
    if port is not None:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rstrip(':')}:{443 if parts.scheme == 'https' else 9200}"))


def connect(connection: Connection, *, check: bool = True) -> Elasticsearch:
    """Return a client for the cluster, after a check of the server's product and version.

    Args:
        connection: Where and who.
        check: Ask for the version first and refuse what cannot work.

    Raises:
        ConfigurationError: The URL or the credentials make no sense.
        ClusterError: Nothing answers, it is no Elasticsearch, or it is too old.
    """
    from elasticsearch import Elasticsearch

    connection = checked(connection)
    basic_auth = (connection.username, connection.password or "") if connection.username else None
    tls = {"ca_certs": connection.ca_certs} if connection.ca_certs else {}
    try:
        client = Elasticsearch(
            list(connection.urls),
            api_key=connection.api_key,
            basic_auth=basic_auth,
            request_timeout=connection.timeout,
            **tls,  # type: ignore[arg-type]  # the client's own signature is a union of sentinels
        )
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"No client can be made for {connection.shown}: {error}",
            next_step="Check the URL and the path of the CA file.",
        ) from error
    if check:
        with translated(f"asking {connection.shown} for its version"):
            info = client.options(ignore_status=404).info().body
        check_version(info if isinstance(info, dict) else {}, connection.shown)
    return client


def authorization(connection: Connection) -> str | None:
    """Return the Authorization header, for requests that are made beside the client's methods."""
    from elastic_transport.client_utils import basic_auth_to_header

    connection = checked(connection)
    if connection.api_key:
        return f"ApiKey {connection.api_key}"
    return basic_auth_to_header((connection.username, connection.password or "")) if connection.username else None


def check_version(info: dict[str, object], where: str) -> tuple[int, int]:
    """Return (major, minor) of the server, or refuse an unsupported one.

    Args:
        info: The body of `GET /`.
        where: The URL, for the message.

    Raises:
        ClusterError: Another product, a version without a failure store, or one that is too old.
    """
    if other := _other_product(info, f"at {where}"):
        raise other
    version = info.get("version")
    number = str(version.get("number", "")) if isinstance(version, dict) else ""
    match = re.match(r"(\d+)\.(\d+)", number)
    if not match or info.get("tagline") != "You Know, for Search":
        raise ClusterError(
            f"The server at {where} is not Elasticsearch.",
            next_step="Give the URL of Elasticsearch itself (port 9200), not of Kibana or of another product.",
        )
    found = (int(match[1]), int(match[2]))
    if found < _OLDEST or found == _WITHOUT_FAILURE_STORE:
        raise ClusterError(
            f"Elasticsearch {number} at {where} cannot be used: model-logs needs 8.19, or 9.1 and later"
            " (the failure store and LOOKUP JOIN).",
            next_step="Upgrade the cluster, or use `model-logs node start` to try it out.",
        )
    return found


def _other_product(info: object, where: str) -> ClusterError | None:
    """Return the refusal of a product that looks like the Elasticsearch we need and is not; None for any other."""
    version = info.get("version") if isinstance(info, dict) else None
    if not isinstance(version, dict):
        return None
    if str(version.get("distribution", "")).lower() == "opensearch":
        return ClusterError(
            f"The server {where} is OpenSearch {version.get('number', '')}, which model-logs does not work with: it"
            " has no ES|QL, no failure store and no index lifecycle management.",
            next_step="Use Elasticsearch 8.19, or 9.1 and later; `model-logs node start` gives one to try.",
        )
    if str(version.get("build_flavor", "")).lower() == "serverless":
        return ClusterError(
            f"The server {where} is Elasticsearch Serverless, which model-logs does not work with: it has no index"
            " lifecycle management (ILM), by which events are rolled over, kept and deleted.",
            next_step="Use a cluster of your own or Elastic Cloud Hosted, of version 8.19, or 9.1 and later.",
        )
    return None


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn exceptions of the client into a `ClusterError` that names the attempted action.

    Args:
        doing: What for, as in "installing the policy model-logs-policy".
    """
    from elasticsearch import ApiError, TransportError, UnsupportedProductError

    try:
        yield
    except UnsupportedProductError as error:
        raise _other_product(error.body, f"({doing})") or ClusterError(
            f"The server is not Elasticsearch ({doing}).",
            next_step="Give the URL of Elasticsearch itself (port 9200), not of Kibana or of another product.",
        ) from error
    except ApiError as error:
        raise _of_api_error(error, doing) from error
    except TransportError as error:
        raise ClusterError(
            f"The cluster cannot be reached ({doing}): {error.message}",
            next_step="Check that it runs, the URL, and for https the CA file (--ca-certs).",
        ) from error


def _of_api_error(error: ApiError, doing: str) -> ClusterError:
    reason = reason_of(error)
    if "media_type_header_exception" in str(error.body):
        return ClusterError(
            f"The server refuses this client's version ({doing}): client 9 speaks only to server 9.",
            next_step="pip install 'elasticsearch>=8.19,<9', which speaks to 8.19 and to 9.x servers.",
        )
    steps = {
        400: "Read the reason; the assets may have been edited (`elk-bootstrap lint`).",
        401: "Give an API key (--api-key) or a user and password (--username, --password).",
        403: "Give a key or a user with the right that the reason names.",
        404: "Run `elk-bootstrap apply` first, or check the name.",
        429: "The cluster is overloaded, or a disk is over its flood-stage watermark: free space, then try again.",
        503: "The cluster is not ready, or has no master: look at its log and try again.",
    }
    if "read_only" in reason or "read-only" in reason or "FORBIDDEN" in reason:
        steps[403] = "The cluster or the index is read-only: take the block away, then try again."
    return ClusterError(
        f"Elasticsearch refused, {error.status_code} ({doing}): {reason}",
        next_step=steps.get(error.status_code, "Read the reason and the server's log."),
    )


def reason_of(error: ApiError) -> str:
    """Return type and reason of the innermost cause that the server gave."""
    body = error.body
    if not isinstance(body, dict) or not isinstance(body.get("error"), dict):
        return str(body)[:500]
    cause = body["error"]
    while isinstance(cause.get("caused_by"), dict):
        cause = cause["caused_by"]
    outer = body["error"].get("reason")
    inner = f"{cause.get('type')}: {cause.get('reason')}"
    return inner if cause is body["error"] else f"{outer} ({inner})"
