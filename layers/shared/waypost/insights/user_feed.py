"""One user's events: out of the lake; where that lags, with the user's rows laid over."""

from msgspec import structs

from waypost.event import Event, Verdict
from waypost.insights import feed, lake_feed, scopes
from waypost.insights.cursors import Place
from waypost.insights.lake_feed import Newest
from waypost.insights.ports import EventStores
from waypost.lake.records import Landed
from waypost.profiles.directory import User, user_keys

# A key is a query. Who comes with a fresh browser every minute has tens of thousands of them.
_MOST_KEYS = 25
_MOST_PAGES = 4
_LATE_MS = 60_000


def newest(tenant: str, user: User, at: Place | None, limit: int, *, stores: EventStores) -> Newest:
    """Up to `limit` events of a user behind a place, newest first by (time, id).

    The rows of a user of many keys are not read: such a page tells until when it is complete.
    """
    now = stores.clock()
    read = lake_feed.newest(tenant, scopes.of_user(user.id), at, limit, reader=stores.reader)
    if read.complete_until >= now - _LATE_MS:
        return read
    if (rows := _rows(tenant, user, at, limit, stores)) is None:
        return read
    shown = {record.id: record for record in [*rows, *read.records]}
    return Newest(sorted(shown.values(), key=feed.place, reverse=True)[:limit], now)


def _rows(
    tenant: str, user: User, at: Place | None, limit: int, stores: EventStores
) -> list[Landed] | None:
    """The newest rows of a user behind a place; None where that takes too many queries."""
    further, more = stores.directory.further_keys(tenant, user.id, None, _MOST_KEYS)
    if more:
        return None
    keys = list(dict.fromkeys([*user_keys(user), *further]))
    before = f"{at.time:015d}#{at.id}" if at else None
    shown: list[Landed] = []
    for _ in range(_MOST_PAGES):
        rows = stores.rows.of_user(tenant, keys, before, limit)
        # What names no action has a row too.
        shown += [_landed(event, user) for _, event in rows if event.action]
        if len(rows) < limit or len(shown) >= limit:
            return shown
        before = rows[-1][0]
    return None


def _landed(event: Event, user: User) -> Landed:
    """A row does not tell when and through which door it was received."""
    fields = structs.asdict(event)
    return Landed(
        receipt="",
        received=event.time,
        source="",
        verdict=Verdict.STORED,
        user_id=user.id,
        **fields,
    )
