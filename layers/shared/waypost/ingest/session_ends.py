"""
Ends of sessions that no browser told: whoever closes a tab for good sends nothing any more.

After each hourly run the sessions that the browser script began, and that have been silent for half
an hour, get the event that the script would have sent: under the same message key, at the moment of
the last activity. Where the browser tells it after all, the two are one event, of which the later
telling holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from waypost import times
from waypost.errors import TooLong
from waypost.event import SILENCE_MS, Batch, Event, ItemError
from waypost.ingest import filters, intake
from waypost.ingest.ports import Outbox, Rows
from waypost.ingest.reception import Receipt, Reception
from waypost.lake.plans import Plan
from waypost.sources.planhat import SESSION_END, SOURCE, end_key
from waypost.telemetry import logger
from waypost.tenants import Tenant, Tenants
from waypost.times import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from waypost.lake.reader import Opened

# What is left over the next run ends.
_MOST = 50_000
_LABEL = "Session end"
_SILENT = f"""SELECT silent.session, users.external_id, users.email, users.anonymous_id, silent.last
FROM (
    SELECT session, arg_max(user_id, time) AS user_id, max(time) AS last FROM context
    WHERE session IS NOT NULL AND source = '{SOURCE}' AND time >= $since
    GROUP BY session
    HAVING bool_or(action = 'session.start') AND NOT bool_or(action = '{SESSION_END}')
        AND max(time) <= $told - {SILENCE_MS}
) AS silent JOIN users ON users.id = silent.user_id
ORDER BY silent.last, silent.session LIMIT {_MOST}"""


class Lake(Protocol):
    """The lake, as a database per question; see `waypost.lake.reader`."""

    def open(self, tenant: str, plan: Plan) -> AbstractContextManager[Opened]: ...


@dataclass(frozen=True, slots=True)
class EndStores:
    """Where sessions are read, and by which way their ends go in. `clock` tells now in epoch ms."""

    tenants: Tenants
    reader: Lake
    outbox: Outbox
    rows: Rows
    clock: Callable[[], int]


def end_silent(tenant: str, stores: EndStores) -> Receipt:
    """Ends the sessions of one tenant that have fallen silent; those of the last day.

    An end that was sent before is the same event. Raises `Unavailable`. Where the sessions of a
    day are more than a run has time for, they are left open, and a log says so.
    """
    owner, now = stores.tenants.get(tenant), stores.clock()
    if owner is None:
        return Receipt()
    try:
        ends = _wanted(owner, _ends(tenant, stores.reader, now))
    except TooLong as error:
        logger().warning("SessionsNotEnded", extra={"tenant": tenant, "why": str(error)})
        return Receipt()
    reception = Reception(owner, f"{now:015d}-session-ends-{tenant}", SOURCE, now)
    ids = intake.identifier(reception, reception.receipt)
    return intake.accept(Batch(ends), reception, ids, outbox=stores.outbox, rows=stores.rows)


def _ends(tenant: str, reader: Lake, now: int) -> list[Event]:
    since = now - DAY_MS
    read = ("time", "user_id", "action", "session", "source")
    keys = ("id", "external_id", "email", "anonymous_id")
    plan = Plan({"context": read, "users": keys}, times.day(since), times.day(now))
    with reader.open(tenant, plan) as opened:
        # Of what has not been looked at yet nobody knows that it is silent.
        told = min(now, opened.complete_until)
        rows = opened.rows(_SILENT, {"since": since, "told": told})
    return [_end(n, *row) for n, row in enumerate(rows)]


def _end(
    n: int,
    session: str,
    external_id: str | None,
    email: str | None,
    anonymous_id: str | None,
    last: int,
) -> Event:
    return Event(
        n=n,
        time=last,
        action=SESSION_END,
        label=_LABEL,
        external_id=external_id,
        email=email,
        anonymous_id=anonymous_id,
        session=session,
        key=end_key(session),
        overwrites=True,
    )


def _wanted(owner: Tenant, ends: list[Event]) -> list[Event]:
    """Those that no rule of the tenant leaves out: it would be left out again every hour."""
    policy, wanted = filters.Policy(SOURCE, owner.rules, ""), []
    for end in ends:
        try:
            policy.check(end)
        except ItemError:
            continue
        wanted.append(end)
    return wanted
