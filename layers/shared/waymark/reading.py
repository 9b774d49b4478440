"""The read API: one function per resource, each a plain answer. The tenant comes from the token."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pydantic

from waymark import feeds, manifests, merges, metrics, moments, services
from waymark.directory import Account, User, identity_key
from waymark.errors import BadQuery, NotFound
from waymark.event import Reject
from waymark.metrics import GroupBy, Interval, Metric
from waymark.presence import Seen
from waymark.tenants import DAY_MS, Tenant

Query = Mapping[str, str]
Answer = dict[str, Any]
_DEFAULT_LIMIT = 100
_LEDGER_LISTS = ("rejected", "ignored", "noted")
_SORTS: dict[str, Callable[[Seen], int]] = {
    "quiet": lambda seen: seen.last,
    "events": lambda seen: -seen.events,
}


class _MetricsQuery(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    metric: Metric = "events"
    interval: Interval = "day"
    group_by: GroupBy | None = None
    start: str | None = pydantic.Field(None, alias="from")
    to: str | None = None
    format: str | None = None


def events(tenant: str, query: Query) -> Answer:
    """The live feed, or one user's or one account's events, newest first."""
    at, limit = feeds.cursor(query.get("cursor")), _limit(query, feeds.MAX_LIMIT)
    if (name := query.get("user")) is not None:
        user = _find_user(tenant, name)
        page = feeds.of_user(
            tenant,
            user,
            merges.of(user.id, services.directory().merges(tenant)),
            at,
            limit,
            edge=_edge(tenant),
            rows=services.rows(),
            archive=services.archive(),
        )
    elif (after := query.get("after")) is not None:
        page = feeds.newer(tenant, query.get("account"), after, feeds=services.feed())
    else:
        page = feeds.feed(
            tenant,
            query.get("account"),
            at,
            limit,
            edge=_edge(tenant),
            feeds=services.feed(),
            archive=services.archive(),
        )
    return {"events": page.events, "next": page.next, "latest": page.latest}


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
    found = _find_user(tenant, name)
    return _user(found, _seen_users(tenant))


def _seen_users(tenant: str) -> dict[str, Seen]:
    merged = services.directory().merges(tenant)
    return merges.in_seen(services.metrics().presence(tenant).users, merged)


def unassigned(tenant: str, query: Query) -> Answer:
    """Users that wait for an account, with the reason and, where there is one, a suggestion."""
    limit = _limit(query)
    found = services.directory().unassigned(tenant, query.get("cursor"), limit)
    following = found[-1].id if len(found) == limit else None
    waiting = [one for one in found if one.account_id is None]
    return {"unassigned": [_user(one, {}) for one in waiting], "next": following}


def batches(tenant: str, query: Query) -> Answer:
    limit = _limit(query)
    found = services.batches().newest(tenant, query.get("cursor"), limit)
    return {"batches": found, "next": found[-1]["id"] if len(found) == limit else None}


def batch(tenant: str, id: str) -> Answer:
    found = services.batches().progress(tenant, id)
    if found is None:
        raise NotFound("there is no such batch", code="unknown_batch")
    return found


def ledger(tenant: str, query: Query) -> Answer:
    """`received` and the five verdicts that it is the sum of, with the newest entries.

    `rejected` and `ignored` were not counted; what is `noted` was, but not as it was sent.
    """
    hour, done = services.metrics().watermark(tenant)
    waiting = [one.counts for one in services.lake().landing(tenant, hour) if one.name not in done]
    counts = manifests.ledger_totals(services.metrics().manifests(tenant), waiting)
    limit, following = _limit(query), None
    entries: list[Answer] = []
    for place, received, found in services.ledger().newest(tenant, query.get("cursor"), limit):
        following = place
        entries += [_entry(one, place, received) for one in found]
        if len(entries) >= limit:
            break
    else:
        following = None
    if query.get("format") == "csv":
        return {"entries": entries}
    lists = {name: [one for one in entries if one["verdict"] == name] for name in _LEDGER_LISTS}
    return {"counts": counts, **lists, "next": following}


def _entry(entry: Reject, place: str, received: int) -> Answer:
    shown = {
        "verdict": entry.verdict,
        "received": moments.iso(received),
        "receipt": place.partition("#")[0],
        "payload": entry.payload,
        **entry.answer(),
    }
    return shown if entry.detail is None else {**shown, "detail": entry.detail}


def metric(tenant: str, query: Query) -> Answer:
    """A time series over published hours; see `waymark.metrics`."""
    asked = _metrics_query(query)
    found = services.metrics().manifests(tenant)
    start, end = _span(asked, [manifest.day for manifest in found])
    wanted = metrics.Query(asked.metric, asked.interval, start, end, asked.group_by)
    first, last = start.strftime("%Y-%m-%d"), end.strftime("%Y-%m-%d")
    merged = services.directory().merges(tenant)
    days = (
        (moments.midnight(one.day), merges.in_rows(services.metrics().cube(tenant, one), merged))
        for one in found
        if first <= one.day <= last
    )
    return metrics.answer(wanted, days)


def run(tenant: str, id: str) -> Answer:
    found = services.runs().get(tenant, id)
    if found is None:
        raise NotFound("there is no such run", code="unknown_run")
    return found


def _metrics_query(query: Query) -> _MetricsQuery:
    try:
        return _MetricsQuery.model_validate(dict(query))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadQuery(f"{name}: {first['msg']}", field=name) from None


def _span(asked: _MetricsQuery, days: list[str]) -> tuple[datetime, datetime]:
    """The asked span; without one, everything there is."""
    now = datetime.now(UTC)
    first = moments.midnight(days[0]) if days else now
    last = moments.midnight(days[-1]) + timedelta(days=1) if days else now
    start = moments.parse(asked.start, "from") if asked.start else first
    end = moments.parse(asked.to, "to") if asked.to else max(last, start)
    if end < start:
        raise BadQuery("to lies before from", field="to")
    return start, end


def _edge(tenant: str) -> int:
    """Events before this moment (epoch ms) have no rows any more, or never had."""
    days = (services.directory().tenant(tenant) or Tenant(tenant)).retention_days
    return services.clock() - days * DAY_MS


def _limit(query: Query, most: int = 1000) -> int:
    text = query.get("limit", str(_DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise BadQuery(f"limit must be a whole number from 1 to {most}", field="limit")
    return int(text)


def _page(
    query: Query, seen: dict[str, Seen], listing: Any, by_id: Any, tenant: str
) -> tuple[list[Any], str | None]:
    """A page by id straight from the table, or one sorted by activity from presence."""
    limit, sort, at = _limit(query), query.get("sort", "id"), query.get("cursor")
    if sort == "id":
        found = listing(tenant, at, limit)
        return found, found[-1].id if len(found) == limit else None
    if sort not in _SORTS:
        raise BadQuery("sort is id, quiet or events", field="sort")
    start = int(at) if at and at.isascii() and at.isdigit() else 0
    ids = sorted(seen, key=lambda id: (_SORTS[sort](seen[id]), id))
    chosen = ids[start : start + limit]
    things = {one.id: one for one in by_id(tenant, set(chosen))}
    following = str(start + limit) if start + limit < len(ids) else None
    return [things[id] for id in chosen if id in things], following


def _find_user(tenant: str, name: str) -> User:
    """A user by id, external id or e-mail."""
    directory = services.directory()
    found = (
        directory.user(tenant, name)
        or directory.user_at(tenant, identity_key("x", name))
        or directory.user_at(tenant, identity_key("e", name.casefold()))
        if name
        else None
    )
    if found is None:
        raise NotFound("there is no such user", code="unknown_user")
    return found


def _account(account: Account, seen: dict[str, Seen]) -> Answer:
    created = moments.iso(account.created)
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
    return {**fields, "created": moments.iso(user.created), **_seen(seen, user.id)}


def _seen(seen: dict[str, Seen], id: str) -> Answer:
    found = seen.get(id)
    if found is None:
        return {"first_seen": None, "last_seen": None, "events": 0, "weight": 0.0}
    return {
        "first_seen": moments.iso(found.first),
        "last_seen": moments.iso(found.last),
        "events": found.events,
        "weight": found.weight,
    }
