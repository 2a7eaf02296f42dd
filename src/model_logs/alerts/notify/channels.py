"""How each channel takes a message: PagerDuty, Slack, email, a signed webhook.

Each `send` either returns, because the other side confirmed, or raises: `NotDeliveredError` when trying again makes
sense, `UndeliverableError` when it does not. Only an answer of success to the very request confirms: a redirect is
never followed, since a login page would take the message, and its signature, and say yes. Which message goes where,
and when again, is `delivery`'s.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import orjson

from model_logs.errors import ConfigurationError, ModelLogsError
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from email.message import EmailMessage
    from typing import Any

    from model_logs.alerts.notify.messages import Message

__all__ = [
    "LONGEST_WAIT",
    "Channel",
    "Email",
    "NotDeliveredError",
    "NotOursError",
    "PagerDuty",
    "Slack",
    "UndeliverableError",
    "Webhook",
    "send",
]

_TIMEOUT = 10.0
_TOO_MANY = 429
_REDIRECT, _REFUSED, _SERVER = 300, 400, 500
# So much of an answer is read: Slack says one word, and others at most why not.
_ANSWER = 1_000
# Whoever asks to be left alone for longer is asked again all the same.
LONGEST_WAIT = timedelta(hours=1)
# What PagerDuty takes at most.
_SUMMARY = 1_024
# What Slack shows of a text at most; beyond it is cut there without a word.
_SLACK_TEXT = 40_000


class NotDeliveredError(ModelLogsError):
    """The other side did not confirm; it may work later.

    Attributes:
        retry_after: How long the other side asked to be left alone; None when it did not say.
    """

    retry_after: timedelta | None = None


class UndeliverableError(ModelLogsError):
    """The other side will never take this message."""


class NotOursError(ModelLogsError):
    """Another evaluator may be the leader by now, so nothing was sent."""


class Channel(Protocol):
    """Someone who can be told."""

    @property
    def name(self) -> str:
        """What rules call it in `actions`."""

    def send(self, message: Message) -> None:
        """Tell, and return when the other side confirmed.

        Raises:
            NotDeliveredError: It may work later.
            UndeliverableError: It never will.
        """


@dataclass(frozen=True)
class PagerDuty:
    """Events API v2: one incident for each alert, by its deduplication key.

    Attributes:
        routing_key: The integration key of the service.
        url: Another address: the EU region, or a stand-in.
    """

    routing_key: str = field(repr=False)
    url: str | None = None
    name: str = "pagerduty"

    def send(self, message: Message) -> None:
        """Trigger or resolve the incident."""
        from pagerduty import Error, EventsApiV2Client

        with EventsApiV2Client(self.routing_key, base_url=self.url) as client:
            # Left alone it waits without limit when told to slow down; trying again is ours.
            client.retry = {_TOO_MANY: 1}
            client.max_network_attempts = 0
            client.timeout = int(_TIMEOUT)
            try:
                if message.kind == "recovered":
                    client.resolve(message.incident)
                else:
                    client.trigger(
                        message.title[:_SUMMARY],
                        source=str(message.facts["by"].get("model_name") or message.facts["alert"]),
                        dedup_key=message.incident,
                        severity=message.level,
                        custom_details={**message.facts, "text": message.body, "may_repeat": message.may_repeat},
                        links=_links(message),
                    )
            except Error as error:
                status, headers = getattr(error.response, "status_code", None), getattr(error.response, "headers", {})
                raise _of_status(error, status, self.name, headers) from error


@dataclass(frozen=True)
class Slack:
    """An incoming webhook of Slack.

    Attributes:
        url: The webhook's address; whoever knows it can post.
    """

    url: str = field(repr=False)
    name: str = "slack"

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ConfigurationError(
                "The address of Slack's incoming webhook is none.",
                next_step="Write it as https://hooks.slack.com/services/…, as Slack shows it.",
            )

    def send(self, message: Message) -> None:
        """Post the text."""
        body = orjson.dumps({"text": message.body[:_SLACK_TEXT], "unfurl_links": False})
        status, answer = _post(self.url, body, {"content-type": "application/json"}, self.name)
        if status != 200 or answer != "ok":  # noqa: PLR2004  # HTTP
            raise _of_status(answer, status, self.name)


@dataclass(frozen=True)
class Email:
    """Mail by SMTP.

    Attributes:
        host: The mail server.
        port: Its port.
        security: starttls, tls or none.
        username: For the login, with `password`; none without.
        sender: The From address.
        to: The To addresses.
    """

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    security: str = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    name: str = "email"

    def send(self, message: Message) -> None:
        """Hand the mail to the server; every receiver must be taken."""
        import smtplib
        import ssl

        mail = self._mail(message)
        context = ssl.create_default_context()
        try:
            if self.security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=context)
            else:
                server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
            with server:
                if self.security == "starttls":
                    server.starttls(context=context)
                if self.username:
                    server.login(self.username, self.password or "")
                refused = server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            kind = UndeliverableError if error.smtp_code >= _SERVER else NotDeliveredError
            raise kind(f"The mail server refused: {error.smtp_code} {error.smtp_error!r}") from error
        except smtplib.SMTPRecipientsRefused as error:
            # Greylisting and a full mailbox pass (4xx); an address that does not exist stays away (5xx).
            passing = any(code < _SERVER for code, _ in error.recipients.values())
            kind = NotDeliveredError if passing else UndeliverableError
            raise kind(f"The mail server takes no mail for {', '.join(error.recipients)}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDeliveredError(f"The mail server {self.host}:{self.port} cannot be used: {error}") from error
        if refused:
            raise UndeliverableError(f"The mail server takes no mail for {', '.join(refused)}; the others have it.")

    def _mail(self, message: Message) -> EmailMessage:
        from email.message import EmailMessage

        mail = EmailMessage()
        mail["Subject"] = message.title
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.to)
        mail["Date"] = datetime.now(UTC)
        mail["Message-ID"] = f"<{message.id}@model-logs>"
        # Firing and recovery of one alert stand together in a mail program.
        mail["References"] = f"<{message.incident.encode().hex()[:64]}@model-logs>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail


@dataclass(frozen=True)
class Webhook:
    """A POST in the form of Standard Webhooks: id, time and an HMAC-SHA256 of both and the body in headers.

    Attributes:
        url: Where to.
        secret: The shared secret, base64, with or without `whsec_`.
    """

    url: str
    secret: str = field(repr=False)
    name: str = "webhook"

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ConfigurationError(
                f"{self.url!r} is no address of a webhook.", next_step="Write it as https://host/path."
            )

    def send(self, message: Message) -> None:
        """Post the facts as JSON."""
        import standardwebhooks

        now = datetime.now(UTC)
        body = orjson.dumps(_payload(message)).decode()
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": standardwebhooks.Webhook(self.secret).sign(message.id, now, body),
        }
        _post(self.url, body.encode(), headers, self.name)


def send(
    channel: Channel, message: Message, *, attempts: int = 3, allowed: Callable[[], bool] = lambda: True
) -> None:
    """Tell a channel, at once again when that may help, with growing pauses.

    Args:
        channel: Whom.
        message: What.
        attempts: How often at most.
        allowed: Asked right before each attempt: whether it is still for this process to tell.

    Raises:
        NotDeliveredError: Not in so many attempts, or the other side wants to be left alone for a while.
        UndeliverableError: It never will be taken.
        NotOursError: It is not for this process any more; nothing was sent by the last attempt.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

    def attempt() -> None:
        # A process that was stopped for longer than its lease wakes up here. What it would tell now was told by the
        # next leader, and was perhaps over since: a trigger after the resolve would open an incident for ever.
        if not allowed():
            raise NotOursError(f"{channel.name} was not told: another evaluator may work by now.")
        channel.send(message)

    def helps(error: BaseException) -> bool:
        return isinstance(error, NotDeliveredError) and error.retry_after is None

    retrying = Retrying(
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(multiplier=0.5, max=5) + wait_random(0, 0.5),
        retry=retry_if_exception(helps),
        reraise=True,
    )
    retrying(attempt)


