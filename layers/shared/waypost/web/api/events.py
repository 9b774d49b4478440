"""GET /api/v1/events: the live feed, or one user's or one account's events, newest first."""

from dataclasses import replace
from typing import NamedTuple

from waypost import tenants, times
from waypost.errors import BadQuery
from waypost.event import TIME
from waypost.insights import cursors, feed, lake_feed, live_feed, reports, scopes, user_feed
from waypost.insights.cursors import Back, Place
from waypost.insights.event_filters import Matching
from waypost.insights.feed import MAX_LIMIT, Page
from waypost.insights.lake_feed import Newest
from waypost.insights.ports import EventStores
from waypost.insights.scopes import Only
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
    cursor, limit = parameters.one("cursor"), paging.limit(parameters, MAX_LIMIT)
    matching = _matching(parameters, tenant, stores)
    if matching.reports:
        return _of_reports(tenant, _Asked(cursor, limit, matching), stores)
    if (name := _alone("user", matching)) is not None:
        return _of_user(tenant, name, _Asked(cursor, limit, _without("user", matching)), stores)
    if (id := _alone("account", matching)) is not None:
        asked = _Asked(cursor, limit, _without("account", matching))
        return _of_lake(tenant, scopes.of_account(id), asked, stores)
    return _of_everybody(tenant, _Asked(cursor, limit, matching), stores)


class _Asked(NamedTuple):
    """Where a page begins, how long it is, and of what."""

    cursor: str
    limit: int
    matching: Matching


def _matching(parameters: Parameters, tenant: str, stores: EventStores) -> Matching:
    kind = parameters.choice("kind", ("activity", TIME), "activity")
    common = parameters.common(tenants.settings_of(tenant, stores.tenants), stores.clock())
    if common.explain:
        raise BadQuery("a list of events is not explained", field="explain")
    parameters.refuse_rest()
    return Matching(common.filters, common.start, common.end, reports=kind == TIME)


def _alone(name: str, matching: Matching) -> str | None:
    """The one value that a field is to have, if there is one."""
    for each in matching.filters:
        if each.field.name == name and each.op in {"=", "in"} and len(each.values) == 1:
            return each.values[0]
    return None


def _without(name: str, matching: Matching) -> Matching:
    """All but the filter of `_alone`."""
    value = (_alone(name, matching),)
    rest = [each for each in matching.filters if (each.field.name, each.values) != (name, value)]
    return replace(matching, filters=tuple(rest))


def _of_everybody(tenant: str, asked: _Asked, stores: EventStores) -> Page:
    """A page of the live feed, with one `source` of that kind of sender alone; narrowed in any
    other way, of the lake.
    """
    source = _alone("source", asked.matching)
    if _without("source", asked.matching) if source else asked.matching:
        return _of_lake(tenant, scopes.of_everybody(), asked, stores)
    at = cursors.read(asked.cursor, Back)
    if source is not None and not is_name(source):
        return Page([], None)
    retention_days = tenants.settings_of(tenant, stores.tenants).retention_days
    # Events before this moment have no place in the live feed any more, or never had.
    edge = stores.clock() - retention_days * DAY_MS
    return live_feed.page(tenant, at, asked.limit, edge=edge, stores=stores, source=source)


def _of_user(tenant: str, name: str, asked: _Asked, stores: EventStores) -> Page:
    at = cursors.read(asked.cursor, Place)
    user = profiles.find_user(tenant, name, stores.directory)
    # Who turned out to be somebody else has no events of its own any more.
    person = stores.directory.user(tenant, user.merged_into) if user.merged_into else None
    if asked.matching:
        return _of_lake(tenant, scopes.of_user((person or user).id), asked, stores)
    newest = user_feed.newest(tenant, person or user, at, asked.limit + 1, stores=stores)
    return _page(tenant, newest, asked.limit, stores)


def _of_lake(tenant: str, only: Only, asked: _Asked, stores: EventStores) -> Page:
    at = cursors.read(asked.cursor, Place)
    if only.name is not None and not is_name(only.name):
        return Page([], None)
    newest = lake_feed.newest(
        tenant, only, at, asked.limit + 1, reader=stores.reader, matching=asked.matching
    )
    return _page(tenant, newest, asked.limit, stores)


def _of_reports(tenant: str, asked: _Asked, stores: EventStores) -> Page:
    newest = reports.newest(
        tenant,
        cursors.read(asked.cursor, Place),
        asked.limit + 1,
        reader=stores.reader,
        matching=asked.matching,
    )
    return _page(tenant, newest, asked.limit, stores)


def _page(tenant: str, newest: Newest, limit: int, stores: EventStores) -> Page:
    page = feed.page(tenant, newest.records, limit, stores.directory)
    if page.next is None and newest.further is not None:
        page.next = cursors.text(newest.further)
    page.complete_until = times.iso(newest.complete_until)
    return page
