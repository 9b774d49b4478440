"""What a metric counts, tabulated in the database of a question: parts, groups and cells.

Everything is grouped, ranked and cut in SQL: what comes back is what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from waypost.insights.activity import Rows
from waypost.insights.calendar import Buckets
from waypost.insights.fields import Field
from waypost.insights.measures import Measure, Value
from waypost.lake.reader import Opened
from waypost.lake.sql import quoted

MAX_GROUPS = 1000
MAX_POINTS = 20_000
OTHER = 0  # the place of what no shown group holds
_LETTERS = 100  # of a key take as much of an answer as a point
_MOST_SLOTS = 1_000_000

ByPlace = dict[int, Value]
Cells = dict[int, ByPlace]  # by place and number of the bucket

_SLOTS = """CREATE TEMP TABLE slots AS SELECT unnest(range(low, high)) AS slot, bucket FROM (
    SELECT unnest($lows::BIGINT[]) AS low, unnest($highs::BIGINT[]) AS high,
        unnest(range(len($lows))) AS bucket)"""
_BY_SLOT = "LEFT JOIN slots ON slots.slot = given.time // {unit}"
# Where a row for each unit would take too much memory; it takes ten times as long.
_BEGINS = """CREATE TEMP TABLE slots AS
SELECT unnest($lows::BIGINT[]) * {unit} AS begin, unnest(range(len($lows))) AS bucket"""
_BY_BEGIN = "ASOF LEFT JOIN slots ON given.time >= slots.begin"
# Sums of parts in any order differ in their last digits, which must not decide what is shown.
_RANKED = """CREATE TEMP TABLE shown AS WITH sized AS (
    SELECT *, 1 + strlen(to_json([{keys}])::VARCHAR) // {letters} AS size FROM groups
), ranked AS (
    SELECT *, row_number() OVER falling AS place, count(*) OVER () AS of,
        sum(size) OVER (falling ROWS UNBOUNDED PRECEDING)::BIGINT AS upto
    FROM sized WINDOW falling AS (ORDER BY round(value, 9) DESC NULLS LAST, {keys})
)
SELECT *, upto * {buckets} <= {room} OR place = 1 AS in_series FROM ranked
WHERE place <= {top} AND (upto <= {points} OR place = 1)"""
_GIVEN = "CREATE TEMP TABLE shown AS SELECT {columns}, unnest(range(1, {end})) AS place"
_PLACED = """CREATE TEMP VIEW placed AS SELECT parts.*, coalesce(place, {other}) AS place
FROM parts {join} JOIN shown USING ({keys})"""
_UNGROUPED = "CREATE TEMP VIEW placed AS SELECT *, 1 AS place FROM parts"
_MEANS = """SELECT place, sum(value), count(value) FROM {cells}
WHERE bucket IS NOT NULL GROUP BY place"""


@dataclass(frozen=True, slots=True)
class Group:
    """A group at its place from 1 on. `size` is what of an answer its key takes, in points."""

    place: int
    keys: tuple[str, ...]
    value: Value
    size: int = 1
    in_series: bool = True


class Tabulated:
    """The numbers of one span by the values of some fields, over an opened plan."""

    def __init__(self, opened: Opened, of: Measure, by: Sequence[Field]) -> None:
        self._opened, self._of, self._by = opened, of, by
        self._keys = [f"k{number}" for number in range(len(by))]
        self._listed = ", ".join(self._keys)

    def fill(self, rows: Rows, buckets: Buckets, unit: int, *, by_bucket: bool) -> None:
        """Adds up the rows, whose times in one `unit` (ms) are in one bucket; where nobody asks for
        them, not `by_bucket`.
        """
        keys = [f"f{number} AS {key}" for number, key in enumerate(self._keys)]
        if self._of.field:
            keys.append(f"try_cast(f{len(self._by)} AS DOUBLE) AS number")
        join = self._slots(buckets, unit) if by_bucket else ""
        bucket = "slots.bucket" if by_bucket else "NULL::BIGINT AS bucket"
        given = f"SELECT {', '.join(['given.*', bucket, *keys])} FROM ({rows.sql}) AS given {join}"
        # Values are added up fastest as they are stored; but things must be told apart within the
        # groups as they are named.
        if self._of.tells_apart:
            parts = self._of.parts(self._named(given), [*self._keys, "bucket"])
        else:
            parts = self._named(self._of.parts(given, [*self._keys, "bucket"]))
        self._opened.rows(f"CREATE TEMP TABLE parts AS {parts}", rows.parameters)

    def _named(self, rows: str) -> str:
        """The rows, with a name for the group of those without a value."""
        named = ", ".join(
            f"coalesce({key}, {quoted(field.none)}) AS {key}"
            for key, field in zip(self._keys, self._by, strict=True)
        )
        return f"SELECT * REPLACE ({named}) FROM ({rows})" if named else rows

    def _slots(self, buckets: Buckets, unit: int) -> str:
        """The join that tells the bucket of each row; none of a row before all of them."""
        lows = [begin // unit for begin in buckets.begins]
        highs = [*lows[1:], (buckets.end - 1) // unit + 1] if lows else []
        if not lows or highs[-1] - lows[0] <= _MOST_SLOTS:
            self._opened.rows(_SLOTS, {"lows": lows, "highs": highs})
            return _BY_SLOT.format(unit=unit)
        self._opened.rows(_BEGINS.format(unit=unit), {"lows": lows})
        return _BY_BEGIN

    def show(self, top: int, buckets: int, *, rest: bool) -> tuple[list[Group], int]:
        """What is shown, the largest groups first, and how many there are: at most `top`, and as
        many as an answer has room for; with a series of so many buckets where there is room, also
        for the `rest`.
        """
        if not self._by:
            self._place(rest=False)
            return [Group(1, (), self.total())], 1
        groups = self._of.value("parts", self._keys)
        self._opened.rows(f"CREATE TEMP TABLE groups AS {groups}")
        room = MAX_POINTS - (buckets if rest else 0)
        ranked = {"top": top, "points": MAX_POINTS, "letters": _LETTERS, "room": room}
        self._opened.rows(_RANKED.format(keys=self._listed, buckets=max(buckets, 1), **ranked))
        self._place(rest=rest)
        rows = self._opened.rows(
            f"SELECT place, value, size, in_series, of, {self._listed} FROM shown ORDER BY place"
        )
        shown = [
            Group(place, tuple(keys), self._of.plain(value), size, in_series)
            for place, value, size, in_series, _, *keys in rows
        ]
        return shown, int(rows[0][4]) if rows else 0

    def show_again(self, groups: Sequence[Group]) -> None:
        """Shows groups that another span chose, and the rest."""
        if self._by:
            lists = {key: [of.keys[n] for of in groups] for n, key in enumerate(self._keys)}
            columns = ", ".join(f"unnest(${key}::VARCHAR[]) AS {key}" for key in self._keys)
            self._opened.rows(_GIVEN.format(columns=columns, end=len(groups) + 1), lists)
        self._place(rest=True)

    def _place(self, *, rest: bool) -> None:
        """The parts by the place of their group, and their cells."""
        join = "LEFT" if rest else "INNER"
        placed = _PLACED.format(keys=self._listed, other=OTHER, join=join)
        self._opened.rows(placed if self._by else _UNGROUPED)
        cells = [self._cells(f"place > {OTHER}", told_apart=True)]
        if rest:
            cells.append(self._cells(f"place = {OTHER}", told_apart=False))
        self._opened.rows(f"CREATE TEMP TABLE cells AS {' UNION ALL '.join(cells)}")

    def _cells(self, where: str, *, told_apart: bool) -> str:
        parts = f"(FROM placed WHERE bucket IS NOT NULL AND {where})"
        return self._of.value(parts, ["place", "bucket"], told_apart=told_apart)

    def total(self) -> Value:
        return self._of.plain(self._opened.rows(self._of.value("parts"))[0][0])

    def rest(self) -> Value:
        """The value of what is not shown."""
        of_rest = f"(FROM placed WHERE place = {OTHER})"
        return self._of.plain(self._opened.rows(self._of.value(of_rest))[0][0])

    def by_place(self) -> ByPlace:
        """The values of what is shown, and of the rest."""
        rows = self._opened.rows(self._of.value("placed", ["place"]))
        return {place: self._of.plain(value) for place, value in rows}

    def cells(self, places: Sequence[int]) -> Cells:
        """The values by place and bucket of some places."""
        cells: Cells = {}
        rows = self._opened.rows(
            "SELECT place, bucket, value FROM cells WHERE place IN $places",
            {"places": list(places)},
        )
        for place, bucket, value in rows:
            cells.setdefault(place, {})[bucket] = self._of.plain(value)
        return cells

    def means(self, buckets: int) -> ByPlace:
        """The means over the buckets of what is shown, and of the rest: over all of them, or over
        those with a value where of nothing nothing is known.
        """
        return self._means("cells", buckets)

    def mean(self, buckets: int) -> Value:
        """The mean over the buckets of everything."""
        cells = f"(SELECT 1 AS place, * FROM ({self._of.value('parts', ['bucket'])}))"
        nothing = 0 if self._of.from_zero and buckets else None
        return self._means(cells if self._by else "cells", buckets).get(1, nothing)

    def _means(self, cells: str, buckets: int) -> ByPlace:
        rows = self._opened.rows(_MEANS.format(cells=cells))
        return {
            place: self._of.plain(added / number)
            for place, added, counted in rows
            if (number := buckets if self._of.from_zero else counted) and added is not None
        }
