"""Joins truths with their predictions, in batches of request ids, and stores one row for each prediction.

A row's id is its prediction's, and its version the time of the truth: a later truth replaces an earlier one, in
whichever order they come, and the same truth a second time changes nothing. A truth whose prediction is not there
(yet) is kept as `pending` and tried again; after some days it is given up, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from model_logs.cluster import translated
from model_logs.errors import ClusterError
from model_logs.outcomes.places import predictions_of
from model_logs.outcomes.rows import FAMILY, action, deletion, pending, truth_key, truth_of
from model_logs.outcomes.waiting import waiting, waiting_since
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from elasticsearch import Elasticsearch

    from model_logs.outcomes.truths import Truth

__all__ = ["FAMILY", "GIVE_UP_AFTER", "Summary", "join", "retry"]

# How long a prediction may be missing: a file that was shipped late, a retry of the caller.
GIVE_UP_AFTER = timedelta(days=30)
_BATCH = 1_000
# What one search returns at most; a batch whose predictions are more (retries, shadows) is read on behind it.
_PAGE = 10_000
_TAKEN = ("environment", "request_id", "model_name", "model_version", "stage", "variant", "prediction_label")
_CONFLICT = 409


@dataclass
class Summary:
    """Counts of a join: truths joined, replaced, pending and given up.

    Attributes:
        truths: How many there were.
        rows: Predictions that have their truth now.
        older: Truths that a later one had replaced already.
        pending: Truths whose prediction was not found, to be tried again.
        given_up: Truths whose prediction was not found for too long.
        labels: Predicted and actual labels that were seen, up to twenty each: for the case that none agrees.
        agreed: Rows whose two labels are equal.
        judged: Rows that have both labels.
    """

    truths: int = 0
    rows: int = 0
    older: int = 0
    pending: int = 0
    given_up: int = 0
    agreed: int = 0
    judged: int = 0
    labels: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    @property
    def strangers(self) -> str:
        """The two sets of labels, where they have none in common; empty otherwise."""
        predicted, actual = self.labels
        if not self.judged or predicted & actual:
            return ""
        return f"predicted {', '.join(sorted(predicted)[:5])}; actual {', '.join(sorted(actual)[:5])}"

    def as_dict(self) -> dict[str, int]:
        """Return the counts for `--output json`."""
        return {
            "truths": self.truths,
            "rows": self.rows,
            "older": self.older,
            "pending": self.pending,
            "given_up": self.given_up,
        }


def join(
    client: Elasticsearch,
    truths: Iterable[Truth],
    environment: str,
    *,
    now: datetime | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Summary:
    """Find the prediction of each truth and store the row.

    Args:
        client: The cluster.
        truths: The truths; read batch by batch.
        environment: Where their predictions were made.
        now: The time of joining.
        told: Called with the number of truths that are done, after each batch.

    Raises:
        ClusterError: The cluster refused a request or a row; what was stored before it stays, and running it again
            does no harm.
    """
    _check_template(client)
    at = now or datetime.now(UTC)
    summary = Summary()
    iterator = iter(truths)
    while batch := list(islice(iterator, _BATCH)):
        summary.truths += len(batch)
        missing = _store(client, _latest(batch), environment, at, summary)
        since = waiting_since(client, missing, environment)
        rows = (pending(truth, environment, first_seen=since.get(truth_key(truth), at)) for truth in missing)
        _bulk(client, rows, summary)
        summary.pending += len(missing)
        told(summary.truths)
    return summary


def retry(
    client: Elasticsearch,
    environment: str,
    *,
    now: datetime | None = None,
    give_up_after: timedelta = GIVE_UP_AFTER,
) -> Summary:
    """Look once more for the predictions of the truths that are pending.

    Raises:
        ClusterError: As for `join`.
    """
    at = now or datetime.now(UTC)
    summary = Summary()
    hits = waiting(client, environment, _BATCH)
    while batch := list(islice(hits, _BATCH)):
        together: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
        for hit in batch:
            together.setdefault(truth_key(truth_of(hit["_source"])), []).append(hit)
        summary.truths += len(together)
        truths = {key: max((truth_of(hit["_source"]) for hit in hits), key=_when) for key, hits in together.items()}
        missing = {truth_key(truth) for truth in _store(client, list(truths.values()), environment, at, summary)}
        actions: list[dict[str, Any]] = []
        for key, found in together.items():
            truth = truths[key]
            # Releases before 0.3 wrote a second row where a truth waited over a month's end: the first one counts.
            first, *others = sorted(found, key=lambda hit: str(hit["_source"]["first_seen"]))
            first_seen = datetime.fromisoformat(first["_source"]["first_seen"])
            actions += [deletion(hit) for hit in (others if key in missing else found)]
            if key not in missing:
                continue
            if at - first_seen > give_up_after:
                last = pending(truth, environment, first_seen=first_seen)
                actions.append(last | {"_source": {**last["_source"], "state": "given_up"}})
                summary.given_up += 1
            else:
                if others:
                    actions.append(pending(truth, environment, first_seen=first_seen))
                summary.pending += 1
        _bulk(client, actions, Summary())
    return summary


def _when(truth: Truth) -> datetime:
    return truth.at


def _check_template(client: Elasticsearch) -> None:
    """Refuse to write where Elasticsearch would guess the mapping: a cluster that an older release was applied to.

    Raises:
        ClusterError: The index template of outcomes is not there.
    """
    from elasticsearch import AuthorizationException

    with translated(f"looking for the index template {FAMILY}"):
        try:
            there = bool(client.indices.exists_index_template(name=FAMILY))
        except AuthorizationException:
            return  # the key may write and not look
    if not there:
        raise ClusterError(
            f"The cluster has no index template {FAMILY}. Nothing was written.",
            next_step="Run `elk-bootstrap apply` first.",
        )


def _latest(batch: list[Truth]) -> list[Truth]:
    """Return one truth for each request and model: the latest, of equal ones the last."""
    found: dict[tuple[str, str | None], Truth] = {}
    for truth in batch:
        known = found.get(truth_key(truth))
        if known is None or truth.at >= known.at:
            found[truth_key(truth)] = truth
    return list(found.values())


def _store(
    client: Elasticsearch, truths: list[Truth], environment: str, at: datetime, summary: Summary
) -> list[Truth]:
    """Store a row for each prediction of these truths; return the truths that have none."""
    wanted: dict[str, list[Truth]] = {}
    for truth in truths:
        wanted.setdefault(truth.request_id, []).append(truth)
    found: set[tuple[str, str | None]] = set()
    actions: list[dict[str, Any]] = []
    for prediction in _predictions(client, list(wanted), environment):
        # A truth that names the model is about it alone, and wins over one that names none.
        mine = sorted(wanted[prediction["request_id"]], key=lambda truth: truth.model is None)
        for truth in mine:
            if truth.model in {None, prediction["model_name"]}:
                found.add(truth_key(truth))
                actions.append(_row(prediction, truth, at, summary))
                break
    _bulk(client, actions, summary)
    summary.rows += len(actions)
    return [truth for truth in truths if truth_key(truth) not in found]


def _predictions(client: Elasticsearch, request_ids: list[str], environment: str) -> Iterator[dict[str, Any]]:
    """Return the predictions that these requests asked for, those that failed excepted: they predicted nothing."""
    after: list[Any] | None = None
    while True:
        with predictions_of(client, environment, "looking for predictions in") as stream:
            answer = client.search(
                index=stream,
                size=_PAGE,
                query={
                    "bool": {
                        "filter": [{"term": {"event_type": "predict"}}, {"terms": {"request_id": request_ids}}],
                        "minimum_should_match": 1,
                        "should": [
                            {"exists": {"field": "prediction_label"}},
                            {"exists": {"field": "prediction_score"}},
                        ],
                    }
                },
                sort=["@timestamp", "event.id"],
                search_after=after,
                source_includes=["@timestamp", "event.id", "prediction_score", *_TAKEN],
                track_total_hits=False,
                allow_partial_search_results=False,
            )
        hits = answer["hits"]["hits"]
        for hit in hits:
            yield {**hit["_source"], "_id": hit["_id"]}
        if len(hits) < _PAGE:
            return
        after = hits[-1]["sort"]


def _row(prediction: dict[str, Any], truth: Truth, at: datetime, summary: Summary) -> dict[str, Any]:
    made = datetime.fromisoformat(prediction["@timestamp"])
    row: dict[str, Any] = {name: prediction[name] for name in _TAKEN if name in prediction}
    row |= {
        "@timestamp": iso(made),
        "state": "resolved",
        "prediction_id": prediction["_id"],
        "outcome_at": iso(truth.at),
        "delay_s": max(0.0, (truth.at - made).total_seconds()),
        "resolved_at": iso(at),
    }
    predicted, score = prediction.get("prediction_label"), prediction.get("prediction_score")
    if truth.label is not None:
        row["actual_label"] = truth.label
        if predicted is not None:
            row["correct"] = predicted == truth.label
            summary.judged += 1
            summary.agreed += row["correct"]
            for seen, label in zip(summary.labels, (predicted, truth.label), strict=True):
                if len(seen) < 20:  # noqa: PLR2004  # enough to show
                    seen.add(label)
    if score is not None:
        row["prediction_score"] = score
    if truth.value is not None:
        row["actual_value"] = truth.value
        if score is not None:
            row["absolute_error"] = abs(truth.value - score)
    return action(prediction["_id"], prediction["environment"], made, truth, row)


def _bulk(client: Elasticsearch, actions: Iterable[dict[str, Any]], summary: Summary) -> None:
    """Write rows; a row that a later truth has replaced already is counted."""
    from elasticsearch.helpers import streaming_bulk

    with translated("writing outcomes"):
        for done, item in streaming_bulk(client, actions, raise_on_error=False, chunk_size=_BATCH):
            (found,) = item.values()
            if done or found.get("status") == 404:  # noqa: PLR2004  # a row to be deleted that is gone
                continue
            if found.get("status") != _CONFLICT:
                reason = (found.get("error") or {}).get("reason", found)
                raise ClusterError(
                    f"Elasticsearch refused an outcome, {found.get('status')}: {reason}",
                    next_step="Correct the field that it names and run the command again: stored outcomes stay.",
                )
            summary.older += 1
