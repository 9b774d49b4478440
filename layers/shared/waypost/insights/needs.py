"""
What a question needs to know of activity, and the smallest table of the lake that knows it.

| table      | knows                                                            | by     |
|------------|------------------------------------------------------------------|--------|
| totals_day | action, source; sums                                             | day    |
| totals     | the same                                                         | hour   |
| days       | who was active, for which company                                | day    |
| activity   | the same; sums                                                   | day    |
| path       | who, action                                                      | event  |
| props      | who, action; properties at the top; count and weight             | event  |
| context    | who, action, source, session, module, feature, product; sums     | event  |
| events     | everything                                                       | event  |

Sums are count, weight (times count), and the times active and in a module. Reports of time are no
activity: they have a part in the two times and in sessions, and in nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from waypost import times
from waypost.insights import whose
from waypost.insights.conditions import COLUMNS_OF_ACCOUNTS, COLUMNS_OF_USERS
from waypost.insights.fields import OF_EVENTS, Field
from waypost.insights.filters import Filter
from waypost.insights.whose import Side
from waypost.lake.plans import Columns, Plan
from waypost.lake.tables import PROPERTY
from waypost.times import DAY_MS, HOUR_MS

SUMS = ("count", "weight", "active_ms", "module_ms")
TIMES = {"active_ms", "module_ms"}
BY_DAY, BY_HOUR = ("totals_day", "days", "activity"), ("totals",)
ROLLUPS = (*BY_DAY, *BY_HOUR)
_WHO = {"user_id", "company_id"}
_PLACES = {"action", "source", "session", "module", "feature", "product"}
_KNOWN: dict[str, set[str]] = {
    "totals_day": {"action", "source", *SUMS},
    "totals": {"action", "source", *SUMS},
    "days": _WHO,
    "activity": {*_WHO, *SUMS},
    "path": {*_WHO, "action"},
    "props": {*_WHO, "action", "count", "weight", "info"},
    "context": {*_WHO, *_PLACES, *SUMS},
    "events": {*_WHO, *OF_EVENTS, *SUMS, "info", "properties"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a question needs to know of activity.

    `fields` come back as texts f0, f1, …, NULL where there is no value; `cases` as booleans c0, c1,
    … that tell whether a row meets all filters of the case, without the rows that meet none.
    `columns` are of time, person, account, action, session, count, weight, active_ms, module_ms,
    user_id and company_id; weight is that of all counts, and the ids are those that the event
    named. `start` is inclusive, `end` exclusive, in epoch ms. With a `grain` times are rounded down
    to multiples of so many ms, and equal rows may be one, with their sums. `distinct`: what occurs
    matters, and not how often. `condition` is SQL over those columns of events.
    """

    fields: tuple[Field, ...] = ()
    filters: tuple[Filter, ...] = ()
    columns: frozenset[str] = frozenset()
    start: int | None = None
    end: int | None = None
    grain: int = 1
    cases: tuple[tuple[Filter, ...], ...] = ()
    distinct: bool = False
    condition: tuple[str, tuple[str, ...]] | None = None

    @property
    def all_filters(self) -> tuple[Filter, ...]:
        return (*self.filters, *(each for case in self.cases for each in case))

    @property
    def all_fields(self) -> list[Field]:
        """The fields that are read for anything, each once."""
        filtered = (each.field for each in self.all_filters)
        return list(dict.fromkeys((*self.fields, *filtered)))


def of_people(field: Field) -> bool:
    """Whether a field is known of people and not of events."""
    return field.kind in {"trait", "account_trait"} or field.name in {"user", "account"}


def added_up_by(side: Side, filters: Iterable[Filter]) -> tuple[str, ...]:
    """The columns by which to add up rows before it is asked whose they are: far fewer have to be
    told then. Whose they are, where filters ask that of each of them anyway.
    """
    if any(of_people(each.field) for each in filters):
        return (side,)
    return whose.given({side})


