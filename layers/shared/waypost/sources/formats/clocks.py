"""
Times as senders tell them → epoch milliseconds; what was read otherwise than it stands is noted.

Text is a date as JavaScript reads it, or a number of at least nine digits. A number says its unit
by its size, since no two units meet between 1973 and tomorrow:

| size         | read as                                                                         |
|--------------|---------------------------------------------------------------------------------|
| below 1e8    | refused: a year, a day as 20261128 or a spreadsheet's, never the time of an event |
| 1e8 to 1e11  | seconds, noted as `seconds_read`                                                |
| 1e11 to 1e14 | milliseconds, cut to whole ones                                                 |
| 1e14 to 1e17 | microseconds, noted as `microseconds_read`                                      |
| 1e17 to 1e20 | nanoseconds, noted as `nanoseconds_read`                                        |
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from waypost import jsdate
from waypost.event import NO_TIME, ItemError, Reject, Verdict, check_time
from waypost.times import DAY_MS

# What is less may be the time that the request was on its way.
_LEAST_SKEW_MS = 60_000
# What is more is no clock's error but an archive, a replay or a clock that was never set.
_MOST_SKEW_MS = DAY_MS
_LEAST, _MILLISECONDS, _BEYOND = 10**8, range(10**11, 10**14), 10**20
# From which size on a number is of the unit, and how many of it a millisecond has.
_SMALL_UNITS = ((10**17, "nanoseconds", 1_000_000), (10**14, "microseconds", 1_000))
_DIGITS = 9  # fewer are a day or a year: JavaScript's rule is all there is for them
_NUMBER = re.compile(rf"\s*[+-]?[0-9]{{{_DIGITS},20}}(\.[0-9]*)?\s*", re.ASCII)
_SHOWN = 40


class _Change(NamedTuple):
    """Why a field was not taken as it stood: one note tells of all items that this happened to."""

    code: str
    field: str
    why: str


class Clock:
    """Reads the times of one body, or of one stretch of a file, that came at `received` (epoch ms).

    `historical`: what comes was sent before, so that its time of sending says nothing of now.

    After each item, `taken` or `refused` says what became of it: a note is about items that were
    taken, and there is one for each field and reason, however many items it tells of.
    """

    def __init__(self, received: int, *, historical: bool = False) -> None:
        self.received = received
        self._historical = historical
        self._changes: dict[_Change, Any] = {}
        self._notes: dict[_Change, Reject] = {}
        self._items: dict[_Change, int] = {}

    def moment(self, value: Any, field: str = "date") -> int:
        """Epoch ms of a date or number; `NO_TIME` where none is given. Raises `ItemError`."""
        if value is None or value == "":
            return NO_TIME
        return check_time(self._read(value, field), self.received, field)

    def epoch(self, value: Any, field: str) -> int | None:
        """Epoch ms of a number, also of one as text; None for anything else. Raises `ItemError`
        for a number that no unit makes a time of.
        """
        number = _number(value) if type(value) is str else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            return None
        return self._read_number(number, field)

    def corrected(self, value: Any, *sent: Any, field: str = "date") -> tuple[int, int | None]:
        """As `moment`, by a clock that told when it sent; and the sender's own time where that was
        wrong and is corrected, else None. Of several times of `sent`, the first good one counts.

        A resend carries another time of sending and is corrected differently, or not at all. What
        it has in common with the first arrival is the sender's own time.
        """
        if value is None or value == "":
            return NO_TIME, None
        own_time = self._read(value, field)
        off = 0 if self._historical else self._skew(sent)
        # First by the sender's own clock: one that is ahead is corrected, not refused.
        check_time(own_time, self.received - off, field)
        if off == 0:
            return own_time, None
        return check_time(own_time + off, self.received, field), own_time

    def taken(self, n: int, line: int | None = None) -> None:
        """The item in place `n` was taken, whatever was changed in it."""
        for change, value in self._changes.items():
            if change not in self._notes:
                self._notes[change] = _note(change, value, n, line)
            self._items[change] = self._items.get(change, 0) + 1
        self._changes.clear()

    def refused(self) -> None:
        """The item was not taken, so that there is nothing to note of it."""
        self._changes.clear()

    def notes(self) -> Iterator[Reject]:
        """An entry of the ledger for each field and reason, at the place of its first item."""
        for change, note in self._notes.items():
            items = self._items[change]
            note.detail = {"items": str(items)}
            if items > 1:
                note.message += f"; so it is with {items:,} items from here on"
            yield note

    def _read(self, value: Any, field: str) -> int:
        if type(value) is str:
            return self._read_text(value, field)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ItemError("invalid_date", f"{field} must be a date string or epoch ms", field)
        return self._read_number(value, field)

    def _read_text(self, text: str, field: str) -> int:
        # To learn of nine digits that they are no date of JavaScript's costs far more than this.
        if (
            len(text) >= _DIGITS
            and text.isdecimal()
            and (time := self.epoch(text, field)) is not None
        ):
            return time
        try:
            return jsdate.parse(text)
        except ValueError as error:
            if (time := self.epoch(text, field)) is not None:
                return time
            raise ItemError("invalid_date", f"{field}: {error}", field) from None

    def _read_number(self, value: int | float, field: str) -> int:
        size = abs(value)
        if size < _LEAST:
            message = (
                f"{field} is {value}: as milliseconds, or as seconds, too little for an event; "
                "send epoch ms, or text such as 2026-11-28T12:00:00Z"
            )
            raise ItemError("date_out_of_range", message, field)
        if _MILLISECONDS.start <= size < _MILLISECONDS.stop:
            return jsdate.from_number(value)
        if not size < _BEYOND:
            message = f"{field} must be epoch ms or a date string; no unit makes a time of this"
            raise ItemError("invalid_date", message, field)
        unit, time = _by_size(value)
        why = f"can only be {unit} and was read as such; send epoch ms or an ISO date"
        self._changes[_Change(f"{unit}_read", field, why)] = value
        return time

    def _skew(self, sent: tuple[Any, ...]) -> int:
        """By how many ms the clock that told the time of sending is off: 0 within a minute."""
        given = [value for value in sent if value is not None and value != ""]
        for value in given:
            if (told := _sent_at(value)) is None:
                continue
            off = self.received - told
            if abs(off) <= _MOST_SKEW_MS:
                return off if abs(off) > _LEAST_SKEW_MS else 0
        if given:
            self._changes[_ignored(given[0])] = given[0]
        return 0


def _by_size(value: int | float) -> tuple[str, int]:
    """The unit that a number is of where it is not milliseconds, and the number in those."""
    for least, unit, per_ms in _SMALL_UNITS:
        if abs(value) >= least:
            return unit, int(value) // per_ms
    # In binary, 1785000000.123 seconds may be a little less than they were written as.
    return "seconds", int(round(value * 1000, 3))


def _ignored(sent: Any) -> _Change:
    far = "is over a day from when it came and corrects no time; the event keeps its own"
    none = "cannot be read and corrects no time; send a date string such as 2026-11-28T12:00:00Z"
    return _Change("clock_ignored", "sentAt", none if _sent_at(sent) is None else far)


def _sent_at(value: Any) -> int | None:
    """Epoch ms; None for what cannot be read, since it is only there to correct other times."""
    try:
        # Its own clock, for a number of seconds harms nothing here and is not noted.
        return Clock(0)._read(value, "sentAt")
    except ItemError:
        return None


def _number(text: str) -> int | float | None:
    """The number that a text of nine digits and more is; None for any other."""
    if (digits := _NUMBER.fullmatch(text)) is None:
        return None
    return float(text) if digits[1] else int(text)


def _note(change: _Change, value: Any, n: int, line: int | None) -> Reject:
    is_whole = isinstance(value, float) and value.is_integer()
    shown = str(int(value) if is_whole else value)[:_SHOWN]
    message = f'{change.field} "{shown}" {change.why}'
    return Reject(n, change.code, message, change.field, line, shown, Verdict.NOTED)
