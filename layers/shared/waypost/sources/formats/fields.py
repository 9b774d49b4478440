"""Single fields of a sender's item → values in Waypost's bounds, or an `ItemError` with remedy."""

import math
from typing import Any

from waypost import jsdate
from waypost.event import MAX_COUNT, MAX_WEIGHT, NO_TIME, ONE, ItemError, check_time
from waypost.times import DAY_MS

Text = str | int | None
Number = int | float | str | None
# What is longer, as a time since the last report, comes of a wrong unit or clock.
MAX_DURATION_MS = DAY_MS
_SHOWN = 80
_SKEW_MS = 60_000  # what is less may be the time that the request was on its way


def said(value: Text) -> str | None:
    """The text without outer space; None for an empty one, which says nothing."""
    if value is None:
        return None
    return (value if type(value) is str else str(value)).strip() or None


def text(item: dict[str, Any], *names: str) -> str | None:
    """The first of the named fields that says something; numbers are read as text."""
    for name in names:
        value = item.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ItemError("invalid_type", f"{name} must be text", name)
        if (words := str(value).strip()) != "":
            return words
    return None


def short(item: dict[str, Any], bound: int, *names: str) -> str | None:
    """As `text`, but raises `ItemError` `too_long` above `bound` characters."""
    words = text(item, *names)
    if words is not None and len(words) > bound:
        raise ItemError("too_long", f"{names[0]} is longer than {bound} characters", names[0])
    return words


def required(item: dict[str, Any], *names: str) -> str:
    """As `text`, but raises `ItemError` `missing_field` where none of the fields says anything."""
    words = text(item, *names)
    if words is None:
        raise ItemError("missing_field", f"{names[0]} is required and must not be empty", names[0])
    return words


def mapping(item: dict[str, Any], *names: str) -> dict[str, Any]:
    """The first of the named fields that is there, which must be an object; else an empty one."""
    for name in names:
        value = item.get(name)
        if value is None:
            continue
        if not isinstance(value, dict):
            raise ItemError("invalid_type", f"{name} must be a JSON object", name)
        return value
    return {}


def joined(*parts: Text) -> str | None:
    """First and last name as one; None where neither says anything."""
    return " ".join(part for name in parts if (part := said(name))) or None


def email(value: Text, field: str = "email") -> str | None:
    """The address, or None for an empty one. Raises `ItemError` for what cannot be one."""
    address = said(value)
    if address is None:
        return None
    # No stricter than this: an address only finds a user, nothing is ever sent to it.
    if not 0 < address.rfind("@") < len(address) - 1 or " " in address:
        raise ItemError("invalid_email", f'"{address[:_SHOWN]}" is not an e-mail address', field)
    return address


def moment(value: float | str | None, received: int, field: str = "date") -> int:
    """Epoch ms of a JavaScript date string or a number of ms; `NO_TIME` where none is given."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise ItemError("invalid_date", f"{field} must be a date string or epoch ms", field)
    try:
        if value is None or value == "":
            return NO_TIME
        time = jsdate.parse(value) if isinstance(value, str) else jsdate.from_number(value)
    except ValueError as error:
        raise ItemError("invalid_date", f"{field}: {error}", field) from None
    return check_time(time, received, field)


def sent_at(value: Any) -> int | None:
    """When a sender says that it sent, in epoch ms. It is only there to correct other times, so
    one that cannot be read counts as none.
    """
    try:
        return jsdate.parse(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def skew(sent: int | None, received: int) -> int:
    """By how many ms the clock that told the time of sending is off: 0 within a minute."""
    off = 0 if sent is None else received - sent
    return off if abs(off) > _SKEW_MS else 0


def corrected(
    value: float | str | None, sent: int | None, received: int, field: str = "date"
) -> tuple[int, int | None]:
    """As `moment`, by a clock that told the time of sending; and the sender's own time where that
    was wrong and is corrected, else None.

    A resend carries another time of sending and is corrected differently, or not at all. What it
    has in common with the first arrival is the sender's own time.
    """
    off = skew(sent, received)
    # First by the sender's own clock: one that is days ahead is corrected, not refused.
    own_time = moment(value, received - off, field)
    if own_time == NO_TIME or off == 0:
        return own_time, None
    return check_time(own_time + off, received, field), own_time


def weight(value: Any, field: str = "weight") -> float:
    """0 to 1,000,000; 1 where the sender gave an empty one."""
    if value == "":
        return ONE
    given = value if type(value) is int else number(value, field)
    if given == 1:
        return ONE
    if not 0 <= given <= MAX_WEIGHT:
        raise ItemError("out_of_range", f"{field} must lie between 0 and {MAX_WEIGHT}", field)
    # A whole weight stays one, however it was written: 2.0 is 2.
    return int(given) if given == int(given) else given


def count(value: Any, field: str = "count") -> int:
    """A whole number from 1 to 1,000,000; 1 where the sender gave an empty one."""
    if value == "":
        return 1
    given = value if type(value) is int else number(value, field)
    if not 1 <= given <= MAX_COUNT or given != int(given):
        raise ItemError(
            "out_of_range", f"{field} must be a whole number from 1 to {MAX_COUNT}", field
        )
    return int(given)


def duration(value: Any, field: str) -> int:
    """Whole milliseconds of at most a day; 0 where the sender gave none."""
    if value is None or value == "":
        return 0
    milliseconds = number(value, field)
    if not 0 <= milliseconds <= MAX_DURATION_MS:
        raise ItemError("out_of_range", f"{field} must lie between 0 and {MAX_DURATION_MS}", field)
    return int(milliseconds)


def number(value: Any, field: str) -> float:
    """A finite number, also one written as text. Raises `ItemError` for anything else."""
    # `true` is no number, though Python reads it as 1.
    try:
        parsed = float(str(value) if isinstance(value, bool) else value)
    except (ValueError, TypeError, OverflowError):
        raise ItemError(
            "invalid_number", f'{field} must be a number, not "{str(value)[:40]}"', field
        ) from None
    if not math.isfinite(parsed):
        raise ItemError("number_not_finite", f"{field} must be a finite number", field)
    return parsed
