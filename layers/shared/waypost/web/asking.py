"""
The parameters of questions: what all of them take, and each of them read once.

| parameter  | says                                                                            |
|------------|---------------------------------------------------------------------------------|
| `from`, `to` | the span, without its last moment; a date is midnight in the zone             |
| `last`     | instead: the last so many hours, days, weeks, months or years, as in `30d`      |
| `timezone` | an IANA name such as America/New_York; without it the tenant's own              |
| `filter`   | as in `waypost.insights.filters`; repeated, all of them hold                    |
| a field    | as in `action=Logged in`: events with that value; repeated, with one of them    |
| `explain`  | `true` shows the SQL, and what it read                                          |
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar, get_args
from zoneinfo import ZoneInfo

from waypost.errors import BadQuery
from waypost.insights import calendar, fields, filters
from waypost.insights.filters import MOST_FILTERS, Filter
from waypost.tenants import Tenant, Weekday
from waypost.times import DAY_MS, HOUR_MS

COMMON = ("from", "to", "last", "timezone", "filter", "explain", "format", "async")
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_LAST = re.compile(r"([1-9]\d{0,4})(h|d|w|m|y)")
_MONTHS = {"m": 1, "y": 12}
_LENGTH = re.compile(r"([1-9]\d{0,5})(s|m|h|d|w)")
_UNITS = {"s": 1_000, "m": 60_000, "h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS}

Option = TypeVar("Option", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all questions are told. `start` (inclusive) and `end` (exclusive) are epoch ms, None
    where no bound was given. `week_start` counts from Monday, 0.
    """

    start: int | None
    end: int | None
    zone: ZoneInfo
    week_start: int
    filters: tuple[Filter, ...]
    explain: bool

    def span(self, days: int, now: int) -> tuple[int, int]:
        """The span; without its end up to the next midnight in the zone, without its start so many
        days long.
        """
        end = self.end
        if end is None:
            tomorrow = calendar.local_date(now, self.zone) + timedelta(days=1)
            end = max(calendar.midnight(tomorrow, self.zone), self.start or 0)
        end = min(max(end, calendar.FIRST), calendar.LAST)
        start = self.start
        if start is None:
            first = calendar.local_date(end - 1, self.zone) - timedelta(days=days - 1)
            start = calendar.midnight(first, self.zone)
        return min(max(start, calendar.FIRST), end), end


