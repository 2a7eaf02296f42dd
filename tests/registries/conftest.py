"""What the tests of registries share: a receiver over a file of their own, and signed deliveries."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid

import httpx
import pytest

from model_logs.journal import Journal
from model_logs.registries import sources
from model_logs.registries.approval import DEFAULT, Approval
from model_logs.registries.receiver import Receiver, Taken

SECRET = b"a-secret-of-the-tests-0123456789"


def signed(body, *, secret=SECRET, delivery=None, at=None):
    """Return the headers and the bytes of a delivery as MLflow sends it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    delivery = delivery or str(uuid.uuid4())
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret, f"{delivery}.{stamp}.".encode() + raw, hashlib.sha256).digest()
    headers = {
        "X-MLflow-Delivery-Id": delivery,
        "X-MLflow-Timestamp": stamp,
        "X-MLflow-Signature": "v1," + base64.b64encode(digest).decode(),
    }
    return headers, raw


def alias_set(version, alias="champion", name="fraud"):
    return {
        "entity": "model_version_alias",
        "action": "created",
        "timestamp": "2026-11-30T08:16:00+00:00",
        "data": {"name": name, "alias": alias, "version": str(version)},
    }


class Ear:
    """A receiver, and what it wrote."""

    def __init__(self, path, names, approval, ignored):
        self.said = []
        self.path = path
        found = [sources.load(name) for name in names]
        self.journal = Journal(path, service="registry", environment="production")
        taken = {each.registry: Taken(each, SECRET, ignored=each.registry in ignored) for each in found}
        self.app = Receiver(self.journal, taken, Approval.of(approval), self.said.append)

    def post(self, path, content, headers=None, method="POST"):
        async def ask():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
                return await client.request(method, path, content=content, headers=headers or {})

        return asyncio.run(ask())

    def deliver(self, body, **how):
        headers, raw = signed(body, **how)
        return self.post("/mlflow", raw, headers)

    @property
    def events(self):
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_bytes().splitlines() if line]


@pytest.fixture
def ear(tmp_path):
    """Return a function that starts a receiver; a second one over the same file is what is there after a restart."""

    def start(*names, approval=DEFAULT, ignored=(), path=None):
        return Ear(path or tmp_path / "registry.log", names or ("mlflow",), approval, ignored)

    return start
