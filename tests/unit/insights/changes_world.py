"""A small lake of accounts over months, and what changed in it, in plain Python."""

from collections import defaultdict
from collections.abc import Iterable
from math import sqrt
from statistics import variance
from typing import Any

from tests.fakes import FakeReader
from tests.unit.insights import activity_world
from waypost import times
from waypost.insights.changes import Ask
from waypost.times import DAY_MS

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
TODAY = NOW // DAY_MS * DAY_MS
Event = dict[str, Any]


def did(days_ago: float, company: str | None = "acme", user: str = "u9", **more: Any) -> Event:
    """An event so many days before noon of today."""
    time = NOW - round(days_ago * DAY_MS)
    return {"time": time, "user_id": user, "company_id": company, "action": "a"} | more


def steadily(count: int, first: int, last: int, company: str = "acme", **more: Any) -> list[Event]:
    """So many events, spread over the days from `first` ago to `last` ago."""
    step = (first - last) / max(count - 1, 1)
    return [did(first - number * step, company, **more) for number in range(count)]


def lake(*events: Event, accounts: Iterable[Event] = (), **tables: list[Event]) -> FakeReader:
    """The lake of some events, and of an account for each company that they name."""
    rows: list[Event] = [{"count": 1, "weight": 1.0} | event for event in events]
    known = {event["company_id"] for event in rows} - {None}
    records = {name: {"id": name} for name in sorted(known)} | {
        each["id"]: each for each in accounts
    }
    days: defaultdict[tuple[Any, ...], Event] = defaultdict(lambda: {"events": 0, "weight": 0.0})
    seen: defaultdict[tuple[Any, ...], Event] = defaultdict(lambda: {"first": 2**60, "last": 0})
    for row in rows:
        who = {"user_id": row["user_id"], "company_id": row["company_id"]}
        day = {"day": times.day(row["time"])}
        sums = days[(*day.values(), *who.values())]
        sums |= day | who
        sums["events"] += row["count"]
        sums["weight"] += row["weight"] * row["count"]
        span = seen[tuple(who.values())]
        span |= who
        span |= {"first": min(span["first"], row["time"]), "last": max(span["last"], row["time"])}
    return activity_world.reader(
        *rows,
        **{
            "activity": list(days.values()),
            "seen": list(seen.values()),
            "accounts": list(records.values()),
            "alias": [{"company_id": id, "account": id} for id in records],
        }
        | tables,
    )


def expected(ask: Ask, events: Iterable[Event], accounts: Iterable[str]) -> dict[str, str]:
    """The kind of change by account; `events` have their `account` and `person`."""
    of_account: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event["account"] in accounts:
            of_account[event["account"]].append(event)
    kinds = {id: _kind(ask, some) for id, some in of_account.items()}
    return {id: kind for id, kind in kinds.items() if kind}


def _kind(ask: Ask, events: list[Event]) -> str | None:
    periods = [
        [event for event in events if (ask.end - 1 - event["time"]) // ask.length == number]
        for number in range(ask.baseline + 1)
    ]
    if not any(periods):
        return None
    first_day = min(event["time"] for event in events) // DAY_MS
    lived = min(ask.baseline * ask.days, (ask.end - ask.length) // DAY_MS - first_day)
    if periods[0] and lived <= 0:
        return "new"
    if periods[0] and not any(periods[1:]):
        return "back"
    numbers = [_number(ask, period) for period in periods]
    elapsed = min(1, (ask.now - (ask.end - ask.length)) / ask.length)
    usual = sum(numbers[1:]) / lived * ask.days * elapsed
    difference = numbers[0] - usual
    count = sum(event["count"] for period in periods for event in period)
    unit = 1.0 if ask.metric == "users" else sum(numbers) / count
    full = numbers[1 : 1 + lived // ask.days]
    scatter = variance(full) if periods[0] and len(full) > 1 else 0
    deviation = sqrt(max(usual * unit, unit * unit, scatter))
    if abs(difference) < max(ask.threshold * usual, ask.least * deviation) or not difference:
        return None
    return "quiet" if not periods[0] else "fell" if difference < 0 else "rose"


def _number(ask: Ask, events: list[Event]) -> float:
    if ask.metric == "users":
        return len({event["person"] for event in events})
    weighed = ask.metric == "weight"
    return sum(float((event["weight"] if weighed else 1) * event["count"]) for event in events)
