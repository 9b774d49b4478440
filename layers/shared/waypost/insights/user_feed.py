"""One user's events: rows of the identity keys, the newest keys first; the lake behind them."""

from waypost.insights import feed
from waypost.insights.feed import Cursor, EventAnswer, Page, public_row
from waypost.insights.ports import EventStores
from waypost.profiles.directory import User, user_keys

# A key is a query. Who comes with a fresh browser every minute has tens of thousands of them.
_KEYS = 25
_GROUPS = 2  # for one page, where all of them are empty


def of_user(
    tenant: str, user: User, at: Cursor, limit: int, *, edge: int, stores: EventStores
) -> Page:
    """A page of one user's events: by groups of 25 keys from the newest key on, each group newest
    first, then the lake, whose events lie before `edge` (epoch ms).

    A page ends with the first group that holds something, and reads two at most. It may be short
    of its limit, or even empty, and have a cursor all the same.
    """
    events: dict[str, EventAnswer] = {}
    for _ in range(_GROUPS if at.day is None else 0):
        keys, following = _group(tenant, user, at.group, stores)
        wanted = limit - len(events)
        rows = stores.rows.of_user(tenant, keys, at.hot, wanted)
        # Newest first, so behind one that is the lake's to show there is none that is not.
        rows = [(place, event) for place, event in rows if event.time >= edge]
        for _, event in rows:
            # Traits have rows too, and are nobody's activity.
            if event.action is not None:
                events.setdefault(event.id, public_row(event, user))
        # By rows, not by events shown: a page of traits alone is not the end.
        if len(rows) >= wanted:
            return Page(list(events.values()), Cursor(hot=rows[-1][0], group=at.group).text())
        if following is None:
            break
        at = Cursor(group=following)
        if events:
            return Page(list(events.values()), at.text())
    else:
        if at.day is None:
            return Page(list(events.values()), at.text())
    ids = [user.id, *stores.directory.merged_into(tenant, user.id)]
    return feed.from_lake(tenant, at, edge, limit, events, stores.archive, None, users=ids)


def _group(
    tenant: str, user: User, group: str | None, stores: EventStores
) -> tuple[list[str], str | None]:
    """The keys of a group, and where the next one begins; the first has the record's own keys."""
    listed, following = stores.directory.further_keys(tenant, user.id, group, _KEYS)
    own = user_keys(user)
    further = [key for key in listed if key not in own]
    return [*own, *further] if group is None else further, following
