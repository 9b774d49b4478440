"""Dates as JavaScript reads them: Node's `Date.parse`, no zone meaning UTC, in whole milliseconds.

| form                            | read as                                                      |
|---------------------------------|--------------------------------------------------------------|
| `2016-10-13T08:00:00.000Z`      | ISO; years also as ±YYYYYY; the fraction is cut, not rounded |
| `Thu Oct 13 2016 8:00 GMT+0200` | words by their first letters; `(comments)` skipped           |
| `10/13/2016, 8:00:00 AM`        | month first, unless the first number is no day of a month    |
| `13-Oct-69`, `Oct 13`           | 1969, for 00 to 49 mean 2000 to 2049; a missing year is 2001 |
| `2016-02-30`                    | 1 March: days run to 31 in any month                         |

Stricter than Node on purpose: a date needs a month name, or two numbers, or one number of 3 or 4
digits (Node reads "hello 5" and "32" as years); at most 200 characters; no NUL.
Source: the rules of V8's date parser, and `Date.parse` itself, which the tests compare against.
"""

import re

from waypost import isodate
from waypost.isodate import clock_ms, day_ms, nine_digits, thousandths

MAX_LENGTH = 200
MAX_INSTANT = 8_640_000_000_000_000
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NOON = {"am": 0, "pm": 12}
# Of the zones that have a name, Node knows these alone.
_HOURS_WEST = {
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "edt": 4,
    "est": 5,
    "cdt": 5,
    "cst": 6,
    "mdt": 6,
    "mst": 7,
    "pdt": 7,
    "pst": 8,
}

# JavaScript's white space, which is not Python's.
_SPACE = re.compile("[\t\n\v\f\r \xa0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff]")
_TOKEN = re.compile("[0-9]+|[A-~]+|.", re.DOTALL)


def parse(text: str) -> int:
    """Epoch milliseconds of a JavaScript date string; ValueError says why it is not one."""
    try:
        return isodate.everyday(text)
    except ValueError:
        pass
    try:
        return _read(text)
    except ValueError as refusal:
        raise ValueError(f"not a date: {text[:40]!a}, {refusal}") from None


def from_number(value: int | float) -> int:
    """Epoch milliseconds of a JSON number, cut towards zero; ValueError unless within ±8.64e15."""
    if isinstance(value, bool) or not -MAX_INSTANT <= value <= MAX_INSTANT:
        raise ValueError("not a date: milliseconds are a number within ±8.64e15")
    return int(value)


def _read(text: str) -> int:
    if len(text) > MAX_LENGTH or "\0" in text:
        raise ValueError(f"more than {MAX_LENGTH} characters or a NUL")
    iso = isodate.WHOLE.fullmatch(text)
    instant = isodate.instant(*iso.groups("")) if iso else _Reading(_plain(text)).instant()
    if abs(instant) > MAX_INSTANT:
        raise ValueError("beyond ±8.64e15 milliseconds")
    return instant


def _plain(text: str) -> str:
    """ASCII with one kind of space and no comments; other scripts, their digits too, are words."""
    kept, depth = [], 0
    for char in re.sub("[\x7f-\U0010ffff]", "~", _SPACE.sub(" ", text)):
        if char == "(":
            kept.append("" if depth else ",")
            depth += 1
        elif not depth:
            kept.append(char)
        elif char == ")":
            depth -= 1
    return "".join(kept)


