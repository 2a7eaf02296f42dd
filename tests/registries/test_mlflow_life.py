"""The life of a model in a real MLflow server, with our store and our wrapper: each change once, and who made it.

Two workers, basic-auth, workspaces, SQLite and PostgreSQL; every second request by the routes of MLflow's pages.
"""

from __future__ import annotations

import contextlib
from itertools import cycle
from typing import Any

import pytest
from tests.support.mlflow import ADMIN, Server, postgres, serving

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

JANE, BOT, BOB = ("jane", "jane-has-a-password"), ("ci-bot", "bot-has-a-password"), ("bob", "bob-has-a-password")
PLANTED = "PLANTED-SECRET"
# What an event of a step has in common with no other step's.
COMPARED = (
    *("event_type", "status", "model_name", "model_version", "stage", "previous_stage", "alias", "previous_version"),
    "previous_name",
)
RM, MV = "registered-models", "model-versions"
PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}


def event(event_type: str, name: str = "churn", version: str | None = None, **more: Any) -> dict[str, Any]:
    found = {"event_type": event_type, "status": "success", "model_name": name, "model_version": version, **more}
    return {key: value for key, value in found.items() if value is not None}


def at(name: str = "churn", version: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, **({"version": version} if version else {}), **more}


# Who, method, path, body, the answer's status, the events that come of it.
Step = tuple[tuple[str, str], str, str, Any, int, list[dict[str, Any]]]
LIFE: list[Step] = [
    (
        JANE,
        "POST",
        f"{RM}/create",
        at(tags=[{"key": "team", "value": "risk"}]),
        200,
        [event("registered"), event("tag_set")],
    ),
    # `register_model` asks for the model each time.
    (JANE, "POST", f"{RM}/create", at(), 400, []),
    (BOT, "POST", f"{MV}/create", at(source="s3://models/1"), 200, [event("version_created", version="1")]),
    (BOT, "POST", f"{MV}/create", at(source="s3://models/2"), 200, [event("version_created", version="2")]),
    (
        BOT,
        "POST",
        f"{MV}/create",
        at(source="s3://models/3", tags=[{"key": "approval", "value": "rejected"}]),
        200,
        [event("version_created", version="3"), event("tag_set", version="3"), event("rejected", version="3")],
    ),
    (
        JANE,
        "POST",
        f"{RM}/alias",
        at(version="1", alias="champion"),
        200,
        [event("alias_set", version="1", alias="champion")],
    ),
    (
        JANE,
        "POST",
        f"{RM}/alias",
        at(version="2", alias="champion"),
        200,
        [event("alias_set", version="2", alias="champion", previous_version="1")],
    ),
    (JANE, "POST", f"{RM}/alias", at(version="2", alias="champion"), 200, []),
    (
        JANE,
        "POST",
        f"{RM}/alias",
        at(version="3", alias="challenger"),
        200,
        [event("alias_set", version="3", alias="challenger")],
    ),
    (JANE, "DELETE", f"{RM}/alias", at(alias="no-such"), 200, []),
    (
        JANE,
        "POST",
        f"{MV}/transition-stage",
        at(version="1", stage="Staging"),
        200,
        [event("transitioned", version="1", stage="staging", previous_stage="none")],
    ),
    (
        JANE,
        "POST",
        f"{MV}/transition-stage",
        at(version="1", stage="production"),
        200,
        [event("transitioned", version="1", stage="production", previous_stage="staging")],
    ),
    (JANE, "POST", f"{MV}/transition-stage", at(version="1", stage="Production"), 200, []),
    (
        JANE,
        "POST",
        f"{MV}/transition-stage",
        at(version="2", stage="Production", archive_existing_versions=True),
        200,
        [
            event("transitioned", version="2", stage="production", previous_stage="none"),
            event("archived", version="1", stage="archived", previous_stage="production"),
        ],
    ),
    (
        JANE,
        "POST",
        f"{MV}/transition-stage",
        at(version="9", stage="Production"),
        404,
        [event("transitioned", version="9", stage="production", status="invalid")],
    ),
    (
        JANE,
        "POST",
        f"{MV}/set-tag",
        at(version="2", key="approval", value="approved"),
        200,
        [event("tag_set", version="2"), event("approved", version="2")],
    ),
    (JANE, "DELETE", f"{MV}/delete-tag", at(version="2", key="approval"), 200, [event("tag_deleted", version="2")]),
    (JANE, "DELETE", f"{MV}/delete-tag", at(version="2", key="approval"), 200, []),
    (JANE, "POST", f"{RM}/set-tag", at(key="tier", value="1"), 200, [event("tag_set")]),
    (JANE, "DELETE", f"{RM}/delete-tag", at(key="tier"), 200, [event("tag_deleted")]),
    (
        JANE,
        "PATCH",
        f"{MV}/update",
        at(version="2", description="the second one"),
        200,
        [event("tag_set", version="2")],
    ),
    (JANE, "PATCH", f"{MV}/update", at(version="2", description="the second one"), 200, []),
    (JANE, "PATCH", f"{RM}/update", at(description="who leaves"), 200, [event("tag_set")]),
    (
        JANE,
        "DELETE",
        f"{MV}/delete",
        at(version="3"),
        200,
        [
            event("deleted", version="3", previous_stage="none"),
            event("alias_removed", alias="challenger", previous_version="3"),
        ],
    ),
    (
        JANE,
        "DELETE",
        f"{RM}/alias",
        at(alias="champion"),
        200,
        [event("alias_removed", alias="champion", previous_version="2")],
    ),
    (
        JANE,
        "POST",
        f"{RM}/rename",
        at(new_name="churn-eu"),
        200,
        [event("renamed", "churn-eu", previous_name="churn")],
    ),
    (JANE, "POST", f"{RM}/create", at("churn-prod"), 200, [event("registered", "churn-prod")]),
    (
        JANE,
        "POST",
        f"{MV}/create",
        at("churn-prod", source="models:/churn-eu/1"),
        200,
        [event("version_created", "churn-prod", "1")],
    ),
    (JANE, "POST", f"{RM}/create", at("greet", tags=[PROMPT]), 200, [event("registered", "greet")]),
    (
        JANE,
        "POST",
        f"{MV}/create",
        at("greet", source="dummy-source", tags=[PROMPT, {"key": "mlflow.prompt.text", "value": PLANTED}]),
        200,
        [event("version_created", "greet", "1")],
    ),
    (
        JANE,
        "POST",
        f"{MV}/set-tag",
        at("greet", "1", key="note", value=PLANTED),
        200,
        [event("tag_set", "greet", "1")],
    ),
    (JANE, "PATCH", f"{MV}/update", at("greet", "1", description=PLANTED), 200, [event("tag_set", "greet", "1")]),
    (
        JANE,
        "POST",
        f"{MV}/set-tag",
        at("greet", "1", key="k" * 300, value=PLANTED),
        400,
        [event("tag_set", "greet", "1", status="invalid")],
    ),
    (JANE, "DELETE", f"{RM}/delete", at("churn-prod"), 200, [event("deleted", "churn-prod")]),
]
# Who, method, path, body, the answer's status, the event; the name is proved or only claimed.
WRONG = ("jane", PLANTED)
REFUSED: list[Step] = [
    (BOB, "POST", f"{RM}/alias", at("churn-eu", "1", alias="champion"), 403,
     [event("alias_set", "churn-eu", "1", alias="champion", status="invalid")]),
    (BOB, "POST", f"{MV}/set-tag", at("churn-eu", "1", key="approval", value="approved"), 403,
     [event("tag_set", "churn-eu", "1", status="invalid")]),
    (BOB, "POST", f"{MV}/set-tag", at("churn-eu", "1", key="password", value=PLANTED), 403,
     [event("tag_set", "churn-eu", "1", status="invalid")]),
    (WRONG, "POST", f"{MV}/transition-stage", at("churn-eu", "1", stage="Production"), 401,
     [event("transitioned", "churn-eu", "1", stage="production", status="invalid")]),
    (WRONG, "DELETE", f"{RM}/delete", at("churn-eu"), 401, [event("deleted", "churn-eu", status="invalid")]),
    (JANE, "POST", f"{RM}/alias", at("churn-eu", alias="champion"), 400,
     [event("alias_set", "churn-eu", alias="champion", status="invalid")]),
    (JANE, "POST", f"{MV}/create", b'{"name": "churn-eu", "source": "' + PLANTED.encode(), 400,
     [event("version_created", "unknown", status="invalid")]),
    # A read that is refused changes nothing.
    (WRONG, "GET", f"{RM}/search", None, 401, []),
]  # fmt: skip


def shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in COMPARED if name in found}


def live(server: Server, life: list[Step], workspace: str) -> list[tuple[Step, list[dict[str, Any]]]]:
    """Go through a life, and return each step with its own events."""
    told = []
    apis = cycle(("api/2.0", "ajax-api/2.0"))
    for step in life:
        user, method, path, body, status, _ = step
        before = len(server.events)
        answer = server.ask(method, path, body, user=user, workspace=workspace, api=next(apis))
        assert answer.status_code == status, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        told.append((step, server.events[before:]))
    return told


def people(server: Server) -> None:
    for name, password in (JANE, BOT, BOB):
        said = {"username": name, "password": password}
        assert server.ask("POST", "users/create", said, user=ADMIN).status_code == 200
    for name, _ in (JANE, BOT):
        promoted = {"username": name, "is_admin": True}
        assert server.ask("PATCH", "users/update-admin", promoted, user=ADMIN).status_code == 200
    assert server.ask("POST", "workspaces", {"name": "risk"}, user=ADMIN, api="api/3.0").status_code == 201


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request, tmp_path):
    with contextlib.ExitStack() as stack:
        where = stack.enter_context(postgres()) if request.param == "postgresql" else f"sqlite:///{tmp_path}/m.db"
        found = stack.enter_context(
            serving(
                tmp_path,
                where,
                *("--app-name", "elk-basic-auth", "--enable-workspaces"),
                MODEL_LOGS_MLFLOW_SERVICE_ACCOUNTS="ci-*",
            )
        )
        people(found)
        yield found


