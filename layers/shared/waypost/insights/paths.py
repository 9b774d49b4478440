"""
Paths: what people did next, and before, wherever they did some one thing.

A path is what one person did, as it is known now, in order of time; at the same moment in order of
name. Each step is the value of one field, of actions for example or of pages: events that do not
tell it are no steps. A neighbour counts if it was at most a window away, before the span that is
asked about and behind it too.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from waypost.insights import activity
from waypost.insights.activity import Rows
from waypost.insights.explained import Explained, explained
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.needs import Asked
from waypost.insights.ports import Lake
from waypost.lake.reader import Opened

NOTHING = "(nothing)"
MOST_STEPS, MOST_SHOWN = 3, 100
_KNOWN = "who"
_ALL = "(SELECT DISTINCT user_id, person FROM told LEFT JOIN who USING (user_id))"
# Numbers in place of texts: to sort three numbers costs a fraction of a window over names, the less
# as files hold runs that are sorted.
_SQL = """
WITH told AS {kept} ({rows}),
people AS MATERIALIZED (
    SELECT user_id, dense_rank() OVER (ORDER BY coalesce(person, user_id))::UINTEGER AS person
    FROM {people}
), names AS MATERIALIZED (
    SELECT f0 AS name, row_number() OVER (ORDER BY f0)::UINTEGER AS number
    FROM (SELECT DISTINCT f0 FROM told)
), walks AS (
    SELECT people.person AS person, time, (number * 2 + c0::UINTEGER)::UINTEGER AS step
    FROM told LEFT JOIN people USING (user_id) JOIN names ON name = f0
    WHERE user_id IS NOT NULL ORDER BY ALL
), neighbours AS (
    SELECT *, {neighbours} FROM walks
), anchors AS MATERIALIZED (
    SELECT person, {walks} FROM neighbours
    WHERE step % 2 = 1 AND time >= $start_of_anchors AND time < $end_of_anchors
), counted AS (
    SELECT 'anchors' AS side, {none}, NULL AS ms, count(*) AS count,
        count(DISTINCT person) AS users FROM anchors
    UNION ALL SELECT 'strangers', {none}, NULL, count(*), 0 FROM anchors WHERE person IS NULL
    UNION ALL SELECT 'after', {after}, median(after_ms), count(*), count(DISTINCT person)
    FROM anchors GROUP BY {after}
    UNION ALL SELECT 'before', {before}, median(before_ms), count(*), count(DISTINCT person)
    FROM anchors GROUP BY {before}
)
SELECT side, count, users, ms, {named} FROM counted {joined}
QUALIFY row_number() OVER (PARTITION BY side, step_1 IS NULL ORDER BY count DESC, {order}) <= $top
ORDER BY side, count DESC, {order}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Paths of `by` around the events that meet all of `anchor`, among those that meet `filters`.

    `window` is in ms, `start` (inclusive) and `end` (exclusive) are epoch ms. Paths have one to
    three `steps` in either direction; the `top` most frequent are told.
    """

    by: Field
    anchor: tuple[Filter, ...]
    filters: tuple[Filter, ...] = ()
    window: int = 30 * 60_000
    steps: int = 1
    top: int = 20
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Walk:
    """How often some steps were taken, by how many users, and the median time from the anchor to
    the last of them in ms. No steps: nothing within the window.
    """

    steps: tuple[str, ...]
    count: int
    users: int
    median_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How often the anchor was done and by how many, and what came `after` and `before`, most
    frequent first. Steps before are told from the anchor on backwards. Everything that landed
    until `complete_until` (epoch ms) is in it.
    """

    count: int
    users: int
    after: list[Walk]
    before: list[Walk]
    complete_until: int
    provisional: bool
    explained: Explained


