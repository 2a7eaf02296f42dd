"""What every test may ask for: a real Elasticsearch as `es_url`, `es` and `clean_es`."""

from __future__ import annotations

pytest_plugins = ["model_logs.testing.node"]
