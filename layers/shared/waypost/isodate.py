"""ISO 8601 dates as JavaScript reads them, most of them by pieces that were met before.

The rules stand in `waypost.jsdate`, which reads every other form too.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

# `WHOLE` is a whole date; `START` a date at the start, behind which anything may follow.
_MM, _DD = "0[1-9]|1[0-2]", "0[1-9]|[12][0-9]|3[01]"
WHOLE = re.compile(
    rf"(?!-000000)([+-][0-9]{{6}}|[0-9]{{4}})(?:-({_MM})(?:-({_DD}))?)?"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))?)?"
)
START = re.compile(
    r"-000000(?![0-9])|([+-][0-9]{6}|[0-9]{4})(?![0-9])"
    rf"(?:-(?:({_MM})(?![0-9])(?:-(?:({_DD})(?![0-9]))?)?)?)?"
)


_Zoned = Annotated[datetime, msgspec.Meta(tz=True)]
_ISO_LENGTHS = frozenset({len("2016-10-13T08:00:00Z"), len("2016-10-13T08:00:00.000Z")})


def everyday(text: str) -> int:
    """Epoch milliseconds of a date in an everyday form; ValueError for any other."""
    # A sum of four remembered pieces, without arithmetic.
    return _DAY[text[:11]] + _MINUTE[text[11:17]] + _SECOND[text[17:19]] + _REST[text[19:]]


def parse_all(texts: Sequence[str]) -> list[int]:
    """As `everyday` of each; what `Date.toISOString` writes is read all at once.

    ValueError or TypeError where any is none of those.
    """
    # Up to milliseconds and in UTC they mean the same to everybody.
    if set(map(len, texts)) <= _ISO_LENGTHS:
        try:
            times = msgspec.convert(texts, list[_Zoned])
        except msgspec.ValidationError:
            pass  # the 30th of February, or 24:00
        else:
            return [round(seconds * 1000) for seconds in map(datetime.timestamp, times)]
    return list(map(everyday, texts))


def instant(
    year: str,
    month: str,
    day: str,
    hour: str,
    minute: str,
    second: str,
    fraction: str,
    sign: str,
    offset_hours: str,
    offset_minutes: str,
) -> int:
    # The midnight 24:00 allows no fraction, not even one below a millisecond.
    if hour == "24" and fraction.strip("0"):
        raise ValueError("the time is out of range")
    days = day_ms(int(year), int(month or 1), int(day or 1))
    milliseconds = thousandths(fraction or "0")
    clock = clock_ms(int(hour or 0), int(minute or 0), int(second or 0), milliseconds)
    offset = int(sign + offset_hours or 0) * 60 + int(sign + offset_minutes or 0)
    return days + clock - offset * 60_000


def day_ms(year: int, month: int, day: int) -> int:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError("the month or day is out of range")
    # Years counted from March put the leap day last; 719,468 days lie between year 0 and 1970.
    year -= month < 3
    leap_days = year // 4 - year // 100 + year // 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (365 * year + leap_days + day_of_year - 719_468) * 86_400_000


def clock_ms(hour: int, minute: int, second: int, millisecond: int) -> int:
    next_midnight = (hour, minute, second, millisecond) == (24, 0, 0, 0)
    if not next_midnight and (hour > 23 or minute > 59 or second > 59 or millisecond > 999):
        raise ValueError("the time is out of range")
    return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond


def thousandths(fraction: str) -> int:
    if not fraction.isdecimal():
        raise ValueError("the fraction of the second is missing")
    return int(nine_digits(fraction)[:3].ljust(3, "0"))


def nine_digits(digits: str) -> str:
    # Node keeps nine digits of a long number, counted after its zeros, even in a fraction.
    return digits if len(digits) <= 9 else digits.lstrip("0")[:9].zfill(9)


class _Pieces(dict[str, int]):
    """Milliseconds of a piece of an ISO date inside `frame`, each remembered once it was read.

    A lookup in a plain dictionary costs a third of `lru_cache`, and every event has four.
    """

    def __init__(self, frame: str) -> None:
        super().__init__()
        self._frame = frame

    def __missing__(self, piece: str) -> int:
        # A year below 100 before a space is not a year, and 24:00 depends on the seconds.
        ambiguous = piece.startswith("24:") or (piece.endswith(" ") and piece < "01")
        plain = self._frame.format(piece.replace(" ", "T")) if len(piece) <= 16 else ""
        iso = WHOLE.fullmatch(plain)
        if iso is None or ambiguous:
            raise ValueError("not an everyday form")
        if len(self) >= _MAX_PIECES:
            self.clear()
        self[piece] = milliseconds = instant(*iso.groups(""))
        return milliseconds


_MAX_PIECES = 8192  # each of a few hundred bytes: no sender makes it grow further
_DAY = _Pieces("{}00:00:00Z")
_MINUTE = _Pieces("1970-01-01T{}00Z")
_SECOND = _Pieces("1970-01-01T00:00:{}Z")
_REST = _Pieces("1970-01-01T00:00:00{}")
