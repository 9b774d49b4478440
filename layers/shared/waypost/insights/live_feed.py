"""The live feed: what arrived of everybody, packed by batch; behind it, the lake's older events."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from waypost.errors import BadCursor
from waypost.insights import cursors, feed, lake_feed
from waypost.insights.cursors import BEGINNING, LEAST_ID, Back, Newer, Older, Place
from waypost.insights.feed import Page
from waypost.insights.ports import EventStores
from waypost.lake.records import FeedPage, Landed

_MOST_READ = 20_000  # records for one page, where few of them are asked for
_At = tuple[str | None, int]  # the last item that was read whole, and how many of the next one were


class _Stretch(NamedTuple):
    """Records, the place behind what was read, and if there may be more."""

    records: list[Landed]
    end: _At
    more: bool


def page(
    tenant: str,
    at: Back | None,
    limit: int,
    *,
    edge: int,
    stores: EventStores,
    source: str | None = None,
) -> Page:
    """A page of the feed from the newest arrival on; then, newest first, the lake's events before
    `edge` (epoch ms, where the tenant's retention ends). With `source`, that sender's alone.

    The events of one page are sorted by (time, id). A page may be short of its limit, even empty,
    and have a cursor all the same.
    """
    if isinstance(at, Place):
        return _with_lake(tenant, [], at, limit, stores, source)
    start = at if isinstance(at, Older) else Older(edge)

    def is_wanted(record: Landed) -> bool:
        return record.time >= start.edge and source in (None, record.source)

    items = stores.feed.older(tenant, start.item)
    first = next(items, None)
    found = chain([first], items) if first else items
    read = _stretch(found, (start.item, start.shown), limit, is_wanted, newest_first=True)
    records = sorted(read.records, key=feed.place, reverse=True)
    if read.more:
        events = feed.shown(tenant, records, stores.directory)
        page = Page(events, cursors.text(Older(start.edge, *read.end)))
    else:
        below = Place(start.edge, LEAST_ID)
        page = _with_lake(tenant, records, below, limit, stores, source)
    # Only who begins at the newest event can go on from there by polling.
    page.latest = cursors.text(Newer(first.cursor)) if first and at is None else None
    return page


def _with_lake(
    tenant: str,
    records: list[Landed],
    below: Place,
    limit: int,
    stores: EventStores,
    source: str | None,
) -> Page:
    """A page that begins with these records and goes on in the lake."""
    everybody = lake_feed.of_everybody(source)
    wanted = limit - len(records) + 1
    older = lake_feed.newest(tenant, everybody, below, wanted, reader=stores.reader)
    return feed.page(tenant, records + older.records, limit, stores.directory, most=below)


def newer(tenant: str, after: str, limit: int, *, stores: EventStores) -> Page:
    """What arrived behind a `latest` cursor, oldest first; for polling. `0` is the beginning.

    `latest` goes on exactly where the page ended. Raises `BadCursor`.
    """
    since = Newer() if after == BEGINNING else cursors.read(after, Newer)
    if since is None:
        raise BadCursor
    items = stores.feed.newer(tenant, since.item)
    read = _stretch(items, (since.item, since.shown), limit, lambda _: True, newest_first=False)
    events = feed.shown(tenant, sorted(read.records, key=feed.place), stores.directory)
    # Where nothing is new the caller's own cursor goes on.
    return Page(events, None, cursors.text(Newer(*read.end)) if events else after)


def _stretch(
    items: Iterable[FeedPage],
    start: _At,
    limit: int,
    is_wanted: Callable[[Landed], bool],
    *,
    newest_first: bool,
) -> _Stretch:
    """Up to `limit` records that are wanted, as many as one answer holds."""
    records: dict[str, Landed] = {}
    places: list[_At] = []
    end, more = start, False
    for number, (record, end) in enumerate(_each(items, start, newest_first), start=1):
        # A redelivered message may have put an event into two items.
        if is_wanted(record) and record.id not in records:
            records[record.id] = record
            places.append(end)
        if more := len(records) == limit or number == _MOST_READ:
            break
    listed = list(records.values())
    if (kept := feed.fitting(listed)) < len(listed):
        return _Stretch(listed[:kept], places[kept - 1], True)
    return _Stretch(listed, end, more)


def _each(
    items: Iterable[FeedPage], start: _At, newest_first: bool
) -> Iterator[tuple[Landed, _At]]:
    """Each record with the place behind it. An item has the same order at each request."""
    whole, shown = start
    for item in items:
        ordered = sorted(item.records, key=feed.place, reverse=newest_first)
        for number, record in enumerate(ordered[shown:], start=shown + 1):
            is_last = number == len(ordered)
            yield record, (item.cursor, 0) if is_last else (whole, number)
        whole, shown = item.cursor, 0