def test_each_change_stands_in_the_trail_once_with_its_user_its_workspace_and_what_stood_before(server):
    for (user, _, path, body, _, expected), found in live(server, LIFE, "risk"):
        assert [shown(each) for each in found] == expected, (path, body)
        for each in found:
            assert each["user"]["name"] == user[0]
            assert each["labels"]["workspace"] == "risk"
            assert each["labels"]["user_kind"] == ("service" if user is BOT else "person")
            assert each["registry"] == "mlflow"
            assert (each["labels"].get("kind") == "prompt") == (each["model_name"] == "greet")
    for (user, _, path, body, status, expected), found in live(server, REFUSED, "risk"):
        assert [shown(each) for each in found] == expected, (path, body)
        for each in found:
            assert each["http"]["response"]["status_code"] == status
            proved, claimed = each.get("user", {}).get("name"), each["labels"].get("user_claimed")
            assert (proved, claimed) == ((None, user[0]) if status == 401 else (user[0], None))
    tried = [each for each in server.events if each.get("tag", {}).get("key") == "approval" and "http" in each]
    assert [each["tag"]["value"] for each in tried] == ["approved"]
    assert PLANTED not in server.trail.read_text()
    ids = [each["event"]["id"] for each in server.events]
    assert len(ids) == len(set(ids))
    assert len({each["process"]["pid"] for each in server.events}) == 2
