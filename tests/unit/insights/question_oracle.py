"""Rows of activity recounted in plain Python, over what was decided and who everybody is now."""

import json
import operator
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.unit.lake.histories import COLUMNS, Rows
from tests.unit.lake.oracle import Decided
from waypost.event import TIME
from waypost.insights.fields import Field
from waypost.insights.filters import Filter, number
from waypost.insights.needs import SUMS, TIMES, Asked
from waypost.lake.records import Landed

Row = tuple[Any, ...]
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Known:
    """What a lake has to answer from: `people` as `histories.recount` tells them."""

    decided: list[Decided]
    people: Rows

    def rows(self, asked: Asked) -> Counter[Row]:
        """The rows of a question, each as often as it is there."""
        return Counter(row for record in self._records(asked) for row in self._row(asked, record))

    def person(self, record: Landed) -> str | None:
        return self._who(record)[0]

    def account(self, record: Landed) -> str | None:
        exists = (record.company_id, record.company_id) in self.people["alias"]
        return record.company_id if exists else self._who(record)[1]

    def value(self, record: Landed, field: Field) -> str | None:
        """The value of a field, as text."""
        match field.kind:
            case "info":
                return _at(record.properties, field.path)
            case "trait":
                return self._trait("users", self.person(record), field)
            case "account_trait":
                return self._trait("accounts", self.account(record), field)
        if field.name in {"user", "account"}:
            return self.person(record) if field.name == "user" else self.account(record)
        text: str | None = getattr(record, field.name)
        return text

    def meets(self, record: Landed, each: Filter) -> bool:
        value = self.value(record, each.field)
        if each.op in {"exists", "missing"}:
            return (value is None) == (each.op == "missing")
        if each.op in {"!=", "not in"}:
            return not self._equals(value, each)
        if value is None:
            return False
        if each.op in {"=", "in"}:
            return self._equals(value, each)
        if each.op == "contains":
            return self._contains(value, each)
        return _ordered(value, each)

    def _records(self, asked: Asked) -> Iterable[Landed]:
        """What counts for a question: reports of time do for times and sessions alone."""
        kinds = {None, TIME} if asked.columns & {*TIMES, "session"} else {None}
        for one in self.decided:
            record = one.record
            if one.verdict != "stored" or record.kind not in kinds:
                continue
            if not (asked.start or 0) <= record.time < (asked.end or record.time + 1):
                continue
            if all(self.meets(record, each) for each in asked.filters):
                yield record

    def _row(self, asked: Asked, record: Landed) -> Iterable[Row]:
        cases = [all(self.meets(record, each) for each in case) for case in asked.cases]
        if cases and not any(cases):
            return
        columns = {
            "person": self.person(record),
            "account": self.account(record),
            "action": record.action,
            "session": record.session,
            "count": record.count,
            "weight": record.weight * record.count,
            "active_ms": record.active_ms,
            "module_ms": record.module_ms,
        }
        time = [record.time // asked.grain * asked.grain] * ("time" in asked.columns)
        values = [plain(self.value(record, field)) for field in asked.fields]
        told = [value for name, value in columns.items() if name in asked.columns]
        yield (*time, *values, *cases, *told)

    def _who(self, record: Landed) -> tuple[str | None, str | None]:
        for user, person, account in self.people["who"]:
            if user == record.user_id:
                return person, account
        return record.user_id, None

    def _trait(self, table: str, id: str | None, field: Field) -> str | None:
        at = COLUMNS[table].split(", ").index("traits")
        for row in self.people[table]:
            if row[0] == id:
                return _at(json.loads(row[at]), field.path)
        return None

    def _equals(self, value: str | None, each: Filter) -> bool:
        if each.field.name == "user":
            return value in {*each.values, *self._led_to(lambda names: names[0] in each.values)}
        if each.field.name == "account":
            return value in each.values
        return any(_same(value, text) for text in each.values)

    def _contains(self, value: str, each: Filter) -> bool:
        sought = each.values[0].lower()

        def named(names: Iterable[str | None]) -> bool:
            return any(sought in name.lower() for name in names if name is not None)

        if each.field.name == "user":
            return value in self._led_to(named)
        if each.field.name == "account":
            return value in {id for id, *_, name, _ in self.people["accounts"] if named((id, name))}
        return sought in value.lower()

    def _led_to(self, named: Callable[[tuple[str, str | None]], bool]) -> set[str]:
        """The persons whom users of some names (id and name) are."""
        persons: dict[str, str] = {user: person for user, person, _ in self.people["who"]}
        users = [(row[0], row[3]) for row in self.people["users"]]
        return {persons[id] for id, name in users if named((id, name))}


def added(rows: Iterable[Row], asked: Asked) -> Any:
    """What two answers must have in common, however many rows their tables have of it."""
    summed = len(asked.columns & set(SUMS))
    counted = Counter(rows)
    if not summed:
        return set(counted) if asked.distinct or asked.grain > 1 else counted
    sums: dict[Row, list[float]] = {}
    for row, times in counted.items():
        values = sums.setdefault(row[:-summed], [0] * summed)
        for at, value in enumerate(row[-summed:]):
            values[at] += (value or 0) * times
    return sums


def plain(value: Any) -> Any:
    """A JSON text as what it says, however it was written."""
    try:
        return repr(json.loads(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def _at(value: Any, path: Iterable[str]) -> str | None:
    for key in path:
        if isinstance(value, list):
            value = dict(enumerate(value)).get(int(key)) if key.isdigit() else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _same(value: str | None, text: str) -> bool:
    numbers = number(value or ""), number(text)
    return value == text or (numbers[0] is not None and numbers[0] == numbers[1])


def _ordered(value: str, each: Filter) -> bool:
    if each.number is None:
        return _ORDER[each.op](value, each.values[0])
    try:
        as_number = float(value)
    except ValueError:
        return False
    return _ORDER[each.op](as_number, each.number)
