"""A real classifier under load from several threads, each answer logged.

Arguments: log file, how many, well or broken. Broken means that the feature pipeline lost a column: scikit-learn
raises, and rules answer in place of the model.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model_logs import logger

FILE, COUNT, STATE = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ROWS, LABELS = load_breast_cancer(return_X_y=True)
MODEL = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)).fit(ROWS, LABELS)


def answer(number: int) -> None:
    row = ROWS[number % len(ROWS)].reshape(1, -1)
    begin = time.perf_counter()
    status: Literal["success", "error"] = "success"
    level = 0
    try:
        label = str(MODEL.predict(row[:, 1:] if STATE == "broken" else row)[0])
    except ValueError:
        label, status, level = "unknown", "error", 3
    logger.prediction(
        model_name="tumours",
        model_version="7",
        request_id=f"{STATE}-{number}",
        latency_ms=1000 * (time.perf_counter() - begin),
        status=status,
        prediction_label=label,
        fallback_level=level,
    )


logger.configure(path=FILE, service="tumours", environment="production")
with ThreadPoolExecutor(8) as pool:
    list(pool.map(answer, range(COUNT)))