class Needs:
    """What an `Asked` reads. `infos` are the properties that it reads, each once."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.infos = self.of_kind("info")

    def of_kind(self, kind: str) -> list[Field]:
        return [field for field in self.asked.all_fields if field.kind == kind]

    @cached_property
    def sides(self) -> frozenset[Side]:
        names = {field.name for field in self.asked.all_fields} | self.asked.columns
        sides: set[Side] = set()
        if names & {"user", "person"} or self.of_kind("trait"):
            sides.add("person")
        if "account" in names or self.of_kind("account_trait"):
            sides.add("account")
        return frozenset(sides)

    @cached_property
    def table(self) -> str:
        return next(table for table in _KNOWN if self._answers(table))

    def plan(self) -> Plan:
        """What to open."""
        asked = self.asked
        tables: dict[str, Columns] = {self.table: self._read(), **whose.tables(self.sides)}
        tables |= self._people()
        if "users" in tables:
            tables["who"] = tuple(dict.fromkeys((*(tables["who"] or ()), "person")))
        first = None if asked.start is None else times.day(asked.start)
        last = None if asked.end is None else times.day(max(asked.end - 1, 0))
        return Plan(tables, first, last)

    @cached_property
    def _known(self) -> set[str]:
        """What the table has to know."""
        asked = self.asked
        known = {field.name for field in asked.all_fields if field.name in OF_EVENTS}
        known |= asked.columns & {*OF_EVENTS, *SUMS, *_WHO}
        known |= {*whose.given(self.sides), *(asked.condition[1] if asked.condition else ())}
        return known | ({self._properties} if self.infos else set())

    @property
    def _properties(self) -> str:
        """Only what stands at the top has a column, and their names are the same in capitals."""
        keys = [info.path[0].casefold() for info in self.infos]
        plain = all(len(info.path) == 1 for info in self.infos) and len(set(keys)) == len(keys)
        return "info" if plain else "properties"

    def _answers(self, table: str) -> bool:
        asked = self.asked
        each_event = bool(asked.cases) or not (asked.distinct or asked.columns & set(SUMS))
        if table in ROLLUPS and (each_event or not self._aligned(table)):
            return False
        return self._known <= _KNOWN[table] and (asked.distinct or table != "days")

    def _aligned(self, table: str) -> bool:
        step = DAY_MS if table in BY_DAY else HOUR_MS
        bounds = (self.asked.start or 0, self.asked.end or 0, self.asked.grain)
        return all(bound % step == 0 for bound in bounds)

    def _read(self) -> tuple[str, ...]:
        """The columns of the table that are read."""
        table, sums = self.table, [name for name in SUMS if name in self.asked.columns]
        columns = ["day" if table in BY_DAY else "hour" if table in BY_HOUR else "time"]
        columns += sorted(self._known & {*_WHO, *OF_EVENTS})
        if table in ROLLUPS and table != "days":
            # Of which events are left out that are no activity.
            columns += ["events", *(name for name in sums if name != "count")]
        elif sums or table in {"context", "events"}:
            columns += [*sums, "count"]
        if table == "events":
            columns += ["kind", *(["properties"] if self.infos else [])]
        elif table == "props":
            columns += [PROPERTY + info.path[0] for info in self.infos]
        return tuple(dict.fromkeys(columns))

    def _people(self) -> dict[str, Columns]:
        """What is read of users and accounts."""
        users = ["id", "traits"] if self.of_kind("trait") else []
        accounts = ["id", "traits"] if self.of_kind("account_trait") else []
        for each in self.asked.all_filters:
            if each.field.name == "user" and each.op not in {"exists", "missing"}:
                users += COLUMNS_OF_USERS
            if each.field.name == "account" and each.op == "contains":
                accounts += COLUMNS_OF_ACCOUNTS
        read = {"users": users, "accounts": accounts}
        return {name: tuple(dict.fromkeys(columns)) for name, columns in read.items() if columns}
