"""Event rows and the live feed: the events table."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec

from waypost.errors import Unavailable
from waypost.event import Event
from waypost.ingest.arrivals import First, RowKey, Standing
from waypost.lake.records import FeedPage, Landed, digest
from waypost.storage import keys, packing
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.storage.statements import Write
from waypost.tenants import Tenant

_PACK = 500
_THREADS = 8
_encode = msgspec.json.Encoder().encode


class DynamoRows:
    """One row per event, written once; the row is also the record of its first arrival."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def standing(self, tenant: Tenant, events: list[Event]) -> Standing:
        """What stands of these events, and under which time each came first.

        The time stands in a row's sort key, so where it is a guess a marker is put where the row
        would lie by the time that the sender gave: the one place that all arrivals of an event
        have in common, whether their times were guessed or not. Of two at once one is the first.
        """
        places = [keys.event_key(tenant.id, event, event.own_time) for event in events]
        items = self._read(places)
        markers: dict[RowKey, Item] = {}
        for (pk, sk), event in zip(places, events, strict=True):
            if event.own_time is not None and (pk, sk) not in items:
                marker = {"pk": pk, "sk": sk, "time": event.time, "ttl": tenant.expires(event.time)}
                markers.setdefault((pk, sk), marker)
        items |= self._put_new(markers)
        times = [
            _time(items.get(place), event) for place, event in zip(places, events, strict=True)
        ]
        rows = {place: _first(items.get(place)) for place in places if not _moved(items, place)}
        return Standing(times, rows)

    def claim(
        self,
        tenant: Tenant,
        arrivals: list[tuple[str, Event]],
        known: Mapping[RowKey, First | None] | None = None,
    ) -> dict[str, First]:
        """By event id, its first arrival; writes the missing rows. An arrival is (receipt, event).

        Among the arrivals of one call the first in the list wins. An event with a message key may
        also be on its way in another call at this moment, sent again by a client that lost
        patience: each such row is put only where none stands, and a faster one is answered.

        The others go in batches without a condition. Where two calls write one of those at the
        same moment, both call it stored, until the hourly job decides. So it is where a marker
        came to stand in a row's place since it was looked at: no first arrival is told then.
        """
        known = known or {}
        places = [keys.event_key(tenant.id, event) for _, event in arrivals]
        items = self._read([place for place in places if place not in known])
        missing: dict[RowKey, Item] = {}
        for place, (receipt, event) in zip(places, arrivals, strict=True):
            if known.get(place) is None and place not in items and place not in missing:
                missing[place] = keys.event_row(tenant, event, _encode(event), receipt)
        items |= self._write(missing)
        # One id may have several rows: a message key that came again with another time or user has
        # another place. The first in the list stands for all of them.
        first_of: dict[str, First] = {}
        for place, (_, event) in zip(places, arrivals, strict=True):
            if (first := known.get(place) or _first(items.get(place))) is not None:
                first_of.setdefault(event.id, first)
        return first_of

    def replace(self, tenant: Tenant, arrivals: list[tuple[str, Event]]) -> None:
        """Writes events' rows over those of earlier receptions, or of the same ones.

        Receipts sort by time, so a redelivered message cannot undo what a later one wrote. Raises
        `Unavailable` where other runs write the same rows again and again.
        """
        waiting: dict[RowKey, Item] = {}
        for receipt, event in arrivals:
            place = keys.event_key(tenant.id, event)
            if place not in waiting or waiting[place]["receipt"] <= receipt:
                waiting[place] = keys.event_row(tenant, event, _encode(event), receipt)
        for _ in self._table.deadline.tries():
            if not (waiting := self._replace(waiting)):
                return
        raise Unavailable("others are writing these rows; the messages will come again")

    def _replace(self, rows: dict[RowKey, Item]) -> dict[RowKey, Item]:
        """Puts the rows over what stands there and is not later; those that met something new."""
        items = self._read(list(rows))
        writes: dict[RowKey, Write] = {}
        for place, row in rows.items():
            standing = _first(items.get(place))
            if standing is not None and standing.receipt <= row["receipt"]:
                writes[place] = row, {"receipt": standing.receipt}
            elif place not in items:
                writes[place] = row, None
        done = self._table.put_each(list(writes.values()))
        return {place: rows[place] for place, put in zip(writes, done, strict=True) if not put}

    def _read(self, places: list[RowKey]) -> dict[RowKey, Item]:
        """The rows and markers at these places, without the rows' events."""
        items = self._table.get_many(places, "pk,sk,receipt,n,digest,time")
        return {(item["pk"], item["sk"]): item for item in items}

    def _write(self, missing: dict[RowKey, Item]) -> dict[RowKey, Item]:
        """Writes rows; what stands in each place then."""
        keyed = {place: row for place, row in missing.items() if "digest" in row}
        self._table.put_many([row for place, row in missing.items() if place not in keyed])
        return missing | self._put_new(keyed)

    def _put_new(self, items: dict[RowKey, Item]) -> dict[RowKey, Item]:
        """Puts items where nothing stands; what stands in each place then."""
        done = self._table.put_each([(item, None) for item in items.values()])
        refused = [place for place, put in zip(items, done, strict=True) if not put]
        return items | self._read(refused)

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]:
        """A user's newest rows over all identity keys, each with its cursor."""

        def newest(pointer: str) -> list[Item]:
            # Each key is asked for a whole page, since all of the newest events may lie under one.
            pk = keys.scoped(tenant, pointer)
            rows = self._table.query(
                pk, before=before, newest_first=True, limit=limit, having="event"
            )
            return list(rows)

        events: dict[str, Event] = {}
        with ThreadPoolExecutor(_THREADS) as pool:
            for items in pool.map(newest, pointers):
                for item in items:
                    events[item["sk"]] = msgspec.json.decode(item["event"], type=Event)
        return sorted(events.items(), key=lambda pair: pair[0], reverse=True)[:limit]


