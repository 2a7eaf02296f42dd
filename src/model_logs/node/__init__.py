"""The development node: a real Elasticsearch 8.19, put together from published jars on the user's machine.

It has no authentication, no TLS and no sandbox, and listens on this machine only. It is for trying things, for demos
and for tests; it is no way to run Elasticsearch in production. Nothing but `model_logs.testing`, the demo and the
`node` command imports this package: the rest of the product knows a URL.
"""

from __future__ import annotations

from model_logs.node.control import RunningNode, find_running_node, log_tail, start_node
from model_logs.node.support import WHOSE, Support, support

__all__ = ["WHOSE", "RunningNode", "Support", "find_running_node", "log_tail", "start_node", "support"]
