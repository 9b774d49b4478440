"""The queue's side of `match`: records → messages → work per tenant → which records failed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

from waypost.errors import CallFailed, Unavailable
from waypost.ingest import matching, messages, queue_records, returns, suspects
from waypost.ingest.groups import Group, grouped
from waypost.ingest.matching import Work
from waypost.ingest.messages import Message, Pointer
from waypost.ingest.outcomes import Outcomes
from waypost.ingest.pace import RESERVE_MS, Pace
from waypost.ingest.ports import MatchQueues, MatchStores
from waypost.ingest.queue_records import Record
from waypost.ingest.settings import Settings
from waypost.telemetry import MATCHED, logger
from waypost.times import HOUR_MS

# Nearly all of a small group's time is waiting for DynamoDB and S3.
_GROUPS_AT_ONCE = 8
# Three of 5,000 events each, all of them as large as they may be, took 1,150 MB of 1,769.
_CHUNKS_AT_ONCE = 3
# Sooner no message became a dead letter. One that is sent back to its queue counts its receives
# anew, and only its age tells that it may have been worked before.
_DEAD_LETTER_MS = HOUR_MS


def match_all(
    records: list[Record],
    *,
    stores: MatchStores,
    queues: MatchQueues,
    clock: Callable[[], int],
    remaining_ms: Callable[[], int],
) -> list[str]:
    """Matches what it can; the message ids of what has to come again.

    Tenants are worked side by side, and the large pointers after them. What may have ended an
    earlier function comes last, in parts, when all that was done before is off the queue. `clock`
    gives epoch ms. What does not fit into the time left is given back before it is begun.
    """
    shift = Shift(records, stores, queues, clock, remaining_ms)
    innocent, suspected = suspects.told_apart(records, clock())
    shift.work(innocent)
    if suspected:
        shift.work_apart(suspected)
    return shift.outcomes.again()


class Shift:
    """One invocation: its stores, its time, and what became of its records so far."""

    def __init__(
        self,
        records: list[Record],
        stores: MatchStores,
        queues: MatchQueues,
        clock: Callable[[], int],
        remaining_ms: Callable[[], int],
    ) -> None:
        self.outcomes = Outcomes(records, queues.deliveries)
        self._stores, self._queues = stores, queues
        self._clock, self._remaining_ms = clock, remaining_ms
        self._pace = Pace(remaining_ms)
        self._settings = Settings(stores.tenants)
        tenants = {queue_records.group(record) for record in records} - {""}
        self._settings.read(tenants)
        # All at once; whom this leaves out is noted when it lands.
        with suppress(Unavailable):
            stores.lake.announce(sorted(tenants), clock())

    def work(self, records: list[Record]) -> None:
        """Works records that cannot harm each other."""
        small, chunks = grouped(records)
        self._side_by_side(small, _GROUPS_AT_ONCE)
        # A chunk that did not get done in a whole invocation has the next one to itself.
        self._side_by_side([chunk for chunk in chunks if chunk.receives == 1], _CHUNKS_AT_ONCE)
        self._side_by_side([chunk for chunk in chunks if chunk.receives > 1], 1)

    def work_apart(self, suspected: list[Record]) -> None:
        """Works records that may end this process, each part of them with a mark."""
        returns.hold(suspected, self._queues.deliveries, self._remaining_ms)
        try:
            for part in suspects.in_parts(suspected, self._queues.suspects.begun()):
                if self._pace.is_over():
                    self.outcomes.late(part)
                    continue
                self.outcomes.settle()
                mark = self._queues.suspects.begin([record["messageId"] for record in part])
                self.work(part)
                self._queues.suspects.end(mark)
        except Exception:
            logger().exception("SuspectsLeft", extra={"messages": len(suspected)})
            self.outcomes.failed(suspected)

    def _side_by_side(self, groups: list[Group], most: int) -> None:
        if not groups:
            return
        with ThreadPoolExecutor(min(most, len(groups))) as pool:
            works = [pool.submit(self._work, group) for group in groups]
            left = wait(works, timeout=(self._remaining_ms() - RESERVE_MS) / 1000).not_done
            if left:
                # Whoever outlasts the function is killed with it, and must be alone in that.
                self.outcomes.settle()
            for work in works:
                work.result()

    def _work(self, group: Group) -> None:
        if not self._pace.fits(group.events):
            self.outcomes.late(group.records)
            return
        try:
            with self._pace.timed(group.events):
                self._match(group)
        except Exception as error:
            passes = isinstance(error, Unavailable) and not isinstance(error, CallFailed)
            # Else whose fault it is shows by halves, and the neighbours are done at once.
            if passes or len(group.records) == 1:
                self._fail(group)
            else:
                for half in group.halves():
                    self._work(half)

    def _fail(self, group: Group) -> None:
        logger().exception("MatchFailed", extra={"messages": len(group.records)})
        self.outcomes.failed(group.records)

    def _match(self, group: Group) -> None:
        """Matches the records of one group, tenant by tenant."""
        works: dict[str, Work] = {}
        for record in group.records:
            try:
                message = self._message(record["body"])
            except Exception:
                logger().exception("MessageUnreadable", extra={"id": record["messageId"]})
                self.outcomes.failed([record])
                continue
            work = works.setdefault(message.tenant, Work(self._settings.of(message.tenant)))
            work.messages.append(message)
            work.repeated |= group.tried or queue_records.receives(record) > 1
        for work in works.values():
            now = self._clock()
            work.repeated |= any(now - each.received >= _DEAD_LETTER_MS for each in work.messages)
            counts = matching.match(work, stores=self._stores, now=now)
            logger().info(MATCHED, extra={"tenant": work.tenant.id, **counts})
        # All but those that could not be read: they have failed already.
        self.outcomes.done(group.records)

    def _message(self, body: str) -> Message:
        queued = messages.read_queue(body)
        return self._stores.inbox.read_chunk(queued) if isinstance(queued, Pointer) else queued
