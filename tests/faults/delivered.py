"""The pipeline with the queue's side of `match`: records in, and told which are done."""

from functools import partial
from typing import Any

from tests.fakes.deliveries import FakeDeliveries, FakeSuspects
from tests.faults.killers import Killer, mortal, survives
from tests.faults.pipeline import VISIBILITY_MS, Effect, Pipeline
from waypost.ingest import worker
from waypost.ingest.ports import MatchQueues
from waypost.ingest.queue_records import Record


class Delivered(Pipeline):
    """Whatever a dead function took off the queue before stays off it; the rest comes again."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.deliveries, self.suspects = FakeDeliveries(), FakeSuspects()

    def deliver(self, killer: Killer | None = None, *, meanwhile: Effect = lambda: None) -> bool:
        records = [self._record(n) for n in range(self._delivered, len(self.outbox.sent))]
        self._delivered = len(self.outbox.sent)
        if survives(partial(self._match_all, records, killer)):
            return True
        self.clock.tick(VISIBILITY_MS)
        meanwhile()
        left = [each for each in records if each["messageId"] not in self.deliveries.deleted]
        # The second time they are suspected, and worked in parts with marks.
        self._match_all([_again(each) for each in left], None)
        return False

    def _record(self, number: int) -> Record:
        tenant, body = self.outbox.sent[number]
        attributes = {
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": str(self.clock.now),
            "MessageGroupId": tenant,
        }
        return {"messageId": f"m{number}", "body": body, "attributes": attributes}

    def _match_all(self, records: list[Record], killer: Killer | None) -> None:
        failed = worker.match_all(
            records,
            stores=self._match_stores(killer),
            queues=MatchQueues(*mortal(killer, self.deliveries, self.suspects)),
            clock=self.clock,
            remaining_ms=lambda: 120_000,
        )
        assert failed == []


class Forgetful(Delivered):
    """Planted bug: a message is off the queue before it is matched."""

    def _match_all(self, records: list[Record], killer: Killer | None) -> None:
        self.deliveries.delete(records)
        super()._match_all(records, killer)


def _again(record: Record) -> Record:
    return {**record, "attributes": record["attributes"] | {"ApproximateReceiveCount": "2"}}
