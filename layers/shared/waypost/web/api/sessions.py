"""
GET /api/v1/sessions: when sessions began and ended, and what ended them, the newest first.

| parameter         | says                                                                     |
|-------------------|--------------------------------------------------------------------------|
| `user`, `account` | whose sessions                                                           |
| `from`, `to`      | when they began; the last 30 days, unless said                           |
| `limit`, `cursor` | how many, 100; and the `next` of the page before                         |
"""

from msgspec import Struct

from waypost import answer_size, times
from waypost.errors import BadQuery
from waypost.insights import calendar, cursors, sessions
from waypost.insights.explained import Explained
from waypost.insights.filters import Filter
from waypost.insights.ports import QuestionStores
from waypost.insights.sessions import Answer, Ask, ClosedBy, Session
from waypost.tenants import settings_of
from waypost.web import paging
from waypost.web.asking import Parameters

_DAYS = 30
_SIDES = {"user", "account"}


class SessionAnswer(Struct):
    """A session from its first event to its last, in ISO 8601 in UTC and in seconds; `closed_by`
    is `browser`, `silence`, or null while it is open. `events` are what was done in it.
    """

    session: str
    user: str | None
    user_name: str | None
    account: str | None
    account_name: str | None
    start: str
    end: str
    seconds: float
    active_seconds: float
    events: int
    closed_by: ClosedBy | None


class SessionsAnswer(
    Struct, rename={"start": "from", "end": "to"}, omit_defaults=True, kw_only=True
):
    """A page of the sessions that began from `start` to before `end`, which are `total`."""

    start: str
    end: str
    timezone: str
    total: int
    sessions: list[SessionAnswer]
    next: str | None
    complete_until: str
    provisional: bool
    explain: Explained | None = None


def answer(tenant: str, parameters: Parameters, stores: QuestionStores) -> SessionsAnswer:
    """The sessions of a span. Raises `BadQuery`, `BadCursor`."""
    now = stores.clock()
    limit = paging.limit(parameters)
    at = cursors.read(parameters.one("cursor"), cursors.SessionPlace)
    common = parameters.common(settings_of(tenant, stores.tenants), now)
    parameters.refuse_rest()
    start, end = common.span(_DAYS, now)
    ask = Ask(
        start=start,
        end=end,
        now=now,
        limit=limit,
        filters=_of_people(common.filters),
        at=at,
    )
    told = sessions.answer(ask, tenant, stores.reader)
    rows = [_shown(session, told) for session in told.sessions]
    kept = answer_size.fitting(rows)
    more = told.more or kept < len(rows)
    return SessionsAnswer(
        start=calendar.iso(start, common.zone),
        end=calendar.iso(end, common.zone),
        timezone=common.zone.key,
        total=told.total,
        sessions=rows[:kept],
        next=cursors.text(told.sessions[kept - 1].at) if more else None,
        complete_until=times.iso(told.complete_until),
        provisional=told.provisional,
        explain=told.explained if common.explain else None,
    )


def _of_people(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    for each in filters:
        if each.field.name not in _SIDES:
            raise BadQuery(
                f"sessions are filtered by user and account, not by {each.field.name}",
                field=each.field.name,
            )
    return filters


def _shown(session: Session, told: Answer) -> SessionAnswer:
    return SessionAnswer(
        session=session.session,
        user=session.person,
        user_name=told.users.get(session.person or ""),
        account=session.account,
        account_name=told.accounts.get(session.account or ""),
        start=times.iso(session.began),
        end=times.iso(session.ended),
        seconds=(session.ended - session.began) / 1000,
        active_seconds=session.active_ms / 1000,
        events=session.events,
        closed_by=session.closed_by,
    )
