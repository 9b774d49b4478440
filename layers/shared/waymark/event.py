"""Event: the one shape behind every door, and the bounds of its fields."""

import math
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

MAX_ID = 256
MAX_EMAIL = 320
MAX_TEXT = 512
MAX_EVENT_BYTES = 32 * 1024
MAX_DEPTH = 30
MAX_WEIGHT = 1_000_000
MAX_COUNT = 1_000_000
MAX_DIGITS = 38
NO_TIME = -1
EARLIEST_MS = 0
_MAX_INT = 10**MAX_DIGITS
FUTURE_TOLERANCE_MS = 24 * 3_600_000

_BOUNDED = (
    ("external_id", MAX_ID),
    ("company_id", MAX_ID),
    ("anonymous_id", MAX_ID),
    ("email", MAX_EMAIL),
    ("name", MAX_TEXT),
    ("action", MAX_TEXT),
    ("label", MAX_TEXT),
)


class Event(Struct, omit_defaults=True, gc=False):
    """One thing that one user did.

    `time` is epoch milliseconds UTC, `NO_TIME` until intake knows it. `id`, `n` (place in its
    reception, from 0) and `digest` (of the body, where the sender's message key gave the id) are
    set on the way in; everything else is what the sender said, in Waymark's words.
    """

    id: str = ""
    n: int = 0
    time: int = NO_TIME
    action: str | None = None
    label: str | None = None
    weight: float = 1.0
    count: int = 1
    external_id: str | None = None
    email: str | None = None
    anonymous_id: str | None = None
    name: str | None = None
    company_id: str | None = None
    properties: dict[str, Any] | None = None
    key: str | None = None
    digest: str | None = None


class Reject(Struct, omit_defaults=True):
    """One item that was not taken: where it stood, why, and what to do about it.

    `index` counts from 0 in a body; `line` counts from 1 in a file. `payload` is the item as it
    arrived, cut at 2,000 characters.
    """

    index: int
    code: str
    message: str
    field: str | None = None
    line: int | None = None
    payload: str | None = None

    def answer(self) -> dict[str, object]:
        """The entry of `errors` in a door's answer."""
        entry: dict[str, object] = {
            "index": self.index,
            "code": self.code,
            "message": self.message,
            "field": self.field,
        }
        if self.line is not None:
            entry["line"] = self.line
        return entry


class ItemError(ValueError):
    """Raised by a dialect for one item; becomes a `Reject` and never harms the neighbours."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    def reject(self, index: int, payload: str, line: int | None = None) -> Reject:
        return Reject(index, self.code, self.message, self.field, line, payload[:2000])


def check_time(time: int, now: int) -> int:
    """The event time itself, or `ItemError`: 1970 at the earliest, a day ahead at the latest."""
    if EARLIEST_MS <= time <= now + FUTURE_TOLERANCE_MS:
        return time
    raise ItemError(
        "date_out_of_range",
        "date must lie between 1970 and 24 hours from now; check the sender's clock and time unit",
        "date",
    )


def check_lengths(event: Event, names: dict[str, str]) -> None:
    """Raises `ItemError` for the first text field over its bound, under the sender's own name."""
    for name, bound in _BOUNDED:
        value = getattr(event, name)
        if value is not None and len(value) > bound:
            field = names.get(name, name)
            raise ItemError("too_long", f"{field} is longer than {bound} characters", field)


def check_properties(value: dict[str, Any], field: str = "info") -> None:
    """Raises `ItemError` where properties nest over 30 levels or hold a number nobody can store."""
    deeper = _deeper(value.values(), field)
    for _ in range(MAX_DEPTH - 1):
        if not deeper:
            return
        deeper = [
            item
            for one in deeper
            for item in _deeper(one.values() if type(one) is dict else one, field)
        ]
    if deeper:
        raise ItemError("too_deep", f"{field} nests deeper than {MAX_DEPTH} levels", field)


def _deeper(items: Iterable[Any], field: str) -> list[Any]:
    found = []
    for item in items:
        kind = type(item)
        if kind is str:
            continue
        if kind is int:
            if not -_MAX_INT < item < _MAX_INT:
                raise ItemError("number_too_long", f"{field} holds a number over 38 digits", field)
        elif kind is dict or kind is list:
            found.append(item)
        elif kind is float and not math.isfinite(item):
            raise ItemError("number_not_finite", f"{field} holds NaN or infinity", field)
    return found
