"""The read API's people: accounts, users, and who waits for an account."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from waypost import times
from waypost.errors import BadQuery, NotFound
from waypost.insights import merged_users
from waypost.insights.ports import DirectoryReader, ProfileStores
from waypost.lake.last_seen import Seen
from waypost.profiles.directory import Account, User, identity_key, is_name, user_keys
from waypost.web import paging
from waypost.web.paging import Query


class AccountAnswer(Struct, kw_only=True):
    """An account. Times are ISO 8601 in UTC; those of its activity are whole hours."""

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
    accounts: list[AccountAnswer]
    next: str | None


class UsersAnswer(Struct):
    users: list[UserAnswer]
    next: str | None


class UnassignedAnswer(Struct):
    unassigned: list[UserAnswer]
    next: str | None


T = TypeVar("T", Account, User)
_KEYS = 100
_SORTS: dict[str, Callable[[Seen], int]] = {
    "quiet": lambda seen: seen.last,
    "events": lambda seen: -seen.events,
}


def accounts(tenant: str, query: Query, stores: ProfileStores) -> AccountsAnswer:
    """Accounts with what is known of their activity; `sort` is `id`, `quiet` or `events`."""
    seen = stores.metrics.presence(tenant).accounts
    listing = _Listing(stores.directory.accounts, stores.directory.accounts_by_id)
    page, following = _page(tenant, query, seen, listing)
    return AccountsAnswer([_account(account, seen) for account in page], following)


def account(tenant: str, id: str, stores: ProfileStores) -> AccountAnswer:
    """One account. Raises `NotFound`."""
    account = stores.directory.account(tenant, id) if is_name(id) else None
    if account is None:
        raise NotFound("there is no such account", code="unknown_account")
    return _account(account, stores.metrics.presence(tenant).accounts)


def users(tenant: str, query: Query, stores: ProfileStores) -> UsersAnswer:
    """Users with what is known of their activity; `sort` as for accounts."""
    seen = _seen_users(tenant, stores)
    listing = _Listing(stores.directory.users, stores.directory.users_by_id)
    page, following = _page(tenant, query, seen, listing)
    # The cursor was taken before, so a page may be short of its limit and not the last.
    shown = [_user(user, seen) for user in page if user.merged_into is None]
    return UsersAnswer(shown, following)


def user(tenant: str, name: str, stores: ProfileStores) -> UserAnswer:
    """One user, by any of their names. Raises `NotFound`."""
    user = find_user(tenant, name, stores.directory)
    answer = _user(user, _seen_users(tenant, stores))
    further, _ = stores.directory.further_keys(tenant, user.id, None, _KEYS)
    # The list may name what stands in the record by now.
    answer.keys += [key for key in further if key not in answer.keys]
    return answer


def unassigned(tenant: str, query: Query, stores: ProfileStores) -> UnassignedAnswer:
    """Users that wait for an account, with the reason and, where there is one, a suggestion."""
    limit = paging.limit(query)
    page, following = stores.directory.users(tenant, paging.cursor(query), limit)
    waiting = [user for user in page if not (user.account_id or user.merged_into)]
    return UnassignedAnswer([_user(user, {}) for user in waiting], following)


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


def _seen_users(tenant: str, stores: ProfileStores) -> dict[str, Seen]:
    merges = stores.directory.merges(tenant)
    return merged_users.in_seen(stores.metrics.presence(tenant).users, merges)


class _Listing(NamedTuple, Generic[T]):
    """Two ways to read the same people: a page by id, and some of them by their ids."""

    page: Callable[[str, str | None, int], tuple[list[T], str | None]]
    by_id: Callable[[str, set[str]], list[T]]


def _page(
    tenant: str, query: Query, seen: dict[str, Seen], listing: _Listing[T]
) -> tuple[list[T], str | None]:
    """A page and where the next one begins: by id from the table, or by activity.

    Raises `BadQuery` for an order that there is not.
    """
    limit, sort = paging.limit(query), query.get("sort", "id")
    if sort == "id":
        return listing.page(tenant, paging.cursor(query), limit)
    if sort not in _SORTS:
        raise BadQuery("sort is id, quiet or events", field="sort")
    # Sorted by activity, a cursor is how many came before: ids would not tell the place.
    start = paging.offset(query)
    ids = sorted(seen, key=lambda id: (_SORTS[sort](seen[id]), id))
    chosen = ids[start : start + limit]
    by_id = {profile.id: profile for profile in listing.by_id(tenant, set(chosen))}
    following = str(start + limit) if start + limit < len(ids) else None
    return [by_id[id] for id in chosen if id in by_id], following


def _account(account: Account, seen: dict[str, Seen]) -> AccountAnswer:
    return AccountAnswer(
        id=account.id,
        name=account.name,
        created=times.iso(account.created),
        traits=account.traits,
        **_activity(seen.get(account.id)),
    )


def _user(user: User, seen: dict[str, Seen]) -> UserAnswer:
    fields = msgspec.structs.asdict(user)
    for internal in ("version", "account_at", "traits_at"):
        del fields[internal]
    created = times.iso(fields.pop("created"))
    keys = user_keys(user)
    return UserAnswer(created=created, keys=keys, **fields, **_activity(seen.get(user.id)))


def _activity(seen: Seen | None) -> dict[str, Any]:
    if seen is None:
        return {}
    return {
        "first_seen": times.iso(seen.first),
        "last_seen": times.iso(seen.last),
        "events": seen.events,
        "weight": seen.weight,
    }
