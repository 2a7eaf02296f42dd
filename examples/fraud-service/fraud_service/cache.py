"""The cache of predictions in Redis: what the model said about the same payment before.

No card number lies in Redis: the key is a keyed hash of the payment, the value a score and a version. A Redis that is
slow or gone is a cache without answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
from hashlib import blake2b
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from pathlib import Path

    from fraud_service.settings import Settings

_log = logging.getLogger(__name__)


class Cache:
    """Keeps scores for a while.

    Args:
        settings: Where Redis is, and how long it has.
    """

    def __init__(self, settings: Settings) -> None:
        self._timeout_s = settings.cache_timeout_s
        self._ttl_s = settings.cache_ttl_s
        self._secret = _secret(settings.data / "cache.key")
        self._redis = Redis.from_url(
            settings.redis_url,
            socket_timeout=settings.cache_timeout_s,
            socket_connect_timeout=settings.cache_timeout_s,
            retry=Retry(NoBackoff(), 0),  # its own is ten attempts with pauses
        )

    async def get(self, card: str, amount: float) -> tuple[float, str] | None:
        """Return the score and the version that the model gave to this payment, or None."""
        try:
            async with asyncio.timeout(self._timeout_s):
                value = await self._redis.get(self._key(card, amount))
            if value is None:
                return None
            score, version = json.loads(value)
            return (float(score), str(version)) if 0 <= score <= 1 else None
        except (TimeoutError, OSError, RedisError, ValueError, TypeError) as error:
            _log.warning("cache: %s: %s", type(error).__name__, error)
            return None

    async def put(self, card: str, amount: float, score: float, version: str) -> None:
        """Keep a score of the model."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._redis.set(self._key(card, amount), json.dumps([score, version]), ex=self._ttl_s)
        except (TimeoutError, OSError, RedisError) as error:
            _log.warning("cache: %s: %s", type(error).__name__, error)

    def _key(self, card: str, amount: float) -> str:
        payment = json.dumps([card, amount]).encode()
        return f"fraud:{blake2b(payment, key=self._secret, digest_size=16).hexdigest()}"

    async def close(self) -> None:
        """End the connections."""
        await self._redis.aclose()


def _secret(file: Path) -> bytes:
    """Return the key of the hashes, drawn at the first start: a plain hash hides no card number, they are too few."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secrets.token_bytes(32))
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)  # never overwrites: of two processes that start together, one names the key
    draft.unlink()
    return file.read_bytes()
