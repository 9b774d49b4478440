"""
Metrics: a number over time, in all or in groups, asked of the lake's rollups.

| metric   | value of a bucket                          |
|----------|--------------------------------------------|
| events   | sum of counts                              |
| weight   | sum of weight times count                  |
| users    | distinct people                            |
| accounts | distinct accounts                          |
| sessions | distinct sessions                          |
| active_time | seconds active in sessions              |
| module_time | seconds spent in modules                |

Everything is grouped, ranked and cut in SQL: what comes back is what is shown.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from waypost.insights import queries, whose
from waypost.insights.ports import Lake
from waypost.insights.queries import DISTINCT, Query, Source
from waypost.insights.whose import NO_ACCOUNT, NO_USER
from waypost.lake.reader import Opened

NO_ACTION = "(no action)"
NO_MODULE = "(no module)"
MAX_GROUPS = 1000
MAX_POINTS = 20_000

_KEYS: dict[str | None, str] = {
    None: "''",
    "action": f"coalesce(action, '{NO_ACTION}')",
    "module": f"coalesce(module, '{NO_MODULE}')",
    "account": f"coalesce(account, '{NO_ACCOUNT}')",
    "user": f"coalesce(person, '{NO_USER}')",
}
# Each group in each bucket, and each group. What is told apart is so first, and counted then:
# rows can go to disk, sets in a count cannot.
_THINGS = "CREATE TEMP TABLE things AS SELECT DISTINCT key, bucket, {thing} AS thing FROM ({rows})"
_COUNTED = """
CREATE TEMP TABLE cells AS SELECT key, bucket, count(thing) AS value FROM things GROUP BY ALL;
CREATE TEMP TABLE groups AS SELECT key, count(DISTINCT thing) AS value FROM things GROUP BY ALL"""
_CELLS = """CREATE TEMP TABLE cells AS
SELECT key, bucket, coalesce(sum({added}), 0) AS value FROM ({rows}) GROUP BY ALL"""
# Parts are added in any order, and their last digits must not decide which groups are shown.
_GROUPS = (
    "CREATE TEMP TABLE groups AS SELECT key, round(sum(value), 6) AS value FROM cells GROUP BY ALL"
)
# Keys are as long as senders make them, and an answer has to fit through the gateway.
_SHOWN = f"""CREATE TEMP TABLE shown AS
WITH sized AS (
    SELECT key, count(*) * (1 + strlen(to_json(key)::VARCHAR) // 100) AS size
    FROM cells GROUP BY key
), ranked AS (
    SELECT key, value, row_number() OVER falling AS place,
        sum(size) OVER (falling ROWS UNBOUNDED PRECEDING) AS size
    FROM groups JOIN sized USING (key)
    WINDOW falling AS (ORDER BY value DESC, key)
)
SELECT key, value, place FROM ranked
WHERE place <= {MAX_GROUPS} AND (size <= {MAX_POINTS} OR place = 1)"""
_SERIES = f"""SELECT key, bucket, value FROM cells SEMI JOIN shown USING (key)
ORDER BY bucket DESC, key DESC LIMIT {MAX_POINTS + 1}"""


@dataclass(frozen=True, slots=True)
class Answer:
    """`totals` of (key, value) fall by value; `series` of (key, begin of the bucket, value) rises
    by time.

    At most 1,000 groups are shown, the largest, and 20,000 points, of which a key of over a
    hundred bytes takes more than one; of a group that alone has more, the newest. `truncated`:
    that is not all. Everything that landed until `complete_until` (epoch ms) is counted;
    `provisional`: some of it since the last run of the hourly job.
    """

    start: datetime
    end: datetime
    total: float
    totals: list[tuple[str | None, float]]
    series: list[tuple[str | None, datetime, float]]
    truncated: bool
    provisional: bool
    complete_until: int


def answer(query: Query, tenant: str, reader: Lake, now: int) -> Answer:
    """The series and totals of a query; `now` is in epoch ms. Raises `Unavailable`."""
    source = queries.source(query)
    with reader.open(tenant, queries.plan(query, source)) as opened:
        start, end = _span(query, source, opened, now)
        total = _counted(opened, query, source)
        opened.rows(_SHOWN)
        return _shape(query, opened, (start, end), total)


def _counted(opened: Opened, query: Query, source: Source) -> float:
    """Fills `cells` and `groups`, and answers what they count together."""
    rows, within = _rows(query, source), _within(query, source)
    if query.metric in DISTINCT:
        opened.rows(_THINGS.format(thing=DISTINCT[query.metric], rows=rows), within)
        opened.rows(_COUNTED)
        if query.group_by is not None:  # one may be in several groups
            return float(opened.rows("SELECT count(DISTINCT thing) FROM things")[0][0])
    else:
        opened.rows(_CELLS.format(added=" * ".join(source.added), rows=rows), within)
        opened.rows(_GROUPS)
    return float(opened.rows("SELECT coalesce(sum(value), 0) FROM groups")[0][0])


def _rows(query: Query, source: Source) -> str:
    """The rows of the source within the span, each with the key of its group and its bucket."""
    columns = [f"date_trunc('{query.interval}', {_at(source)})::TIMESTAMP AS bucket"]
    columns += [*source.kept, *source.added]
    where = " AND ".join(
        f"{source.moment} {'>=' if name == 'start' else '<'} ${name}"
        for name in _within(query, source)
    )
    rows = f"SELECT {', '.join(columns)} FROM {source.table} WHERE {where or 'true'}"
    return f"SELECT *, {_KEYS[query.group_by]} AS key FROM ({whose.resolved(rows, source.sides)})"


def _at(source: Source) -> str:
    """When a row of the source was."""
    return source.moment if source.moment == "day" else f"make_timestamp({source.moment} * 1000)"


def _within(query: Query, source: Source) -> dict[str, int]:
    """The bounds of the hours; what is kept by day is opened for the asked days alone."""
    if source.moment == "day":
        return {}
    return {name: int(at.timestamp()) * 1000 for name, at in query.bounds.items()}


def _span(query: Query, source: Source, opened: Opened, now: int) -> tuple[datetime, datetime]:
    """The asked span; an open end is where activity ends, and now where there is none."""
    if query.start is not None and query.end is not None:
        return query.start, query.end
    ((first, last),) = opened.rows(
        f"SELECT min({_at(source)})::DATE::TIMESTAMP, max({_at(source)})::DATE::TIMESTAMP "
        f"FROM {source.table}"
    )
    nothing = query.start or query.end or datetime.fromtimestamp(now / 1000, UTC)
    start = query.start or (first.replace(tzinfo=UTC) if first else nothing)
    end = query.end or (last.replace(tzinfo=UTC) + timedelta(days=1) if last else nothing)
    # Who asks from a day on that is not there yet gets an empty series, not a refusal.
    return start, max(start, end)


def _shape(query: Query, opened: Opened, span: tuple[datetime, datetime], total: float) -> Answer:
    totals = opened.rows("SELECT key, value FROM shown ORDER BY place")
    ((groups,),) = opened.rows("SELECT count(*) FROM groups")
    points = opened.rows(_SERIES)
    grouped = query.group_by is not None
    unit = 1000 if query.metric in {"active_time", "module_time"} else 1
    return Answer(
        *span,
        _plain(total, unit),
        [(key if grouped else None, _plain(value, unit)) for key, value in totals],
        [
            (key if grouped else None, at.replace(tzinfo=UTC), _plain(value, unit))
            for key, at, value in points[MAX_POINTS - 1 :: -1]
        ],
        len(totals) < groups or len(points) > MAX_POINTS,
        opened.provisional,
        opened.complete_until,
    )


def _plain(value: float, unit: int) -> float:
    """A value in units of so many; whole numbers as such, and no 0.30000000000000004."""
    if unit == 1 and isinstance(value, int):
        return value
    value /= unit
    return int(value) if value == int(value) else round(value, 6)
