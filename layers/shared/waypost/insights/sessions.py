"""
Sessions: when each began and ended, and what ended it.

A session is what senders call by one id, of one person, however many midnights lie within. It goes
from the first event to the last, reports of time among them, and is closed by

- the `browser`, with an event that ends it (`waypost.insights.logins`);
- `silence`, after 30 minutes without one: whoever closes a tab for good sends no end.

Until then it is open.
"""

from dataclasses import dataclass
from typing import Any, Literal

from waypost import times
from waypost.event import SILENCE_MS
from waypost.insights import conditions, logins, whose
from waypost.insights.conditions import COLUMNS_OF_ACCOUNTS, COLUMNS_OF_USERS
from waypost.insights.cursors import SessionPlace
from waypost.insights.explained import Explained, explained
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.names import names
from waypost.insights.ports import Lake
from waypost.insights.whose import Side
from waypost.lake.plans import Columns, Plan
from waypost.times import DAY_MS

ClosedBy = Literal["browser", "silence"]
# How far beyond its span a question looks, for where sessions really began and ended.
REACH_MS = DAY_MS
# An end and the last event may come in two requests, with clocks that were corrected apart.
_APART_MS = 60_000
_SIDES: tuple[Side, ...] = ("person", "account")
_READ = ("time", "user_id", "company_id", "session", "count", "active_ms", *logins.COLUMNS)
_SPANS = """SELECT session, user_id, company_id, min(time) AS began, max(time) AS ended,
    {closing} AS closed, sum(count)::BIGINT AS events,
    sum(active_ms)::BIGINT AS active_ms
FROM context WHERE session IS NOT NULL AND time >= $first AND time < $last
GROUP BY session, user_id, company_id"""
_SESSIONS = """WITH sessions AS MATERIALIZED (
    SELECT session, person, arg_max(account, (company_id IS NOT NULL, ended)) AS account,
        min(began) AS began, max(ended) AS ended, max(closed) AS closed,
        sum(events)::BIGINT AS events, sum(active_ms)::BIGINT AS active_ms
    FROM ({spans}) WHERE {wanted}
    GROUP BY session, person HAVING min(began) >= $start AND min(began) < $end
), page AS (
    SELECT * FROM sessions
    WHERE $time IS NULL OR (began, session, coalesce(person, '')) < ($time, $session, $person)
    ORDER BY began DESC, session DESC, coalesce(person, '') DESC LIMIT $limit
)
SELECT total, session, person, account, began, ended, {closed_by}, events, active_ms
FROM (SELECT count(*) AS total FROM sessions) LEFT JOIN page ON true
ORDER BY began DESC, session DESC, coalesce(person, '') DESC"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The sessions that began from `start` to before `end` (epoch ms), behind `at`, `limit` at
    most. `filters` are of users and accounts.
    """

    start: int
    end: int
    now: int
    limit: int
    filters: tuple[Filter, ...] = ()
    at: SessionPlace | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One session, in epoch ms; `account` is the last that its events named, else the person's own.
    Nothing closed one that is open.
    """

    session: str
    person: str | None
    account: str | None
    began: int
    ended: int
    closed_by: ClosedBy | None
    events: int
    active_ms: int

    @property
    def at(self) -> SessionPlace:
        return SessionPlace(self.began, self.session, self.person or "")


@dataclass(frozen=True, slots=True)
class Answer:
    """Sessions, the newest first, of `total`; names by id; and `more` behind them. Everything that
    landed until `complete_until` (epoch ms) is in them.
    """

    sessions: list[Session]
    total: int
    more: bool
    users: dict[str, str]
    accounts: dict[str, str]
    provisional: bool
    complete_until: int
    explained: Explained


def answer(ask: Ask, tenant: str, reader: Lake) -> Answer:
    """One page of sessions. Raises `Unavailable`."""
    bind = conditions.Parameters()
    sql = _sql(ask, bind)
    plan = _plan(ask)
    with reader.open(tenant, plan) as opened:
        # Of what has not been looked at yet nobody knows that it is silent.
        told = min(ask.now, opened.complete_until)
        rows = opened.rows(sql, bind.values | _asked(ask) | {"now": told})
        shown = explained(opened, plan)
    sessions = [Session(*row) for _, *row in rows if row[0] is not None]
    page = sessions[: ask.limit]
    people = {session.person for session in page if session.person is not None}
    accounts = {session.account for session in page if session.account is not None}
    return Answer(
        page,
        rows[0][0],
        len(sessions) > len(page),
        names(tenant, reader, Field("user"), people),
        names(tenant, reader, Field("account"), accounts),
        opened.provisional,
        opened.complete_until,
        shown,
    )


def closing(of: str = "") -> str:
    """The last event that ends a session, in SQL over those of one; epoch ms, or NULL."""
    return f"max({of}time) FILTER (WHERE {logins.ends(of)})"


def closed_by(ended: str, closed: str, now: str) -> str:
    """What closed a session, in SQL over its last event, the last that ends one, and the present
    moment, each in epoch ms; NULL while it is open.
    """
    return f"""CASE WHEN {closed} >= {ended} - {_APART_MS} THEN 'browser'
        WHEN {ended} <= {now} - {SILENCE_MS} THEN 'silence' END"""


def _sql(ask: Ask, bind: conditions.Parameters) -> str:
    wanted = [
        conditions.condition(each, "person" if each.field.name == "user" else "account", bind)
        for each in ask.filters
    ]
    return _SESSIONS.format(
        spans=whose.resolved(_SPANS.format(closing=closing()), _SIDES),
        wanted=conditions.all_of(wanted),
        closed_by=closed_by("ended", "closed", "$now"),
    )


def _asked(ask: Ask) -> dict[str, Any]:
    return {
        "first": ask.start - REACH_MS,
        "last": ask.end + REACH_MS,
        "start": ask.start,
        "end": ask.end,
        "limit": ask.limit + 1,
        "time": ask.at and ask.at.time,
        "session": ask.at and ask.at.session,
        "person": ask.at and ask.at.person,
    }


def _plan(ask: Ask) -> Plan:
    """What to open: of a filter's side what it is told by, too."""
    tables: dict[str, Columns] = {"context": _READ, **whose.tables(_SIDES)}
    filtered = {each.field.name for each in ask.filters}
    if "user" in filtered:
        tables["users"] = COLUMNS_OF_USERS
    if "account" in filtered:
        tables["accounts"] = COLUMNS_OF_ACCOUNTS
    first, last = max(ask.start - REACH_MS, 0), max(ask.end + REACH_MS - 1, 0)
    return Plan(tables, times.day(first), times.day(last))
