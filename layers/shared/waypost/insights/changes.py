"""
Changes: accounts that fell, rose, went quiet, came back or are new, against their own baseline.

The last so many days are compared with as many as the mean of the periods before has, for as long
as there was an account. Days are those of UTC.

| kind  | an account                                                                       |
|-------|----------------------------------------------------------------------------------|
| quiet | without activity in the last days, and with some in the periods before           |
| new   | whose first activity of all is in the last days                                  |
| back  | with activity in the last days, and none in the periods before                   |
| fell, rose | that did less, or more, than the threshold allows                           |

What is small is no news: a count scatters by its square root even where nothing changes, and by
more where it swings from period to period. What fell, rose or went quiet by less than `least`
standard deviations is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from waypost.insights import activity, change_sql
from waypost.insights.conditions import Parameters
from waypost.insights.explained import Explained, explained
from waypost.insights.filters import Filter
from waypost.insights.needs import Asked
from waypost.insights.ports import Lake
from waypost.lake.plans import Columns
from waypost.times import DAY_MS

Kind = Literal["fell", "rose", "quiet", "back", "new"]
Metric = Literal["weight", "events", "users"]

MOST_DAYS, LONGEST = 90, 180  # of a period, and of the baseline
_TABLES: dict[str, Columns] = {
    "who": ("user_id", "person", "account"),
    "alias": ("company_id", "account"),
    "accounts": ("id", "name", "traits"),
    "seen": ("user_id", "company_id", "first", "last"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What changed in the `days` before `end` (epoch ms, midnight in UTC), of which some may be
    still to come `now`, against the `baseline` periods of as many days before them.
    """

    metric: Metric = "weight"
    days: int = 28
    baseline: int = 4
    threshold: float = 0.5
    least: float = 2.0
    kinds: tuple[Kind, ...] = ()
    churned: bool = False
    filters: tuple[Filter, ...] = ()
    limit: int = 100
    end: int
    now: int

    @property
    def length(self) -> int:
        """A period in ms."""
        return self.days * DAY_MS

    @property
    def start(self) -> int:
        """Where the baseline begins."""
        return self.end - (self.baseline + 1) * self.length


@dataclass(frozen=True, slots=True)
class Change:
    """An account that changed: how, and from what to what.

    `now` is its number in the last days, `before` the mean of as many days before, None where it
    was not there yet; `change` is the share of more or less than was to be expected by now.
    `periods` begin with the last one. `first`, `last`: its activity of all time; `since` and
    `until` the first day of the last period and the last day of all on which it did something (all
    epoch ms). `days`: on so many of the period before the last it was active.
    """

    kind: Kind
    id: str
    name: str | None
    traits: str | None
    churned: bool
    now: float
    before: float | None
    change: float | None
    periods: list[float | None]
    users: int
    users_before: int
    first: int
    last: int
    since: int | None
    until: int
    days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The changes: the largest losses first, then the largest gains; `totals` by kind count those
    that are not shown too.
    """

    changes: list[Change]
    totals: dict[Kind, int]
    complete_until: int
    provisional: bool
    explained: Explained


def answer(ask: Ask, tenant: str, reader: Lake) -> Answer:
    """What changed. Raises `TooLong`."""
    rows = activity.rows(_asked(ask))
    plan = replace(rows.plan, tables={**_TABLES, **_wider(rows.plan.tables)})
    bind = Parameters(dict(rows.parameters))
    sql = change_sql.sql(ask, rows, bind)
    with reader.open(tenant, plan) as opened:
        told = opened.rows(sql, bind.values | _parameters(ask))
        return Answer(
            changes=[Change(*values) for *values, _ in told],
            totals=told[0][-1] if told else {},
            complete_until=opened.complete_until,
            provisional=opened.provisional,
            explained=explained(opened, plan),
        )


def _asked(ask: Ask) -> Asked:
    """The days of users; filters of accounts are met by accounts, not by each of their rows."""
    return Asked(
        filters=tuple(each for each in ask.filters if not change_sql.of_account(each)),
        columns=frozenset({"time", "user_id", "company_id", "count", change_sql.value(ask)}),
        start=ask.start,
        end=ask.end,
        grain=DAY_MS,
    )


def _wider(tables: Mapping[str, Columns]) -> dict[str, Columns]:
    """What the rows read, with what is read beside them."""
    return {
        table: tuple(dict.fromkeys((*(columns or ()), *(_TABLES.get(table) or ()))))
        for table, columns in tables.items()
    }


def _parameters(ask: Ask) -> dict[str, Any]:
    elapsed = min(ask.now, ask.end) - (ask.end - ask.length)
    return {
        "end": ask.end,
        "length": ask.length,
        "days": ask.days,
        "baseline": ask.baseline,
        "elapsed": max(elapsed, 0) / ask.length,
        "threshold": ask.threshold,
        "least": ask.least,
        "limit": ask.limit,
    }
