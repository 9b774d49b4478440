"""GET /api/v1/metrics: one number over time, in all or in groups (`waypost.insights.metrics`)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pydantic
from msgspec import Struct

from waypost import times
from waypost.errors import BadQuery
from waypost.insights import merged_users, metrics
from waypost.insights.metrics import GroupBy, Interval, Metric
from waypost.insights.ports import MetricStores
from waypost.lake.manifests import Manifest
from waypost.lake.rollups import RollupRow
from waypost.web.paging import Query


class _Asked(pydantic.BaseModel):
    # A misspelt name would otherwise be answered with the default, and look right.
    model_config = pydantic.ConfigDict(extra="forbid")

    metric: Metric = "events"
    interval: Interval = "day"
    group_by: GroupBy | None = None
    start: str | None = pydantic.Field(None, alias="from")
    to: str | None = None
    # `waypost.web.app` reads it; it stands here because unknown names are refused.
    format: str | None = None


class Total(Struct):
    key: str | None
    value: int | float


class Point(Struct):
    """The value of one bucket; `at` is its beginning, ISO 8601 in UTC."""

    key: str | None
    at: str
    value: int | float


class SeriesAnswer(Struct, rename={"start": "from", "end": "to"}):
    """A time series. `totals` falls by value; `truncated`: there are more keys than are shown."""

    metric: str
    interval: str
    group_by: str | None
    start: str
    end: str
    total: int | float
    totals: list[Total]
    series: list[Point]
    truncated: bool


def series(tenant: str, query: Query, stores: MetricStores) -> SeriesAnswer:
    """A time series over published hours. Raises `BadQuery`."""
    asked = _asked(query)
    published = stores.metrics.manifests(tenant)
    start, end = _span(asked, [manifest.day for manifest in published], stores.clock())
    question = metrics.Query(asked.metric, asked.interval, start, end, asked.group_by)
    first, last = start.strftime("%Y-%m-%d"), end.strftime("%Y-%m-%d")
    # The last day is read whole, and `metrics.answer` leaves out what lies behind its end.
    days = [manifest for manifest in published if first <= manifest.day <= last]
    answer = metrics.answer(question, _rows(tenant, days, stores))
    return msgspec.convert(answer, SeriesAnswer)


def _rows(
    tenant: str, days: list[Manifest], stores: MetricStores
) -> Iterator[tuple[datetime, Iterator[RollupRow]]]:
    merges = stores.directory.merges(tenant)
    for manifest in days:
        rows = stores.metrics.cube(tenant, manifest)
        yield times.midnight(manifest.day), merged_users.in_rows(rows, merges)


def _asked(query: Query) -> _Asked:
    try:
        return _Asked.model_validate(dict(query))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadQuery(f"{name}: {first['msg']}", field=name) from None


def _span(asked: _Asked, days: list[str], now: int) -> tuple[datetime, datetime]:
    """The asked span; without one, everything there is. `now` is in epoch ms."""
    today = datetime.fromtimestamp(now / 1000, UTC)
    first = times.midnight(days[0]) if days else today
    last = times.midnight(days[-1]) + timedelta(days=1) if days else today
    start = times.parse(asked.start, "from") if asked.start else first
    # Who asks from a day on that is not published yet gets an empty series, not a refusal.
    end = times.parse(asked.to, "to") if asked.to else max(last, start)
    if end < start:
        raise BadQuery("to lies before from", field="to")
    return start, end
