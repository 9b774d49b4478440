"""The queue's side of `match`: records → messages → work per tenant → which records failed."""

from collections.abc import Callable, Iterator

from waypost import tenants
from waypost.ingest import matching, messages, queue_records
from waypost.ingest.matching import Work
from waypost.ingest.messages import Message, Pointer
from waypost.ingest.ports import MatchStores
from waypost.ingest.queue_records import Record
from waypost.telemetry import MATCHED, logger

_SPARE_MS = 20_000


def match_all(
    records: list[Record],
    *,
    stores: MatchStores,
    clock: Callable[[], int],
    remaining_ms: Callable[[], int],
) -> list[str]:
    """Matches what it can; the message ids of what has to come again.

    Records on their first delivery go together, tenant by tenant. A pointer goes alone, since it
    is thousands of events; so does a redelivered record: whatever broke the last attempt then
    breaks nothing but itself. `clock` gives epoch ms; with less than 20 seconds left nothing new
    is begun.
    """
    failed: list[str] = []
    for group in _groups(records):
        ids = [record["messageId"] for record in group]
        if remaining_ms() < _SPARE_MS:
            failed += ids
            continue
        try:
            failed += _match(group, stores, clock)
        except Exception:
            # Whatever it was must not take the other groups along: they are answered as done.
            logger().exception("MatchFailed", extra={"messages": len(ids)})
            failed += ids
    return failed


def _groups(records: list[Record]) -> Iterator[list[Record]]:
    together: dict[str, list[Record]] = {}
    alone: list[Record] = []
    for record in records:
        if queue_records.receives(record) > 1 or messages.is_pointer(record["body"]):
            alone.append(record)
        else:
            together.setdefault(queue_records.group(record), []).append(record)
    yield from together.values()
    yield from ([record] for record in alone)


def _match(group: list[Record], stores: MatchStores, clock: Callable[[], int]) -> list[str]:
    """Matches the records of one group; the ids of those that cannot be read."""
    works: dict[str, Work] = {}
    unreadable: list[str] = []
    for record in group:
        try:
            message = _message(record["body"], stores)
        except Exception:
            logger().exception("MessageUnreadable", extra={"message_id": record["messageId"]})
            unreadable.append(record["messageId"])
            continue
        if message.tenant not in works:
            works[message.tenant] = Work(tenants.settings_of(message.tenant, stores.tenants))
        works[message.tenant].messages.append(message)
    for work in works.values():
        counts = matching.match(work, stores=stores, now=clock())
        logger().info(MATCHED, extra={"tenant": work.tenant.id, **counts})
    return unreadable


def _message(body: str, stores: MatchStores) -> Message:
    queued = messages.read_queue(body)
    return stores.inbox.read_chunk(queued) if isinstance(queued, Pointer) else queued
