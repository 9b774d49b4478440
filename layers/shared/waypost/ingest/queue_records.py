"""Queue records: what SQS hands to a function, and what the function answers."""

from typing import Any

Record = dict[str, Any]


def is_redelivered(record: Record) -> bool:
    """Whether an earlier delivery of this record ended without an answer, or with a failure."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", "1")) > 1


def group(record: Record) -> str:
    """The message group that it was sent under: its tenant, since the queues are fair by tenant."""
    return str(record.get("attributes", {}).get("MessageGroupId", ""))


def partial_response(failed: list[str]) -> dict[str, list[dict[str, str]]]:
    """SQS delivers the records of these message ids again, and deletes the others.

    The event source has to be set up with `ReportBatchItemFailures`.
    """
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}
