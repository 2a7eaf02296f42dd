"""Gives Kibana's own user its password, and Logstash a user that may write our streams and nothing else.

Run by the service `users` of docker-compose.elk.yml; a second run changes nothing but sets the same again. Passwords
come from the environment and go into the request's body, never onto a command line.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import yaml

from model_logs import assets
from model_logs.cluster import Connection, connect, translated


def writer() -> dict[str, Any]:
    """Return the writer's role, as `mappings/roles.yml` has it."""
    roles = yaml.safe_load(assets.path("mappings/roles.yml").read_text(encoding="utf-8"))["roles"]
    return {name: value for name, value in roles["writer"].items() if name != "meaning"}


def main() -> int:
    """Set both users; exit 1 with a message when the cluster refuses."""
    connection = Connection(
        url=os.environ["MODEL_LOGS_URL"],
        username=os.environ["MODEL_LOGS_USERNAME"],
        password=os.environ["MODEL_LOGS_PASSWORD"],
        ca_certs=os.environ["MODEL_LOGS_CA_CERTS"],
    )
    client = connect(connection)
    with translated("setting the password of kibana_system"):
        client.security.change_password(username="kibana_system", password=os.environ["KIBANA_PASSWORD"])
    with translated("storing the role model_logs_writer"):
        client.security.put_role(name="model_logs_writer", **writer())
    with translated("storing the user model_logs_writer"):
        client.security.put_user(
            username="model_logs_writer",
            password=os.environ["LOGSTASH_PASSWORD"],
            roles=["model_logs_writer"],
            full_name="Logstash, for model-logs",
        )
    sys.stderr.write("kibana_system and model_logs_writer are set.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
