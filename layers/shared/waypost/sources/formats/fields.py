"""Single fields of a sender's item → values in Waypost's bounds, or an `ItemError` with remedy."""

import math
from typing import Any

from waypost import jsdate
from waypost.event import MAX_COUNT, MAX_WEIGHT, NO_TIME, ItemError, check_time
from waypost.times import DAY_MS

Text = str | int | None
Number = int | float | str | None
MAX_DURATION_MS = DAY_MS
_SHOWN = 80
_SKEW_MS = 60_000


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
        if (found := str(value).strip()) != "":
            return found
    return None


def short(item: dict[str, Any], bound: int, *names: str) -> str | None:
    """As `text`, but raises `ItemError` `too_long` above `bound` characters."""
    found = text(item, *names)
    if found is not None and len(found) > bound:
        raise ItemError("too_long", f"{names[0]} is longer than {bound} characters", names[0])
    return found


def required(item: dict[str, Any], *names: str) -> str:
    """As `text`, but raises `ItemError` `missing_field` where none of the fields says anything."""
    found = text(item, *names)
    if found is None:
        raise ItemError("missing_field", f"{names[0]} is required and must not be empty", names[0])
    return found


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
    return " ".join(part for one in parts if (part := said(one))) or None


def email(value: Text, field: str = "email") -> str | None:
    """The address, or None for an empty one. Raises `ItemError` for what cannot be one."""
    address = said(value)
    if address is None:
        return None
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
    """When a sender says that it sent, in epoch ms; it only corrects, so a broken one is none."""
    try:
        return jsdate.parse(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def skew(sent: int | None, received: int) -> int:
    """By how many ms the clock that told the time of sending is off: 0 within a minute."""
    off = 0 if sent is None else received - sent
    return off if abs(off) > _SKEW_MS else 0


def shifted(value: float | str | None, skew: int, received: int, field: str) -> int:
    """As `moment`, by a clock that is off by `skew` ms."""
    time = moment(value, received - skew, field)
    return time if time == NO_TIME else check_time(time + skew, received, field)


def corrected(
    value: float | str | None, told: Any, received: int, field: str = "date"
) -> tuple[int, bool]:
    """As `moment`, by a clock that `told` the time of sending; and whether the time is a guess.

    Sent again, the same event may be shifted otherwise or not at all, so with a time of sending
    it is a guess either way, of which the first is kept.
    """
    sent = sent_at(told)
    time = shifted(value, skew(sent, received), received, field)
    return time, sent is not None and time != NO_TIME


def weight(value: Any, field: str = "weight") -> float:
    """0 to 1,000,000; 1 where the sender gave an empty one."""
    if value == "":
        return 1.0
    found = value if type(value) is int else number(value, field)
    if not 0 <= found <= MAX_WEIGHT:
        raise ItemError("out_of_range", f"{field} must lie between 0 and {MAX_WEIGHT}", field)
    return float(found)


def count(value: Any, field: str = "count") -> int:
    """A whole number from 1 to 1,000,000; 1 where the sender gave an empty one."""
    if value == "":
        return 1
    found = value if type(value) is int else number(value, field)
    if not 1 <= found <= MAX_COUNT or found != int(found):
        raise ItemError(
            "out_of_range", f"{field} must be a whole number from 1 to {MAX_COUNT}", field
        )
    return int(found)


def duration(value: Any, field: str) -> int:
    """Whole milliseconds of at most a day; 0 where the sender gave none."""
    if value is None or value == "":
        return 0
    found = number(value, field)
    if not 0 <= found <= MAX_DURATION_MS:
        raise ItemError("out_of_range", f"{field} must lie between 0 and {MAX_DURATION_MS}", field)
    return int(found)


def number(value: Any, field: str) -> float:
    """A finite number, also one written as text. Raises `ItemError` for anything else."""
    try:
        found = float(str(value) if isinstance(value, bool) else value)
    except (ValueError, TypeError, OverflowError):
        raise ItemError(
            "invalid_number", f'{field} must be a number, not "{str(value)[:40]}"', field
        ) from None
    if not math.isfinite(found):
        raise ItemError("number_not_finite", f"{field} must be a finite number", field)
    return found
