"""GET /api/v1/ledger: what was received, and why some of it is not counted as it was sent."""

from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost import answer_size, times
from waypost.errors import BadCursor
from waypost.event import Reject, Verdict
from waypost.insights import whose
from waypost.insights.listed import TAKES, holds
from waypost.insights.ports import LedgerStores
from waypost.lake import months
from waypost.web import narrowing, paging
from waypost.web.asking import Parameters

# For one page of few entries among many.
_MOST_READ, _MOST_MESSAGES = 20_000, 2_000
_IN, _MOST_DIGITS = "~", 9  # in a cursor that lies within a message
_LISTS: tuple[str, ...] = (Verdict.REJECTED, Verdict.IGNORED, Verdict.NOTED)


class _At(NamedTuple):
    """Where a page begins: behind a message, or in it, behind so many of its entries."""

    message: str | None
    before: str | None
    shown: int


class Entry(Struct):
    """One item that is not counted as it was sent. `received` is ISO 8601 in UTC.

    `index` counts from 0 in a body, `line` from 1 in a file; `detail` says what was changed.
    """

    verdict: str
    received: str
    receipt: str
    payload: str | None
    index: int
    code: str
    message: str
    field: str | None
    line: int | UnsetType = UNSET
    detail: dict[str, str] | UnsetType = UNSET


class Counts(Struct):
    """What was received: the sum of the next four. `unassigned` is no fifth: it is the part of
    `stored` that is activity of nobody's account, as accounts and users are now.
    """

    received: int
    stored: int
    duplicate: int
    rejected: int
    ignored: int
    unassigned: int


class LedgerAnswer(Struct):
    counts: Counts
    rejected: list[Entry]
    ignored: list[Entry]
    noted: list[Entry]
    next: str | None


class LedgerRows(Struct):
    """The entries of all verdicts in one list, as CSV has them."""

    entries: list[Entry]
    next: str | None


def ledger(tenant: str, parameters: Parameters, stores: LedgerStores) -> LedgerAnswer | LedgerRows:
    """`received` and the four verdicts that it is the sum of, with the newest entries.

    `rejected` and `ignored` were not counted; what is `noted` was, but not as it was sent.
    """
    entries, following = _entries(tenant, parameters, stores)
    if parameters.is_csv():
        return LedgerRows(entries, following)
    lists = {name: [entry for entry in entries if entry.verdict == name] for name in _LISTS}
    return LedgerAnswer(_counts(tenant, stores), **lists, next=following)


def _counts(tenant: str, stores: LedgerStores) -> Counts:
    """The published counts, and those of what landed since the last hourly run."""
    # First: what lands in between is stored as well, and the part is never more than the whole.
    unassigned = whose.unassigned(tenant, stores.reader)
    # The watermark's own hour may still receive objects, so those read of it are told by name.
    hour, done = stores.marks.mark(tenant)
    landed = stores.lake.landing(tenant, hour)
    # Of one name in several hours, or with other counts, the messages were matched more than once.
    waiting = {object.name: object.counts for object in landed if object.name not in done}
    totals = months.ledger_totals(stores.reader.months(tenant), waiting.values())
    return Counts(**totals, unassigned=unassigned)


def _entries(
    tenant: str, parameters: Parameters, stores: LedgerStores
) -> tuple[list[Entry], str | None]:
    """Whole messages until the limit is reached, as far as a page holds them, and where the next
    page begins. Of those that are not asked for no more are read than for the largest page.
    """
    limit, at = paging.limit(parameters), _at(paging.cursor(parameters))
    narrows = narrowing.narrows(parameters, TAKES["ledger"])
    parameters.refuse_rest()
    entries: list[Entry] = []
    read = messages = 0
    # DynamoDB bills what it reads ahead, so a page of everything asks for no more than itself.
    most = _MOST_MESSAGES if narrows else limit
    room = answer_size.Room()
    for place, received, rejects in stores.ledger.newest(tenant, at.before, most):
        messages, read = messages + 1, read + len(rejects)
        shown = at.shown if place == at.message else 0
        for number, reject in enumerate(rejects[shown:], start=shown):
            entry = _entry(reject, place, received)
            if holds(_row(entry, received), narrows):
                if not room.takes(entry):
                    return entries, f"{place}{_IN}{number}"
                entries.append(entry)
        if len(entries) >= limit or read >= _MOST_READ or messages == most:
            return entries, place
    return entries, None


def _at(cursor: str | None) -> _At:
    message, inside, shown = (cursor or "").rpartition(_IN)
    if not inside:
        return _At(cursor, cursor, 0)
    if not (message and shown.isascii() and shown.isdigit() and len(shown) <= _MOST_DIGITS):
        raise BadCursor
    # Behind the name of a message and of no other: it is read once more.
    return _At(message, message + _IN, int(shown))


def _row(entry: Entry, received: int) -> dict[str, Any]:
    return {**msgspec.structs.asdict(entry), "received": received}


def _entry(reject: Reject, place: str, received: int) -> Entry:
    return Entry(
        verdict=reject.verdict,
        received=times.iso(received),
        receipt=place.partition("#")[0],
        payload=reject.payload,
        index=reject.index,
        code=reject.code,
        message=reject.message,
        field=reject.field,
        line=UNSET if reject.line is None else reject.line,
        detail=UNSET if reject.detail is None else reject.detail,
    )