def answer(ask: Ask, tenant: str, reader: Lake) -> Answer:
    """The paths. Raises `TooLong`."""
    rows = activity.rows(_asked(ask))
    tables = dict(rows.plan.tables)
    tables["who"] = tuple(dict.fromkeys((*(tables.get("who") or ()), "user_id", "person")))
    plan = replace(rows.plan, tables=tables)
    with reader.open(tenant, plan) as opened:
        sides = _rows(ask, rows, opened)
        (anchors,) = sides["anchors"]
        return Answer(
            count=anchors.count,
            users=anchors.users,
            after=sides["after"],
            before=sides["before"],
            complete_until=opened.complete_until,
            provisional=opened.provisional,
            explained=explained(opened, plan),
        )


def _rows(ask: Ask, rows: Rows, opened: Opened) -> dict[str, list[Walk]]:
    """The paths by side. To number everybody who is in `who` is cheaper than everybody who did
    something, and enough but for those who did it a moment ago and are not in it yet.
    """
    for people in (_KNOWN, _ALL):
        sides: dict[str, list[Walk]] = defaultdict(list)
        for side, count, users, median, *names in opened.rows(
            _sql(ask, rows, people), _parameters(ask, rows)
        ):
            steps = tuple(name for name in names if name is not None)
            sides[side].append(Walk(steps, count, users, median))
        if not sides["strangers"][0].count:
            break
    return sides


def _asked(ask: Ask) -> Asked:
    """All steps, with those told apart that are an anchor: every event meets the empty case."""
    reach = ask.window * ask.steps
    return Asked(
        fields=(ask.by,),
        filters=(*ask.filters, Filter(ask.by, "exists")),
        columns=frozenset({"time", "user_id"}),
        cases=(ask.anchor, ()),
        start=max(ask.start - reach, 0),
        end=ask.end + reach,
    )


def _parameters(ask: Ask, rows: Rows) -> dict[str, Any]:
    own = {"start_of_anchors": ask.start, "end_of_anchors": ask.end}
    return rows.parameters | own | {"gap": ask.window, "top": ask.top}


def _sql(ask: Ask, rows: Rows, people: str) -> str:
    places = range(1, ask.steps + 1)
    return _SQL.format(
        # What filters leave is little to keep, and dear to find twice.
        kept="MATERIALIZED" if ask.filters or rows.table == "events" else "NOT MATERIALIZED",
        rows=rows.sql,
        people=people,
        neighbours=", ".join(_neighbours(places)),
        walks=", ".join(_walks(places)),
        none=", ".join(f"NULL::UINTEGER AS step_{place}" for place in places),
        after=", ".join(f"after_{place}" for place in places),
        before=", ".join(f"before_{place}" for place in places),
        named=", ".join(f"name_{place}.name" for place in places),
        joined=" ".join(
            f"LEFT JOIN names AS name_{place} ON name_{place}.number = step_{place}"
            for place in places
        ),
        order=", ".join(f"step_{place} NULLS FIRST" for place in places),
    )


def _neighbours(places: range) -> Iterator[str]:
    """The columns of the rows that many places away in either direction."""
    for side, away in (("after", "lead"), ("before", "lag")):
        for place in places:
            for column in ("person", "time", "step"):
                yield f"{away}({column}, {place}) OVER () AS {side}_{column}_{place}"


def _walks(places: range) -> Iterator[str]:
    """The steps of either direction, NULL from where the chain breaks, and how long they took."""
    for side, sign in (("after", 1), ("before", -1)):
        unbroken: list[str] = []
        reached = "NULL"
        for place in places:
            since = f"{side}_time_{place - 1}" if place > 1 else "time"
            gap = f"{sign} * ({side}_time_{place} - {since})"
            unbroken.append(f"{side}_person_{place} = person AND {gap} <= $gap")
            holds = " AND ".join(unbroken)
            yield f"CASE WHEN {holds} THEN {side}_step_{place} // 2 END AS {side}_{place}"
            reached = f"CASE WHEN {holds} THEN abs({side}_time_{place} - time) ELSE {reached} END"
        yield f"{reached} AS {side}_ms"
