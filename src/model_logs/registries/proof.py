"""Proof of a delivery's origin: a signature or a shared secret, and its time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_logs.errors import ConfigurationError, ModelLogsError
from model_logs.times import read_span

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Proof", "ProofError"]

_PLACE = re.compile(rb"\{(body|header:[A-Za-z0-9-]+)\}")
_SHORTEST = 16


class ProofError(ModelLogsError):
    """A delivery does not prove where it comes from."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof that one registry's deliveries carry.

    Attributes:
        registry: The registry.
        kind: hmac-sha256 or shared.
        header: The header that holds the proof.
        prefix: What stands before it there.
        encoding: hex or base64, for a signature.
        signed: What is signed.
        time_header: The header that holds the time of the delivery; empty where there is none.
        window_s: How far that time may be from now, in seconds.
    """

    registry: str
    kind: str
    header: str
    prefix: str
    encoding: str
    signed: bytes
    time_header: str
    window_s: float

    @classmethod
    def of(cls, registry: str, said: Mapping[str, Any]) -> Proof:
        """Return the proof from the section `proof` of a file."""
        return cls(
            registry=registry,
            kind=said["kind"],
            header=said["header"].lower(),
            prefix=said.get("prefix", ""),
            encoding=said.get("encoding", ""),
            signed=said.get("signed", "{body}").encode(),
            time_header=said.get("time_header", "").lower(),
            window_s=read_span(said.get("window", "5m")).total_seconds(),
        )

    @property
    def variable(self) -> str:
        """The environment variable that holds the secret."""
        return f"MODEL_LOGS_REGISTRY_SECRET_{self.registry.replace('-', '_').upper()}"

    def secret(self, environ: Mapping[str, str] = os.environ) -> bytes:
        """Return the secret.

        Raises:
            ConfigurationError: There is none, or it can be guessed.
        """
        found = environ.get(self.variable, "").strip()
        if len(found) < _SHORTEST:
            what = "is not set" if not found else f"has fewer than {_SHORTEST} characters"
            raise ConfigurationError(
                f"{self.variable} {what}: anybody could write into the audit trail.",
                next_step=f"Set it to the secret of {self.registry}'s deliveries, from a secret store.",
            )
        return found.encode()

    def check(self, secret: bytes, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> None:
        """See that a delivery is proved.

        Args:
            secret: What the registry and we know.
            headers: Their names in small letters.
            body: The bytes that came.
            now: Seconds since 1970.

        Raises:
            ProofError: It is not.
        """
        given = headers.get(self.header, "")
        if not given:
            raise ProofError(f"there is no header {self.header}")
        if not given.startswith(self.prefix):
            raise ProofError(f"the header {self.header} does not begin with {self.prefix!r}")
        value = given[len(self.prefix) :]
        if self.kind == "shared":
            right = hmac.compare_digest(value.encode(), secret)
        else:
            expected = hmac.new(secret, self._signed(headers, body), hashlib.sha256).digest()
            right = hmac.compare_digest(_decoded(value, self.encoding), expected)
        if not right:
            raise ProofError("the secret or the signature is wrong")
        if self.time_header:
            self._check_time(headers, time.time() if now is None else now)

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bytes:
        def filled(found: re.Match[bytes]) -> bytes:
            what = found[1].decode()
            return body if what == "body" else headers.get(what.removeprefix("header:").lower(), "").encode()

        return _PLACE.sub(filled, self.signed)

    def _check_time(self, headers: Mapping[str, str], now: float) -> None:
        try:
            then = float(headers.get(self.time_header, ""))
        except ValueError:
            raise ProofError(f"the header {self.time_header} holds no time") from None
        # Not the other way round: a time that is no number compares with nothing.
        if not abs(now - then) <= self.window_s:
            raise ProofError(f"it was sent {now - then:.0f} s ago; {self.window_s:.0f} s are allowed")


def _decoded(text: str, encoding: str) -> bytes:
    try:
        return bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
