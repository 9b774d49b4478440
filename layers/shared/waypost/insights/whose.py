"""
Whose an event is now: the joins from the ids that it arrived with to people and accounts.

The person is who the user turned out to be. The account is the one that the event named, if it
exists, else the person's own, else none.
"""

from collections.abc import Collection
from typing import Literal

from waypost.insights.ports import Lake
from waypost.lake.plans import Columns, Plan

Side = Literal["person", "account"]

NO_ACCOUNT = "(no account)"
NO_USER = "(no user)"

# Outer joins and a way back to the id: who was written a moment ago may not be known yet.
_SIDES: dict[Side, str] = {
    "person": "coalesce(who.person, given.user_id) AS person",
    "account": "coalesce(alias.account, who.account) AS account",
}


def given(sides: Collection[Side]) -> tuple[str, ...]:
    """The columns of events that tell whose they are."""
    return ("user_id", "company_id") if "account" in sides else ("user_id",) if sides else ()


def tables(sides: Collection[Side]) -> dict[str, Columns]:
    """What a plan needs for these sides."""
    needed: dict[str, Columns] = {"who": ("user_id", *sorted(sides))} if sides else {}
    return needed | ({"alias": ("company_id", "account")} if "account" in sides else {})


def resolved(rows: str, sides: Collection[Side]) -> str:
    """The query of `rows` (a query with the columns of `given`) with its sides as columns."""
    if not sides:
        return rows
    columns = ", ".join(_SIDES[side] for side in sorted(sides))
    alias = "LEFT JOIN alias USING (company_id)" if "account" in sides else ""
    return f"SELECT given.*, {columns} FROM ({rows}) AS given LEFT JOIN who USING (user_id) {alias}"


def unassigned(tenant: str, reader: Lake) -> int:
    """How many stored activities are of nobody's account now."""
    plan = Plan({"seen": ("user_id", "company_id", "rows"), **tables({"account"})})
    sql = f"SELECT coalesce(sum(rows), 0)::BIGINT FROM ({resolved('FROM seen', {'account'})})"
    with reader.open(tenant, plan) as opened:
        ((count,),) = opened.rows(f"{sql} WHERE account IS NULL")
        return int(count)
