"""accept(): the one way in. Identity, message, row; shared by every door and by files."""

from collections.abc import Iterable
from operator import attrgetter

import msgspec

from waypost.errors import WaypostError
from waypost.event import MAX_NOTES, MAX_TEXT, Batch, Event, ItemError, Reject, Verdict
from waypost.ingest import event_ids, filters, property_keys
from waypost.ingest.event_ids import EventIds
from waypost.ingest.parts import Parts
from waypost.ingest.ports import Outbox, Rows
from waypost.ingest.reception import Receipt, Reception
from waypost.telemetry import logger

_properties = attrgetter("properties")


def accept(
    batch: Batch, reception: Reception, identifier: EventIds, *, outbox: Outbox, rows: Rows
) -> Receipt:
    """Makes every event of the batch durable and queues it for matching, as `accept_all` does."""
    return accept_all((batch,), reception, identifier, outbox=outbox, rows=rows)


def accept_all(
    stretches: Iterable[Batch],
    reception: Reception,
    identifier: EventIds,
    *,
    outbox: Outbox,
    rows: Rows,
) -> Receipt:
    """Makes every event of one reception durable and queues it for matching.

    Of each stretch only the lines are kept, so that the next one's events take its memory. The
    message goes first and the row second: the row makes the event visible at once, and `match`
    writes it where a crash between the two, or a table that is busy, left it out. Raises
    `Unavailable` where AWS did not take everything; sending the same again is then safe.
    """
    parts, receipt, events = Parts(reception), Receipt(), list[Event]()
    for stretch in stretches:
        events, lines, entries = _identify(stretch, reception, identifier)
        parts.add(lines, entries)
        receipt.add(len(lines), entries)
    if not receipt.processed and not receipt.rejects:
        return receipt
    if message := parts.only_message():
        outbox.send(reception.tenant.id, [message])
        receipt.parts = 1
        if receipt.processed - receipt.ignored == 1 and len(events) == 1:
            _show_at_once(events[0], lines[0], reception, rows)
    else:
        receipt.parts = parts.store(outbox)
    return receipt


def rehearse(batch: Batch, reception: Reception, identifier: EventIds) -> Receipt:
    """Goes through a stretch that was accepted before, so that the ordinals of twins go on."""
    receipt = Receipt()
    _, lines, entries = _identify(batch, reception, identifier)
    receipt.add(len(lines), entries)
    return receipt


def _identify(
    batch: Batch, reception: Reception, identifier: EventIds
) -> tuple[list[Event], list[bytes], list[Reject]]:
    """The events that are taken, as lines too, and an entry for the ledger for all that is not."""
    entries = list(batch.rejects)
    events = _admitted(batch.events, reception, entries)
    given = list(filter(None, map(_properties, events)))
    if property_keys.any_dotted(given, batch.canonical):
        for event in events:
            _name_plainly(event, entries)
    # The line comes first: where it is too long, the event is refused and not kept.
    told = identifier.lines(events, batch.canonical)
    lines = list(filter(None, told))
    if len(lines) < len(told):
        long = [event for event, line in zip(events, told, strict=True) if line is None]
        entries += [_entry(event_ids.too_large(), event) for event in long]
        events = [event for event, line in zip(events, told, strict=True) if line is not None]
    # What the source refused comes before what was refused here; the sender reads them in order.
    entries.sort(key=lambda entry: entry.index)
    return events, lines, entries


def _admitted(events: list[Event], reception: Reception, entries: list[Reject]) -> list[Event]:
    """The events that no rule of the tenant leaves out."""
    rules = reception.tenant.rules
    if not rules:
        return events
    policy = filters.Policy(reception.source, rules, reception.site)
    if policy.admits_all(events):
        return events
    admitted = []
    for event in events:
        try:
            policy.check(event)
        except ItemError as error:
            entries.append(_entry(error, event))
        else:
            admitted.append(event)
    return admitted


def _entry(error: ItemError, event: Event) -> Reject:
    return error.reject(event.n, msgspec.json.encode(event).decode())


def _name_plainly(event: Event, entries: list[Reject]) -> None:
    """Dots in keys become underscores; keys that cannot be renamed are noted, the first of very
    many.
    """
    given = event.properties
    if not given or not property_keys.dotted(given):
        return
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


def _show_at_once(event: Event, line: bytes, reception: Reception, rows: Rows) -> None:
    """Writes the row of a request's only event, so that it can be read before `match` runs.

    Of several events `match` writes the rows. The door would need a call for each, since the first
    arrival must win and a batch write cannot say "only if absent". An event whose time is a guess
    waits for `match` too: the time is part of the row's key.

    The message that is queued is the acknowledgement, and this a courtesy. An error here would be
    answered with the same event once more, which is another event where it has no key.
    """
    if event.own_time is not None:
        return
    if reception.tenant.is_hot(event.time, reception.received):
        try:
            rows.put_first(reception.tenant, event, line, reception.receipt)
        except WaypostError as error:
            logger().warning("RowNotShown", extra={"receipt": reception.receipt, "why": str(error)})


def identifier(reception: Reception, request: str) -> EventIds:
    """Ids for one reception; `request` is what rule 3 of `waypost.ingest.event_ids` hashes."""
    return EventIds(
        tenant=reception.tenant.id,
        source=reception.source,
        request=request,
        received=reception.received,
    )
