"""The read API's people: accounts, users, and who waits for an account."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from waypost import answer_size, times
from waypost.errors import NotFound
from waypost.insights import people_filters, people_pages
from waypost.insights.listed import TAKES
from waypost.insights.people_pages import ORDERS, Asked, Page, Row
from waypost.insights.ports import DirectoryReader, ProfileStores
from waypost.profiles.directory import User, identity_key, is_name, user_keys
from waypost.web import narrowing, paging
from waypost.web.asking import Parameters

T = TypeVar("T")


class AccountAnswer(Struct, kw_only=True):
    """An account. Times are ISO 8601 in UTC, to the millisecond."""

    id: str
    name: str | None
    created: str
    traits: dict[str, Any]
    first_seen: str | None = None
    last_seen: str | None = None
    events: int = 0
    weight: float = 0.0


class UserAnswer(Struct, kw_only=True):
    """A user, and the account with the reason for it; see `waypost.profiles.directory`.

    `keys` lead to the user: the first of each kind; of a user asked for alone the newest 100 more.
    """

    id: str
    created: str
    external_id: str | None
    email: str | None
    anonymous_id: str | None
    name: str | None
    account_id: str | None
    account_name: str | None = None
    reason: str
    confidence: float
    suggestion: str | None
    possible_duplicate: str | None
    keys: list[str]
    traits: dict[str, Any]
    verified: bool
    merged_into: str | None
    first_seen: str | None = None
    last_seen: str | None = None
    events: int = 0
    weight: float = 0.0


class AccountsAnswer(Struct):
    """A page of accounts; `total` are all that were asked for."""

    accounts: list[AccountAnswer]
    next: str | None
    total: int


class UsersAnswer(Struct):
    users: list[UserAnswer]
    next: str | None
    total: int


class UnassignedAnswer(Struct):
    unassigned: list[UserAnswer]
    next: str | None
    total: int


_KEYS = 100
_WHOLE = 10_000  # of which a page shows as many as its bytes allow
_USER_FIELDS = (
    *("id", "external_id", "email", "anonymous_id", "name", "account_id", "reason", "confidence"),
    *("suggestion", "possible_duplicate", "verified", "merged_into"),
)


def accounts(tenant: str, parameters: Parameters, stores: ProfileStores) -> AccountsAnswer:
    """Accounts with what is known of their activity; `sort` is `id`, `quiet` or `events`.

    The longest silent come first by `quiet`; one that was never active is so since it was made.
    """
    order = parameters.choice("sort", ORDERS, "id")
    asked = _asked(parameters, "accounts", stores)
    page = people_pages.accounts(tenant, stores.reader, order, asked)
    rows, following = _fitting(page, _account)
    return AccountsAnswer(rows, following, page.total)


def account(tenant: str, id: str, stores: ProfileStores) -> AccountAnswer:
    """One account. Raises `NotFound`."""
    account = stores.directory.account(tenant, id) if is_name(id) else None
    if account is None:
        raise NotFound("there is no such account", code="unknown_account")
    activity = people_pages.of_account(tenant, stores.reader, id)
    return _account(msgspec.structs.asdict(account) | activity)


def users(tenant: str, parameters: Parameters, stores: ProfileStores) -> UsersAnswer:
    """Users with what is known of their activity; `sort` as for accounts."""
    order = parameters.choice("sort", ORDERS, "id")
    page = people_pages.users(tenant, stores.reader, order, _asked(parameters, "users", stores))
    rows, following = _fitting(page, _user)
    return UsersAnswer(rows, following, page.total)


def user(tenant: str, name: str, stores: ProfileStores) -> UserAnswer:
    """One user, by any of their names. Raises `NotFound`."""
    user = find_user(tenant, name, stores.directory)
    # What a merged user did is the other's.
    merged = stores.directory.merged_into(tenant, user.id)
    ids = [] if user.merged_into else [user.id, *merged]
    answer = _user(msgspec.structs.asdict(user) | people_pages.of_user(tenant, stores.reader, ids))
    if user.account_id and (home := stores.directory.account(tenant, user.account_id)):
        answer.account_name = home.name
    further, _ = stores.directory.further_keys(tenant, user.id, None, _KEYS)
    # The list may name what stands in the record by now.
    answer.keys += [key for key in further if key not in answer.keys]
    return answer


def unassigned(tenant: str, parameters: Parameters, stores: ProfileStores) -> UnassignedAnswer:
    """Users without an account, most recently active first, with the reason and, where there is
    one, a suggestion.
    """
    page = people_pages.waiting(tenant, stores.reader, _asked(parameters, "unassigned", stores))
    rows, following = _fitting(page, _user)
    return UnassignedAnswer(rows, following, page.total)


def find_user(tenant: str, name: str, directory: DirectoryReader) -> User:
    """A user by id, external id, e-mail or anonymous id. Raises `NotFound`."""
    user = _find_user(tenant, name, directory) if is_name(name) else None
    if user is None:
        raise NotFound("there is no such user", code="unknown_user")
    return user


def _find_user(tenant: str, name: str, directory: DirectoryReader) -> User | None:
    return (
        # Keys in the order in which matching trusts them; those of e-mails are folded.
        directory.user(tenant, name)
        or directory.user_at(tenant, identity_key("x", name))
        or directory.user_at(tenant, identity_key("e", name.casefold()))
        or directory.user_at(tenant, identity_key("a", name))
    )


def _asked(parameters: Parameters, list_: str, stores: ProfileStores) -> Asked:
    """Which page of whom. Raises `BadQuery`."""
    narrows = narrowing.narrows(parameters, TAKES[list_], stores.clock())
    narrowed = people_filters.narrowed(narrows, narrowing.traits(parameters))
    asked = Asked(parameters.one("cursor"), paging.limit(parameters, whole=_WHOLE), narrowed)
    parameters.refuse_rest()
    return asked


def _fitting(page: Page, answer: Callable[[Row], T]) -> tuple[list[T], str | None]:
    """The rows as one answer holds them, and the cursor of the next page."""
    rows = [answer(row) for row in page.rows]
    kept = answer_size.fitting(rows)
    return rows[:kept], page.behind(kept)


def _account(row: Row) -> AccountAnswer:
    return AccountAnswer(id=row["id"], name=row["name"], **_told(row))


def _user(row: Row) -> UserAnswer:
    fields = {name: row[name] for name in _USER_FIELDS}
    keys = user_keys(msgspec.convert(fields, User))
    return UserAnswer(keys=keys, account_name=row.get("account_name"), **fields, **_told(row))


def _told(row: Row) -> dict[str, Any]:
    """What accounts and users have alike: when they were made, their traits and activity."""
    traits = row["traits"]
    first, last = row["first"], row["last"]
    return {
        "created": times.iso(row["created"]),
        "traits": msgspec.json.decode(traits) if isinstance(traits, str) else traits or {},
        "first_seen": None if first is None else times.iso(first),
        "last_seen": None if last is None else times.iso(last),
        "events": row["events"] or 0,
        "weight": row["weight"] or 0.0,
    }
