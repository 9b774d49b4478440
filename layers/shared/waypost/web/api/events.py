"""GET /api/v1/events: the live feed, or one user's or one account's events, newest first."""

from waypost import tenants, times
from waypost.insights import cursors, feed, lake_feed, live_feed, user_feed
from waypost.insights.cursors import Back, Place
from waypost.insights.feed import MAX_LIMIT, Page
from waypost.insights.lake_feed import Newest
from waypost.insights.ports import EventStores
from waypost.profiles.directory import is_name
from waypost.times import DAY_MS
from waypost.web import paging
from waypost.web.api import profiles
from waypost.web.asking import Parameters


def events(tenant: str, parameters: Parameters, stores: EventStores) -> Page:
    """One page of events, with the cursors of the next older one and of what will be newer.

    With `after` it is what arrived since, of everybody. Raises `NotFound`, `BadQuery`.
    """
    if after := parameters.one("after"):
        limit = paging.limit(parameters, MAX_LIMIT, MAX_LIMIT)
        parameters.refuse_rest()
        return live_feed.newer(tenant, after, limit, stores=stores)
    if name := parameters.one("user"):
        return _of_user(tenant, name, parameters, stores)
    if account := parameters.one("account"):
        return _of_account(tenant, account, parameters, stores)
    return _of_everybody(tenant, parameters, stores)


def _of_everybody(tenant: str, parameters: Parameters, stores: EventStores) -> Page:
    """A page of the live feed; with `source`, of that kind of sender alone."""
    at = cursors.read(parameters.one("cursor"), Back)
    limit, source = paging.limit(parameters, MAX_LIMIT), parameters.one("source") or None
    parameters.refuse_rest()
    if source is not None and not is_name(source):
        return Page([], None)
    retention_days = tenants.settings_of(tenant, stores.tenants).retention_days
    # Events before this moment have no place in the live feed any more, or never had.
    edge = stores.clock() - retention_days * DAY_MS
    return live_feed.page(tenant, at, limit, edge=edge, stores=stores, source=source)


def _of_user(tenant: str, name: str, parameters: Parameters, stores: EventStores) -> Page:
    at, limit = _behind(parameters)
    user = profiles.find_user(tenant, name, stores.directory)
    # Who turned out to be somebody else has no events of its own any more.
    person = stores.directory.user(tenant, user.merged_into) if user.merged_into else None
    newest = user_feed.newest(tenant, person or user, at, limit + 1, stores=stores)
    return _page(tenant, newest, limit, stores)


def _of_account(tenant: str, id: str, parameters: Parameters, stores: EventStores) -> Page:
    at, limit = _behind(parameters)
    if not is_name(id):
        return Page([], None)
    only = lake_feed.of_account(id)
    newest = lake_feed.newest(tenant, only, at, limit + 1, reader=stores.reader)
    return _page(tenant, newest, limit, stores)


def _behind(parameters: Parameters) -> tuple[Place | None, int]:
    at = cursors.read(parameters.one("cursor"), Place)
    limit = paging.limit(parameters, MAX_LIMIT)
    parameters.refuse_rest()
    return at, limit


def _page(tenant: str, newest: Newest, limit: int, stores: EventStores) -> Page:
    page = feed.page(tenant, newest.records, limit, stores.directory)
    page.complete_until = times.iso(newest.complete_until)
    return page
