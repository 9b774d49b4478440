"""
Pages of accounts, of users and of users without an account, with their activity of all time.

Sorted, joined and cut in SQL: what comes back is what a page shows. A cursor names the one who
came last, so nobody is missed or shown twice because others are active in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from waypost.answer_size import PAGE_BYTES
from waypost.errors import BadCursor
from waypost.insights import whose
from waypost.insights.people_filters import Narrowed
from waypost.insights.ports import Lake
from waypost.lake.plans import Columns, Plan
from waypost.lake.reader import Opened
from waypost.profiles.directory import is_name

Order = Literal["id", "quiet", "events"]
ORDERS: tuple[Order, ...] = get_args(Order)
Row = dict[str, Any]

_MAX_DIGITS = 18  # of what a BIGINT holds
_NAMES = ("first", "last", "events", "weight")
_ACTIVITY = (
    "min(first) AS first, max(last) AS last, sum(events)::BIGINT AS events, "
    "round(sum(weight), 6) AS weight"
)
# Ascending. Who was never active has been silent since it was made.
_RANKS = {
    "id": "0::BIGINT",
    "quiet": "coalesce(last, created)",
    "events": "-coalesce(events, 0)",
    "latest": "-coalesce(last, created)",
}
# The activity of those in the relation `chosen`: of few it joins what concerns them alone.
_OF_SOME: dict[whose.Side, str] = {
    "account": """
        SELECT account AS id, seen.* FROM seen JOIN alias USING (company_id)
        SEMI JOIN chosen ON chosen.id = alias.account
        UNION ALL
        SELECT account AS id, seen.* FROM seen ANTI JOIN alias USING (company_id)
        JOIN who USING (user_id) SEMI JOIN chosen ON chosen.id = who.account""",
    "person": """
        SELECT member.id, seen.* FROM seen JOIN (
            SELECT who.user_id, who.person AS id FROM who SEMI JOIN chosen ON chosen.id = who.person
            UNION ALL
            SELECT chosen.id, chosen.id FROM chosen ANTI JOIN who ON who.user_id = chosen.id
        ) AS member (user_id, id) USING (user_id)""",
}


_BEHIND = "($after IS NULL OR rank > $rank OR (rank = $rank AND id > $after))"


class _Kind(NamedTuple):
    """Whom a list is about: their table, its columns, who of it, and the side of activity."""

    table: str
    columns: tuple[str, ...]
    side: whose.Side
    listed: str

    @property
    def tables(self) -> dict[str, Columns]:
        # Who waits is told by the person's account, whatever side the activity is of.
        more: dict[str, Columns] = {"who": ("user_id", "person", "account")}
        if self.table != "accounts":
            more["accounts"] = ("id", "name")
        return {self.table: self.columns, **_seen(self.side), **whose.tables({self.side})} | more

    @property
    def of_all(self) -> str:
        everything = whose.resolved("FROM seen", {self.side})
        return f"SELECT {self.side} AS id, * FROM ({everything})"


_ACCOUNTS = _Kind("accounts", ("id", "created", "name", "traits"), "account", "accounts")
_USERS = _Kind(
    "users",
    (
        *("id", "created", "external_id", "email", "anonymous_id", "name", "account_id"),
        *("reason", "confidence", "suggestion", "possible_duplicate", "verified"),
        *("merged_into", "traits"),
    ),
    "person",
    "(FROM users WHERE merged_into IS NULL)",
)
_WAITING = _USERS._replace(
    listed="""(SELECT users.* FROM users LEFT JOIN who ON who.user_id = users.id
        WHERE users.merged_into IS NULL AND who.account IS NULL)"""
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page of whom: `limit` of those who are `narrowed` to, behind a cursor."""

    cursor: str | None
    limit: int
    narrowed: Narrowed = field(default_factory=Narrowed)


@dataclass(frozen=True, slots=True)
class Page:
    """Records as rows with `first`, `last` (epoch ms), `events` and `weight` of their activity,
    NULL where there was none; and the cursor of the next page, if there is one. A page ends before
    its limit where its records are large. `total` are all that were asked for, on whatever page.
    """

    rows: list[Row]
    following: str | None
    total: int
    order: str

    def behind(self, number: int) -> str | None:
        """The cursor of the page that begins behind so many of the rows."""
        if number == len(self.rows):
            return self.following
        return _cursor(self.order, self.rows[number - 1])


def accounts(tenant: str, reader: Lake, order: Order, asked: Asked) -> Page:
    """Accounts by id, or the longest silent or the busiest first. Raises `BadCursor`."""
    return _page(_ACCOUNTS, order, tenant, reader, asked)


def users(tenant: str, reader: Lake, order: Order, asked: Asked) -> Page:
    """Users as `accounts`, without those who turned out to be somebody else; each with the name of
    its account.
    """
    return _page(_USERS, order, tenant, reader, asked)


def waiting(tenant: str, reader: Lake, asked: Asked) -> Page:
    """Users without an account, most recently active first. Raises `BadCursor`."""
    return _page(_WAITING, "latest", tenant, reader, asked)


