"""
Cube: the hourly numbers of one event day, packed.

One row per (hour, action, account, user) with its events and weight. Rows are kept as columns
with dictionaries, compressed: a day of 100,000 rows takes about 1 MB, where an item per account
and user would cost a write unit each, every hour.
"""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from waymark import packs

_ROWS_PER_CHUNK = 40_000


class Row(Struct, gc=False):
    """`hour` is 0 to 23 of the day; `events` sums counts, `weight` sums weight times count."""

    hour: int
    action: str | None
    account: str
    user: str
    events: int
    weight: float


class _Columns(Struct):
    actions: list[str | None]
    accounts: list[str]
    users: list[str]
    hour: list[int]
    action: list[int]
    account: list[int]
    user: list[int]
    events: list[int]
    weight: list[float]


def pack(rows: list[Row]) -> list[bytes]:
    """The rows as packed chunks, each small enough for one DynamoDB item."""
    return list(packs.packed(rows, _encode, _ROWS_PER_CHUNK))


def _encode(rows: list[Row]) -> bytes:
    actions: dict[str | None, int] = {}
    accounts: dict[str, int] = {}
    users: dict[str, int] = {}
    columns = _Columns(
        [],
        [],
        [],
        [row.hour for row in rows],
        [actions.setdefault(row.action, len(actions)) for row in rows],
        [accounts.setdefault(row.account, len(accounts)) for row in rows],
        [users.setdefault(row.user, len(users)) for row in rows],
        [row.events for row in rows],
        [row.weight for row in rows],
    )
    columns.actions, columns.accounts, columns.users = list(actions), list(accounts), list(users)
    return msgspec.msgpack.encode(columns)


def unpack(chunks: Iterable[bytes]) -> Iterator[Row]:
    for chunk in chunks:
        c = msgspec.msgpack.decode(packs.unpacked(chunk), type=_Columns)
        for hour, action, account, user, events, weight in zip(
            c.hour, c.action, c.account, c.user, c.events, c.weight, strict=True
        ):
            yield Row(hour, c.actions[action], c.accounts[account], c.users[user], events, weight)
