"""Event rows and packed feeds: the events table."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec

from waypost import times
from waypost.event import Event
from waypost.ingest.arrivals import First
from waypost.lake.records import FeedPage, Landed, digest
from waypost.storage import keys, packing
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.tenants import Tenant

_PACK = 500
_ROWS_OF_USER = 1000
_THREADS = 8
_encode = msgspec.json.Encoder().encode


class DynamoRows:
    """One row per event, written once; the row is also the record of its first arrival."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(self, tenant: Tenant, arrivals: list[tuple[str, Event]]) -> dict[str, First]:
        """By event id, its first arrival; writes the missing rows. An arrival is (receipt, event).

        Among the arrivals of one call the first in the list wins. An event with a message key may
        also be on its way in another call at this moment, sent again by a client that lost
        patience: each such row is put only where none stands, and a faster one is answered.

        The others go in batches, which are cheaper and cannot ask for that. Where two calls write
        one of those at the same moment, both call it stored, until the hourly job decides.
        """
        events = {keys.event_key(tenant.id, event): event for _, event in arrivals}
        standing = {
            (item["pk"], item["sk"]): item
            for item in self._table.get_many(list(events), "pk,sk,receipt,n,digest")
        }
        missing: dict[tuple[str, str], Item] = {}
        for receipt, event in arrivals:
            key = keys.event_key(tenant.id, event)
            if key not in standing and key not in missing:
                missing[key] = keys.event_row(tenant, event, _encode(event), receipt)
        first_rows = standing | missing | self._write(missing)
        # One id may have several rows: a message key that came again with another time or user has
        # another place. The first in the list stands for all of them.
        first_of: dict[str, First] = {}
        for key, event in events.items():
            row = first_rows[key]
            first_of.setdefault(event.id, First(row["receipt"], row["n"], row.get("digest")))
        return first_of

    def _write(self, missing: dict[tuple[str, str], Item]) -> dict[tuple[str, str], Item]:
        """Writes rows; those that another call wrote in the meantime, by key."""
        keyed = {key: row for key, row in missing.items() if "digest" in row}
        self._table.put_many([row for key, row in missing.items() if key not in keyed])
        with ThreadPoolExecutor(_THREADS) as pool:
            # A put sent again after a lost answer meets its own row, which is still the first.
            faster = pool.map(self._table.put_if_absent, keyed.values())
            return {key: row for key, row in zip(keyed, faster, strict=True) if row}

    def first_times(self, tenant: Tenant, events: list[Event]) -> dict[str, int]:
        """By event id, the time (epoch ms) under which an event with a message key came first.

        The time stands in a row's sort key, so where it is a guess no row can be looked for before
        it is known: a marker under the id alone keeps it.
        """
        pk = keys.scoped(tenant.id, "id")
        markers = self._table.get_many([(pk, event.id) for event in events])
        known = {item["sk"]: int(item["time"]) for item in markers}
        # Reversed, so that of two in one call the first stays in the dictionary.
        missing = {event.id: event for event in reversed(events) if event.id not in known}

        def mark(event: Event) -> int:
            expires = tenant.expires(event.time)
            marker: Item = {"pk": pk, "sk": event.id, "time": event.time, "ttl": expires}
            standing = self._table.put_if_absent(marker)
            return event.time if standing is None else int(standing["time"])

        with ThreadPoolExecutor(_THREADS) as pool:
            return known | dict(zip(missing, pool.map(mark, missing.values()), strict=True))

    def replace(self, tenant: Tenant, receipt: str, event: Event) -> None:
        """Writes an event's row over the one of an earlier reception, or of the same one.

        Receipts sort by time, so a redelivered message cannot undo what a later one wrote.
        """
        row = keys.event_row(tenant, event, _encode(event), receipt)
        condition = "attribute_not_exists(pk) OR receipt <= :mine"
        self._table.put_if(row, condition, {":mine": receipt})

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]:
        """A user's newest rows over all identity keys, each with its cursor."""
        events: dict[str, Event] = {}
        for pointer in pointers:
            pk = keys.scoped(tenant, pointer)
            # Each key is asked for a whole page, since all of the newest events may lie under one.
            for item in self._table.query(pk, before=before, newest_first=True, limit=limit):
                events[item["sk"]] = msgspec.json.decode(item["event"], type=Event)
        return sorted(events.items(), key=lambda pair: pair[0], reverse=True)[:limit]

    def days_of(self, tenant: str, pointers: list[str]) -> set[str]:
        """The event days of a user's newest rows, 1,000 under each identity key."""
        days = set()
        for pointer in pointers:
            pk = keys.scoped(tenant, pointer)
            for item in self._table.query(pk, newest_first=True, limit=_ROWS_OF_USER):
                days.add(times.day(int(item["sk"].partition("#")[0])))
        return days


class DynamoFeed:
    """The live feed and the feeds of accounts: packed items, newest arrival first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: Tenant, records: list[Landed], now: int, names: list[str]) -> None:
        by_account: dict[str, list[Landed]] = {}
        for record in records:
            if record.account_id is not None:
                by_account.setdefault(record.account_id, []).append(record)
        items = list(_packed(tenant, keys.feed(tenant.id), records, now, names))
        for account, mine in by_account.items():
            items += _packed(tenant, keys.feed(tenant.id, account), mine, now, names)
        self._table.put_many(items)

    def pages(
        self, tenant: str, account: str | None, *, after: str | None, before: str | None
    ) -> Iterator[FeedPage]:
        """The feed newest first; with `after`, only what arrived behind that cursor."""
        items = self._table.query(
            keys.feed(tenant, account), after=after, before=before, newest_first=True
        )
        for item in items:
            records = msgspec.json.decode(packing.unpacked(item["packed"]), type=list[Landed])
            yield FeedPage(item["sk"], records)


def _packed(
    tenant: Tenant, pk: str, records: list[Landed], now: int, names: list[str]
) -> Iterator[Item]:
    ordered = sorted(records, key=lambda record: record.time)
    # A redelivery adds its events once more, under a later arrival; readers know them by id.
    name = digest(names)
    for number, data in enumerate(packing.packed(ordered, _encode, _PACK)):
        yield {
            "pk": pk,
            "sk": f"{now:015d}#{name}-{number:04d}",
            "packed": data,
            "ttl": tenant.expires(now),
        }
