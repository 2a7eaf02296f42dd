"""Writes predictions of one model, failed and good ones; it runs in the stack, by `python - FAILED GOOD`."""

import sys

from model_logs import logger

MODEL = "stack-test"


def write(failed: int, good: int) -> None:
    """Write them for production, the one environment that pages."""
    logger.configure(environment="production")
    for number in range(failed + good):
        logger.prediction(
            model_name=MODEL,
            model_version="1",
            request_id=f"stack-{number}",
            latency_ms=12.5,
            status="error" if number < failed else "success",
        )
    logger.close()


if __name__ == "__main__":
    write(int(sys.argv[1]), int(sys.argv[2]))
