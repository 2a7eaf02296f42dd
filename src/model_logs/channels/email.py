"""Mail by SMTP: confirmed when the server took it for every receiver."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_logs.channels.declaration import (
    ChannelSetting,
    Declaration,
    KibanaConnector,
    KibanaText,
    NotDeliveredError,
    UndeliverableError,
    listed,
)
from model_logs.channels.posting import TIMEOUT
from model_logs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import EmailMessage

    from model_logs.channels.message import Message

__all__ = ["CHANNEL", "Email"]

# From this code on a mail server means for ever.
_FOR_EVER = 500


@dataclass(frozen=True)
class Email:
    """A mail server, a sender and receivers.

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
                server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
            else:
                server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
            with server:
                if self.security == "starttls":
                    server.starttls(context=context)
                if self.username:
                    server.login(self.username, self.password or "")
                refused = server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            kind = UndeliverableError if error.smtp_code >= _FOR_EVER else NotDeliveredError
            raise kind(f"The mail server refused: {error.smtp_code} {error.smtp_error!r}") from error
        except smtplib.SMTPRecipientsRefused as error:
            # Greylisting and a full mailbox pass (4xx); an address that does not exist stays away (5xx).
            passing = any(code < _FOR_EVER for code, _ in error.recipients.values())
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


def _made(values: Mapping[str, Any]) -> Email:
    security = str(values.get("smtp_security") or "starttls")
    if security not in {"starttls", "tls", "none"}:
        raise ConfigurationError(f"alerts.smtp_security is {security!r}.", next_step="Write starttls, tls or none.")
    return Email(
        host=str(values["smtp_host"]),
        port=_port(values),
        security=security,
        username=values.get("smtp_username"),
        password=values.get("smtp_password"),
        sender=str(values["email_from"]),
        to=listed(values["email_to"]),
    )


def _port(values: Mapping[str, Any]) -> int:
    return int(values.get("smtp_port") or (465 if values.get("smtp_security") == "tls" else 587))


def _config(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "from": values["email_from"],
        "service": "other",
        "host": values["smtp_host"],
        "port": _port(values),
        "secure": values.get("smtp_security") == "tls",
        "hasAuth": bool(values.get("smtp_username")),
    }


def _secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    if not values.get("smtp_username"):
        return {}
    return {"user": values["smtp_username"], "password": values.get("smtp_password") or ""}


def _params(text: KibanaText, values: Mapping[str, Any]) -> dict[str, Any]:
    # The first line of a recovery names the alert itself.
    subject = text.title if "{{alert.id}}" in text.title else f"{text.title}: {{{{alert.id}}}}"
    return {"to": list(listed(values["email_to"])), "subject": subject, "message": text.text}


CHANNEL = Declaration(
    name="email",
    title="Email",
    meaning="A mail to a list of people, firing and recovery in one thread.",
    settings=(
        ChannelSetting("smtp_host", "Mail server.", example="mail.example.org", needed=True),
        ChannelSetting("smtp_port", "Its port.", "587, with tls 465", "number", example="587"),
        ChannelSetting("smtp_security", "starttls, tls or none.", "starttls"),
        ChannelSetting("smtp_username", "User of the mail server.", example="alerts"),
        ChannelSetting("smtp_password", "Password of that user.", secret=True),
        ChannelSetting("email_from", "Sender of the mails.", example="alerts@example.org", needed=True),
        ChannelSetting("email_to", "Who gets them.", kind="list", example="[ml-platform@example.org]", needed=True),
    ),
    make=_made,
    limits=("If a server takes the mail for only some of the recipients, it counts as not delivered.",),
    kibana=KibanaConnector(type=".email", config=_config, secrets=_secrets, params=_params),
)
