"""Events as the read API shows them: with the names and the account that their users have now."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost import answer_size
from waypost.insights import cursors
from waypost.insights.cursors import NEWEST, Place
from waypost.insights.ports import DirectoryReader
from waypost.lake.records import Landed
from waypost.profiles.directory import Account, User
from waypost.times import iso

MAX_LIMIT = 500
_PLACES = ("session", "module", "feature", "product", "page", "active_ms", "module_ms")


class Who(Struct):
    """The user of an event by the names of now; the anonymous id is the one it came under."""

    id: str | None
    external_id: str | None
    email: str | None
    anonymous_id: str | None
    name: str | None


class EventAnswer(Struct, kw_only=True):
    """An event as the API shows it, with the account that it belongs to now.

    `time` and `received` are ISO 8601 in UTC; `active_ms` and `module_ms` are milliseconds. What
    came a moment ago may not tell yet when and through which door it was received.
    `reason` and `confidence` say why its user is in an account, or in none.
    """

    id: str
    time: str
    received: str | UnsetType
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
    reason: str | None
    confidence: float
    info: dict[str, Any] | None
    source: str | UnsetType


class Page(Struct):
    """Events, the cursor of the next older page, and the newest one for polling.

    Of an account or a user, what arrived until `complete_until` (ISO 8601 in UTC) is in the page.
    """

    events: list[EventAnswer]
    next: str | None
    latest: str | None = None
    complete_until: str | UnsetType = UNSET


def place(record: Landed) -> tuple[int, str]:
    """By what feeds are sorted."""
    return record.time, record.id


def page(
    tenant: str,
    records: list[Landed],
    limit: int,
    directory: DirectoryReader,
    *,
    most: Place = NEWEST,
) -> Page:
    """The first `limit` of the records, which are newest first, as many as a page holds; and where
    the next one begins: behind the last one shown, and never before `most`.
    """
    events = shown(tenant, records[:limit], directory)
    kept = answer_size.fitting(events)
    following = None
    if kept < len(records):
        following = cursors.text(min(most, Place(*place(records[kept - 1]))))
    return Page(events[:kept], following)


def shown(tenant: str, records: Sequence[Landed], directory: DirectoryReader) -> list[EventAnswer]:
    """The records as answers, whose people and accounts are looked up together."""
    people = _people(tenant, {record.user_id for record in records if record.user_id}, directory)
    companies = {record.company_id for record in records if record.company_id}
    accounts = {account.id: account for account in directory.accounts_by_id(tenant, companies)}
    return [_answer(record, people, accounts) for record in records]


def _people(tenant: str, ids: set[str], directory: DirectoryReader) -> dict[str, User]:
    """Users by id, and whom they turned out to be."""
    people: dict[str, User] = {}
    while ids:
        users = directory.users_by_id(tenant, ids)
        people |= {user.id: user for user in users}
        ids = {user.merged_into for user in users if user.merged_into} - people.keys()
    return people


def _answer(record: Landed, people: dict[str, User], accounts: dict[str, Account]) -> EventAnswer:
    arrived = people.get(record.user_id or "")
    person = arrived
    while person is not None and person.merged_into in people:
        person = people[person.merged_into]
    # Where in the product it happened is shown only as far as the sender said it.
    places = {name: value for name in _PLACES if (value := getattr(record, name))}
    company = record.company_id if record.company_id in accounts else None
    return EventAnswer(
        id=record.id,
        time=iso(record.time),
        received=iso(record.received) if record.source else UNSET,
        action=record.action,
        label=record.label,
        weight=record.weight,
        count=record.count,
        user=_who(record, arrived, person),
        account_id=company or (person.account_id if person else None),
        reason=person.reason if person else None,
        confidence=person.confidence if person else 0.0,
        info=record.properties,
        source=record.source or UNSET,
        **places,
    )


def _who(record: Landed, arrived: User | None, person: User | None) -> Who:
    if arrived is None or person is None:
        # Whoever was removed leaves no name behind, not even where the event still carries it.
        return Who(record.user_id, None, None, None, None)
    anonymous_id = record.anonymous_id or arrived.anonymous_id
    return Who(person.id, person.external_id, person.email, anonymous_id, person.name)
