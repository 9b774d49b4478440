"""What became of the records of one invocation, as threads find out and SQS is told."""

from threading import Lock

from waypost.ingest import returns
from waypost.ingest.ports import Deliveries
from waypost.ingest.queue_records import Record


class Outcomes:
    """Records that are done, that failed, and that were not begun. Any thread may add to them.

    What nobody called done comes again: a record can be worked twice, but never be lost.
    """

    def __init__(self, records: list[Record], deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._lock = Lock()
        self._open = {record["messageId"]: record for record in records}
        self._done: list[Record] = []
        self._failed: list[Record] = []
        self._late: list[Record] = []
        self._again: list[str] = []

    def done(self, records: list[Record]) -> None:
        self._close(records, self._done)

    def failed(self, records: list[Record]) -> None:
        """They come again after a pause."""
        self._close(records, self._failed)

    def late(self, records: list[Record]) -> None:
        """There was no time to begin them: they come again at once."""
        self._close(records, self._late)

    def _close(self, records: list[Record], among: list[Record]) -> None:
        with self._lock:
            closed = (self._open.pop(record["messageId"], None) for record in records)
            among += [record for record in closed if record is not None]

    def settle(self) -> None:
        """Tells SQS now what is known so far, so that nothing that follows can take it along."""
        with self._lock:
            done, failed, late = self._done[:], self._failed[:], self._late[:]
            for told in (self._done, self._failed, self._late):
                told.clear()
            self._again += [record["messageId"] for record in failed + late]
        self._deliveries.delete(done)
        returns.give_back(failed, self._deliveries)
        returns.put_off(late, self._deliveries)

    def again(self) -> list[str]:
        """The message ids of all that is not done, which ends the invocation."""
        with self._lock:
            # Whoever answers is followed by the poller, and that deletes what is done.
            self._done.clear()
        self.settle()
        return [*self._again, *self._open]
