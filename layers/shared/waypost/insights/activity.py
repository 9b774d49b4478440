"""
Activity as questions ask for it: one statement that tells, for the rows of a table, what they are
of, who did it, and what is known of them.

It is said in this order: what events tell of themselves, with everything that is so filtered or
added up; whose they are now; what is known of those.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from waypost.insights import whose
from waypost.insights.conditions import Parameters, all_of, condition
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.needs import BY_DAY, BY_HOUR, ROLLUPS, SUMS, TIMES, Asked, Needs, of_people
from waypost.lake.plans import Bulk, Plan
from waypost.lake.sql import named, quoted
from waypost.lake.tables import PROPERTY
from waypost.times import DAY_MS

Columns = Iterator[tuple[str, str]]  # names, and the SQL of what they hold


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer: `sql` with its `parameters`, over the tables of `plan`, most of it of `table`.

    `ends` is SQL of when activity begins and ends (epoch ms) in the days of the plan, whatever the
    filters.
    """

    table: str
    plan: Plan
    sql: str
    parameters: dict[str, Any]
    ends: str


def rows(asked: Asked) -> Rows:
    """The rows that are asked for, with the columns of the `Asked`."""
    needs, bind = Needs(asked), Parameters()
    events = _OfEvents(needs, bind)
    sql = _OfPeople(needs, bind).sql(events.sql())
    plan = replace(needs.plan(), bulk=(Bulk(sql, bind.values), Bulk(events.ends(), {})))
    return Rows(needs.table, plan, sql, bind.values, events.ends())


class _OfEvents:
    """What rows tell of themselves."""

    def __init__(self, needs: Needs, bind: Parameters) -> None:
        self.asked, self.table, self.needs, self.bind = needs.asked, needs.table, needs, bind

    def sql(self) -> str:
        columns = dict(self._columns())
        listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items()) or "true AS row"
        rows = f"SELECT {listed} FROM {self._source()} WHERE {all_of(self._conditions())}"
        if self.asked.cases:
            met = " OR ".join(f"c{number}" for number in range(len(self.asked.cases)))
            rows = f"SELECT * FROM ({rows}) WHERE {met}"
        if self.asked.grain == 1 or not self.needs.sides or self.table in ROLLUPS:
            return rows
        # Far fewer rows have to be told whose they are.
        added = [f"sum({name}) AS {name}" if name in SUMS else name for name in columns]
        return f"SELECT {', '.join(added)} FROM ({rows}) GROUP BY ALL"

    def ends(self) -> str:
        moment, where = self._moment(), all_of(self._activity())
        return f"SELECT min({moment}), max({moment}) FROM {self.table} WHERE {where}"

    def _columns(self) -> Columns:
        asked = self.asked
        if "time" in asked.columns:
            yield "time", self._time()
        named = [name for name in ("user_id", "company_id") if name in asked.columns]
        yield from ((name, name) for name in (*whose.given(self.needs.sides), *named))
        for number, field in enumerate(asked.fields):
            if not of_people(field):
                yield f"f{number}", self._value(field)
        for number, case in enumerate(asked.cases):
            own = [each for each in case if not of_people(each.field)]
            met = all_of(condition(each, self._value(each.field), self.bind) for each in own)
            yield f"c{number}", f"coalesce({met}, false)"
        yield from ((name, name) for name in ("action", "session") if name in asked.columns)
        yield from ((name, self._sum(name)) for name in SUMS if name in asked.columns)

    def _time(self) -> str:
        moment, grain = self._moment(), self.asked.grain
        if grain == 1 or (self.table in BY_DAY and grain == DAY_MS):
            return moment
        return f"{moment} // {grain} * {grain}"

    def _moment(self) -> str:
        if self.table in BY_DAY:
            return f"(day - DATE '1970-01-01')::BIGINT * {DAY_MS}"
        return "hour" if self.table in BY_HOUR else "time"

    def _sum(self, name: str) -> str:
        if self.table in ROLLUPS:
            return "events" if name == "count" else name
        return "weight * count" if name == "weight" else name

    def _value(self, field: Field) -> str:
        if field.kind != "info":
            return field.name
        if self.table == "props":
            return named(PROPERTY + field.path[0])
        return f"found[{1 + self.needs.infos.index(field)}]"

    def _source(self) -> str:
        infos = self.needs.infos
        if self.table != "events" or not infos:
            return self.table
        # All in one go: the text is parsed once per event.
        pointers = ", ".join(quoted(info.pointer) for info in infos)
        return f"(SELECT *, json_extract_string(properties, [{pointers}]) AS found FROM events)"

    def _conditions(self) -> Iterator[str]:
        asked = self.asked
        if self.table not in BY_DAY:
            for sign, bound in ((">=", asked.start), ("<", asked.end)):
                # Of whole days the plan opens no others, and times need not be read for it.
                if bound is not None and (bound % DAY_MS or not bound):
                    yield f"{self._moment()} {sign} {self.bind.bind(bound)}"
        yield from self._activity()
        if asked.condition is not None:
            yield f"({asked.condition[0]})"
        for each in asked.filters:
            if not of_people(each.field):
                yield condition(each, self._value(each.field), self.bind)

    def _activity(self) -> list[str]:
        """Reports of time are no activity: they have a part in the two times and in sessions."""
        timed = bool(self.asked.columns & {*TIMES, "session"})
        if self.table == "events":
            return ["(kind IS NULL OR kind = 'time')" if timed else "kind IS NULL"]
        if timed or self.table in {"days", "path", "props"}:
            return []
        return ["events > 0" if self.table in ROLLUPS else "count > 0"]


