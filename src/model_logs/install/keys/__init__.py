"""API keys with as little right as each program needs, from `mappings/roles.yml`: made, listed, replaced, revoked.

A key is shown once, to who made it; nothing here stores or logs it. What our programs may do stands in the file of
roles and nowhere else.
"""

from __future__ import annotations

from model_logs.install.keys.records import MadeKey, NewKey, SecurityRequest
from model_logs.install.keys.requests import create_request, expire_request, revoke_request, role_request
from model_logs.install.keys.roles import STREAMS, Role, load_roles, narrowed, role
from model_logs.install.keys.security import Security

__all__ = [
    "STREAMS",
    "MadeKey",
    "NewKey",
    "Role",
    "Security",
    "SecurityRequest",
    "create_request",
    "expire_request",
    "load_roles",
    "narrowed",
    "revoke_request",
    "role",
    "role_request",
]
