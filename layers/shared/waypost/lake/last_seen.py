"""
When each user and account was first and last seen, month by month.

Folded from the published cubes of a month, and fenced by the sum of their versions: a fold of
older cubes can never replace one of newer cubes.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import Struct

from waypost.lake.manifests import Manifest
from waypost.lake.rollups import RollupRow
from waypost.times import HOUR_MS

Kind = Literal["users", "accounts"]
KINDS: tuple[Kind, ...] = ("users", "accounts")


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

    def of(self, kind: Kind) -> dict[str, Seen]:
        return self.users if kind == "users" else self.accounts

    def add(self, day_start: int, rows: Iterable[RollupRow]) -> None:
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
    versions: dict[str, int] = {}
    for manifest in manifests:
        month = manifest.day[:7]
        versions[month] = versions.get(month, 0) + manifest.version
    return versions


def encode(kind: Kind, seen: list[tuple[str, Seen]]) -> bytes:
    """Some entries of one of a presence's two dictionaries, in MessagePack."""
    return msgspec.msgpack.encode({kind: dict(seen)})


def decode(data: bytes, into: Presence) -> None:
    """Joins what one `encode` wrote into a presence: months may be joined in any order."""
    parts = msgspec.msgpack.decode(data, type=dict[Kind, dict[str, Seen]])
    for kind, entries in parts.items():
        known = into.of(kind)
        for id, seen in entries.items():
            join(known, id, seen)
