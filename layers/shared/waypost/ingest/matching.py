"""What `match` does with one tenant's messages: resolve, write, land; every write repeatable."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from waypost.event import Event, Reject
from waypost.ingest import schema_enforcement
from waypost.ingest.batches import PartRecord
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchStores
from waypost.lake.records import (
    DUPLICATE,
    IGNORED,
    REJECTED,
    STORED,
    UNASSIGNED,
    Landed,
    landed,
    landed_reject,
)
from waypost.profiles import resolution
from waypost.profiles.directory import View
from waypost.profiles.ports import DirectoryConflict
from waypost.profiles.resolution import Match
from waypost.tenants import Tenant

_ATTEMPTS = 12
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_PART_ORDER = (STORED, DUPLICATE, REJECTED, UNASSIGNED, IGNORED)
_CONFLICT = "an event with the same message key and another body was counted first"


@dataclass(slots=True)
class Work:
    """Messages of one tenant that are matched together, and the queue's ids of them."""

    tenant: Tenant
    messages: list[Message] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


def attribute(
    work: Work, *, stores: MatchStores, now: int, sleep: Callable[[float], None] = time.sleep
) -> Counter[str]:
    """Matches, stores and lands every event; the counts by verdict.

    The landing object comes last but one and the batch's part last: whoever sees a part counted
    finds its events. A crash anywhere repeats the whole under the same keys.
    """
    _settle_times(work, stores)
    cleaned = schema_enforcement.settle_types(work.tenant, work.messages, stores)
    matches = _resolve(work, stores, now, sleep)
    events = [(message, event) for message in work.messages for event in message.events]
    verdicts = _verdicts(work, events, matches, stores, now)
    records = _records(work, events, matches, verdicts)
    schema_enforcement.correct_rows(work.tenant, cleaned, records, stores, now)
    counts = Counter(record.verdict for record in records)
    for message, rejects in _ledger(work, records):
        stores.ledger.put(work.tenant, message, rejects)
    stores.feed.put(work.tenant, _feed(records, work.tenant, now), now, work.ids)
    stores.lake.put_landing(work.tenant.id, records, now, work.ids, counts)
    verdicts_at = _by_place(records)
    for message in work.messages:
        if message.batch is not None:
            stores.batches.put_part(work.tenant.id, message, _part(message, verdicts_at))
    return counts


def _settle_times(work: Work, stores: MatchStores) -> None:
    """An event with a message key and a guessed time keeps the time of its first arrival.

    Otherwise a resend would get another time, and with it another place and day.
    """
    guessed = [
        event
        for message in work.messages
        for event in message.events
        if event.digest is not None and event.estimated
    ]
    if guessed:
        first = stores.rows.first_times(work.tenant, guessed)
        for event in guessed:
            event.time = first[event.id]


def _resolve(
    work: Work, stores: MatchStores, now: int, sleep: Callable[[float], None]
) -> list[Match]:
    """Decides, writes, and decides again where another run was faster, later each time.

    Runs that load one file side by side meet the same users again and again; without a growing
    pause one of them can lose every time, and its message would wait for the queue's next turn.
    """
    events = [event for message in work.messages for event in message.events]
    for attempt in range(_ATTEMPTS):
        view: View = stores.directory.view(work.tenant, events)
        matches = [resolution.resolve(event, view, work.tenant, now) for event in events]
        try:
            stores.directory.commit(work.tenant.id, view.change)
        except DirectoryConflict:
            if attempt == _ATTEMPTS - 1:
                raise
            sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))
        else:
            return matches
    raise AssertionError("unreachable")


def _verdicts(
    work: Work,
    events: list[tuple[Message, Event]],
    matches: list[Match],
    stores: MatchStores,
    now: int,
) -> list[str]:
    """Stored, duplicate, rejected (same id, other body) or unassigned, event by event.

    Of an event that overwrites, the last arrival gets the row; until the hourly job decides again,
    the ledger counts the first as stored.
    """
    hot = [pair for pair in events if work.tenant.is_hot(pair[1].time, now)]
    first = stores.rows.claim(work.tenant, [(m.receipt, event) for m, event in hot])
    verdicts, seen = [], set()
    for (message, event), match in zip(events, matches, strict=True):
        own = (message.receipt, event.n, event.digest)
        arrival = first.setdefault(event.id, own)
        again = (event.id, own) in seen
        seen.add((event.id, own))
        if arrival[:2] != own[:2] or again:
            if event.overwrites and work.tenant.is_hot(event.time, now):
                stores.rows.replace(work.tenant, message.receipt, event)
            same = event.overwrites or arrival[2] == event.digest
            verdicts.append(DUPLICATE if same else REJECTED)
        else:
            held = match.account_id is None and event.kind is None
            verdicts.append(UNASSIGNED if held else STORED)
    return verdicts


def _records(
    work: Work, events: list[tuple[Message, Event]], matches: list[Match], verdicts: list[str]
) -> list[Landed]:
    records = []
    for (message, event), match, verdict in zip(events, matches, verdicts, strict=True):
        record = landed(
            event,
            match,
            verdict,
            receipt=message.receipt,
            received=message.received,
            source=message.source,
        )
        record.code = "conflict" if verdict == REJECTED else None
        records.append(record)
    for message in work.messages:
        for reject in message.rejects:
            if reject.verdict == "noted":
                continue
            records.append(
                landed_reject(
                    reject,
                    receipt=message.receipt,
                    received=message.received,
                    source=message.source,
                )
            )
    return records


def _ledger(work: Work, records: list[Landed]) -> list[tuple[Message, list[Reject]]]:
    """The ledger entries of each message: what its door refused, and conflicts found here."""
    conflicts: dict[tuple[str, int], Reject] = {}
    for record in records:
        if record.code == "conflict":
            payload = msgspec.json.encode(record).decode()[:2000]
            reject = Reject(record.n, "conflict", _CONFLICT, payload=payload)
            conflicts[record.receipt, record.n] = reject
    entries = []
    for message in work.messages:
        places = [(message.receipt, event.n) for event in message.events]
        found = [conflicts[place] for place in places if place in conflicts]
        entries.append((message, message.rejects + found))
    return [(message, rejects) for message, rejects in entries if rejects]


def _feed(records: list[Landed], tenant: Tenant, now: int) -> list[Landed]:
    """What the live feed shows: named by an action, recent, and not seen before."""
    return [
        record
        for record in records
        if (record.verdict in (STORED, UNASSIGNED) or record.overwrites)
        and record.action is not None
        and tenant.is_hot(record.time, now)
    ]


def _by_place(records: list[Landed]) -> dict[tuple[str, int], list[str]]:
    """The verdicts at each (receipt, n), found once for all the parts of a batch."""
    found: dict[tuple[str, int], list[str]] = {}
    for record in records:
        found.setdefault((record.receipt, record.n), []).append(record.verdict)
    return found


def _part(message: Message, verdicts_at: dict[tuple[str, int], list[str]]) -> PartRecord:
    mine = {event.n for event in message.events} | {r.index for r in message.rejects}
    counts = Counter(verdict for n in mine for verdict in verdicts_at.get((message.receipt, n), ()))
    return PartRecord(*(counts[verdict] for verdict in _PART_ORDER))