class Parameters:
    """The parameters of one question. Everything it reads raises `BadQuery`, which names the
    parameter; what nobody read is refused at the end.
    """

    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self._given = {name: [v for v in values if v] for name, values in given.items()}
        self._read = {"format", "async"}

    @property
    def given(self) -> dict[str, list[str]]:
        """All parameters with their values, empty ones left out."""
        return {name: list(values) for name, values in self._given.items() if values}

    def following(self, cursor: str, limit: int = 0) -> "Parameters":
        """The same, asked for the page behind a cursor; of `limit` rows, if that is one."""
        limited = {"limit": [str(limit)]} if limit else {}
        return Parameters({**self._given, "cursor": [cursor], **limited})

    def is_csv(self) -> bool:
        """Whether the answer is to be CSV. Raises `BadQuery` for a format that there is not."""
        return self.choice("format", ("json", "csv"), "json") == "csv"

    def many(self, name: str) -> list[str]:
        """All values of a parameter, in their order."""
        self._read.add(name)
        return list(self._given.get(name, ()))

    def unread(self) -> list[str]:
        """The names that nobody has read yet."""
        return [name for name in self._given if name not in self._read]

    def one(self, name: str, default: str = "") -> str:
        """The value of a parameter that is given once at most."""
        values = self.many(name)
        if len(values) > 1:
            raise BadQuery(f"{name} is given {len(values)} times; once is enough", field=name)
        return values[0] if values else default

    def choice(self, name: str, options: Iterable[Option], default: Option) -> Option:
        """One of some words."""
        value, known = self.one(name, default), list(options)
        if value not in known:
            raise BadQuery(f"{name} is {_listed(known)}{fields.near(value, known)}", field=name)
        return known[known.index(value)]

    def number(self, name: str, default: int, *, least: int = 1, most: int) -> int:
        """A whole number."""
        text = self.one(name, str(default))
        number = (
            int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else -1
        )
        if not least <= number <= most:
            raise BadQuery(f"{name} is a whole number from {least} to {most}", field=name)
        return number

    def length(self, name: str, default: str, *, longest: int) -> int:
        """A length of time such as 90s, 30m, 12h, 7d or 2w, in ms."""
        match = _LENGTH.fullmatch(self.one(name, default))
        length = int(match[1]) * _UNITS[match[2]] if match else 0
        if not 0 < length <= longest:
            days = longest // DAY_MS
            raise BadQuery(
                f"{name} is a length such as 90s, 30m, 12h or 7d, of {days:,} days at most",
                field=name,
            )
        return length

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false"), "false") == "true"

    def common(self, tenant: Tenant, now: int) -> Common:
        """What all questions take. To be read last: a field's name that is still unread is a
        filter.
        """
        zone = self._zone(tenant)
        start, end = self._span(zone, now)
        return Common(
            start=start,
            end=end,
            zone=zone,
            week_start=WEEKDAYS.index(tenant.week_starts_on),
            filters=self._filters(),
            explain=self.flag("explain"),
        )

    def refuse_rest(self) -> None:
        """Refuses what nobody asked for: left unread, it would answer another question."""
        for name in self.unread():
            meant = fields.near(name, sorted(self._read))
            raise BadQuery(f"there is no parameter {name[:80]!r} here{meant}", field=name[:80])

    def _zone(self, tenant: Tenant) -> ZoneInfo:
        name = self.one("timezone", tenant.timezone)
        try:
            return calendar.zone(name)
        except ValueError:
            raise BadQuery(
                f"{name[:80]!r} is no time zone; write one like Europe/Berlin", field="timezone"
            ) from None

    def _span(self, zone: ZoneInfo, now: int) -> tuple[int | None, int | None]:
        first, last, length = self.one("from"), self.one("to"), self.one("last")
        if length:
            if first or last:
                raise BadQuery("last takes the place of from and to", field="last")
            return _since(length, zone, now), _until(length, zone, now)
        start = calendar.moment(first, "from", zone) if first else None
        end = calendar.moment(last, "to", zone) if last else None
        if start is not None and end is not None and end < start:
            raise BadQuery("to lies before from", field="to")
        return start, end

    def _filters(self) -> tuple[Filter, ...]:
        asked = [filters.read(text) for text in self.many("filter")]
        for name in [*self._given]:
            if name not in self._read and name not in COMMON and fields.is_field(name):
                values = self.many(name)
                if values:
                    asked.append(filters.make(name, "in", values, name))
        self._read.update(fields.PLAIN)
        if len(asked) > MOST_FILTERS:
            raise BadQuery(f"there are more than {MOST_FILTERS} filters", field="filter")
        return tuple(asked)


def _until(length: str, zone: ZoneInfo, now: int) -> int:
    """The end of the present hour or day, so that a silence of late is seen."""
    if length.endswith("h"):
        return (now // HOUR_MS + 1) * HOUR_MS
    return calendar.midnight(calendar.local_date(now, zone) + timedelta(days=1), zone)


def _since(length: str, zone: ZoneInfo, now: int) -> int:
    """The first moment of the last so many hours or days, the present one among them."""
    match = _LAST.fullmatch(length)
    if match is None:
        raise BadQuery("last is a length such as 24h, 30d, 12w, 6m or 1y", field="last")
    number, unit = int(match[1]), match[2]
    if unit == "h":
        return now // HOUR_MS * HOUR_MS - (number - 1) * HOUR_MS
    today = calendar.local_date(now, zone)
    try:
        if unit in _MONTHS:
            month = today.year * 12 + today.month - number * _MONTHS[unit]
            return calendar.midnight(date(month // 12, month % 12 + 1, 1), zone)
        days = number * (7 if unit == "w" else 1) - 1
        return calendar.midnight(today - timedelta(days=days), zone)
    except (ValueError, OverflowError):
        raise BadQuery("last reaches back before all times", field="last") from None


def _listed(words: Sequence[str]) -> str:
    return f"one of {', '.join(words)}" if len(words) > 2 else " or ".join(words)  # noqa: PLR2004
