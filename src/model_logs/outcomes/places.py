"""The stream of an environment's predictions, to which truths belong; an environment without one is named."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from model_logs import contract
from model_logs.cluster import translated
from model_logs.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch import Elasticsearch

__all__ = ["predictions_of"]


@contextmanager
def predictions_of(client: Elasticsearch, environment: str, doing: str) -> Iterator[str]:
    """Give the name of the stream, and turn what a search in it raises into an error of ours.

    Args:
        client: The cluster.
        environment: Where the predictions were made.
        doing: What for; the stream's name is put behind it.

    Raises:
        UnknownNameError: There is no such stream: the environment is called otherwise.
        ClusterError: The cluster refused, or has no stream of predictions at all.
    """
    from elasticsearch import NotFoundError

    family = contract.load_contract().streams["prediction"]
    stream = family.in_environment(environment)
    with translated(f"{doing} {stream}"):
        try:
            yield stream
        except NotFoundError as error:
            answer = client.indices.get_data_stream(name=family.in_environment("*"))
            before = len(family.in_environment(""))
            if known := sorted(each["name"][before:] for each in answer["data_streams"]):
                raise UnknownNameError("environment", environment, known) from error
            raise