class _Reading:
    """One pass, left to right, over a string that is not ISO from end to end."""

    def __init__(self, text: str) -> None:
        start = isodate.START.match(text)
        # The last token is the next one; the empty one ends the string.
        self.tokens: list[str] = ["", *reversed(_TOKEN.findall(text, start.end() if start else 0))]
        self.numbers = re.findall("[0-9]+", text)
        self.date = [int(number) for number in start.groups() if number] if start else []
        self.month: int | None = None
        self.clock: list[int] = []
        self.noon: int | None = None
        self.zone: list[int] = []
        self.sign, self.number_seen = 1, bool(self.date)

    def instant(self) -> int:
        while token := self.tokens.pop():
            if token.isdecimal():
                self._number(int(nine_digits(token)))
            elif token >= "A":
                self._word(token)
            elif token in "+-" and (self.clock or self.zone == [0, 0]):
                self._offset(token)
            elif token in "+-)" and self.number_seen:
                raise ValueError("a sign or bracket is out of place")
        year_alone = len(self.numbers) == 1 and len(self.numbers[0]) in (3, 4)
        if self.month is None and len(self.numbers) < 2 and not year_alone:
            raise ValueError("neither a month name, nor two numbers, nor a year")
        return self._day() + self._time() - self._zone()

    def _skip(self, symbol: str) -> bool:
        is_next = self.tokens[-1] == symbol
        if is_next:
            self.tokens.pop()
        return is_next

    def _number(self, value: int) -> None:
        self.number_seen = True
        # What may come next in a clock time: never an hour without a colon, then minutes, seconds
        # and milliseconds, then nothing more.
        expected_in_time = value <= (-1, 59, 59, 999, -1)[len(self.clock)]
        if self._skip(":"):
            self._hour_or_minute(value)
        elif self._skip(".") and expected_in_time:
            self.clock = [*self.clock, value, thousandths(self.tokens.pop()), 0][:4]
        elif len(self.zone) == 1 and value <= 59:
            self.zone.append(value)
        elif expected_in_time:
            self.clock = [*self.clock, value, 0, 0][:4]
            if self.tokens[-1] not in ("", " ", "+", "-", "z", "Z"):
                raise ValueError("the time runs into something else")
        elif len(self.date) < 3:
            self.date.append(value)
            self._skip("-")
        else:
            raise ValueError("the date has too many numbers")

    def _hour_or_minute(self, value: int) -> None:
        doubled = self._skip(":")
        if len(self.clock) == 4 or (doubled and self.clock):
            raise ValueError("the time has too many parts")
        self.clock += [value, 0] if doubled else [value]

    def _word(self, word: str) -> None:
        start = word[:3].lower()
        whole = start if len(word) <= 3 else ""
        if whole in _NOON and self.clock:
            self.noon = _NOON[whole]
        elif start in _MONTHS:
            self.month = _MONTHS.index(start) + 1
            self._skip("-")
        elif whole in _HOURS_WEST and self.number_seen:
            self.sign, self.zone = -1, [_HOURS_WEST[whole], 0]
        elif self.number_seen or self.tokens[-1].isdecimal():
            raise ValueError("a word is out of place")

    def _offset(self, sign: str) -> None:
        self.sign, self.number_seen = -1 if sign == "-" else 1, True
        digits = self.tokens.pop() if self.tokens[-1].isdecimal() else ""
        if self.tokens[-1] == ":":
            self.zone = [int(nine_digits(digits or "0"))]
        elif 1 <= len(digits) <= 2:
            self.zone = [int(digits), 0]
        elif 3 <= len(digits) <= 4:
            self.zone = [int(digits[:-2]), int(digits[-2:])]
        else:
            raise ValueError("the offset from UTC is not hours and minutes")

    def _day(self) -> int:
        if not self.date:
            raise ValueError("there is no date")
        first, second, third = [*self.date, 1, 1][:3]
        # As in Node, a first number that is no day of a month is the year.
        year_first = not 1 <= first <= 31
        if self.month is not None:
            year, day = (first, second) if year_first else (second, first)
            month = self.month
        else:
            year, month, day = (first, second, third) if year_first else (third, first, second)
        if 0 <= year <= 99:
            year += 2000 if year < 50 else 1900
        return day_ms(year, month, day)

    def _time(self) -> int:
        hour, minute, second, millisecond = [*self.clock, 0, 0, 0, 0][:4]
        if self.noon is not None:
            if hour > 12:
                raise ValueError("AM and PM go with hours up to 12")
            hour = hour % 12 + self.noon
        return clock_ms(hour, minute, second, millisecond)

    def _zone(self) -> int:
        # Node counts in 32 unsigned bits and refuses what a signed number cannot hold.
        hours, minutes = [*self.zone, 0, 0][:2]
        seconds = (hours * 3600 + minutes * 60) % 2**32
        if seconds >= 2**31:
            raise ValueError("the offset from UTC is out of range")
        return self.sign * seconds * 1000
