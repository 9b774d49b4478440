"""The queue's side of `match`: records → messages → work per tenant → which records failed."""

from collections.abc import Callable, Iterator
from typing import Any

from waypost import services
from waypost.ingest import matching, messages
from waypost.ingest.matching import Work
from waypost.ingest.messages import Message, Pointer
from waypost.telemetry import MATCHED, logger
from waypost.tenants import Tenant

_SPARE_MS = 20_000
_Record = dict[str, Any]


def match_all(records: list[_Record], *, remaining_ms: Callable[[], int]) -> list[str]:
    """Matches what it can; the message ids of what has to come again.

    Records on their first delivery go together, tenant by tenant. A pointer goes alone, since it
    is thousands of events; so does a redelivered record: whatever broke the last attempt then
    breaks nothing but itself.
    """
    failed: list[str] = []
    for group in _groups(records):
        ids = [record["messageId"] for record in group]
        if remaining_ms() < _SPARE_MS:
            failed += ids
            continue
        try:
            failed += _match(group)
        except Exception:
            logger().exception("MatchFailed", extra={"messages": len(ids)})
            failed += ids
    return failed


def _groups(records: list[_Record]) -> Iterator[list[_Record]]:
    together: dict[str, list[_Record]] = {}
    alone: list[_Record] = []
    for record in records:
        attributes = record.get("attributes", {})
        again = int(attributes.get("ApproximateReceiveCount", "1")) > 1
        if again or messages.is_pointer(record["body"]):
            alone.append(record)
        else:
            together.setdefault(attributes.get("MessageGroupId", ""), []).append(record)
    yield from together.values()
    yield from ([record] for record in alone)


def _match(group: list[_Record]) -> list[str]:
    works: dict[str, Work] = {}
    failed: list[str] = []
    for record in group:
        try:
            message = _message(record["body"])
        except Exception:
            logger().exception("MessageUnreadable", extra={"message": record["messageId"]})
            failed.append(record["messageId"])
            continue
        if message.tenant not in works:
            works[message.tenant] = Work(_tenant(message.tenant))
        works[message.tenant].messages.append(message)
        works[message.tenant].ids.append(record["messageId"])
    for work in works.values():
        counts = matching.attribute(work, stores=services.match_stores(), now=services.clock())
        logger().info(MATCHED, extra={"tenant": work.tenant.id, **counts})
    return failed


def _message(body: str) -> Message:
    found = messages.read_queue(body)
    return services.inbox().read_chunk(found) if isinstance(found, Pointer) else found


def _tenant(tenant: str) -> Tenant:
    """The tenant's settings; its defaults where it was deleted with messages still in flight."""
    return services.directory().tenant(tenant) or Tenant(tenant)
