"""
Planhat's dimension data: numbers of a company, enduser, asset or project over time.

| field       | also spelled                       | meaning, default                         |
|-------------|------------------------------------|------------------------------------------|
| dimensionId |                                    | which number: letters, digits, `_ - .`   |
| value       |                                    | a finite number                          |
| externalId  | companyExternalId, assetExtId      | whose number it is                       |
| model       |                                    | Company, EndUser, Asset, Project; Company |
| date        |                                    | JavaScript date string or epoch ms; receipt |

The same number of the same object at the same time again is written over the first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any

from msgspec import Struct

from waypost import times
from waypost.event import MAX_ID, NO_TIME, ItemError, Reject
from waypost.profiles.planhat.listings import company_ids, fitted, parts, whole
from waypost.profiles.planhat.ports import ModelStore, PointStore
from waypost.profiles.planhat.records import company_id
from waypost.sources import items
from waypost.sources.formats import fields
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import Who, placeholder_list
from waypost.tenants import NO_CHANGES, Placeholders
from waypost.times import DAY_MS

MODELS = {name.lower(): name for name in ("Company", "EndUser", "Asset", "Project")}
MAX_LIMIT = 10_000  # what Planhat's Python client asks for
_ID = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_WHO: Who = {(): dict.fromkeys(("externalId", "companyExternalId", "assetExtId"), "id")}
_EXACT = 2**53  # beyond it, not every whole number is a float
_LAST_DAY = 99_999  # in the year 2243: a span in milliseconds is refused, not found empty


class Point(Struct, omit_defaults=True):
    """One number of one object at one time (epoch ms)."""

    dimension_id: str
    value: int | float
    external_id: str
    time: int
    model: str = "Company"
    company_external_id: str | None = None

    @property
    def key(self) -> str:
        """What makes two points one."""
        parts = f"{self.model}\0{self.external_id}\0{self.dimension_id}"
        return blake2b(parts.encode(), digest_size=12).hexdigest()


def parse(
    body: bytes, received: int, changes: Placeholders = NO_CHANGES
) -> tuple[list[Point], list[Reject]]:
    """The points of a body, and what is wrong with the other items. Raises `Malformed`."""
    listed = placeholder_list(changes)

    clock = Clock(received)

    def read(item: dict[str, Any]) -> Point:
        listed.refuse(item, _WHO)
        return _point(item, clock)

    taken, rejects = items.each(items.items(body), read)
    return [point for _, point in taken], rejects


def _point(item: dict[str, Any], clock: Clock) -> Point:
    time = clock.moment(item.get("date"))
    # Planhat's old text names an asset by assetExtId and a company by companyExternalId; today's
    # names any object by externalId and its model.
    asset = fields.short(item, MAX_ID, "assetExtId")
    company = fields.short(item, MAX_ID, "companyExternalId")
    return Point(
        dimension_id=_dimension(item),
        value=_value(item),
        external_id=asset or fields.short(item, MAX_ID, "externalId") or company or _nobody(),
        time=clock.received if time == NO_TIME else time,
        model="Asset" if asset else _model(item),
        company_external_id=company,
    )


def _dimension(item: dict[str, Any]) -> str:
    dimension = fields.required(item, "dimensionId")
    if not _ID.fullmatch(dimension):
        message = "dimensionId may hold letters, digits, _ - and . (256 at most)"
        raise ItemError("invalid_dimension", message, "dimensionId")
    return dimension


def _value(item: dict[str, Any]) -> int | float:
    given = item.get("value")
    if given is None or given == "":
        raise ItemError("missing_field", "value is required and must be a number", "value")
    number = fields.number(given, "value")
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def _nobody() -> str:
    message = "externalId is required: of the company, enduser, asset or project"
    raise ItemError("missing_field", message, "externalId")


def _model(item: dict[str, Any]) -> str:
    named = fields.text(item, "model") or "Company"
    if named.lower() not in MODELS:
        raise ItemError("unknown_model", f"model is one of {', '.join(MODELS.values())}", "model")
    return MODELS[named.lower()]


def span(query: Mapping[str, str]) -> tuple[int, int]:
    """The first moment (epoch ms) of day `from`, and the first after day `to`."""
    first = whole(query, "from", 0, 0, _LAST_DAY)
    last = whole(query, "to", _LAST_DAY, 0, _LAST_DAY)
    return first * DAY_MS, (last + 1) * DAY_MS


def listed(
    points: PointStore, query: Mapping[str, str], tenant: str, store: ModelStore
) -> list[dict[str, object]]:
    """One page of the points of a span of days. Raises `BadQuery`."""
    names = query.get("cId")
    companies = company_ids(parts(names), tenant, store) if names else None
    return page(points.read(tenant, *span(query)), query, tenant, companies)


def page(
    points: Iterable[Point],
    query: Mapping[str, str],
    tenant: str,
    companies: frozenset[str] | None = None,
) -> list[dict[str, object]]:
    """The points that a query asks for, as Planhat answers them; of `companies` alone if given."""
    limit = whole(query, "limit", MAX_LIMIT, 1, MAX_LIMIT)
    offset = whole(query, "offset", 0, 0, 10**8)
    names = frozenset(parts(query.get("dimid", "")))
    kept = _kept(points, names, tenant, companies)
    return fitted([_answer(point, tenant) for point in islice(kept, offset, offset + limit)])


def _kept(
    points: Iterable[Point], names: frozenset[str], tenant: str, companies: frozenset[str] | None
) -> Iterator[Point]:
    for point in points:
        company = _company(point)
        if names and point.dimension_id not in names:
            continue
        if companies is not None and (not company or company_id(tenant, company) not in companies):
            continue
        yield point


def _company(point: Point) -> str | None:
    return point.external_id if point.model == "Company" else point.company_external_id


def _answer(point: Point, tenant: str) -> dict[str, object]:
    company = _company(point)
    name = f"{tenant}\0{point.time}\0{point.key}".encode()
    return {
        "_id": blake2b(name, digest_size=12).hexdigest(),
        "dimensionId": point.dimension_id,
        "value": point.value,
        "time": times.iso(point.time),
        "model": point.model,
        "externalId": point.external_id,
        "companyExternalId": company,
        "companyId": company and company_id(tenant, company),
    }
