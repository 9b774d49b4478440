"""
GET /api/v1/metrics: one number over time, in all or in groups (`waypost.insights.metrics`).

Beside what all questions take (`waypost.web.asking`):

| parameter  | says                                                                         |
|------------|------------------------------------------------------------------------------|
| `metric`   | what is counted (`waypost.insights.measures`); `events` unless told          |
| `interval` | `hour`, `day`, `week`, `month`, `quarter` or `year`; `day` unless told       |
| `group_by` | a field; given twice, by both                                                |
| `top`      | only so many groups, and the rest as one, `(other)`                          |
| `compare`  | `previous`: beside the period before                                         |
| `rows`     | `series` or `totals`: which of them a CSV holds; with `totals` there is no series |
"""

from typing import Any, get_args

from msgspec import UNSET, Struct, UnsetType, defstruct
from msgspec.structs import fields as members
from msgspec.structs import replace

from waypost import tenants, times
from waypost.errors import BadQuery
from waypost.insights import calendar, fields, measures, metrics, names
from waypost.insights.asked_metrics import Question
from waypost.insights.calendar import Interval
from waypost.insights.explained import Explained, Recorder
from waypost.insights.fields import Field
from waypost.insights.measures import GUIDELINE, Value
from waypost.insights.metrics import Answer
from waypost.insights.ports import QuestionStores
from waypost.insights.tabulated import MAX_GROUPS
from waypost.tenants import Tenant
from waypost.web.asking import Common, Parameters

_MOST_FIELDS = 2
_INTERVALS: tuple[Interval, ...] = get_args(Interval)


class Total(Struct):
    """`average` is that of a bucket, where it is asked for; `change` that since the period before:
    0.5 is half as much again, null where nothing was before.
    """

    key: str | None
    value: Value
    average: Value | UnsetType = UNSET
    previous: Value | UnsetType = UNSET
    change: Value | UnsetType = UNSET
    key2: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    name2: str | UnsetType = UNSET


class Point(Struct):
    """The value of one bucket; `at` is its beginning, ISO 8601 in the time zone."""

    key: str | None
    at: str
    value: Value
    previous: Value | UnsetType = UNSET
    change: Value | UnsetType = UNSET
    key2: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    name2: str | UnsetType = UNSET


_ORDER = ("at", "key", "name", "key2", "name2", "value", "average", "previous", "change")


class Span(Struct, rename={"start": "from", "end": "to"}):
    start: str
    end: str


class SeriesAnswer(Struct, rename={"start": "from", "end": "to"}):
    """A time series. `totals` falls by value; `truncated`: there is more than is shown of `groups`.

    `guideline` is the most that Planhat advises for a month. Everything that landed until
    `complete_until` (ISO 8601 in UTC) is counted; `provisional`: some of it since the last run of
    the hourly job, which may still find that it was sent twice.
    """

    metric: str
    interval: str
    group_by: str | None
    start: str
    end: str
    timezone: str
    total: Value
    totals: list[Total]
    truncated: bool
    provisional: bool
    complete_until: str
    average: Value | UnsetType = UNSET
    groups: int | UnsetType = UNSET
    group_by2: str | UnsetType = UNSET
    guideline: int | UnsetType = UNSET
    previous: Value | UnsetType = UNSET
    change: Value | UnsetType = UNSET
    compared: Span | UnsetType = UNSET
    explain: Explained | UnsetType = UNSET
    series: list[Point] | UnsetType = UNSET

    def table(self) -> tuple[type[Struct], list[Struct]]:
        """What a CSV holds: the series, or the totals where there is none; only columns that say
        something, and moments as clocks in the time zone show them.
        """
        if self.series is UNSET:
            return self._columns(Total), [*self.totals]
        points = self.series
        if self.timezone != "UTC":
            points = [replace(point, at=_clock(point.at)) for point in points]
        return self._columns(Point), [*points]

    def _columns(self, kind: type[Struct]) -> type[Struct]:
        absent = {"key"} if self.group_by is None else set()
        absent |= {"key2"} if self.group_by2 is UNSET else set()
        absent |= {"previous", "change"} if self.compared is UNSET else set()
        absent |= {"average"} if self.average is UNSET else set()
        for name, field in (("name", self.group_by), ("name2", self.group_by2)):
            absent |= set() if field in names.NAMED else {name}
        known = [field.name for field in members(kind) if field.name not in absent]
        ordered = sorted(known, key=_ORDER.index)
        return defstruct(kind.__name__, [(name, Any) for name in ordered])


def _clock(at: str) -> str:
    return at[:19].replace("T", " ")


