"""What a function says to SQS about messages that it was handed, beside its own answer."""

from waypost.errors import Unavailable
from waypost.ingest import queue_records
from waypost.ingest.messages import slices
from waypost.ingest.queue_records import Record
from waypost.storage.sigv4 import Caller
from waypost.telemetry import logger

Entry = dict[str, object]
# What is not told does no harm: it must not take the time of the work itself.
_TRIES = 4


class SqsDeliveries:
    """Messages in flight, in whichever of the queues they came from.

    Never raises: what is not said here the function's answer says later, or the visibility
    timeout of the queue.
    """

    def __init__(self, sqs: Caller, queue_urls: list[str]) -> None:
        self._sqs = sqs
        self._url_of = {url.rpartition("/")[2]: url for url in queue_urls}

    def hide(self, pauses: list[tuple[Record, int]]) -> None:
        """Each record becomes visible after so many seconds from now."""
        self._tell(
            "ChangeMessageVisibility",
            [(record, {"VisibilityTimeout": seconds}) for record, seconds in pauses],
        )

    def delete(self, records: list[Record]) -> None:
        """Records that are done; to be deleted again by the poller does no harm."""
        self._tell("DeleteMessage", [(record, {}) for record in records])

    def _tell(self, operation: str, told: list[tuple[Record, Entry]]) -> None:
        by_queue: dict[str, list[Entry]] = {}
        for n, (record, entry) in enumerate(told):
            url = self._url_of.get(queue_records.queue_name(record))
            if url is not None:
                handle = {"Id": str(n), "ReceiptHandle": record["receiptHandle"]}
                by_queue.setdefault(url, []).append(handle | entry)
        try:
            for url, entries in by_queue.items():
                self._tell_queue(operation, url, entries)
        except Unavailable:
            # The rest of them too: each would wait for a queue that does not answer.
            logger().exception("DeliveriesUnchanged", extra={"operation": operation})

    def _tell_queue(self, operation: str, url: str, entries: list[Entry]) -> None:
        # SQS takes ten entries a call, and says with a 200 which of them it did not take.
        for some in slices(entries, 10):
            answer = self._sqs.json(
                f"AmazonSQS.{operation}Batch", {"QueueUrl": url, "Entries": some}, tries=_TRIES
            )
            if refused := answer.get("Failed"):
                logger().warning(
                    "DeliveriesUnchanged", extra={"operation": operation, "refused": refused}
                )
