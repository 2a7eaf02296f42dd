"""Causes for which Elasticsearch refuses an event: those that pass by themselves, and the remedies of the others.

One list for refusals in an answer and for reasons in the failure store: every failure of a shard is redirected there
but conflicts and rejections (`BulkOperation.processFailure`), so a shard that starts, a master that is away and a
mapping update that is late look there like a value that does not fit. The names are those of Elasticsearch's
exceptions (`ElasticsearchException.getExceptionName`): those whose `status()` is 429, 502, 503 or 504, and those that
tell of a state of a shard, a node or a disk.
"""

from __future__ import annotations

import re

__all__ = ["is_no_template", "passes", "remedy"]

_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

# States of an index, a shard, a node or the cluster, not faults of the event: somebody or something will end them.
_PASSING = frozenset(
    {
        # Load, and limits of memory.
        "circuit_breaking_exception",
        "es_rejected_execution_exception",
        "rejected_execution_exception",
        # Blocks, and indices that somebody will open.
        "cluster_block_exception",
        "index_closed_exception",
        # Time that ran out.
        "timeout_exception",
        "process_cluster_event_timeout_exception",
        "receive_timeout_transport_exception",
        "task_cancelled_exception",
        # A master that is away or changes.
        "master_not_discovered_exception",
        "not_master_exception",
        "failed_to_commit_cluster_state_exception",
        "coordination_state_rejected_exception",
        # Nodes that leave, and connections between them.
        "actions_transport_exception",
        "connect_transport_exception",
        "no_node_available_exception",
        "node_closed_exception",
        "node_disconnected_exception",
        "node_not_connected_exception",
        "node_should_not_connect_exception",
        "send_request_transport_exception",
        # Shards that move, start, recover or close.
        "already_closed_exception",
        "corrupt_index_exception",
        "engine_creation_failure_exception",
        "engine_exception",
        "flush_failed_engine_exception",
        "illegal_index_shard_state_exception",
        "index_primary_shard_not_allocated_exception",
        "index_shard_closed_exception",
        "index_shard_not_recovering_exception",
        "index_shard_not_started_exception",
        "index_shard_relocated_exception",
        "no_shard_available_action_exception",
        "no_longer_primary_shard_exception",
        "recovery_engine_exception",
        "refresh_failed_engine_exception",
        "retry_on_primary_exception",
        "retry_on_replica_exception",
        "shard_lock_obtain_failed_exception",
        "shard_not_found_exception",
        "shard_not_in_primary_mode_exception",
        "stale_primary_exception",
        "translog_exception",
        "unavailable_shards_exception",
    }
)
# What is told by the message alone: the type stands for lasting faults as well.
_PASSING_MESSAGES = re.compile(
    r"timed out while waiting for a dynamic mapping update"  # mapper_exception
    r"|maximum (?:normal |frozen )?shards open"  # validation_exception, illegal_argument_exception
    r"|Number of documents in the (?:index|shard) can(?:'t|not) exceed"  # until the next rollover
    r"|No space left on device|Too many open files|Input/output error|Read-only file system"  # i_o_exception
    r"|primary shard is not active|primary term has changed|operation primary term"
    r"|failed to process cluster event",
    re.IGNORECASE,
)
_NO_TEMPLATE = re.compile(r"require_data_stream|no matching index template|index_not_found_exception")
_REMEDIES = (
    (
        re.compile(r"Limit of total fields"),
        "the index has as many field names as it may: give fewer names of labels and metrics; roll the stream over",
    ),
    (re.compile(r"Limit of mapping depth"), "its objects are nested too deeply"),
    (re.compile(r"strict_dynamic_mapping"), "the template was changed: install it again with `elk-bootstrap apply`"),
    (
        re.compile(r"pipeline with id"),
        "the stream names an ingest pipeline that does not exist: create it, or remove it from the stream",
    ),
)


def passes(kind: str, reason: str, status: int = 0) -> bool:
    """Tell whether a cause passes by itself, so that the event is sent again.

    Args:
        kind: Elasticsearch's name of the exception.
        reason: Its message, with inner causes where they are known.
        status: HTTP status of the event; 0 where the failure store gives none.
    """
    return status in _STATUSES or kind in _PASSING or _PASSING_MESSAGES.search(reason) is not None


def is_no_template(reason: str) -> bool:
    """Tell whether a refusal means that the stream, or its template, is not there."""
    return _NO_TEMPLATE.search(reason) is not None


def remedy(reason: str) -> str:
    """Return the remedy of a lasting cause, as a clause; empty where none is known."""
    return next((step for pattern, step in _REMEDIES if pattern.search(reason)), "")
