"""Gives Kibana's own user its password, and Logstash a user that may write our streams and nothing else.

Run by the service `users` of docker-compose.elk.yml; a second run changes nothing but sets the same again. Passwords
come from the environment and go into the request's body, never onto a command line.
"""

from __future__ import annotations

import os
import sys

from model_logs.cluster import Connection, connect, translated
from model_logs.errors import ModelLogsError
from model_logs.install.keys import Security, role, role_request


def main() -> int:
    """Set both users; exit 1 with a message when the cluster refuses."""
    connection = Connection(
        url=os.environ["MODEL_LOGS_URL"],
        username=os.environ["MODEL_LOGS_USERNAME"],
        password=os.environ["MODEL_LOGS_PASSWORD"],
        ca_certs=os.environ["MODEL_LOGS_CA_CERTS"],
    )
    try:
        set_both(connection)
    except ModelLogsError as error:
        sys.stderr.write(f"Error: {error}\n")
        return error.exit_code
    sys.stderr.write("kibana_system and model_logs_writer are set.\n")
    return 0


def set_both(connection: Connection) -> None:
    """Set the password of Kibana's user, and make Logstash's with the role of a writer."""
    with connect(connection) as client:
        with translated("setting the password of kibana_system"):
            client.security.change_password(username="kibana_system", password=os.environ["KIBANA_PASSWORD"])
        Security(client).install(role_request(role("writer")))
        with translated("storing the user model_logs_writer"):
            client.security.put_user(
                username="model_logs_writer",
                password=os.environ["LOGSTASH_PASSWORD"],
                roles=["model_logs_writer"],
                full_name="Logstash, for model-logs",
            )


if __name__ == "__main__":
    sys.exit(main())
