"""Time stamps of seals by RFC 3161: a stranger's signed word that a seal's file existed at a moment.

One stamp stands for all seals before it, since each holds the head of the one before. So each run of `audit seal`
asks for one, over the newest file, and keeps the answer beside it (`2026-11-22.tsr`); `openssl ts -verify` reads it.
The worth of a stamp is the authority's key and clock, which no administrator of the cluster has.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from model_logs.errors import AssetError, ModelLogsError
from model_logs.extras import missing
from model_logs.printing import printable
from model_logs.seals.seal import file_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

    from model_logs.seals.seal import Seal

__all__ = ["TimestampError", "Timestamps", "read_authority", "stamp", "token_of", "verify_timestamps"]

_QUERY: Final = "application/timestamp-query"
_TIMEOUT_S: Final = 30.0
# An answer is a few kilobytes.
_LONGEST: Final = 1 << 20
_OK: Final = 200
# A seal that was stamped so long after it says that it was made may have been made anew.
_LATE: Final = timedelta(hours=48)
# The clock of the authority and ours.
_SKEW: Final = timedelta(minutes=10)


class TimestampError(ModelLogsError):
    """No time stamp was given."""


@dataclass
class Timestamps:
    """The time stamps of a folder.

    Attributes:
        stamped: Day → when its seal existed, by the authority's word.
        wrong: Day → why its stamp proves nothing.
    """

    stamped: dict[date, datetime] = field(default_factory=dict)
    wrong: dict[date, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "stamped": {str(day): at for day, at in self.stamped.items()},
            "wrong": {str(day): why for day, why in self.wrong.items()},
        }


def token_of(folder: Path, day: date) -> Path:
    """Return the file of a seal's time stamp."""
    return file_of(folder, day).with_suffix(".tsr")


def stamp(folder: Path, seal: Seal, url: str) -> Path | None:
    """Have a seal stamped, and return the file of the stamp; None where it has one already.

    Args:
        folder: Of the seals.
        seal: One that is on the disk.
        url: Of the authority.

    Raises:
        TimestampError: The authority gave none, or none of this file, or it cannot be written.
        MissingExtraError: The extra `timestamp` is not installed.
    """
    token = token_of(folder, seal.day)
    if token.is_file():
        return None
    content = file_of(folder, seal.day).read_bytes()
    answer = _asked(url, content, with_certificate=True) or _asked(url, content, with_certificate=False)
    if answer is None:
        raise TimestampError(f"{printable(url)} gave an answer that is no time stamp.", next_step=_LATER)
    half = token.with_suffix(".new")
    try:
        with half.open("wb") as opened:
            opened.write(answer)
            opened.flush()
            os.fsync(opened.fileno())
        half.replace(token)
    except OSError as error:
        raise TimestampError(f"{token} cannot be written: {error.strerror}.", next_step=_LATER) from error
    return token


_LATER: Final = (
    "The seal itself is made and stays; the next `model-logs audit seal --timestamp-url` stamps the newest one."
)


def _asked(url: str, content: bytes, *, with_certificate: bool) -> bytes | None:
    """Ask the authority once; None where its answer cannot be read, as when its certificates are in no order.

    Raises:
        TimestampError: It does not answer, refuses, or stamps something else.
    """
    import urllib3

    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response
    except ModuleNotFoundError as error:
        raise missing(error) or error from None
    query = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256)
    request = query.nonce(nonce=True).cert_request(cert_request=with_certificate).build()
    try:
        with urllib3.PoolManager(timeout=_TIMEOUT_S, retries=urllib3.Retry(2, redirect=0)) as pool:
            said = pool.request(
                "POST", url, body=request.as_bytes(), headers={"Content-Type": _QUERY}, preload_content=False
            )
            body = said.read(_LONGEST)
    except urllib3.exceptions.HTTPError as error:
        raise TimestampError(
            f"{printable(url)} gave no time stamp: {printable(error, most=300)}.", next_step=_LATER
        ) from error
    if said.status != _OK:
        raise TimestampError(f"{printable(url)} gave no time stamp: HTTP {said.status}.", next_step=_LATER)
    try:
        response = decode_timestamp_response(body)
    except ValueError:
        return None
    if response.status != 0:
        why = ", ".join(map(str, response.status_string)) or f"status {response.status}"
        raise TimestampError(f"{printable(url)} refused a time stamp: {printable(why)}.", next_step=_LATER)
    information = response.tst_info
    if information.nonce != request.nonce or (information.message_imprint.message != request.message_imprint.message):
        raise TimestampError(f"{printable(url)} stamped something else than was asked for.", next_step=_LATER)
    return body


def read_authority(file: Path) -> list[Certificate]:
    """Return the certificates of a PEM file: of the authority's root, and of those below it.

    Raises:
        AssetError: It holds none, or no root.
        MissingExtraError: The extra `timestamp` is not installed.
    """
    try:
        from cryptography.x509 import load_pem_x509_certificates
    except ModuleNotFoundError as error:
        raise missing(error) or error from None
    try:
        found = load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise AssetError(
            f"{file} holds no certificate: {error}.", next_step="Name the PEM file of the authority's root."
        ) from error
    if not any(each.issuer == each.subject for each in found):
        raise AssetError(
            f"{file} holds no root certificate.",
            next_step="Add the certificate that its authority signed itself with.",
        )
    return found


def verify_timestamps(folder: Path, seals: Sequence[Seal], authority: Sequence[Certificate]) -> Timestamps:
    """Verify the time stamps of seals against an authority's certificates.

    Args:
        folder: Of the seals.
        seals: Them, the oldest first.
        authority: Of `read_authority`.
    """
    found = Timestamps()
    for seal in seals:
        token = token_of(folder, seal.day)
        if token.is_file():
            try:
                at = _verified(token.read_bytes(), file_of(folder, seal.day).read_bytes(), authority)
            except (ValueError, OSError, TimestampError) as error:
                found.wrong[seal.day] = printable(error, most=200)
                continue
            if not seal.sealed_at - _SKEW <= at <= seal.sealed_at + _LATE:
                said = seal.sealed_at.isoformat(timespec="seconds")
                found.wrong[seal.day] = f"stamped at {at.isoformat()}, though it says that it was made at {said}"
            else:
                found.stamped[seal.day] = at
    return found


def _verified(token: bytes, content: bytes, authority: Sequence[Certificate]) -> datetime:
    """Return the time of a stamp that is the authority's and of this content.

    Raises:
        TimestampError: It is not.
        ValueError: It is none.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    response = decode_timestamp_response(token)
    roots = [each for each in authority if each.issuer == each.subject]
    others = [each for each in authority if each.issuer != each.subject]
    own = _signer(response, others)
    builder = VerifierBuilder(roots=roots, intermediates=[each for each in others if each is not own])
    if own is not None:
        builder = builder.tsa_certificate(own)
    try:
        builder.build().verify_message(response, content)
    except VerificationError as error:
        raise TimestampError(
            str(error), next_step="Give the certificates of the authority that stamped it."
        ) from error
    moment: datetime = response.tst_info.gen_time
    return moment


def _signer(response: TimeStampResponse, certificates: Sequence[Certificate]) -> Certificate | None:
    """Return the certificate that signed a stamp, where the stamp does not bring it along; None where it does."""
    if response.signed_data.certificates:
        return None
    signed_by = {(each.issuer, each.serial_number) for each in response.signed_data.signer_infos}
    return next((each for each in certificates if (each.issuer, each.serial_number) in signed_by), None)