def answer(tenant: str, parameters: Parameters, stores: QuestionStores) -> SeriesAnswer:
    """A time series, with what landed a moment ago. Raises `BadQuery`, `Unavailable`, `TooLong`."""
    now = stores.clock()
    average = parameters.flag("average")
    question, common = _question(parameters, tenants.settings_of(tenant, stores.tenants), now)
    recorder = Recorder(stores.reader)
    told = metrics.answer(question, tenant, recorder, now)
    shaped = _shaped(question, told, _Shape(question, told, average=average))
    shaped.explain = recorder.explained if common.explain else UNSET
    return shaped


def _question(parameters: Parameters, settings: Tenant, now: int) -> tuple[Question, Common]:
    measure = measures.measure(parameters.one("metric", "events"))
    interval = parameters.choice("interval", _INTERVALS, "day")
    by = _fields(parameters)
    top = _top(parameters, by)
    compare = parameters.choice("compare", ("", "previous"), "") == "previous"
    series = parameters.choice("rows", ("series", "totals"), "series") == "series"
    common = parameters.common(settings, now)
    parameters.refuse_rest()
    question = Question(
        measure=measure,
        interval=interval,
        start=common.start,
        end=common.end,
        zone=common.zone,
        week_start=common.week_start,
        filters=common.filters,
        by=by,
        top=top,
        compare=compare,
        series=series,
    )
    return question, common


def _top(parameters: Parameters, by: tuple[Field, ...]) -> int | None:
    if not parameters.many("top"):
        return None
    if not by:
        raise BadQuery("top is for groups: it needs a group_by", field="top")
    return parameters.number("top", MAX_GROUPS, most=MAX_GROUPS)


def _fields(parameters: Parameters) -> tuple[Field, ...]:
    by = tuple(fields.field(name, "group_by") for name in parameters.many("group_by"))
    if len(by) > _MOST_FIELDS or len(set(by)) < len(by):
        raise BadQuery("group_by is one field, or two different ones", field="group_by")
    return by


def _shaped(question: Question, told: Answer, shape: "_Shape") -> SeriesAnswer:
    weights = question.measure.name == "weight_per_user" and question.interval == "month"
    second = question.by[1].name if len(question.by) == _MOST_FIELDS else UNSET
    return SeriesAnswer(
        metric=question.measure.name,
        interval=question.interval,
        group_by=question.by[0].name if question.by else None,
        group_by2=second,
        start=shape.iso(told.span.start),
        end=shape.iso(told.span.end),
        timezone=question.zone.key,
        total=told.total.value,
        average=shape.average(told.total),
        groups=told.groups if question.by else UNSET,
        guideline=GUIDELINE if weights else UNSET,
        truncated=told.truncated,
        provisional=told.provisional,
        complete_until=times.iso(told.complete_until),
        compared=shape.compared(),
        **shape.beside(told.total),
        totals=[shape.total(total) for total in told.totals],
        series=[shape.point(point) for point in told.series] if question.series else UNSET,
    )


class _Shape:
    """How an answer's numbers are shown."""

    def __init__(self, question: Question, told: Answer, *, average: bool) -> None:
        self._zone, self._told, self._average = question.zone, told, average

    def iso(self, ms: int) -> str:
        return calendar.iso(ms, self._zone)

    def total(self, of: metrics.Total) -> Total:
        key, more = self._group(of.keys)
        return Total(key, of.value, self.average(of), **self.beside(of), **more)

    def average(self, of: metrics.Total) -> Value | UnsetType:
        return of.average if self._average else UNSET

    def point(self, of: metrics.Point) -> Point:
        key, more = self._group(of.keys)
        return Point(key, self.iso(of.at), of.value, **self.beside(of), **more)

    def beside(self, of: metrics.Total | metrics.Point) -> dict[str, Any]:
        """What stands beside a value where it is compared."""
        if self._told.before is None:
            return {}
        return {"previous": of.previous, "change": measures.change(of.value, of.previous)}

    def compared(self) -> Span | UnsetType:
        before = self._told.before
        return UNSET if before is None else Span(self.iso(before.start), self.iso(before.end))

    def _group(self, keys: tuple[str, ...]) -> tuple[str | None, dict[str, Any]]:
        """The key of a group, and what else tells which one it is."""
        suffixed = zip(("", "2"), keys, self._told.names, strict=False)
        more: dict[str, Any] = {
            f"name{n}": known[key] for n, key, known in suffixed if key in known
        }
        if len(keys) == _MOST_FIELDS:
            more["key2"] = keys[1]
        return keys[0] if keys else None, more
