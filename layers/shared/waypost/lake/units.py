"""Units: the days that a run folds in one go, and the order of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

# Rows of one unit of several days, what stands of them included: as many as cost about a second.
MOST_ROWS = 300_000
# What a day may have in all before it is split: 16 million rows took 100 s and 1.5 GB of disk.
MOST_OF_A_DAY = 16_000_000
_MOST_PARTS = 256


@dataclass(frozen=True, slots=True)
class Unit:
    """Days of one month that are read and written together; `rows` landed for them.

    A day too large for one function is several units: part `part` of `parts`, by user.
    """

    days: tuple[str, ...]
    rows: int
    part: int = 0
    parts: int = 1

    @property
    def month(self) -> str:
        return self.days[0][:7]

    @property
    def first(self) -> str:
        return self.days[0]

    @property
    def last(self) -> str:
        return self.days[-1]


def units(landed: Mapping[str, int], standing: Mapping[str, int], settled: str) -> list[Unit]:
    """The units of what landed (rows by day), the newest first. `standing` are rows that stand.

    A day from `settled` on is a unit of its own, for it will be done again soon. Earlier ones of a
    month go together as far as they are few rows: a call and a file for each of the days of ten
    years would take longer than what is in them.
    """
    made: list[Unit] = []
    for day in sorted(landed, reverse=True):
        if day < settled and made and _fits(made[-1], day, landed, standing, settled):
            last = made[-1]
            made[-1] = Unit((day, *last.days), last.rows + landed[day])
        else:
            made.append(Unit((day,), landed[day]))
    return made


def in_parts(unit: Unit, standing: int) -> list[Unit]:
    """The units that a day is split into, as many as its rows ask for: mostly itself alone."""
    parts = 1
    while (unit.rows + standing) / parts > MOST_OF_A_DAY and parts < _MOST_PARTS:
        parts *= 2
    rows = -(-unit.rows // parts)
    return [replace(unit, rows=rows, part=part, parts=parts) for part in range(parts)]


def _fits(
    unit: Unit, day: str, landed: Mapping[str, int], standing: Mapping[str, int], settled: str
) -> bool:
    if unit.month != day[:7] or unit.last >= settled:
        return False
    return _rows((day, *unit.days), landed, standing) <= MOST_ROWS


def _rows(days: Iterable[str], landed: Mapping[str, int], standing: Mapping[str, int]) -> int:
    return sum(landed[day] + standing.get(day, 0) for day in days)


def by_month(some: Iterable[Unit]) -> Iterator[list[Unit]]:
    """The units of each month together, in the order that they come in."""
    months: dict[str, list[Unit]] = {}
    for unit in some:
        months.setdefault(unit.month, []).append(unit)
    yield from months.values()