class _OfPeople:
    """Whose the rows are now, and what is known of those."""

    def __init__(self, needs: Needs, bind: Parameters) -> None:
        self.asked, self.needs, self.bind = needs.asked, needs, bind
        self.user_traits = needs.of_kind("trait")
        self.account_traits = needs.of_kind("account_trait")

    def sql(self, given: str) -> str:
        if not self.needs.sides:
            return given
        listed = ", ".join(f"{sql} AS {name}" for name, sql in self._columns()) or "true AS row"
        rows = f"({whose.resolved(given, self.needs.sides)}) AS whose {self._traits()}"
        return f"SELECT {listed} FROM {rows} WHERE {all_of(self._conditions())}"

    def _columns(self) -> Columns:
        asked = self.asked
        if "time" in asked.columns:
            yield "time", "whose.time"
        for number, field in enumerate(asked.fields):
            yield f"f{number}", self._value(field) if of_people(field) else f"whose.f{number}"
        for number, case in enumerate(asked.cases):
            yield f"c{number}", self._case(number, case)
        wanted = ("person", "account", "user_id", "company_id", "action", "session", *SUMS)
        yield from ((name, f"whose.{name}") for name in wanted if name in asked.columns)

    def _value(self, field: Field) -> str:
        if field.kind == "plain":
            return "whose.person" if field.name == "user" else "whose.account"
        if field.kind == "trait":
            return f"of_user.found[{1 + self.user_traits.index(field)}]"
        return f"of_account.found[{1 + self.account_traits.index(field)}]"

    def _case(self, number: int, case: tuple[Filter, ...]) -> str:
        people = [each for each in case if of_people(each.field)]
        met = [condition(each, self._value(each.field), self.bind) for each in people]
        return f"coalesce({all_of([f'whose.c{number}', *met])}, false)"

    def _conditions(self) -> Iterator[str]:
        for each in self.asked.filters:
            if of_people(each.field):
                yield condition(each, self._value(each.field), self.bind)
        cases = self.asked.cases
        if any(of_people(each.field) for case in cases for each in case):
            yield f"({' OR '.join(self._case(*numbered) for numbered in enumerate(cases))})"

    def _traits(self) -> str:
        sides = (("user", "person", self.user_traits), ("account", "account", self.account_traits))
        return " ".join(
            f"LEFT JOIN (SELECT id, json_extract_string(traits, [{_pointers(traits)}]) AS found "
            f"FROM {kind}s) AS of_{kind} ON of_{kind}.id = whose.{side}"
            for kind, side, traits in sides
            if traits
        )


def _pointers(traits: list[Field]) -> str:
    return ", ".join(quoted(trait.pointer) for trait in traits)
