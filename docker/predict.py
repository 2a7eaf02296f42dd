"""A real model that predicts all day, for the profile `demo` of docker-compose.elk.yml.

A classifier is trained on a data set that ships with scikit-learn, and asked about rows that it has not seen, at a
steady rate; each prediction is one event in the file that Filebeat reads. Some rows lack a value, which the model
refuses: those predictions end as errors. PREDICTIONS_PER_SECOND says how many; PREDICTIONS, after how many to end;
LOG_BYTES, at which size the file is rotated, so that the volume does not grow for ever.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model_logs import logger

MODEL, VERSION = "breast-cancer", "1"
# One row in so many comes without one of its values.
ONE_WITH_A_GAP = 200


def train() -> tuple[Any, list[list[float]]]:
    """Return the model, and rows to ask it about."""
    features, labels = load_breast_cancer(return_X_y=True)
    seen, unseen, seen_labels, _ = train_test_split(features, labels, random_state=0, stratify=labels)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(seen, seen_labels)
    return model, [list(map(float, row)) for row in unseen]


def ask(model: Any, row: list[float]) -> None:
    """Ask for one prediction and log how it ended."""
    with logger.request(), logger.predict(model_name=MODEL, model_version=VERSION) as prediction:
        (probabilities,) = model.predict_proba([row])
        prediction.label = str(int(probabilities.argmax()))
        prediction.score = float(probabilities.max())


def rotate(largest: int) -> None:
    """Rename the file once it is large, as logrotate does: the logger then makes a new one. One old file is kept."""
    path = Path(os.environ.get("MODEL_LOGS_PATH", "-"))
    with suppress(FileNotFoundError):
        if path.stat().st_size > largest:
            path.replace(f"{path}.1")


def main() -> int:
    """Predict until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logger.configure(service="compose-demo", service_version=VERSION)
    model, rows = train()
    logger.registered(model_name=MODEL, model_version=VERSION, user="compose", registry="none")
    logger.transitioned(
        model_name=MODEL, model_version=VERSION, stage="production", previous_stage="staging", user="compose"
    )
    pause = 1 / float(os.environ.get("PREDICTIONS_PER_SECOND", "5"))
    wanted = os.environ.get("PREDICTIONS")
    largest = int(os.environ.get("LOG_BYTES", "100000000"))
    chance = random.Random(0)  # noqa: S311  # which rows have a gap is no secret
    for _ in range(int(wanted)) if wanted else itertools.count():
        row = list(chance.choice(rows))
        if chance.randrange(ONE_WITH_A_GAP) == 0:
            row[0] = float("nan")
        try:
            ask(model, row)
        except ValueError as error:
            sys.stderr.write(f"refused: {str(error).splitlines()[0]}\n")
        rotate(largest)
        time.sleep(pause)
    return 0


if __name__ == "__main__":
    sys.exit(main())
