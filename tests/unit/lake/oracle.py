"""The lake recounted in plain Python: what every table must hold of some landed records."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from uuid import UUID

from waypost import times
from waypost.lake.records import Landed
from waypost.lake.tables import EVENTS
from waypost.times import HOUR_MS

Arrival = tuple[int, int, str | None]
Row = tuple[Any, ...]
Tables = dict[str, Counter[Row]]

# Of a rollup's columns those that name a row, and how the others are added up.
KEYS = {
    "totals": ("hour", "action", "source"),
    "totals_day": ("day::VARCHAR", "action", "source"),
    "days": ("day::VARCHAR", "user_id", "company_id"),
    "activity": ("day::VARCHAR", "user_id", "company_id"),
}
SUMS = {
    "totals": ("events", "weight", "active_ms", "module_ms"),
    "totals_day": ("events", "weight", "active_ms", "module_ms"),
    "days": (),
    "activity": ("events", "weight", "active_ms", "module_ms", "rows", "first", "last"),
}
_OF_OTHERS = ("code", "source", "id", "user_id", "received", "arrival", "n", "digest", "overwrites")
_CONTEXT = ("session", "module", "feature", "product", "source", "weight", "count")


@dataclass(frozen=True, slots=True)
class Decided:
    """An arrival with the day that it counts on, and what became of it."""

    record: Landed
    day: str
    verdict: str

    @property
    def is_activity(self) -> bool:
        return self.verdict == "stored" and self.record.kind is None

    @property
    def is_timed(self) -> bool:
        """Whether it has a part in the times: activity, and reports of time."""
        return self.verdict == "stored" and self.record.kind in {None, "time"}


def receipt_number(receipt: str) -> int:
    """A receipt as the lake keeps it."""
    return int.from_bytes(md5(receipt.encode()).digest()[8:], "little")


def arrival(record: Landed) -> Arrival:
    """What tells arrivals apart; one that lands again has the same."""
    return receipt_number(record.receipt), record.n, _uuid(record)


def _uuid(record: Landed) -> str | None:
    return str(UUID(record.id)) if record.id else None


def decide(records: Iterable[Landed]) -> list[Decided]:
    """What became of each arrival, once however often it landed."""
    decided: list[Decided] = []
    events: dict[tuple[str, str], list[Landed]] = {}
    for record in {arrival(record): record for record in records}.values():
        if record.id and record.code != "conflict":
            events.setdefault((record.id, times.day(record.time)), []).append(record)
        else:
            decided.append(Decided(record, times.day(record.received), record.verdict))
    for (_, day), arrivals in events.items():
        decided += [Decided(one, day, verdict) for one, verdict in _judged(arrivals)]
    return decided


def _judged(arrivals: list[Landed]) -> Iterable[tuple[Landed, str]]:
    """Of one event the first received counts, or the last where they overwrite."""
    arrivals = sorted(arrivals, key=lambda one: (one.received, receipt_number(one.receipt), one.n))
    counts = arrivals[-1] if arrivals[0].overwrites else arrivals[0]
    for record in arrivals:
        if record is counts:
            yield record, "stored"
        elif record.overwrites or record.digest == arrivals[0].digest:
            yield record, "duplicate"
        else:
            yield record, "rejected"


def counts(decided: Iterable[Decided]) -> dict[str, Counter[str]]:
    """By day the received by verdict."""
    by_day: dict[str, Counter[str]] = {}
    for one in decided:
        by_day.setdefault(one.day, Counter())[one.verdict] += 1
    return by_day


def tables(decided: list[Decided]) -> Tables:
    """The rows of each table; those of rollups added up."""
    active = [one for one in decided if one.is_activity]
    timed = [one for one in decided if one.is_timed]
    return {
        "events": Counter(_event(one.record) for one in decided if one.verdict == "stored"),
        "others": Counter(_other(one) for one in decided if one.verdict != "stored"),
        "path": Counter(_path(one.record) for one in active),
        "context": Counter((*_path(one.record), *_context(one.record)) for one in timed),
        "totals": _summed("totals", [(_hour(one), _sums(one.record)) for one in timed]),
        "totals_day": _summed("totals_day", [(_total(one), _sums(one.record)) for one in timed]),
        "days": Counter({_person(one): 1 for one in active}),
        "activity": _summed("activity", [(_person(one), _seen(one.record)) for one in timed]),
    }


def seen(decided: Iterable[Decided]) -> Counter[Row]:
    """The rows of `seen`, of all time."""
    active: dict[Row, list[Landed]] = {}
    for one in decided:
        if one.is_activity:
            active.setdefault((one.record.user_id, one.record.company_id), []).append(one.record)
    return Counter((*person, *_span(records)) for person, records in active.items())


def _span(records: list[Landed]) -> Row:
    times_of = [record.time for record in records]
    weight = sum(record.weight * record.count for record in records)
    events = sum(record.count for record in records)
    return min(times_of), max(times_of), events, weight, len(records)


def props(record: Landed) -> Row:
    """A row of `props` without properties."""
    return (*_path(record), record.weight, record.count)


def shredded(record: Landed, keys: Iterable[str]) -> tuple[str | None, ...]:
    """Properties as columns of `props` have them."""
    return tuple(_text((record.properties or {}).get(key)) for key in keys)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _event(record: Landed) -> Row:
    special = {
        "id": _uuid(record),
        "arrival": receipt_number(record.receipt),
        "properties": canonical(record.properties),
    }
    return tuple(special.get(name, getattr(record, name, None)) for name in EVENTS)


def canonical(properties: Any) -> str | None:
    """Properties as text that is the same whenever they are."""
    return None if properties is None else json.dumps(properties, sort_keys=True)


def _other(one: Decided) -> Row:
    record = one.record
    special = {"id": _uuid(record), "arrival": receipt_number(record.receipt)}
    return (
        one.day,
        one.verdict,
        *(special.get(name, getattr(record, name, None)) for name in _OF_OTHERS),
    )


def _path(record: Landed) -> Row:
    return record.time, record.user_id, record.company_id, record.action


def _context(record: Landed) -> Row:
    return (*(getattr(record, name) for name in _CONTEXT), record.active_ms, record.module_ms)


def _hour(one: Decided) -> Row:
    hour = one.record.time // HOUR_MS * HOUR_MS
    return hour, one.record.action, one.record.source


def _total(one: Decided) -> Row:
    return one.day, one.record.action, one.record.source


def _person(one: Decided) -> Row:
    return one.day, one.record.user_id, one.record.company_id


def _sums(record: Landed) -> Row:
    return record.count, record.weight * record.count, record.active_ms, record.module_ms


def _seen(record: Landed) -> Row:
    if record.kind is None:
        return *_sums(record), 1, record.time, record.time
    return *_sums(record), 0, None, None


def _summed(table: str, rows: Iterable[tuple[Row, Row]]) -> Counter[Row]:
    return Counter(add_up(table, rows))


def add_up(table: str, rows: Iterable[tuple[Row, Row]]) -> list[Row]:
    """One row of each key in place of partial ones."""
    added: dict[Row, Row] = {}
    for key, values in rows:
        known = added.get(key)
        added[key] = values if known is None else _added(SUMS[table], known, values)
    return [(*key, *values) for key, values in added.items()]


def _added(names: tuple[str, ...], one: Row, other: Row) -> Row:
    ways: dict[str, Any] = {"first": min, "last": max}
    return tuple(
        ways.get(name, sum)([value for value in pair if value is not None] or [None])
        for name, *pair in zip(names, one, other, strict=True)
    )
