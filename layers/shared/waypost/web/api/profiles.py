"""The read API's people: accounts, users, and who waits for an account."""

from collections.abc import Callable
from typing import Any

import msgspec

from waypost import services, times
from waypost.errors import BadQuery, NotFound
from waypost.insights import merged_users
from waypost.lake.last_seen import Seen
from waypost.profiles.directory import Account, User, identity_key
from waypost.web import paging
from waypost.web.paging import Answer, Query

_SORTS: dict[str, Callable[[Seen], int]] = {
    "quiet": lambda seen: seen.last,
    "events": lambda seen: -seen.events,
}


def accounts(tenant: str, query: Query) -> Answer:
    """Accounts with what is known of their activity; `sort` is `id`, `quiet` or `events`."""
    seen = services.metrics().presence(tenant).accounts
    directory = services.directory()
    found, following = _page(query, seen, directory.accounts, directory.accounts_by_id, tenant)
    return {"accounts": [_account(one, seen) for one in found], "next": following}


def account(tenant: str, id: str) -> Answer:
    found = services.directory().account(tenant, id)
    if found is None:
        raise NotFound("there is no such account", code="unknown_account")
    return _account(found, services.metrics().presence(tenant).accounts)


def users(tenant: str, query: Query) -> Answer:
    """Users with what is known of their activity; `sort` as for accounts."""
    seen = _seen_users(tenant)
    directory = services.directory()
    found, following = _page(query, seen, directory.users, directory.users_by_id, tenant)
    shown = [_user(one, seen) for one in found if one.merged_into is None]
    return {"users": shown, "next": following}


def user(tenant: str, name: str) -> Answer:
    found = find_user(tenant, name)
    return _user(found, _seen_users(tenant))


def _seen_users(tenant: str) -> dict[str, Seen]:
    merged = services.directory().merges(tenant)
    return merged_users.in_seen(services.metrics().presence(tenant).users, merged)


def unassigned(tenant: str, query: Query) -> Answer:
    """Users that wait for an account, with the reason and, where there is one, a suggestion."""
    most = paging.limit(query)
    found = services.directory().unassigned(tenant, query.get("cursor"), most)
    following = found[-1].id if len(found) == most else None
    waiting = [one for one in found if one.account_id is None]
    return {"unassigned": [_user(one, {}) for one in waiting], "next": following}


def _page(
    query: Query, seen: dict[str, Seen], listing: Any, by_id: Any, tenant: str
) -> tuple[list[Any], str | None]:
    """A page by id straight from the table, or one sorted by activity from presence."""
    most, sort, at = paging.limit(query), query.get("sort", "id"), query.get("cursor")
    if sort == "id":
        found = listing(tenant, at, most)
        return found, found[-1].id if len(found) == most else None
    if sort not in _SORTS:
        raise BadQuery("sort is id, quiet or events", field="sort")
    start = int(at) if at and at.isascii() and at.isdigit() else 0
    ids = sorted(seen, key=lambda id: (_SORTS[sort](seen[id]), id))
    chosen = ids[start : start + most]
    things = {one.id: one for one in by_id(tenant, set(chosen))}
    following = str(start + most) if start + most < len(ids) else None
    return [things[id] for id in chosen if id in things], following


def find_user(tenant: str, name: str) -> User:
    """A user by id, external id, e-mail or anonymous id. Raises `NotFound`."""
    directory = services.directory()
    found = (
        directory.user(tenant, name)
        or directory.user_at(tenant, identity_key("x", name))
        or directory.user_at(tenant, identity_key("e", name.casefold()))
        or directory.user_at(tenant, identity_key("a", name))
        if name
        else None
    )
    if found is None:
        raise NotFound("there is no such user", code="unknown_user")
    return found


def _account(account: Account, seen: dict[str, Seen]) -> Answer:
    created = times.iso(account.created)
    return {
        "id": account.id,
        "name": account.name,
        "created": created,
        "traits": account.traits,
        **_seen(seen, account.id),
    }


def _user(user: User, seen: dict[str, Seen]) -> Answer:
    fields = msgspec.structs.asdict(user)
    for internal in ("version", "account_at", "traits_at"):
        fields.pop(internal)
    return {**fields, "created": times.iso(user.created), **_seen(seen, user.id)}


def _seen(seen: dict[str, Seen], id: str) -> Answer:
    found = seen.get(id)
    if found is None:
        return {"first_seen": None, "last_seen": None, "events": 0, "weight": 0.0}
    return {
        "first_seen": times.iso(found.first),
        "last_seen": times.iso(found.last),
        "events": found.events,
        "weight": found.weight,
    }
