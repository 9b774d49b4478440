"""
The hourly numbers of one event day, and how they are written down.

One row per (hour, action, account, user, module, session) with its events, weight and times. Rows
are kept as columns with dictionaries; the store compresses them. A day of 100,000 rows takes about
1 MB, where an item per account and user would cost a write unit each, every hour.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct


class RollupRow(Struct, gc=False):
    """`hour` is 0 to 23 of the day; `events` sums counts, `weight` sums weight times count.

    `active_ms` sums time active in sessions, `module_ms` time spent in the module.
    """

    hour: int
    action: str | None
    account: str
    user: str
    events: int
    weight: float
    module: str | None = None
    session: str | None = None
    active_ms: int = 0
    module_ms: int = 0


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
    module: list[int]
    session: list[int]
    active_ms: list[int]
    module_ms: list[int]
    modules: list[str | None] = []
    sessions: list[str | None] = []


def encode(rows: list[RollupRow]) -> bytes:
    """Some rows as columns, in MessagePack."""
    actions: dict[str | None, int] = {}
    accounts: dict[str, int] = {}
    users: dict[str, int] = {}
    modules: dict[str | None, int] = {}
    sessions: dict[str | None, int] = {}
    columns = _Columns(
        [],
        [],
        [],
        hour=[row.hour for row in rows],
        action=[actions.setdefault(row.action, len(actions)) for row in rows],
        account=[accounts.setdefault(row.account, len(accounts)) for row in rows],
        user=[users.setdefault(row.user, len(users)) for row in rows],
        events=[row.events for row in rows],
        weight=[row.weight for row in rows],
        module=[modules.setdefault(row.module, len(modules)) for row in rows],
        session=[sessions.setdefault(row.session, len(sessions)) for row in rows],
        active_ms=[row.active_ms for row in rows],
        module_ms=[row.module_ms for row in rows],
    )
    columns.actions, columns.accounts, columns.users = list(actions), list(accounts), list(users)
    columns.modules, columns.sessions = list(modules), list(sessions)
    return msgspec.msgpack.encode(columns)


def decode(data: bytes) -> Iterator[RollupRow]:
    """The rows of one `encode`, made one at a time as they are read."""
    c = msgspec.msgpack.decode(data, type=_Columns)
    return map(
        RollupRow,
        c.hour,
        map(c.actions.__getitem__, c.action),
        map(c.accounts.__getitem__, c.account),
        map(c.users.__getitem__, c.user),
        c.events,
        c.weight,
        map(c.modules.__getitem__, c.module),
        map(c.sessions.__getitem__, c.session),
        c.active_ms,
        c.module_ms,
    )