def of_account(tenant: str, reader: Lake, account: str) -> Row:
    """The activity of one account, as in `Page`."""
    plan = Plan({**_seen("account"), **whose.tables({"account"})})
    with reader.open(tenant, plan) as opened:
        return _summed(opened, f"WITH chosen AS (SELECT $id AS id) {_OF_SOME['account']}", account)


def of_user(tenant: str, reader: Lake, ids: Iterable[str]) -> Row:
    """The activity of one person under all of its `ids`, as in `Page`."""
    known = tuple(ids)
    # The rows of a user lie together: a few parts of the file are fetched.
    plan = Plan(_seen("person"), equal={"seen": ("user_id", known)})
    with reader.open(tenant, plan) as opened:
        return _summed(opened, "FROM seen WHERE user_id IN (SELECT unnest($id))", list(known))


def _seen(side: whose.Side) -> dict[str, Columns]:
    return {"seen": (*whose.given({side}), *_NAMES)}


def _summed(opened: Opened, rows: str, id: str | list[str]) -> Row:
    ((*activity,),) = opened.rows(f"SELECT {_ACTIVITY} FROM ({rows})", {"id": id})
    return dict(zip(_NAMES, activity, strict=True))


def _page(kind: _Kind, order: str, tenant: str, reader: Lake, asked: Asked) -> Page:
    rank, after = _place(order, asked.cursor)
    values = {"rank": rank, "after": after, "limit": asked.limit + 1, **asked.narrowed.bind.values}
    with reader.open(tenant, Plan(kind.tables)) as opened:
        rows = opened.rows(_sql(kind, order, asked.narrowed), values)
    columns = ("total", *kind.columns, "account_name", *_NAMES, "rank", "listed")
    page = [dict(zip(columns, row, strict=True)) for row in rows]
    total = int(page[0]["total"])
    # Where nobody is left on the page, there is the total alone.
    page = [row for row in page if row["id"] is not None]
    more = bool(page) and page[-1]["listed"] > len(page)
    return Page(page, _cursor(order, page[-1]) if more else None, total, order)


def _sql(kind: _Kind, order: str, narrowed: Narrowed) -> str:
    return f"""
WITH {_ranked(kind, order, narrowed)},
page AS (FROM ranked WHERE {_BEHIND} ORDER BY rank, id LIMIT $limit),
shown AS ({_shown(kind)})
SELECT total, shown.* FROM counted LEFT JOIN shown ON true ORDER BY shown.rank, shown.id"""


def _ranked(kind: _Kind, order: str, narrowed: Narrowed) -> str:
    """Those who are asked for, each with its activity and its rank; and how many they are."""
    active = narrowed.of_activity
    # Who comes behind an id is known before any activity is.
    few = f"WHERE {_BEHIND} ORDER BY id LIMIT $limit" if order == "id" and not active else ""
    everybody = order in {"quiet", "events"} or active
    return f"""
matching AS MATERIALIZED (
    SELECT id, created, 0 AS rank FROM {kind.listed} AS listed WHERE {narrowed.of_record}
),
chosen AS MATERIALIZED (FROM matching {few}),
activity AS (
    SELECT id, {_ACTIVITY} FROM ({kind.of_all if everybody else _OF_SOME[kind.side]}) GROUP BY id
),
ranked AS MATERIALIZED (
    SELECT id, {", ".join(_NAMES)}, {_RANKS[order]} AS rank
    FROM chosen LEFT JOIN activity USING (id) WHERE {active or "true"}
),
counted AS (SELECT count(*) AS total FROM {"ranked" if active else "matching"})"""


def _shown(kind: _Kind) -> str:
    """As many of the page as one answer holds."""
    columns = ", ".join(f"record.{column}" for column in kind.columns)
    people = kind.table != "accounts"
    named = "LEFT JOIN accounts AS home ON home.id = record.account_id" if people else ""
    return f"""
SELECT {columns}, {"home.name" if people else "NULL"} AS account_name,
    {", ".join(f"page.{name}" for name in _NAMES)}, page.rank, count(*) OVER () AS listed
FROM page JOIN {kind.table} AS record USING (id) {named}
WINDOW here AS (ORDER BY page.rank, id ROWS UNBOUNDED PRECEDING)
QUALIFY count(*) OVER here < $limit AND (
    count(*) OVER here = 1 OR sum(strlen(to_json(record)::VARCHAR)) OVER here <= {PAGE_BYTES}
)"""


def _place(order: str, cursor: str | None) -> tuple[int, str | None]:
    """The rank and the id behind which a page begins."""
    if not cursor:
        return 0, None
    number, colon, id = ("0", ":", cursor) if order == "id" else cursor.partition(":")
    digits = number.removeprefix("-")
    whole = digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS
    if not (colon and whole and is_name(id)):
        raise BadCursor
    return int(number), id


def _cursor(order: str, last: Row) -> str:
    return str(last["id"]) if order == "id" else f"{last['rank']}:{last['id']}"
