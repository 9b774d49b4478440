"""The read API: one function per resource, each a plain answer. The tenant comes from the token."""

from datetime import UTC, datetime, timedelta

import pydantic

from waypost import services, times
from waypost.errors import BadQuery, NotFound
from waypost.event import Reject, Verdict
from waypost.insights import feed, merged_users, metrics
from waypost.insights.metrics import GroupBy, Interval, Metric
from waypost.lake import manifests
from waypost.tenants import Tenant
from waypost.times import DAY_MS
from waypost.web import paging
from waypost.web.api import profiles
from waypost.web.paging import Answer, Query

_LEDGER_LISTS: tuple[str, ...] = (Verdict.REJECTED, Verdict.IGNORED, Verdict.NOTED)


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
    at, limit = feed.cursor(query.get("cursor")), paging.limit(query, feed.MAX_LIMIT)
    if (name := query.get("user")) is not None:
        user = profiles.find_user(tenant, name)
        page = feed.of_user(
            tenant,
            user,
            merged_users.of(user.id, services.directory().merges(tenant)),
            at,
            limit,
            edge=_edge(tenant),
            rows=services.rows(),
            archive=services.archive(),
        )
    elif (after := query.get("after")) is not None:
        page = feed.newer(tenant, query.get("account"), after, feeds=services.feed())
    else:
        page = feed.feed(
            tenant,
            query.get("account"),
            at,
            limit,
            edge=_edge(tenant),
            feeds=services.feed(),
            archive=services.archive(),
        )
    return {"events": page.events, "next": page.next, "latest": page.latest}


def batches(tenant: str, query: Query) -> Answer:
    limit = paging.limit(query)
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
    limit, following = paging.limit(query), None
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
        "received": times.iso(received),
        "receipt": place.partition("#")[0],
        "payload": entry.payload,
        **entry.answer(),
    }
    return shown if entry.detail is None else {**shown, "detail": entry.detail}


def metric(tenant: str, query: Query) -> Answer:
    """A time series over published hours; see `waypost.insights.metrics`."""
    asked = _metrics_query(query)
    found = services.metrics().manifests(tenant)
    start, end = _span(asked, [manifest.day for manifest in found])
    wanted = metrics.Query(asked.metric, asked.interval, start, end, asked.group_by)
    first, last = start.strftime("%Y-%m-%d"), end.strftime("%Y-%m-%d")
    merged = services.directory().merges(tenant)
    days = (
        (
            times.midnight(one.day),
            merged_users.in_rows(services.metrics().cube(tenant, one), merged),
        )
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
    first = times.midnight(days[0]) if days else now
    last = times.midnight(days[-1]) + timedelta(days=1) if days else now
    start = times.parse(asked.start, "from") if asked.start else first
    end = times.parse(asked.to, "to") if asked.to else max(last, start)
    if end < start:
        raise BadQuery("to lies before from", field="to")
    return start, end


def _edge(tenant: str) -> int:
    """Events before this moment (epoch ms) have no rows any more, or never had."""
    days = (services.directory().tenant(tenant) or Tenant(tenant)).retention_days
    return services.clock() - days * DAY_MS