class _NotFollowed(urllib.request.HTTPRedirectHandler):
    """Lets a redirect be the answer that it is."""

    def redirect_request(self, *_: object) -> None:
        """Return no other request."""


def _post(url: str, body: bytes, headers: Mapping[str, str], name: str) -> tuple[int, str]:
    """Send one request, and return status and begin of the answer where that is a success.

    Raises:
        NotDeliveredError: Nothing answers, or what answers may take it later.
        UndeliverableError: It answers anything else.
    """
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310  # the scheme was checked
    try:
        with urllib.request.build_opener(_NotFollowed).open(request, timeout=_TIMEOUT) as answer:
            return answer.status, answer.read(_ANSWER).decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            raise _of_status(_said(error), error.code, name, dict(error.headers)) from error
    except (OSError, http.client.HTTPException) as error:
        raise NotDeliveredError(f"The receiver of {name} cannot be reached: {printable(error, most=300)}") from error


def _said(error: urllib.error.HTTPError) -> str:
    """Return the first words of an answer, or the name of its status where it has none."""
    try:
        return error.read(_ANSWER).decode(errors="replace").strip() or str(error.reason)
    except (OSError, http.client.HTTPException):
        return str(error.reason)


def _payload(message: Message) -> Mapping[str, Any]:
    return {
        "type": f"alert.{message.kind}",
        "id": message.id,
        "incident": message.incident,
        "rule": message.rule,
        "level": message.level,
        "title": message.title,
        "text": message.body,
        "link": message.link,
        "runbook": message.runbook,
        "may_repeat": message.may_repeat,
        **message.facts,
    }


def _links(message: Message) -> list[dict[str, str]]:
    wanted = {"Dashboard": message.link, "Runbook": message.runbook}
    return [{"href": href, "text": text} for text, href in wanted.items() if href.startswith(("https://", "http://"))]


def _of_status(
    reason: object, status: int | None, name: str, headers: Mapping[str, str] | None = None
) -> ModelLogsError:
    """Return the error of an answer; what is not the message's fault may work later."""
    said = printable(reason, most=200)
    if status is None or status >= _SERVER or status in {408, _TOO_MANY}:
        error = NotDeliveredError(f"{name} did not take it ({status or 'no answer'}): {said}")
        error.retry_after = _retry_after(headers or {})
        return error
    if _REDIRECT <= status < _REFUSED:
        return UndeliverableError(
            f"{name} answered with a redirect ({status}), which is not followed, so nobody was told.",
            next_step="Configure the address that takes messages: a login page or a proxy may stand before it.",
        )
    return UndeliverableError(f"{name} refused it ({status}): {said}")


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read the header in seconds, as Slack and PagerDuty send it; a date is left to our own pauses."""
    said = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    if not said.isdecimal():
        return None
    # More digits than a timedelta holds are a long time too.
    return min(timedelta(seconds=int(said[:9])), LONGEST_WAIT)
