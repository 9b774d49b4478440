"""Metrics: a number over time, in all or in groups, beside the period before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from waypost.insights import asked_metrics, calendar, measures, names
from waypost.insights.asked_metrics import Question
from waypost.insights.calendar import Buckets
from waypost.insights.fields import Field
from waypost.insights.measures import Value
from waypost.insights.ports import Lake
from waypost.insights.tabulated import (
    MAX_GROUPS,
    MAX_POINTS,
    OTHER,
    ByPlace,
    Cells,
    Group,
    Tabulated,
)

OTHERS = "(other)"


@dataclass(frozen=True, slots=True)
class Total:
    """The value of a group; `average` is that of a bucket."""

    keys: tuple[str, ...]
    value: Value
    average: Value
    previous: Value


@dataclass(frozen=True, slots=True)
class Point:
    """The value of a group in the bucket that begins `at` (epoch ms)."""

    keys: tuple[str, ...]
    at: int
    value: Value
    previous: Value


@dataclass(frozen=True, slots=True)
class Answer:
    """`totals` fall by value, the rest behind them; `series` rises by time, and has a point for
    every bucket.

    At most 1,000 groups are shown, the largest, and 20,000 points, of which a key of over a
    hundred bytes takes more than one; of a group that alone has more, the newest. `truncated`:
    that is not all. `groups` is how many there are. Everything that landed until `complete_until`
    (epoch ms) is counted; `provisional`: some of it since the last run of the hourly job. `before`
    is the period that it was compared with, if any. `names` are those of keys, by key, for each
    field that they are of.
    """

    span: Buckets
    total: Total
    totals: list[Total]
    series: list[Point]
    groups: int
    truncated: bool
    provisional: bool
    complete_until: int
    before: Buckets | None
    names: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of one span; those of groups by their places."""

    span: Buckets
    total: Value
    mean: Value
    values: ByPlace
    means: ByPlace
    cells: Cells


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown of so many groups."""

    groups: list[Group]
    of: int
    provisional: bool
    complete_until: int


def answer(question: Question, tenant: str, reader: Lake, now: int) -> Answer:
    """The series and totals; `now` is in epoch ms. Raises `Unavailable` and `TooLong`."""
    question = asked_metrics.within_all_times(question)
    numbers, shown = _numbers(question, tenant, reader, now)
    before = _before(question, tenant, reader, numbers.span, shown) if question.compare else None
    totals = _totals(question, shown.groups, numbers, before)
    return Answer(
        numbers.span,
        Total((), numbers.total, numbers.mean, before.total if before else None),
        totals,
        list(_series(question, shown.groups, numbers, before)),
        shown.of,
        _is_cut(question, shown, numbers.span),
        shown.provisional,
        shown.complete_until,
        before.span if before else None,
        [_names(field, n, totals, tenant, reader) for n, field in enumerate(question.by)],
    )


def _numbers(question: Question, tenant: str, reader: Lake, now: int) -> tuple[_Numbers, _Shown]:
    """The numbers of the asked span, and what is shown of them."""
    unit = asked_metrics.unit(question, now)
    rows = asked_metrics.rows(question, unit)
    with reader.open(tenant, rows.plan) as opened:
        span = asked_metrics.span(question, rows, opened, now)
        table = Tabulated(opened, question.measure, question.by)
        table.fill(rows, span, unit, by_bucket=_by_bucket(question))
        buckets, rest = len(span.begins), question.top is not None
        groups, of = table.show(min(question.top or MAX_GROUPS, MAX_GROUPS), buckets, rest=rest)
        if rest and of > len(groups):
            in_series = (1 + sum(group.in_series for group in groups)) * buckets <= MAX_POINTS
            other = (OTHERS,) * len(question.by)
            groups.append(Group(OTHER, other, table.rest(), in_series=in_series))
        values = {group.place: group.value for group in groups}
        numbers = _tabulated(question, table, span, groups, values)
        return numbers, _Shown(groups, of, opened.provisional, opened.complete_until)


def _before(
    question: Question, tenant: str, reader: Lake, span: Buckets, shown: _Shown
) -> _Numbers:
    """The numbers of the period before, of the same groups."""
    before = calendar.previous(question.interval, span, question.zone, question.week_start)
    question = replace(question, start=before.start, end=before.end)
    unit = asked_metrics.unit(question, before.end)
    rows = asked_metrics.rows(question, unit)
    with reader.open(tenant, rows.plan) as opened:
        table = Tabulated(opened, question.measure, question.by)
        table.fill(rows, before, unit, by_bucket=_by_bucket(question))
        table.show_again([group for group in shown.groups if group.place != OTHER])
        return _tabulated(question, table, before, shown.groups, table.by_place())


def _by_bucket(question: Question) -> bool:
    """Whether it matters in which bucket a row is; a mean over all of them follows from a sum."""
    return question.series or not question.measure.adds_up


def _tabulated(
    question: Question, table: Tabulated, span: Buckets, groups: list[Group], values: ByPlace
) -> _Numbers:
    buckets = len(span.begins)
    shown = [group.place for group in groups if group.in_series]
    nothing = 0 if question.measure.from_zero else None
    total = table.total() if question.by else values.get(1, nothing)
    if question.measure.adds_up:
        means = {place: _mean(value, buckets) for place, value in values.items()}
        mean = _mean(total, buckets)
    else:
        means, mean = table.means(buckets), table.mean(buckets)
    return _Numbers(span, total, mean, values, means, table.cells(shown) if question.series else {})


def _mean(value: Value, buckets: int) -> Value:
    return None if value is None or not buckets else measures.plain(value / buckets)


def _totals(
    question: Question, groups: list[Group], now: _Numbers, before: _Numbers | None
) -> list[Total]:
    nothing = 0 if question.measure.from_zero else None
    return [
        Total(
            group.keys,
            group.value,
            now.means.get(group.place, nothing),
            before.values.get(group.place, nothing) if before else None,
        )
        for group in groups
    ]


def _series(
    question: Question, groups: list[Group], now: _Numbers, before: _Numbers | None
) -> Iterator[Point]:
    """A point of each group in each bucket, in the order of time and of the groups."""
    if not question.series:
        return
    nothing = 0 if question.measure.from_zero else None
    shown = [group for group in groups if group.in_series]
    begins = now.span.begins
    for bucket in range(max(0, len(begins) - _newest(groups)), len(begins)):
        for group in shown:
            previous = before.cells.get(group.place, {}) if before else {}
            yield Point(
                group.keys,
                begins[bucket],
                now.cells.get(group.place, {}).get(bucket, nothing),
                previous.get(bucket, nothing) if before else None,
            )


def _newest(groups: list[Group]) -> int:
    """How many buckets an answer has room for: of one group alone, as its key is long."""
    return MAX_POINTS // groups[0].size if groups else MAX_POINTS


def _is_cut(question: Question, shown: _Shown, span: Buckets) -> bool:
    """Whether something is not shown."""
    groups = [group for group in shown.groups if group.place != OTHER]
    if question.top is None and shown.of > len(groups):
        return True
    points = span.count > min(len(span.begins), _newest(shown.groups))
    return question.series and (points or not all(group.in_series for group in shown.groups))


def _names(
    field: Field, number: int, totals: list[Total], tenant: str, reader: Lake
) -> dict[str, str]:
    ids = {total.keys[number] for total in totals} - {field.none, OTHERS}
    return names.names(tenant, reader, field, ids)
