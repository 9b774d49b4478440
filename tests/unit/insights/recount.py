"""A metric recounted event by event, in plain Python."""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, median
from typing import Any

from tests.unit.insights.people_world import Row, World
from waypost.insights.asked_metrics import Question
from waypost.insights.fields import Field
from waypost.insights.measures import Value

Groups = dict[tuple[str, ...], list[Row]]


@dataclass(frozen=True)
class Recount:
    """A question without filters, over all that a world did in a span of epoch ms."""

    world: World
    question: Question
    start: int
    end: int

    @property
    def events(self) -> list[Row]:
        rows = self.world.events
        return [row for row in rows if self.start <= row["time"] < self.end and self._counts(row)]

    def total(self) -> Value:
        return self.value(self.events)

    def groups(self) -> Groups:
        groups: Groups = defaultdict(list)
        for event in self.events:
            groups[tuple(self._key(event, field) for field in self.question.by)].append(event)
        return groups

    def cells(self, events: Iterable[Row]) -> dict[date | tuple[date, int], Value]:
        """The values by what calendars show of a bucket."""
        cells: dict[date | tuple[date, int], list[Row]] = defaultdict(list)
        for event in events:
            cells[self.shown(event["time"])].append(event)
        return {shown: self.value(events) for shown, events in cells.items()}

    def shown(self, at: int) -> date | tuple[date, int]:
        """The first day of the interval that a moment is in, or the day and hour."""
        local = datetime.fromtimestamp(at / 1000, self.question.zone)
        day = local.date()
        match self.question.interval:
            case "hour":
                return day, local.hour
            case "day":
                return day
            case "week":
                return day - timedelta(days=(day.weekday() - self.question.week_start) % 7)
            case "month":
                return day.replace(day=1)
            case "quarter":
                return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
            case "year":
                return day.replace(month=1, day=1)

    def value(self, events: list[Row]) -> Value:
        measure = self.question.measure
        if measure.field is not None:
            return self._of_numbers(measure.function, [n for e in events for n in self._numbers(e)])
        return _BY_NAME[measure.name](self.world, events)

    def _counts(self, event: Row) -> bool:
        if event["kind"] is not None:
            return False
        if self.question.measure.name == "logins":
            return bool(event["action"] == "Logged in")
        return self.question.measure.field is None or bool(self._numbers(event))

    def _numbers(self, event: Row) -> list[float]:
        """The number of an event as often as it counts; none where it has none."""
        assert self.question.measure.field is not None
        text = _property(event, self.question.measure.field)
        try:
            number = float(text or "")
        except ValueError:
            return []
        return [number] * event["count"] if math.isfinite(number) else []

    def _of_numbers(self, function: str, numbers: list[float]) -> Value:
        if not numbers:
            return 0 if function == "sum" else None
        functions: dict[str, Callable[[list[float]], float]] = {
            "sum": math.fsum,
            "avg": fmean,
            "min": min,
            "max": max,
            "median": median,
        }
        return functions[function](numbers)

    def _key(self, event: Row, field: Field) -> str:
        if field.kind == "info":
            return _property(event, field) or field.none
        if field.name == "user":
            return self.world.person(event) or field.none
        value = self.world.account(event) if field.name == "account" else event[field.name]
        return value or field.none


def _property(event: Row, field: Field) -> str | None:
    value: Any = json.loads(event["properties"])
    for key in field.path:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _weight(_: World, events: list[Row]) -> float:
    return math.fsum(event["weight"] * event["count"] for event in events)


def _users(world: World, events: list[Row]) -> int:
    return len({world.person(event) for event in events} - {None})


def _per_user(world: World, events: list[Row]) -> Value:
    somebodys = [event for event in events if world.person(event) is not None]
    return _weight(world, somebodys) / _users(world, somebodys) if somebodys else None


_BY_NAME: dict[str, Callable[[World, list[Row]], Value]] = {
    "events": lambda _, events: sum(event["count"] for event in events),
    "weight": _weight,
    "active_time": lambda _, events: sum(event["active_ms"] or 0 for event in events) / 1000,
    "module_time": lambda _, events: sum(event["module_ms"] or 0 for event in events) / 1000,
    "users": _users,
    "accounts": lambda world, events: len({world.account(event) for event in events} - {None}),
    "sessions": lambda _, events: len({event["session"] for event in events} - {None}),
    "weight_per_user": _per_user,
    "logins": lambda _, events: sum(event["count"] for event in events),
}
