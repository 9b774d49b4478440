"""
Presence: when each user and account was first and last seen, month by month.

Folded from the published cubes of a month, and fenced by the sum of their versions: a fold of
older cubes can never replace one of newer cubes.
"""

from collections.abc import Iterable
from functools import partial

import msgspec
from msgspec import Struct

from waypost.lake.manifests import Manifest
from waypost.lake.rollups import Row
from waypost.storage import packing

HOUR_MS = 3_600_000
_PER_CHUNK = 8_000


class Seen(Struct, array_like=True):
    """First and last hour with activity (epoch ms of its start), events and weight."""

    first: int
    last: int
    events: int
    weight: float

    def join(self, other: "Seen") -> None:
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        self.events += other.events
        self.weight += other.weight


class Month(Struct, omit_defaults=True):
    """The head of one month: which run packed it, and from which versions of its days."""

    month: str
    fence: int
    run: str = ""
    chunks: int = 0


class Presence(Struct):
    """Seen by user id and by account id, and the accounts' users."""

    users: dict[str, Seen] = {}
    accounts: dict[str, Seen] = {}

    def add(self, day_start: int, rows: Iterable[Row]) -> None:
        """Adds one day's cube; `day_start` is its first millisecond."""
        for row in rows:
            at = day_start + row.hour * HOUR_MS
            for known, id in ((self.users, row.user), (self.accounts, row.account)):
                join(known, id, Seen(at, at, row.events, row.weight))


def join(known: dict[str, Seen], id: str, seen: Seen) -> None:
    if (before := known.get(id)) is None:
        known[id] = seen
    else:
        before.join(seen)


def fences(manifests: Iterable[Manifest]) -> dict[str, int]:
    """The fence of each month: the sum of its days' versions, which only ever grows."""
    found: dict[str, int] = {}
    for manifest in manifests:
        found[manifest.day[:7]] = found.get(manifest.day[:7], 0) + manifest.version
    return found


def pack(presence: Presence) -> list[bytes]:
    """The presence as packed chunks, each small enough for one DynamoDB item."""
    chunks: list[bytes] = []
    for name, known in (("users", presence.users), ("accounts", presence.accounts)):
        encode = partial(_encode, name)
        chunks += packing.packed(list(known.items()), encode, _PER_CHUNK)
    return chunks


def _encode(name: str, items: list[tuple[str, Seen]]) -> bytes:
    return msgspec.msgpack.encode({name: dict(items)})


def unpack(chunks: Iterable[bytes], into: Presence) -> None:
    """Joins packed chunks into a presence: months may be joined in any order."""
    for chunk in chunks:
        found = msgspec.msgpack.decode(packing.unpacked(chunk), type=dict[str, dict[str, Seen]])
        for name, known in found.items():
            for id, seen in known.items():
                join(getattr(into, name), id, seen)
