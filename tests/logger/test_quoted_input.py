"""Exceptions whose messages hold the input that did not fit: class and stack are logged, the words are not."""

from __future__ import annotations

import json

import pydantic
import pytest

PLANTED = "the prompt of a patient"


class Row(pydantic.BaseModel):
    x: float


# MLflow is in no environment of this project's own: the class is told by its name and module.
MlflowException = type("MlflowException", (Exception,), {"__module__": "mlflow.exceptions"})


def of_pydantic() -> Exception:
    with pytest.raises(pydantic.ValidationError) as caught:
        Row(x=PLANTED)  # type: ignore[arg-type]
    return caught.value


def of_mlflow() -> Exception:
    return MlflowException(f"Failed to enforce schema of data\n'{PLANTED}'\nwith schema x: double")


def around(error: Exception) -> Exception:
    found = RuntimeError("the model could not be asked")
    found.__cause__ = error
    return found


def in_group(error: Exception) -> Exception:
    return ExceptionGroup("two at once", [error, KeyError("x")])


@pytest.mark.parametrize("made", [of_pydantic, of_mlflow])
@pytest.mark.parametrize("form", [lambda error: error, around, in_group], ids=["itself", "its cause", "in a group"])
def test_the_input_that_an_exception_quotes_is_not_logged_and_its_class_is(written, made, form):
    error = form(made())
    with pytest.raises(type(error)), written.log.predict(model_name="m"):
        raise error
    event = written.event
    assert event["status"] == "error"
    assert type(made()).__name__ in event["error"]["stack_trace"]
    assert "test_quoted_input.py" in event["error"]["stack_trace"]
    assert "of a patient" not in json.dumps(event)


def test_an_exception_of_another_library_with_such_a_name_keeps_its_words(written):
    ours = type("ValidationError", (Exception,), {"__module__": "service.errors"})
    with pytest.raises(ours), written.log.predict(model_name="m"):
        raise ours("the model's file is damaged")
    assert written.event["error"]["message"] == "the model's file is damaged"
