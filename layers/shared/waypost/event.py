"""Event: the one shape behind every door, and the bounds of its fields."""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import chain
from typing import Any

from msgspec import Struct, field

from waypost.times import DAY_MS

MAX_ID = 256
MAX_EMAIL = 320  # 64 before the @, 255 behind it
MAX_TEXT = 512
MAX_PAGE = 2048
# Segment's own bound. It keeps a row, which is one item, far below DynamoDB's 400 KB.
MAX_EVENT_BYTES = 32 * 1024
MAX_DEPTH = 30  # so that what walks properties later may recurse
MAX_WEIGHT = 1_000_000
MAX_COUNT = 1_000_000
MAX_DIGITS = 38  # what DynamoDB stores of a number
MAX_NOTES = 10  # in the ledger, each with its payload, of one event
NO_TIME = -1
# The weight of what has none. A field is left out of a line where it is this very object.
ONE = 1.0
EARLIEST_MS = 0
SILENCE_MS = 30 * 60_000  # without an event, and a session is over
_MAX_INT = 10**MAX_DIGITS
_PLAIN_KINDS = frozenset({str, bool, int, type(None)})
FUTURE_TOLERANCE_MS = DAY_MS

_BOUNDED = (
    ("external_id", MAX_ID),
    ("company_id", MAX_ID),
    ("anonymous_id", MAX_ID),
    ("email", MAX_EMAIL),
    ("name", MAX_TEXT),
    ("action", MAX_TEXT),
    ("label", MAX_TEXT),
    ("session", MAX_ID),
    ("module", MAX_ID),
    ("feature", MAX_ID),
    ("product", MAX_ID),
    ("page", MAX_PAGE),
)


IDENTIFY = "identify"
GROUP = "group"
TIME = "time"


class Verdict(StrEnum):
    """What became of a received item: each got one of the first four, which add up to all.

    `IGNORED` was left out by a rule of the sender's format or of the tenant. `NOTED` stands in the
    ledger alone, beside the verdict on an event that was taken and changed on the way.
    """

    STORED = "stored"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    IGNORED = "ignored"
    NOTED = "noted"


# `gc=False`: no event is part of a cycle, so that the collector need not walk through batches.
class Event(Struct, omit_defaults=True, gc=False):
    """One thing that one user did, or (by `kind`) what a sender reports besides. Of some senders
    it names an account alone, by `company_id`, and no user.

    `time` is epoch milliseconds UTC, `NO_TIME` until intake knows it. `id`, `n` (place in its
    reception, from 0) and `digest` (of the body, where the sender's message key gave the id) are
    set on the way in; everything else is what the sender said, in Waypost's words.

    An `IDENTIFY` or `GROUP` carries traits in `properties`: of its user, or of the account
    `company_id` (a user is then optional, and joins it). A `TIME` reports time alone, of weight and
    count 0, as a timer or a browser that leaves sends it. All are kept like any event and are
    nobody's activity. `active_ms` is time active in the session, `module_ms` time spent in the
    module, each since the last report. `own_time`: where `time` is the door's guess, the time that
    the sender gave, which is the same however often it is sent (`NO_TIME` for none); else None.
    `overwrites`: of two with one id the last counts, not the first. `verified`: it came with a
    credential that may change what is known of a user.
    """

    id: str = ""
    n: int = 0
    time: int = NO_TIME
    action: str | None = None
    label: str | None = None
    weight: float = ONE
    count: int = 1
    external_id: str | None = None
    email: str | None = None
    anonymous_id: str | None = None
    name: str | None = None
    company_id: str | None = None
    properties: dict[str, Any] | None = None
    key: str | None = None
    digest: str | None = None
    kind: str | None = None
    session: str | None = None
    module: str | None = None
    feature: str | None = None
    product: str | None = None
    page: str | None = None
    active_ms: int = 0
    module_ms: int = 0
    own_time: int | None = None
    overwrites: bool = False
    verified: bool = False


class Reject(Struct, omit_defaults=True):
    """One entry of the ledger: where the item stood, why it is here, and what to do about it.

    `index` counts from 0 in a body; `line` counts from 1 in a file. `payload` is the item as it
    arrived, cut at 2,000 characters. `verdict` is `rejected`, `ignored` (a rule of the sender's
    format or of the tenant) or `noted`: the event was taken, and `detail` says what was changed.
    """

    index: int
    code: str
    message: str
    field: str | None = None
    line: int | None = None
    payload: str | None = None
    verdict: Verdict = Verdict.REJECTED
    detail: dict[str, str] | None = None

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


class Batch(Struct):
    """What one body or one stretch of a file held: events with their place, and rejects.

    `canonical`: every event has a date, no key and flat properties, and is encoded as its id is
    made of it (`waypost.ingest.event_ids`). Who knows says so, and those behind need not look.
    """

    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    canonical: bool = False

    @property
    def received(self) -> int:
        """How many items: a note is about an event that is here itself."""
        notes = sum(entry.verdict is Verdict.NOTED for entry in self.rejects)
        return len(self.events) + len(self.rejects) - notes


class ItemError(ValueError):
    """Raised by a source for one item; becomes a `Reject` and never harms the neighbours."""

    verdict = Verdict.REJECTED

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    def reject(self, index: int, payload: str, line: int | None = None) -> Reject:
        return Reject(
            index, self.code, self.message, self.field, line, payload[:2000], self.verdict
        )


class ItemIgnored(ItemError):
    """Raised by a source for an item that its sender's own rules leave out of the count."""

    verdict = Verdict.IGNORED


def check_time(time: int, now: int, field: str = "date") -> int:
    """The event time itself, or `ItemError`: 1970 at the earliest, a day ahead at the latest."""
    if EARLIEST_MS <= time <= now + FUTURE_TOLERANCE_MS:
        return time
    raise ItemError(
        "date_out_of_range",
        f"{field} must lie between 1970 and 24 hours from now; check the sender's clock and unit",
        field,
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
    # Level by level, not by recursion: hostile depth costs neither stack nor a call per value.
    deeper = _deeper(value.values(), field)
    for _ in range(MAX_DEPTH - 1):
        if not deeper:
            return
        deeper = [
            item
            for inner in deeper
            for item in _deeper(inner.values() if type(inner) is dict else inner, field)
        ]
    if deeper:
        raise ItemError("too_deep", f"{field} nests deeper than {MAX_DEPTH} levels", field)


def are_plain_properties(many: Sequence[dict[str, Any]]) -> bool:
    """Whether `check_properties` would pass them all, told of many at once; False for unusual ones
    that it may pass.
    """
    values = list(chain.from_iterable(map(dict.values, many)))
    kinds = set(map(type, values))
    if not kinds <= _PLAIN_KINDS:
        return False
    integers: list[int] = [value for value in values if type(value) is int]
    return not integers or (min(integers) > -_MAX_INT and max(integers) < _MAX_INT)


def _deeper(items: Iterable[Any], field: str) -> list[Any]:
    deeper = []
    for item in items:
        kind = type(item)
        if kind is str:
            continue
        if kind is int:
            if not -_MAX_INT < item < _MAX_INT:
                raise ItemError("number_too_long", f"{field} holds a number over 38 digits", field)
        elif kind is dict or kind is list:
            deeper.append(item)
        elif kind is float and not math.isfinite(item):
            raise ItemError("number_not_finite", f"{field} holds NaN or infinity", field)
    return deeper
