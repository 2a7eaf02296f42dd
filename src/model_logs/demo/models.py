"""The models of the demo: classifiers of scikit-learn on data sets that come with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["CANCER", "DIGITS", "Version", "held_out", "model_file", "train", "training_rows", "truths"]

DIGITS = "digits"
CANCER = "breast-cancer"

_SEED = 7


@dataclass(frozen=True, slots=True)
class Version:
    """A trained version of a model.

    Attributes:
        model: Its name.
        version: Its version.
        what: The classifier in words.
        accuracy: Share of held-out rows that it gets right.
    """

    model: str
    version: str
    what: str
    accuracy: float


def model_file(folder: Path, model: str, version: str) -> Path:
    """Return where a trained version lies."""
    return folder / "models" / f"{model}-{version}.joblib"


def _data(model: str) -> tuple[Any, Any, Any, Any]:
    """Return training rows, held-out rows, training classes, held-out classes: the same split in every process."""
    from sklearn.datasets import load_breast_cancer, load_digits
    from sklearn.model_selection import train_test_split

    rows, classes = {DIGITS: load_digits, CANCER: load_breast_cancer}[model](return_X_y=True)
    split: tuple[Any, Any, Any, Any] = tuple(
        train_test_split(rows, classes, test_size=0.4, random_state=_SEED, stratify=classes)
    )
    return split


def held_out(model: str) -> list[list[float]]:
    """Return rows that no version was trained on: what the demo's clients ask about."""
    rows: list[list[float]] = _data(model)[1].tolist()
    return rows


def truths(model: str) -> list[str]:
    """Return the right answers to `held_out`, in its order."""
    return [str(each) for each in _data(model)[3].tolist()]


@cache
def training_rows(model: str) -> list[list[float]]:
    """Return the rows that every version was trained on."""
    rows: list[list[float]] = _data(model)[0].tolist()
    return rows


def _recipes() -> dict[tuple[str, str], tuple[str, Callable[[], Any]]]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def regression() -> Any:
        return LogisticRegression(max_iter=2000, C=0.1, random_state=_SEED)

    def forest(trees: int) -> Any:
        return RandomForestClassifier(trees, random_state=_SEED)

    return {
        (DIGITS, "1"): (
            "logistic regression, missing pixels filled in",
            lambda: make_pipeline(SimpleImputer(), StandardScaler(), regression()),
        ),
        (DIGITS, "2"): (
            "a forest of 200 trees: about ten times as slow",
            lambda: make_pipeline(SimpleImputer(), forest(200)),
        ),
        (DIGITS, "3"): (
            "fast again, but someone dropped the step that fills in missing pixels",
            lambda: make_pipeline(StandardScaler(), regression()),
        ),
        (CANCER, "1"): ("a forest of 20 trees", lambda: make_pipeline(SimpleImputer(), forest(20))),
    }


def train(folder: Path) -> list[Version]:
    """Train every version and write it to the folder."""
    import joblib

    trained = []
    for (model, version), (what, recipe) in _recipes().items():
        rows, unseen, classes, truth = _data(model)
        classifier = recipe().fit(rows, classes)
        file = model_file(folder, model, version)
        file.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump(classifier, file)
        trained.append(Version(model, version, what, float(classifier.score(unseen, truth))))
    return trained