def _time(item: Item | None, event: Event) -> int:
    """Under which time an event came first, by what stands in the place that its sender names."""
    if item is None:
        return event.time
    if "time" in item:
        return int(item["time"])
    return event.time if event.own_time is None else event.own_time


def _first(item: Item | None) -> First | None:
    """The first arrival that a row tells; None for a marker."""
    if item is None or "time" in item:
        return None
    return First(item["receipt"], item["n"], item.get("digest"))


def _moved(items: dict[RowKey, Item], place: RowKey) -> bool:
    """Whether a marker says that the row lies elsewhere."""
    return "time" in items.get(place, ())


class DynamoFeed:
    """The live feed: packed items, newest arrival first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: Tenant, records: list[Landed], now: int, names: list[str]) -> None:
        self._table.put_many(list(_packed(tenant, records, now, names)))

    def older(self, tenant: str, before: str | None) -> Iterator[FeedPage]:
        """The items before a place, newest first, read as far as they are taken."""
        items = self._table.query(keys.feed(tenant), before=before, newest_first=True)
        return map(_page, items)

    def newer(self, tenant: str, after: str | None) -> Iterator[FeedPage]:
        """The items behind a place, oldest first, read as far as they are taken."""
        return map(_page, self._table.query(keys.feed(tenant), after=after))


def _page(item: Item) -> FeedPage:
    records = msgspec.json.decode(packing.unpacked(item["packed"]), type=list[Landed])
    return FeedPage(item["sk"], records)


def _packed(tenant: Tenant, records: list[Landed], now: int, names: list[str]) -> Iterator[Item]:
    ordered = sorted(records, key=lambda record: record.time)
    # A redelivery adds its events once more, under a later arrival; readers know them by id.
    name = digest(names)
    for number, data in enumerate(packing.packed(ordered, _encode, _PACK)):
        yield {
            "pk": keys.feed(tenant.id),
            "sk": f"{now:015d}#{name}-{number:04d}",
            "packed": data,
            "ttl": tenant.expires(now),
        }
