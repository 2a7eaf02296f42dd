"""Every test vector of pipelines/tests, on ship's parser."""

from __future__ import annotations

import pytest

from model_logs.pipeline import Vector, load_vectors, run_on_ship

VECTORS = load_vectors()


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{vector.file}: {vector.name}" for vector in VECTORS])
def test_vector(vector: Vector) -> None:
    (outcome,) = run_on_ship([vector])

    assert outcome.differences == (), "\n".join(map(str, outcome.differences))


def test_there_are_vectors_for_every_stream_and_for_failures() -> None:
    unparsed = sum(vector.stream == "unparsed" for vector in VECTORS)

    assert len(VECTORS) >= 120
    assert unparsed >= 40
    assert {vector.stream for vector in VECTORS} == {"prediction", "lifecycle", "unparsed", "none"}
