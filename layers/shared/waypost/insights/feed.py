"""Reading events back: the live feed, an account's, a user's; then the lake, where those end."""

import base64
import binascii
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.errors import BadCursor
from waypost.event import Event
from waypost.insights.ports import ArchiveReader, FeedReader
from waypost.lake.records import Landed
from waypost.profiles.directory import User, is_name
from waypost.times import day, iso

MAX_LIMIT = 500
# Sorts before every cursor, since they begin with a time of fifteen digits.
BEGINNING = "0"
# A sort key: fifteen digits of epoch ms, and what tells two of one moment apart.
_Place = Annotated[str, Meta(pattern=r"\A[0-9]{15}#")]
_Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
_Time = Annotated[int, Meta(ge=0, lt=10**15)]
_PLACES = ("session", "module", "feature", "product", "page", "active_ms", "module_ms")


class Cursor(Struct, omit_defaults=True):
    """Where a page ended: in the hot store or, with `day`, at an event of the lake.

    `hot` is the last sort key that was read whole; of the packed item after it, `skip` are read.
    A user's feed goes by groups of identity keys: `group` is the cursor of the one before.
    """

    hot: _Place | None = None
    skip: Annotated[int, Meta(ge=0)] = 0
    group: _Place | None = None
    day: _Day | None = None
    time: _Time = 0
    id: Annotated[str, Meta(max_length=1024)] = ""

    def text(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


class Who(Struct):
    """The names of the user of an event."""

    id: str | None
    external_id: str | None
    email: str | None
    anonymous_id: str | None
    name: str | None


class EventAnswer(Struct, kw_only=True):
    """An event as the API shows it. Rows of a user do not know how and when they were received.

    `time` and `received` are ISO 8601 in UTC; `active_ms` and `module_ms` are milliseconds.
    """

    id: str
    time: str
    received: str | UnsetType = UNSET
    action: str | None
    label: str | None
    weight: float
    count: int
    user: Who
    account_id: str | None
    session: str | UnsetType = UNSET
    module: str | UnsetType = UNSET
    feature: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    page: str | UnsetType = UNSET
    active_ms: int | UnsetType = UNSET
    module_ms: int | UnsetType = UNSET
    verdict: str | UnsetType = UNSET
    reason: str | None
    confidence: float
    info: dict[str, Any] | None
    source: str | UnsetType = UNSET


class Page(Struct):
    """Events newest first, the cursor of the next older page, and the newest cursor for polling."""

    events: list[EventAnswer]
    next: str | None
    latest: str | None = None


def cursor(text: str | None) -> Cursor:
    """Reads a cursor back. Raises `BadCursor` for anything that no page gave out."""
    if not text:
        return Cursor()
    try:
        # `Cursor.text` leaves the padding out, for `=` would have to be escaped in a query.
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        read = msgspec.json.decode(data, type=Cursor)
    # Deeper than any cursor, JSON ends the recursion.
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        raise BadCursor from None
    places = [place for place in (read.hot, read.group) if place is not None]
    if read.text() != text or not all(map(is_name, places)):
        raise BadCursor
    return read


def feed(
    tenant: str,
    account: str | None,
    at: Cursor,
    limit: int,
    *,
    edge: int,
    feeds: FeedReader,
    archive: ArchiveReader,
) -> Page:
    """The live feed, or one account's: packed items first, the lake behind them.

    Events before `edge` (epoch ms, the tenant's retention) are the lake's to show.
    """
    events: dict[str, EventAnswer] = {}
    latest, whole, skip = None, at.hot, at.skip
    if at.day is None:
        for page in feeds.pages(tenant, after=None, before=at.hot):
            latest = latest or Cursor(page.cursor).text()
            # The same order at each request, since `skip` counts in it.
            records = sorted(page.records, key=lambda record: record.time, reverse=True)
            for number, record in enumerate(records[skip:], start=skip + 1):
                if account not in (None, record.company_id):
                    continue
                # A redelivered message may have put an event into two items.
                events.setdefault(record.id, public(record))
                if len(events) >= limit:
                    return Page(list(events.values()), Cursor(whole, number).text(), latest)
            # Read whole: the next page begins behind it, and skips nothing.
            whole, skip = page.cursor, 0
    return from_lake(tenant, at, edge, limit, events, archive, latest, account=account)


def newer(tenant: str, account: str | None, after: str, *, feeds: FeedReader) -> Page:
    """What arrived behind a `latest` cursor, oldest first; for polling. `0` is the beginning.

    Raises `BadCursor`.
    """
    since = after if after == BEGINNING else cursor(after).hot
    if since is None:
        raise BadCursor
    events: dict[str, EventAnswer] = {}
    pages = list(feeds.pages(tenant, after=since, before=None))
    for page in reversed(pages):
        for record in page.records:
            if account in (None, record.company_id):
                events.setdefault(record.id, public(record))
    # Where nothing is new the caller's own cursor goes on.
    latest = Cursor(pages[0].cursor).text() if pages else after
    return Page(list(events.values()), None, latest)


def from_lake(
    tenant: str,
    at: Cursor,
    edge: int,
    limit: int,
    events: dict[str, EventAnswer],
    archive: ArchiveReader,
    latest: str | None,
    **only: Any,
) -> Page:
    """Fills a page from the lake, which begins where the hot stores end, before `edge`."""
    wanted = limit - len(events)
    before = (at.day, at.time, at.id) if at.day else (day(edge), edge, "")
    records = archive.events(tenant, before=before, limit=wanted, **only)
    for record in records:
        # What was shown from the hot store may lie in the lake too; the first of both stays.
        events.setdefault(record.id, public(record))
    if len(records) < wanted:
        return Page(list(events.values()), None, latest)
    last = records[-1]
    following = Cursor(day=day(last.time), time=last.time, id=last.id)
    return Page(list(events.values()), following.text(), latest)


def public(record: Landed) -> EventAnswer:
    """A record as the API shows it, with the account that it had when it landed."""
    return _shown(
        record,
        Who(record.user_id, record.external_id, record.email, record.anonymous_id, record.name),
        record.company_id,
        None,
        0.0,
        received=iso(record.received),
        verdict=record.verdict,
        source=record.source,
    )


def public_row(event: Event, user: User) -> EventAnswer:
    """A user's row as the API shows it, with the account that the user has now."""
    who = Who(user.id, user.external_id, user.email, user.anonymous_id, user.name)
    account_id = event.company_id or user.account_id
    return _shown(event, who, account_id, user.reason, user.confidence)


def _shown(
    event: Event,
    who: Who,
    account_id: str | None,
    reason: str | None,
    confidence: float,
    **landed: Any,
) -> EventAnswer:
    # Where in the product it happened is shown only as far as the sender said it.
    places = {name: value for name in _PLACES if (value := getattr(event, name))}
    return EventAnswer(
        id=event.id,
        time=iso(event.time),
        action=event.action,
        label=event.label,
        weight=event.weight,
        count=event.count,
        user=who,
        account_id=account_id,
        reason=reason,
        confidence=confidence,
        info=event.properties,
        **places,
        **landed,
    )
