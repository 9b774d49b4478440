"""accept(): the one way in. Identity, message, row; shared by every door and by files."""

from dataclasses import dataclass, field

import msgspec

from waymark import envelope
from waymark.dialects import Batch
from waymark.envelope import FRAME_EVENTS, INLINE_BYTES, INLINE_EVENTS, Pointer
from waymark.errors import NotFound
from waymark.event import Event, ItemError, Reject
from waymark.identity import Identifier
from waymark.ports import Outbox, Rows, Tenants
from waymark.tenants import Tenant


@dataclass(frozen=True, slots=True)
class Reception:
    """One request, or one stretch of a file: whose, which sender's format, when (epoch ms).

    `first_part` numbers the messages of a file that comes in several stretches.
    """

    tenant: Tenant
    receipt: str
    source: str
    received: int
    batch: str | None = None
    first_part: int = 0


@dataclass(slots=True)
class Receipt:
    """What became of a reception: how many events are durable, which items are not among them."""

    processed: int = 0
    parts: int = 0
    rejects: list[Reject] = field(default_factory=list)


def accept(
    batch: Batch, reception: Reception, identifier: Identifier, *, outbox: Outbox, rows: Rows
) -> Receipt:
    """Makes every event of the batch durable and queues it for matching.

    The message goes first and the row second: the row makes the event visible at once, and
    `match` writes it where a crash between the two left it out. Raises `Unavailable` where AWS
    did not take everything; sending the same again is then safe.
    """
    events, lines, rejects = _identify(batch, identifier)
    if not lines and not rejects:
        return Receipt()
    small = len(lines) <= INLINE_EVENTS and len(rejects) <= INLINE_EVENTS
    text = _wire(reception, lines, rejects, 0) if small else b""
    if small and len(text) <= INLINE_BYTES:
        outbox.send(reception.tenant.id, [text])
        _show_at_once(events, lines, reception, rows)
        return Receipt(len(lines), 1, rejects)
    parts = _store_chunk(lines, rejects, reception, outbox)
    return Receipt(len(lines), parts, rejects)


def rehearse(batch: Batch, identifier: Identifier) -> int:
    """Goes through a stretch that was accepted before, so that the ordinals of twins go on.

    Answers how many of it were rejected.
    """
    return len(_identify(batch, identifier)[2])


def _identify(
    batch: Batch, identifier: Identifier
) -> tuple[list[Event], list[bytes], list[Reject]]:
    events: list[Event] = []
    lines: list[bytes] = []
    rejects = list(batch.rejects)
    for event in batch.events:
        try:
            lines.append(identifier.line(event))
            events.append(event)
        except ItemError as error:
            rejects.append(error.reject(event.n, msgspec.json.encode(event).decode()))
    rejects.sort(key=lambda reject: reject.index)
    return events, lines, rejects


def _wire(reception: Reception, lines: list[bytes], rejects: list[Reject], part: int) -> bytes:
    return envelope.wire(
        tenant=reception.tenant.id,
        receipt=reception.receipt,
        source=reception.source,
        received=reception.received,
        lines=lines,
        rejects=rejects,
        part=reception.first_part + part,
        batch=reception.batch,
    )


def _show_at_once(
    events: list[Event], lines: list[bytes], reception: Reception, rows: Rows
) -> None:
    """One event gets its row here; of several, `match` writes all in few calls a moment later."""
    if len(lines) == 1 and reception.tenant.is_hot(events[0].time, reception.received):
        rows.put_first(reception.tenant, events[0], lines[0], reception.receipt)


def _store_chunk(
    lines: list[bytes], rejects: list[Reject], reception: Reception, outbox: Outbox
) -> int:
    """One object of frames, then one pointer per frame; the object is the acknowledgement."""
    tenant = reception.tenant.id
    key = f"chunks/{tenant}/{reception.receipt}-{reception.first_part:06d}.zst"
    size = FRAME_EVENTS
    count = max(-(-len(lines) // size), -(-len(rejects) // size), 1)
    data, pointers = bytearray(), []
    for part in range(count):
        some = slice(part * size, (part + 1) * size)
        frame = envelope.frame(_wire(reception, lines[some], rejects[some], part))
        pointers.append(Pointer(tenant, key, len(data), len(frame)))
        data += frame
    outbox.put_chunk(key, bytes(data))
    outbox.send(tenant, pointers)
    return count


def known_tenant(tenants: Tenants, tenant: str) -> Tenant:
    """The tenant, or `NotFound`: nothing is read or stored for an id that nobody has."""
    found = tenants.get(tenant)
    if found is None:
        raise NotFound(
            "no tenant has this id; check the last part of the URL", code="unknown_tenant"
        )
    return found


def identifier(reception: Reception, request: str) -> Identifier:
    """Ids for one reception; `request` is what rule 3 of `waymark.identity` hashes."""
    return Identifier(
        tenant=reception.tenant.id,
        source=reception.source,
        request=request,
        received=reception.received,
    )
