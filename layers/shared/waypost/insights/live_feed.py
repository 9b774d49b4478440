"""The live feed: what arrived of everybody, packed by batch; behind it, the lake's older events."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from waypost import answer_size
from waypost.errors import BadCursor
from waypost.insights import cursors, feed, lake_feed, scopes
from waypost.insights.cursors import BEGINNING, LEAST_ID, Back, Newer, Older, Place
from waypost.insights.feed import EventAnswer, Page
from waypost.insights.ports import EventStores
from waypost.lake.records import FeedPage, Landed

_MOST_READ = 20_000  # records for one page, where few of them are asked for
_LAST = "~"  # behind all that stands in the name of an item
_At = tuple[str | None, int]  # the item where a page ended, and how many of it were shown; 0: all


class _Stretch(NamedTuple):
    """Records, each with the place behind it; the place behind all that was read; if there may be
    more.
    """

    records: list[Landed]
    places: list[_At]
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

    # An item that was shown in part is read once more.
    before = start.item and start.item + _LAST * bool(start.shown)
    items = stores.feed.older(tenant, before)
    first = next(items, None)
    found = chain([first], items) if first else items
    read = _stretch(found, (start.item, start.shown), limit, is_wanted, newest_first=True)
    events, read = _shown(tenant, read, stores, newest_first=True)
    if read.more:
        page = Page(events, cursors.text(Older(start.edge, *read.end)))
    else:
        records = sorted(read.records, key=feed.place, reverse=True)
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
    everybody = scopes.of_everybody(source)
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
    behind = since.item and since.item[: -1 if since.shown else None]
    items = stores.feed.newer(tenant, behind)
    read = _stretch(items, (since.item, since.shown), limit, lambda _: True, newest_first=False)
    events, read = _shown(tenant, read, stores, newest_first=False)
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
    """Up to `limit` records that are wanted."""
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
    return _Stretch(list(records.values()), places, end, more)


def _shown(
    tenant: str, read: _Stretch, stores: EventStores, *, newest_first: bool
) -> tuple[list[EventAnswer], _Stretch]:
    """The events of a stretch by (time, id), and as much of it as one answer holds."""
    events = feed.shown(tenant, read.records, stores.directory)
    kept = answer_size.fitting(events)
    if kept < len(events):
        read = _Stretch(read.records[:kept], read.places[:kept], read.places[kept - 1], True)
    order = sorted(range(kept), key=lambda n: feed.place(read.records[n]), reverse=newest_first)
    return [events[n] for n in order], read


def _each(
    items: Iterable[FeedPage], start: _At, newest_first: bool
) -> Iterator[tuple[Landed, _At]]:
    """Each record with the place behind it. An item has the same order at each request."""
    name, shown = start
    for item in items:
        if name is not None and item.cursor < name and not newest_first:
            continue  # on the way to an item that is read once more
        ordered = sorted(item.records, key=feed.place, reverse=newest_first)
        skipped = shown if item.cursor == name else 0
        for number, record in enumerate(ordered[skipped:], start=skipped + 1):
            yield record, (item.cursor, 0 if number == len(ordered) else number)
