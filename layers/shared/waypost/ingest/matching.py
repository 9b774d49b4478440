"""What `match` does with one tenant's messages: resolve, write, land; every write repeatable."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from waypost.errors import Unavailable
from waypost.event import Event, Reject, Verdict
from waypost.ingest import schema_enforcement
from waypost.ingest.arrivals import CONFLICT, Arrival, Place, Standing, judge
from waypost.ingest.batches import PartRecord
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchStores
from waypost.lake.records import VERDICTS, Landed, landed_reject
from waypost.profiles import resolution, traits
from waypost.profiles.resolution import Match
from waypost.profiles.view import Lost, People
from waypost.tenants import Tenant

_CONFLICT = "an event with the same message key and another body was counted first"


@dataclass(slots=True)
class Work:
    """Messages of one tenant that are matched together.

    `repeated`: an earlier try may have written users and accounts, and not have come to land them.
    """

    tenant: Tenant
    messages: list[Message] = field(default_factory=list)
    repeated: bool = False

    def drop_copies(self) -> list[str]:
        """Keeps one of each message, which a queue may hold twice; the names of those kept."""
        kept = {message.name: message for message in self.messages}
        self.messages = list(kept.values())
        return list(kept)


def match(work: Work, *, stores: MatchStores, now: int) -> Counter[str]:
    """Matches, stores and lands every event; the counts by verdict. `now` is epoch ms.

    A crash anywhere repeats the whole, and every write goes under the same key again. Raises
    `Unavailable` where other runs were faster again and again.
    """
    tenant = work.tenant
    names = work.drop_copies()
    standing = _settle_times(work, stores, now)
    # The properties are settled before anything is derived from them, so that rows, feed and
    # landing hold the same. Which row to correct is only known once verdicts stand, hence the
    # second step below.
    cleaned = schema_enforcement.settle_types(
        tenant, work.messages, stores.schemas, stores.deadline
    )
    arrivals, people = _resolve(work, stores, now)
    _judge(work, arrivals, standing, stores, now)
    schema_enforcement.correct_rows(tenant, arrivals, cleaned, stores.rows, now)
    records = _records(work, arrivals)
    counts: Counter[str] = Counter(record.verdict for record in records)
    for message, rejects in _ledger(work, records):
        stores.ledger.put(tenant, message, rejects)
    stores.feed.put(tenant, _feed(records, tenant, now), now, names)
    # The landing object makes events count: whose they are has landed before it. The parts come
    # after it: who sees a part counted finds its events.
    stores.lake.put_changes(tenant.id, list(people.values()), now)
    stores.lake.put_landing(tenant.id, records, now, names, counts)
    for message, part in _parts(work, records):
        stores.batches.put_part(tenant.id, message, part)
    return counts


def _settle_times(work: Work, stores: MatchStores, now: int) -> Standing:
    """Each event gets the time of its first arrival; what stands of them, as far as it was read.

    Otherwise a resend whose time is guessed anew would get another place and day. It is one look
    for both: before anything is decided by time, and instead of one when the rows are claimed.
    """
    tenant = work.tenant
    resent = [
        event
        for message in work.messages
        for event in message.events
        if event.own_time is not None
        or (event.digest is not None and tenant.is_hot(event.time, now))
    ]
    if not resent:
        return Standing([], {})
    standing = stores.rows.standing(tenant, resent)
    for event, time_of_first in zip(resent, standing.times, strict=True):
        event.time = time_of_first
    return standing


def _resolve(work: Work, stores: MatchStores, now: int) -> tuple[list[Arrival], People]:
    """Decides whose each event is and writes that; the users and accounts to land.

    Where another run was faster with a user or an account, what concerns that one is read and
    decided again, in the order of arrival, and nothing else.
    """
    received = [(message, event) for message in work.messages for event in message.events]
    matches: dict[int, Match] = {}
    people: People = {}
    whole = work.repeated
    undecided = list(range(len(received)))
    for _ in stores.deadline.tries():
        view = stores.directory.view(work.tenant, [received[n][1] for n in undecided])
        for n in undecided:
            matches[n] = resolution.resolve(received[n][1], view, work.tenant, now)
        lost = stores.directory.commit(work.tenant.id, view.change)
        people |= view.written(lost, whole=whole)
        # Who is called lost may have been written all the same, together with one who was not.
        whole = True
        undecided = [n for n in undecided if _concerns(received[n][1], matches[n], lost)]
        if not undecided:
            return [Arrival(*received[n], matches[n]) for n in range(len(received))], people
    raise Unavailable("other runs keep writing the same users and accounts")


def _concerns(event: Event, match: Match, lost: Lost) -> bool:
    return match.user_id in lost.users or (
        traits.of_account(event) is not None and event.company_id in lost.accounts
    )


def _judge(
    work: Work, arrivals: list[Arrival], standing: Standing, stores: MatchStores, now: int
) -> None:
    """Gives each arrival its verdict, and its row where it is the first.

    The verdicts are those of this moment. The hourly job, which sees all that landed, decides
    again: an event too old to have a row is compared with this run's others alone, and of an event
    that overwrites the first arrival is called stored here although the last one will count.
    """
    tenant = work.tenant
    hot = [arrival for arrival in arrivals if tenant.is_hot(arrival.event.time, now)]
    first_of = stores.rows.claim(
        tenant, [(arrival.message.receipt, arrival.event) for arrival in hot], standing.rows
    )
    seen: set[tuple[str, Place]] = set()
    for arrival in arrivals:
        id = arrival.event.id
        if id not in first_of:
            first_of[id] = arrival.as_first()
        own = (id, arrival.place)
        arrival.verdict = judge(arrival, first_of[id], repeated=own in seen)
        seen.add(own)
    later = [
        (arrival.message.receipt, arrival.event)
        for arrival in hot
        if arrival.event.overwrites and arrival.verdict is Verdict.DUPLICATE
    ]
    if later:
        stores.rows.replace(tenant, later)


def _records(work: Work, arrivals: list[Arrival]) -> list[Landed]:
    """What lands: every event, and every item that a door refused or left out."""
    records = [arrival.landed() for arrival in arrivals]
    for message in work.messages:
        for reject in message.rejects:
            # A note is about an event that lands by itself, and must not be counted beside it.
            if reject.verdict is not Verdict.NOTED:
                record = landed_reject(
                    reject,
                    receipt=message.receipt,
                    received=message.received,
                    source=message.source,
                )
                records.append(record)
    return records


def _ledger(work: Work, records: list[Landed]) -> list[tuple[Message, list[Reject]]]:
    """The ledger entries of each message: what its door refused, and conflicts met here."""
    conflicts: dict[Place, Reject] = {}
    for record in records:
        if record.code == CONFLICT:
            payload = msgspec.json.encode(record).decode()[:2000]
            reject = Reject(record.n, CONFLICT, _CONFLICT, payload=payload)
            conflicts[Place(record.receipt, record.n)] = reject
    entries = []
    for message in work.messages:
        rejects = message.rejects
        if conflicts:
            places = [Place(message.receipt, event.n) for event in message.events]
            rejects = rejects + [conflicts[place] for place in places if place in conflicts]
        if rejects:
            entries.append((message, rejects))
    return entries


def _feed(records: list[Landed], tenant: Tenant, now: int) -> list[Landed]:
    """What the live feed shows: activity named by an action, recent, and not seen before."""
    return [
        record
        for record in records
        if (record.verdict is Verdict.STORED or record.overwrites)
        and record.kind is None
        and record.action is not None
        and tenant.is_hot(record.time, now)
    ]


def _parts(work: Work, records: list[Landed]) -> list[tuple[Message, PartRecord]]:
    """What became of each message that is part of a batch."""
    if all(message.batch is None for message in work.messages):
        return []
    verdicts_at: dict[Place, list[Verdict]] = {}
    for record in records:
        place = Place(record.receipt, record.n)
        verdicts_at.setdefault(place, []).append(record.verdict)
    return [
        (message, _part(message, verdicts_at))
        for message in work.messages
        if message.batch is not None
    ]


def _part(message: Message, verdicts_at: dict[Place, list[Verdict]]) -> PartRecord:
    numbers = {event.n for event in message.events}
    # A note may stand in another message than its event, which is counted with the event.
    numbers |= {entry.index for entry in message.rejects if entry.verdict is not Verdict.NOTED}
    counts: Counter[Verdict] = Counter()
    for n in numbers:
        counts.update(verdicts_at.get(Place(message.receipt, n), ()))
    return PartRecord(**{verdict.value: counts[verdict] for verdict in VERDICTS})
