"""Single fields of a sender's item → values in Waypost's bounds, or an `ItemError` with remedy."""

import math
from typing import Any

from waypost.event import MAX_COUNT, MAX_WEIGHT, ONE, ItemError
from waypost.times import DAY_MS

Text = str | int | None
Number = int | float | str | None
# What is longer, as a time since the last report, comes of a wrong unit or clock.
MAX_DURATION_MS = DAY_MS
_SHOWN = 80


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
