"""
Planhat's fields of many activities at once, each judged down its column.

A column is looked through as a whole, at a tenth of what its values cost one by one, and these are
only looked at where there is something unusual among them. The activity of an unusual value is left
to `planhat.to_event`, which says what the value means or what is wrong with it.
"""

from collections.abc import Callable, Sequence
from itertools import count, repeat
from typing import Any

from waypost import isodate, jsdate
from waypost.event import (
    EARLIEST_MS,
    FUTURE_TOLERANCE_MS,
    MAX_ID,
    NO_TIME,
    ONE,
    Event,
    ItemError,
    are_plain_properties,
    check_properties,
)
from waypost.sources.formats import fields
from waypost.sources.formats.placeholders import Kind, PlaceholderList

Column = Sequence[Any]
# A number of less may be seconds, of which a note must tell.
_LEAST_MS = 100_000_000_000
_NEVER = -2
_OFTEN = 4


class Columns:
    """The columns of one stretch of activities.

    `odd`: the places of those that have to be judged alone; the events made for them say nothing.
    `canonical` as in `Batch`.
    """

    def __init__(self, listed: PlaceholderList, received: int) -> None:
        self.odd: set[int] = set()
        self.canonical = True
        self._listed = listed
        self._latest = received + FUTURE_TOLERANCE_MS

    def events(self, columns: dict[str, Column], first: int) -> list[Event]:
        """An event for each place, numbered from `first` on. `columns` are those of `Activity`, by
        its names; a value is as it stood on the wire, None where there is none.
        """
        self._absent(columns["firstName"], columns["lastName"])
        user = self._texts(_either(columns["externalId"], columns["id"]), "user")
        email = self._emails(columns["email"])
        self._identified(user, email)
        company = _either(columns["cId"], columns["companyId"])
        company = _either(columns["companyExternalId"], company)
        by_field = {
            "id": repeat(""),
            "n": count(first),
            "time": self._times(columns["date"]),
            "action": self._texts(columns["action"]),
            "label": repeat(None),
            "weight": self._numbers(columns["weight"], fields.weight, ONE),
            "count": self._numbers(columns["count"], fields.count, 1),
            "external_id": user,
            "email": email,
            "anonymous_id": repeat(None),
            "name": self._texts(columns["name"], "name"),
            "company_id": self._texts(company, "id"),
            "properties": self._properties(columns["info"]),
        }
        return list(map(Event, *by_field.values()))

    def _set_aside(self, unusual: set[Any], column: Column) -> None:
        if unusual:
            self.odd.update(at for at, value in enumerate(column) if value in unusual)

    def _absent(self, *columns: Column) -> None:
        for column in columns:
            self._set_aside(set(column) - {None}, column)

    def _identified(self, user: Column, email: Column) -> None:
        if None in user and None in email:
            self._set_aside({(None, None)}, list(zip(user, email, strict=True)))

    def _texts(self, column: Column, kind: Kind | None = None) -> Column:
        self._plain_texts(column, kind)
        return column

    def _emails(self, column: Column) -> Column:
        texts = self._plain_texts(column, "email")
        if texts and not _are_addresses(texts):
            self._set_aside({text for text in texts if not _are_addresses([text])}, column)
        joined = "".join(texts)
        self.canonical &= joined.isascii() and (not joined or joined.islower())
        return column

    def _plain_texts(self, column: Column, kind: Kind | None) -> Column:
        """The texts of a column that are everyday ones; the others are set aside."""
        texts = column if None not in column else [text for text in column if text is not None]
        # Few actions and companies stand in many places, and are looked at once.
        if len(distinct := set(texts)) < len(texts) // _OFTEN:
            texts = list(distinct)
        if texts and not _are_plain(texts):
            unusual = {text for text in texts if not _are_plain([text])}
            self._set_aside(unusual, column)
            texts = [text for text in texts if text not in unusual]
        if texts and kind is not None:
            self._set_aside(self._listed.among(texts, kind), column)
        return texts

    def _times(self, column: Column) -> list[int]:
        """Most columns are dates as JavaScript writes them, or hold nothing."""
        try:
            times = isodate.parse_all(column)
        except (TypeError, ValueError):
            times = [_time(date) for date in column]
        else:
            # The last millisecond of 1969 is not the same as none.
            times = times if min(times) >= EARLIEST_MS else [_time(date) for date in column]
        if min(times) < EARLIEST_MS or max(times) > self._latest:
            self.canonical = False
            told = {time for time in times if time != NO_TIME}
            outside = {time for time in told if not EARLIEST_MS <= time <= self._latest}
            self._set_aside(outside, times)
        return times

    def _numbers(self, column: Column, read: Callable[[Any], float], one: float) -> Sequence[float]:
        values = set(column)
        if values <= {None, 1}:
            return [one] * len(column)
        read_by_value: dict[Any, float] = {}
        for value in values:
            try:
                read_by_value[value] = one if value is None else read(value)
            except ItemError:
                read_by_value[value] = one
                self._set_aside({value}, column)
        return [read_by_value[value] for value in column]

    def _properties(self, column: Column) -> Column:
        given = [info for info in column if info]
        if not are_plain_properties(given):
            self.canonical = False
            self._set_aside_properties(column)
        return column if len(given) == len(column) else [info or None for info in column]

    def _set_aside_properties(self, column: Column) -> None:
        for at, info in enumerate(column):
            try:
                check_properties(info or {})
            except ItemError:
                self.odd.add(at)


def _either(column: Column, other: Column) -> Column:
    """The first column where it says something, else the other one."""
    absent = column.count(None)
    if absent == len(column):
        return other
    if not absent:
        return column
    return [b if a is None else a for a, b in zip(column, other, strict=True)]


def _are_plain(texts: Column) -> bool:
    """Whether all are texts of an everyday length without outer space; an unusual one may be."""
    try:
        joined = f"|{'|'.join(texts)}|"
    except TypeError:
        return False
    return (
        # No white space but the blank is printable.
        joined.isprintable()
        and "||" not in joined
        and " |" not in joined
        and "| " not in joined
        and max(map(len, texts)) <= MAX_ID
    )


def _are_addresses(texts: Column) -> bool:
    """As `fields.email` decides of each; of plain texts."""
    joined = f"{'|'.join(texts)}|"
    return " " not in joined and "@|" not in joined and min(map(str.find, texts, repeat("@"))) > 0


def _time(date: Any) -> int:
    """Epoch ms; `NO_TIME` for nothing, and a time that no clock tells for what is unusual."""
    if date is None:
        return NO_TIME
    if type(date) is int and date >= _LEAST_MS:
        return date
    try:
        time = jsdate.parse(date) if type(date) is str else _NEVER
    except ValueError:
        return _NEVER
    return time if time >= EARLIEST_MS else _NEVER
