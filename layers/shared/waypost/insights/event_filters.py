"""The SQL of what a feed is narrowed to: a span, and filters over events and whose they are now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from waypost.insights import whose
from waypost.insights.conditions import Parameters, all_of, condition
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.needs import Asked, Needs, of_people
from waypost.insights.whose import Side
from waypost.lake.plans import Columns
from waypost.lake.sql import quoted

_OF_PEOPLE = ("who", "alias", "users", "accounts")


@dataclass(frozen=True)
class Matching:
    """Events from `start` on and before `end` (epoch ms) that meet all filters. `reports`: not
    activity, but the reports of time.
    """

    filters: tuple[Filter, ...] = ()
    start: int | None = None
    end: int | None = None
    reports: bool = False

    def __bool__(self) -> bool:
        return bool(self.filters) or self.reports or self.start is not None or self.end is not None

    @cached_property
    def _needs(self) -> Needs:
        return Needs(Asked(filters=self.filters))

    @property
    def sides(self) -> frozenset[Side]:
        """What has to be known of whose an event is."""
        return self._needs.sides

    def with_people(self, tables: Mapping[str, Columns]) -> dict[str, Columns]:
        """Tables with what is read of people besides."""
        asked = self._needs.plan().tables
        more = {name: asked[name] or () for name in _OF_PEOPLE if name in asked}
        return {
            name: tuple(dict.fromkeys((*(tables.get(name) or ()), *more.get(name, ()))))
            for name in {**tables, **more}
        }

    def of_events(self, bind: Parameters) -> str:
        """The condition of what events tell of themselves."""
        return all_of(self._of_events(bind))

    def _of_events(self, bind: Parameters) -> Iterator[str]:
        for sign, bound in ((">=", self.start), ("<", self.end)):
            if bound is not None:
                yield f"time {sign} {bind.bind(bound)}"
        for each in self.filters:
            if not of_people(each.field):
                yield condition(each, _value(each.field), bind)

    def of_whose(self, rows: str, known: Iterable[Side], bind: Parameters) -> str:
        """The relation of events that meets what is asked of people; some of the sides, which rows
        have as columns already, are `known`.
        """
        people = [each for each in self.filters if of_people(each.field)]
        resolved = f"({whose.resolved(rows, self.sides - {*known})}) AS whose"
        met = all_of(condition(each, _value(each.field), bind) for each in people)
        joined = "".join(_joined({each.field.kind for each in people}))
        return f"(SELECT whose.* FROM {resolved}{joined} WHERE {met})"


def _joined(kinds: Iterable[str]) -> Iterator[str]:
    if "trait" in kinds:
        yield " LEFT JOIN users AS of_user ON of_user.id = whose.person"
    if "account_trait" in kinds:
        yield " LEFT JOIN accounts AS of_account ON of_account.id = whose.account"


def _value(field: Field) -> str:
    if field.name in {"user", "account"}:
        return "whose.person" if field.name == "user" else "whose.account"
    if field.kind == "plain":
        return f'"{field.name}"'
    table = {"info": "properties", "trait": "of_user.traits", "account_trait": "of_account.traits"}
    return f"json_extract_string({table[field.kind]}, {quoted(field.pointer)})"
