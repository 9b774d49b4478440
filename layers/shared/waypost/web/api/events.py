"""GET /api/v1/events: the live feed, or one user's or one account's events, newest first."""

from waypost import tenants
from waypost.insights import feed, user_feed
from waypost.insights.feed import Page
from waypost.insights.ports import EventStores
from waypost.profiles.directory import is_name
from waypost.times import DAY_MS
from waypost.web import paging
from waypost.web.api import profiles
from waypost.web.paging import Query


def events(tenant: str, query: Query, stores: EventStores) -> Page:
    """One page of events, with the cursors of the next older one and of what will be newer."""
    at, limit = feed.cursor(query.get("cursor")), paging.limit(query, feed.MAX_LIMIT)
    account = query.get("account")
    if account is not None and not is_name(account):
        return Page([], None)
    if (name := query.get("user")) is not None:
        user = profiles.find_user(tenant, name, stores.directory)
        edge = _edge(tenant, stores)
        return user_feed.of_user(tenant, user, at, limit, edge=edge, stores=stores)
    if (after := query.get("after")) is not None:
        return feed.newer(tenant, account, after, feeds=stores.feed)
    return feed.feed(
        tenant,
        account,
        at,
        limit,
        edge=_edge(tenant, stores),
        feeds=stores.feed,
        archive=stores.archive,
    )


def _edge(tenant: str, stores: EventStores) -> int:
    """Events before this moment (epoch ms) have no rows any more, or never had."""
    retention_days = tenants.settings_of(tenant, stores.tenants).retention_days
    return stores.clock() - retention_days * DAY_MS
