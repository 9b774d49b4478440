"""
Dates of three numbers, as spreadsheets write them: in which order day, month and year stand.

`05/10/2016` is a day in May or in October, and only its neighbours tell: a column has one order,
which all of its values fit. Where a first number is above 12 it is day first, where a second one
is, month first. Where nothing tells, or both do, somebody has to be asked. What is not three
numbers, such as `2016-10-05` or `5 Oct 2016`, has no order to find.
"""

import re
from collections.abc import Iterable
from operator import itemgetter

from waypost.sources.formats.reading import DateOrder

# Between letters and digits no such date begins or ends. A year of four digits comes last.
_DATE = re.compile(
    r"(?<![\d./:-])(\d{1,2})([./ -]) ?(\d{1,2})[./ -] ?(\d{4}|\d{2})(?![\d:])(?![./-]\d)\.?",
    re.ASCII,
)
_ISO_START = re.compile(r"\d{4}-\d\d", re.ASCII)
_MONTH_NAME = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_MONTHS, _DAYS = 12, 31
_START = itemgetter(slice(0, 5))
_SHOWN = 3
_LONGEST = 40
_LONGEST_DATE = 200
_FULL_YEAR = 4
_CLOCK = re.compile(r"[ T]\d\d:\d\d.*", re.ASCII)


class DateOrders:
    """Which orders the dates of a column leave possible, and a few of them as examples."""

    def __init__(self) -> None:
        self._fit: dict[DateOrder, int] = {"dmy": 0, "mdy": 0, "ymd": 0}
        self._only: dict[DateOrder, str] = {}
        self.examples: list[str] = []
        self._dates = 0

    def add(self, values: Iterable[str]) -> None:
        """More values of the column, each once or more often."""
        for value in values:
            if (date := _found(value)) is not None:
                self._add(value, date)

    @property
    def is_needed(self) -> bool:
        """Whether any date means one day or another by the order of its numbers."""
        return self._dates > 0

    def order(self) -> DateOrder | None:
        """The one order that all values fit; None where there are more, or none."""
        fitting = [order for order, count in self._fit.items() if count == self._dates]
        # Years of two digits come first where they can come nowhere else.
        if "ymd" in fitting and len(fitting) > 1:
            fitting.remove("ymd")
        return fitting[0] if len(fitting) == 1 else None

    def clash(self) -> list[str]:
        """A value that can only be day first and one that can only be month first, if any."""
        return list(self._only.values()) if len(self._only) > 1 else []

    def _add(self, value: str, date: re.Match[str]) -> None:
        if not (fitting := _fitting(date)):
            return
        self._dates += 1
        for order in fitting:
            self._fit[order] += 1
        usual = [order for order in fitting if order != "ymd"]
        if len(usual) == 1:
            self._only.setdefault(usual[0], value[:_LONGEST])
        if len(self.examples) < _SHOWN and value not in self.examples:
            self.examples.append(value[:_LONGEST])


def _fitting(date: re.Match[str]) -> list[DateOrder]:
    """The orders that the numbers of a date can stand in; none where it is the same day in all."""
    first, second, third = int(date[1]), int(date[3]), date[4]
    if first == second:
        return []
    fitting: list[DateOrder] = []
    if _is_day(first) and _is_month(second):
        fitting.append("dmy")
    if _is_month(first) and _is_day(second):
        fitting.append("mdy")
    if len(third) < _FULL_YEAR and _is_month(second) and _is_day(int(third)):
        fitting.append("ymd")
    return fitting


def is_plain(column: Iterable[str]) -> bool:
    """Whether all dates of a column begin as ISO's do; an unusual one may be as well."""
    starts = set(map(_START, column))
    return all(start[:4].isdecimal() and start[4:] == "-" for start in starts)


def needs_order(value: str) -> bool:
    """Whether a date means one day or another by the order of its numbers."""
    return (date := _found(value)) is not None and bool(_fitting(date))


def in_order(value: str, order: DateOrder) -> str:
    """The date as JavaScript reads it, its three numbers in order; any other text as it is.

    Raises ValueError for one that has no such month.
    """
    if (date := _found(value)) is None:
        return value
    numbers = dict(zip(order, (date[1], date[3], date[4]), strict=True))
    day, month, year = numbers["d"], numbers["m"], numbers["y"]
    if not _is_month(int(month)) or not _is_day(int(day)):
        words = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}[order]
        raise ValueError(f"the column is read {words}, and there is no month {int(month)}")
    rest = value[date.end() :]
    if date.start() == 0 and len(year) == _FULL_YEAR and (not rest or _CLOCK.fullmatch(rest)):
        return f"{year}-{month:0>2}-{day:0>2}{rest}"
    return f"{value[: date.start()]}{month}/{day}/{year}{rest}"


def _found(value: str) -> re.Match[str] | None:
    if _ISO_START.match(value) or len(value) > _LONGEST_DATE:
        return None
    date = _DATE.search(value)
    # With a month in words, the numbers have no order to find.
    return None if date is None or _MONTH_NAME.search(value) else date


def _is_day(number: int) -> bool:
    return 1 <= number <= _DAYS


def _is_month(number: int) -> bool:
    return 1 <= number <= _MONTHS
