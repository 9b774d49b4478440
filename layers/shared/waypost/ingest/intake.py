"""accept(): the one way in. Identity, message, row; shared by every door and by files."""

from dataclasses import dataclass, field

import msgspec

from waypost.errors import WaypostError
from waypost.event import MAX_NOTES, MAX_TEXT, Batch, Event, ItemError, Reject, Verdict
from waypost.ingest import filters, messages, property_keys
from waypost.ingest.event_ids import EventIds
from waypost.ingest.messages import FRAME_EVENTS, INLINE_BYTES, INLINE_EVENTS, Pointer
from waypost.ingest.ports import Outbox, Rows
from waypost.telemetry import logger
from waypost.tenants import Tenant


@dataclass(frozen=True, slots=True)
class Reception:
    """One request, or one stretch of a file: whose, which sender's format, when (epoch ms).

    `first_part` numbers the messages of a file that comes in several stretches. `site` is the one
    that the sender declared, empty for none.
    """

    tenant: Tenant
    receipt: str
    source: str
    received: int
    batch: str | None = None
    first_part: int = 0
    site: str = ""


@dataclass(slots=True)
class Receipt:
    """What became of a reception: how many items were dealt with, and which were refused.

    `processed` are durable or, `ignored` of them, left out by a rule and kept in the ledger.
    """

    processed: int = 0
    parts: int = 0
    ignored: int = 0
    rejects: list[Reject] = field(default_factory=list)


def accept(
    batch: Batch, reception: Reception, identifier: EventIds, *, outbox: Outbox, rows: Rows
) -> Receipt:
    """Makes every event of the batch durable and queues it for matching.

    The message goes first and the row second: the row makes the event visible at once, and
    `match` writes it where a crash between the two, or a table that is busy, left it out. Raises
    `Unavailable` where AWS did not take everything; sending the same again is then safe.
    """
    events, lines, entries = _identify(batch, reception, identifier)
    receipt = _receipt(lines, entries)
    if not lines and not entries:
        return receipt
    # The bounds first: a large body is not encoded once more only to learn that it is too long.
    small = len(lines) <= INLINE_EVENTS and len(entries) <= INLINE_EVENTS
    text = _wire(reception, lines, entries, 0) if small else b""
    if small and len(text) <= INLINE_BYTES:
        outbox.send(reception.tenant.id, [text])
        _show_at_once(events, lines, reception, rows)
        receipt.parts = 1
    else:
        receipt.parts = _store_chunk(lines, entries, reception, outbox)
    return receipt


def rehearse(batch: Batch, reception: Reception, identifier: EventIds) -> Receipt:
    """Goes through a stretch that was accepted before, so that the ordinals of twins go on."""
    _, lines, entries = _identify(batch, reception, identifier)
    return _receipt(lines, entries)


def _receipt(lines: list[bytes], entries: list[Reject]) -> Receipt:
    refused = [entry for entry in entries if entry.verdict is Verdict.REJECTED]
    ignored = sum(entry.verdict is Verdict.IGNORED for entry in entries)
    return Receipt(len(lines) + ignored, 0, ignored, refused)


def _identify(
    batch: Batch, reception: Reception, identifier: EventIds
) -> tuple[list[Event], list[bytes], list[Reject]]:
    """The events that are taken, as lines too, and an entry for the ledger for all that is not."""
    events: list[Event] = []
    lines: list[bytes] = []
    entries = list(batch.rejects)
    policy = reception.tenant.rules
    for event in batch.events:
        try:
            if policy:
                filters.check(event, reception.source, policy, reception.site)
            if event.properties is not None:
                _name_plainly(event, entries)
            # The line comes first: where it is too long, the event is refused and not kept.
            lines.append(identifier.line(event))
            events.append(event)
        except ItemError as error:
            entries.append(error.reject(event.n, msgspec.json.encode(event).decode()))
    # What the source refused comes before what was refused here; the sender reads them in order.
    entries.sort(key=lambda entry: entry.index)
    return events, lines, entries


def _name_plainly(event: Event, entries: list[Reject]) -> None:
    """Dots in keys become underscores; keys that cannot be renamed are noted, the first of very
    many.
    """
    given = event.properties or {}
    event.properties, lost = property_keys.plain_keys(given)
    if not lost:
        return
    payload = msgspec.json.encode(given).decode()[:2000]
    told = [f'"{key[:MAX_TEXT]}" was left out: its plain name is given as well' for key in lost]
    if len(lost) > MAX_NOTES:
        told[MAX_NOTES:] = [f"{len(lost) - MAX_NOTES} more keys were left out like this one"]
    for key, message in zip(lost, told, strict=False):
        field = key[:MAX_TEXT]
        entries.append(Reject(event.n, "key_taken", message, field, None, payload, Verdict.NOTED))


def _wire(reception: Reception, lines: list[bytes], rejects: list[Reject], part: int) -> bytes:
    return messages.wire(
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
    """Writes the row of a request's only event, so that it can be read before `match` runs.

    Of several events `match` writes the rows. The door would need a call for each, since the first
    arrival must win and a batch write cannot say "only if absent". An event whose time is a guess
    waits for `match` too: the time is part of the row's key.

    The message that is queued is the acknowledgement, and this a courtesy. An error here would be
    answered with the same event once more, which is another event where it has no key.
    """
    if len(lines) != 1 or events[0].own_time is not None:
        return
    if reception.tenant.is_hot(events[0].time, reception.received):
        try:
            rows.put_first(reception.tenant, events[0], lines[0], reception.receipt)
        except WaypostError as error:
            logger().warning("RowNotShown", extra={"receipt": reception.receipt, "why": str(error)})


def _store_chunk(
    lines: list[bytes], rejects: list[Reject], reception: Reception, outbox: Outbox
) -> int:
    """One object of frames, then one pointer per frame; the number of frames.

    Notes ask for no frame of their own: a stretch of a file has one part, however many there are.

    Once the object is stored nothing can be lost, but only the pointers bring it to `match`: where
    they cannot be queued the sender is told to send the same again, and the ids are the same.
    """
    tenant = reception.tenant.id
    key = f"chunks/{tenant}/{reception.receipt}-{reception.first_part:06d}.zst"
    notes = sum(entry.verdict is Verdict.NOTED for entry in rejects)
    count = -(-max(len(lines), len(rejects) - notes) // FRAME_EVENTS)
    entries = -(-len(rejects) // count)
    data, pointers = bytearray(), []
    for part in range(count):
        share = slice(part * FRAME_EVENTS, (part + 1) * FRAME_EVENTS)
        told = rejects[part * entries : (part + 1) * entries]
        frame = messages.frame(_wire(reception, lines[share], told, part))
        pointers.append(Pointer(tenant, key, len(data), len(frame)))
        data += frame
    outbox.put_chunk(key, bytes(data))
    outbox.send(tenant, pointers)
    return count


def identifier(reception: Reception, request: str) -> EventIds:
    """Ids for one reception; `request` is what rule 3 of `waypost.ingest.event_ids` hashes."""
    return EventIds(
        tenant=reception.tenant.id,
        source=reception.source,
        request=request,
        received=reception.received,
    )
