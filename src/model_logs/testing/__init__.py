"""Help for tests, ours and our users': a real Elasticsearch as fixtures, and what the logger wrote.

The fixtures are in `model_logs.testing.node`, to be named in `pytest_plugins`. Importing this package loads nothing:
what needs pytest or the node is imported when it is asked for.
"""

from __future__ import annotations
