"""Queue records: what SQS hands to a function, and what the function answers."""

from typing import Any

Record = dict[str, Any]


def receives(record: Record) -> int:
    """How often it has been handed to a function, this time included."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))


def first_received(record: Record, now: int) -> int:
    """When it was first handed to a function, in epoch ms; `now` where the record does not say."""
    return int(record.get("attributes", {}).get("ApproximateFirstReceiveTimestamp", now))


def group(record: Record) -> str:
    """The message group that it was sent under: its tenant, since the queues are fair by tenant."""
    return str(record.get("attributes", {}).get("MessageGroupId", ""))


def queue_name(record: Record) -> str:
    """The name of the queue that it came from; empty where the record does not say."""
    return str(record.get("eventSourceARN", "")).rpartition(":")[2]


def partial_response(failed: list[str]) -> dict[str, list[dict[str, str]]]:
    """SQS delivers the records of these message ids again, and deletes the others.

    The event source has to be set up with `ReportBatchItemFailures`.
    """
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}
