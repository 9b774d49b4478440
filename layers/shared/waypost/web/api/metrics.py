"""GET /api/v1/metrics: one number over time, in all or in groups (`waypost.insights.metrics`)."""

import pydantic
from msgspec import Struct

from waypost import times
from waypost.errors import BadQuery
from waypost.insights import metrics, queries
from waypost.insights.ports import QuestionStores
from waypost.insights.queries import GroupBy, Interval, Metric
from waypost.web.asking import Parameters


class _Asked(pydantic.BaseModel):
    # A misspelt name would otherwise be answered with the default, and look right.
    model_config = pydantic.ConfigDict(extra="forbid")

    metric: Metric = "events"
    interval: Interval = "day"
    group_by: GroupBy | None = None
    start: str | None = pydantic.Field(None, alias="from")
    to: str | None = None


class Total(Struct):
    key: str | None
    value: int | float


class Point(Struct):
    """The value of one bucket; `at` is its beginning, ISO 8601 in UTC."""

    key: str | None
    at: str
    value: int | float


class SeriesAnswer(Struct, rename={"start": "from", "end": "to"}):
    """A time series. `totals` falls by value; `truncated`: there is more than is shown.

    Everything that landed until `complete_until` (ISO 8601 in UTC) is counted; `provisional`: some
    of it since the last run of the hourly job, which may still find that it was sent twice.
    """

    metric: str
    interval: str
    group_by: str | None
    start: str
    end: str
    total: int | float
    totals: list[Total]
    series: list[Point]
    truncated: bool
    provisional: bool
    complete_until: str


def series(tenant: str, parameters: Parameters, stores: QuestionStores) -> SeriesAnswer:
    """A time series, with what landed a moment ago. Raises `BadQuery`."""
    asked = _asked(parameters)
    question = _question(asked)
    answer = metrics.answer(question, tenant, stores.reader, stores.clock())
    return SeriesAnswer(
        metric=asked.metric,
        interval=asked.interval,
        group_by=asked.group_by,
        start=times.iso_second(answer.start),
        end=times.iso_second(answer.end),
        total=answer.total,
        totals=[Total(*total) for total in answer.totals],
        series=[Point(key, times.iso_second(at), value) for key, at, value in answer.series],
        truncated=answer.truncated,
        provisional=answer.provisional,
        complete_until=times.iso(answer.complete_until),
    )


def _asked(parameters: Parameters) -> _Asked:
    names = ("metric", "interval", "group_by", "from", "to")
    query = {name: value for name in names if (value := parameters.one(name))}
    parameters.refuse_rest()
    try:
        return _Asked.model_validate(query)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadQuery(f"{name}: {first['msg']}", field=name) from None


def _question(asked: _Asked) -> queries.Query:
    start = times.parse(asked.start, "from") if asked.start else None
    end = times.parse(asked.to, "to") if asked.to else None
    if start is not None and end is not None and end < start:
        raise BadQuery("to lies before from", field="to")
    return queries.Query(asked.metric, asked.interval, start, end, asked.group_by)
