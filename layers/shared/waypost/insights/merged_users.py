"""Numbers of merged anonymous users, counted for the people that they turned out to be."""

from collections.abc import Iterable, Iterator

import msgspec

from waypost.lake.last_seen import Seen, join
from waypost.lake.rollups import RollupRow

Merges = dict[str, str]


def in_rows(rows: Iterable[RollupRow], merges: Merges) -> Iterator[RollupRow]:
    """The rows with each merged user's id replaced by the other's."""
    for row in rows:
        if row.user in merges:
            row.user = merges[row.user]
        yield row


def in_seen(seen: dict[str, Seen], merges: Merges) -> dict[str, Seen]:
    """Presence by user, a merged user's joined into the other's."""
    if not merges:
        return seen
    joined: dict[str, Seen] = {}
    for id, entry in seen.items():
        # A copy: `join` adds to what it was given first, and the caller's presence stays as it is.
        join(joined, merges.get(id, id), msgspec.structs.replace(entry))
    return joined
