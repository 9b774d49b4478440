"""
Funnels: how many went from step to step, how long it took them, and who stopped where.

An attempt begins with the first step, within the span. From it the earliest event of each further
step counts that comes later than the one before and within the window, be it after the span. Of
several attempts of somebody the one that came furthest counts, and of such the first.

Events of the same moment count in the order of the steps, unless one event could be both: then
the later step has to come later. People and accounts are those of now.
"""

from dataclasses import dataclass
from typing import Any

from waypost.insights import activity, attempts, firsts, whose
from waypost.insights.attempts import MASKS, Attempts
from waypost.insights.explained import Explained, explained
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.names import names
from waypost.insights.needs import Asked, added_up_by
from waypost.insights.ports import Lake
from waypost.insights.steps import Step
from waypost.insights.whose import Side
from waypost.lake.reader import Opened

Took = tuple[float | None, float | None]  # median and 90th percentile, seconds
NOTHING: Took = (None, None)
FEWEST_STEPS = 2

# What each did when: by the ids that events arrived with, and then by whose they are now. Rows are
# numbered, for ids are long, and the joins below go over all moments.
_GIVEN = f"""SELECT {{ids}}, list(time * {MASKS} + {{mask}}) AS moments, bool_or(c0) AS began
FROM ({{rows}}) GROUP BY {{ids}}"""
_LIVES = """CREATE TEMP TABLE lives AS
SELECT row_number() OVER () - 1 AS n, id, moments FROM (
    SELECT {side} AS id, flatten(list(moments)) AS moments
    FROM ({given}) WHERE {side} IS NOT NULL GROUP BY id HAVING bool_or(began)
)"""
_EVER = """SELECT id AS {side}, [first * {masks} + 1] AS moments, true AS began FROM ({firsts})"""
_STUCK = """SELECT reached, id, {account}, latest
FROM best JOIN lives USING (n) {who} WHERE reached < $steps
QUALIFY row_number() OVER (PARTITION BY reached ORDER BY latest DESC, id) <= $limit
ORDER BY reached, latest DESC, id"""
_OF_WHOM = "LEFT JOIN who ON who.user_id = lives.id"
_NAMED: dict[Side, Field] = {"person": Field("user"), "account": Field("account")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """The question. `start` (inclusive) and `end` (exclusive) are when attempts begin, `window`
    how long one may take, all in ms. With the `first` attempts somebody has one: the first of the
    span; and where neither the first step nor `filters` ask for anything, from the first
    activity of all time. `limit` is how many of those stuck at a step are named.
    """

    steps: tuple[Step, ...]
    window: int
    start: int
    end: int
    per: Side = "person"
    attempts: Attempts = "all"
    filters: tuple[Filter, ...] = ()
    limit: int = 50

    @property
    def since_ever(self) -> bool:
        return self.attempts == "first" and not self.filters and not self.steps[0].filters


@dataclass(frozen=True, slots=True)
class Reached:
    """A step: how many came to it, and how many seconds, as median and 90th percentile, they took
    from the step before and from the first. `stuck` are those who came no further.
    """

    name: str
    count: int
    stuck: int
    from_before: Took = NOTHING
    from_first: Took = NOTHING


@dataclass(frozen=True, slots=True)
class Stuck:
    """Somebody who came to `step`, counted from 1, and no further; last at `at`, epoch ms."""

    step: int
    id: str
    name: str | None
    account: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that landed until `complete_until` (epoch ms) is counted."""

    steps: list[Reached]
    stuck: list[Stuck]
    provisional: bool
    complete_until: int
    explained: Explained


def answer(funnel: Funnel, tenant: str, reader: Lake) -> Answer:
    """How far everybody came. Raises `Unavailable`."""
    rows = activity.rows(_asked(funnel))
    plan = rows.plan.reading(whose.tables({funnel.per})).reading({"who": ("user_id", "account")})
    if funnel.since_ever:
        plan = plan.reading(firsts.tables(funnel.per))
    with reader.open(tenant, plan) as opened:
        opened.rows(_lives(funnel, rows.sql), rows.parameters)
        attempts.follow(funnel, opened)
        steps, stuck = _steps(funnel, opened), _stuck(funnel, opened)
        shown = explained(opened, plan)
    return Answer(
        steps,
        _named(funnel, stuck, tenant, reader),
        opened.provisional,
        opened.complete_until,
        shown,
    )


def _asked(funnel: Funnel) -> Asked:
    return Asked(
        columns=frozenset({"time", *_ids(funnel)}),
        cases=tuple(step.filters for step in funnel.steps[funnel.since_ever :]),
        filters=funnel.filters,
        start=funnel.start,
        end=funnel.end + funnel.window,
    )


def _ids(funnel: Funnel) -> tuple[str, ...]:
    """What moments are listed by."""
    of_steps = (each for step in funnel.steps for each in step.filters)
    return added_up_by(funnel.per, (*funnel.filters, *of_steps))


def _lives(funnel: Funnel, rows: str) -> str:
    ids, side, ever = _ids(funnel), funnel.per, int(funnel.since_ever)
    # Without a case of its own the first step is none of these rows.
    bits = range(len(funnel.steps) - ever)
    mask = " + ".join(f"c{bit}::BIGINT * {2 ** (bit + ever)}" for bit in bits)
    given = _GIVEN.format(ids=", ".join(ids), mask=f"({mask})", rows=rows)
    if ids != (side,):
        given = whose.resolved(given, {side})
    given = f"SELECT {side}, moments, {'false AS began' if ever else 'began'} FROM ({given})"
    if ever:
        firsts_of_all = _EVER.format(side=side, masks=MASKS, firsts=firsts.of_all(side))
        given = f"{given} UNION ALL {firsts_of_all}"
    return _LIVES.format(side=side, given=given)


def _steps(funnel: Funnel, opened: Opened) -> list[Reached]:
    numbers = range(len(funnel.steps))
    counts = ", ".join(f"count(t{number})" for number in numbers)
    took = ", ".join(
        f"quantile_cont(t{number} - {since}, [0.5, 0.9])"
        for number in numbers
        for since in (f"t{max(number - 1, 0)}", "t0")
    )
    (row,) = opened.rows(f"SELECT {counts}, {took} FROM best")
    came, seconds = row[: len(numbers)], [_seconds(each) for each in row[len(numbers) :]]
    # At the last step nobody is stuck.
    further = (*came[1:], came[-1])
    return [
        Reached(
            step.name,
            came[number],
            came[number] - further[number],
            seconds[2 * number] if number else NOTHING,
            seconds[2 * number + 1] if number else NOTHING,
        )
        for number, step in enumerate(funnel.steps)
    ]


def _seconds(spread: list[float] | None) -> Took:
    if not spread:
        return NOTHING
    median, most = (round(value / 1000, 3) for value in spread)
    return median, most


def _stuck(funnel: Funnel, opened: Opened) -> list[tuple[Any, ...]]:
    by_person = funnel.per == "person"
    sql = _STUCK.format(
        account="who.account" if by_person else "id", who=_OF_WHOM if by_person else ""
    )
    return opened.rows(sql, {"steps": len(funnel.steps), "limit": funnel.limit})


def _named(funnel: Funnel, stuck: list[tuple[Any, ...]], tenant: str, reader: Lake) -> list[Stuck]:
    known = names(tenant, reader, _NAMED[funnel.per], {id for _, id, *_ in stuck})
    return [Stuck(step, id, known.get(id), account, at) for step, id, account, at in stuck]
