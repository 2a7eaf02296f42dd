"""Help for tests, ours and our users': a real Elasticsearch as fixtures, and the captured events of the logger.

`capture` collects what the logger writes. The fixtures are in `model_logs.testing.node`, to be named in
`pytest_plugins`. Importing this package loads neither pytest nor the node.
"""

from __future__ import annotations

from model_logs.testing.capture import Captured, capture

__all__ = ["Captured", "capture"]
