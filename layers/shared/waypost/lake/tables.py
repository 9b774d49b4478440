"""
The tables of the lake: what columns each has, and in which order its rows lie.

| table      | a row is                                             | kept by        |
|------------|------------------------------------------------------|----------------|
| events     | one stored event or report of traits                 | month          |
| others     | one received item that was not stored, and why       | month          |
| path       | one activity: when, who, what                        | month          |
| context    | one activity with where it happened and how much     | month          |
| props      | one activity with some properties as columns         | month          |
| totals     | an hour, action and source                           | month          |
| totals_day | a day, action and source                             | month          |
| days       | a day on which a user was active for a company       | month          |
| activity   | the same with numbers, first and last moment         | month          |
| seen       | a user and company, of all time                      | tenant         |
| seen_before | the same without the last months: what runs begin with | tenant      |
| users, accounts | who everybody is now                            | tenant         |
| who        | by user, the person that it turned out to be, and that person's account | tenant |
| alias      | by company as senders name it, the account           | tenant         |

Activity is an event that reports neither traits nor time (`kind` is NULL). Of a report of time
(`time`, whose `count` is 0) the tables with times in them have those, and 0 `events` and `rows`.

`user_id` and `company_id` are what an event arrived with; whose they are now is asked from `who`
and `alias`. `weight` of a rollup is the sum of weight times count, `events` the sum of counts,
`rows` the number of events. Rows of rollups are partial: two rows may have the same key, and
whoever asks adds them up.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

Columns = dict[str, str]

_PERSON: Columns = {"user_id": "VARCHAR", "company_id": "VARCHAR"}
_PLACES: Columns = {
    "session": "VARCHAR",
    "module": "VARCHAR",
    "feature": "VARCHAR",
    "product": "VARCHAR",
}
_TIMES: Columns = {"active_ms": "BIGINT", "module_ms": "BIGINT"}
_SUMS: Columns = {"events": "BIGINT", "weight": "DOUBLE", **_TIMES}
_ARRIVAL: Columns = {
    "received": "BIGINT",
    "arrival": "UBIGINT",
    "n": "INTEGER",
    "digest": "VARCHAR",
    "overwrites": "BOOLEAN",
}
_TRAITS: Columns = {"traits": "JSON", "traits_at": "JSON"}

EVENTS: Columns = {
    "time": "BIGINT",
    "id": "UUID",
    **_PERSON,
    "action": "VARCHAR",
    "label": "VARCHAR",
    "weight": "DOUBLE",
    "count": "INTEGER",
    "kind": "VARCHAR",
    **_PLACES,
    "page": "VARCHAR",
    **_TIMES,
    "source": "VARCHAR",
    "properties": "VARCHAR",
    **_ARRIVAL,
}

# By month, in the order in which a day's files are written.
MONTHLY: dict[str, Columns] = {
    "events": EVENTS,
    "others": {
        "day": "DATE",
        "verdict": "VARCHAR",
        "code": "VARCHAR",
        "source": "VARCHAR",
        "id": "UUID",
        "user_id": "VARCHAR",
        **_ARRIVAL,
    },
    "path": {"time": "BIGINT", **_PERSON, "action": "VARCHAR"},
    "context": {
        "time": "BIGINT",
        **_PERSON,
        "action": "VARCHAR",
        **_PLACES,
        "source": "VARCHAR",
        "weight": "DOUBLE",
        "count": "INTEGER",
        **_TIMES,
    },
    "props": {
        "time": "BIGINT",
        **_PERSON,
        "action": "VARCHAR",
        "weight": "DOUBLE",
        "count": "INTEGER",
    },
    "totals": {"hour": "BIGINT", "action": "VARCHAR", "source": "VARCHAR", **_SUMS},
    "totals_day": {"day": "DATE", "action": "VARCHAR", "source": "VARCHAR", **_SUMS},
    "days": {"day": "DATE", **_PERSON},
    "activity": {
        "day": "DATE",
        **_PERSON,
        **_SUMS,
        "first": "BIGINT",
        "last": "BIGINT",
        "rows": "BIGINT",
    },
}

_SEEN: Columns = {
    **_PERSON,
    "first": "BIGINT",
    "last": "BIGINT",
    "events": "BIGINT",
    "weight": "DOUBLE",
    "rows": "BIGINT",
}

# One file per tenant, in which all of its time and people lie.
HEAD: dict[str, Columns] = {
    "seen": _SEEN,
    "seen_before": _SEEN,
    "users": {
        "id": "VARCHAR",
        "created": "BIGINT",
        "version": "BIGINT",
        "external_id": "VARCHAR",
        "email": "VARCHAR",
        "anonymous_id": "VARCHAR",
        "name": "VARCHAR",
        "account_id": "VARCHAR",
        "account_at": "BIGINT",
        "reason": "VARCHAR",
        "confidence": "DOUBLE",
        "suggestion": "VARCHAR",
        "possible_duplicate": "VARCHAR",
        "verified": "BOOLEAN",
        "merged_into": "VARCHAR",
        **_TRAITS,
    },
    "accounts": {
        "id": "VARCHAR",
        "created": "BIGINT",
        "version": "BIGINT",
        "name": "VARCHAR",
        **_TRAITS,
    },
    "who": {"user_id": "VARCHAR", "person": "VARCHAR", "account": "VARCHAR"},
    "alias": {"company_id": "VARCHAR", "account": "VARCHAR"},
}

TABLES = MONTHLY | HEAD

# What files of people hold besides: which of two records is the newer one, and what a `who` follows
# from. A removed record stays as an empty row with the moment (epoch ms) at which it was `gone`,
# lest an older change of it that comes late brings it back; no view shows it.
_NEWER: Columns = {"created": "BIGINT", "version": "BIGINT", "gone": "BIGINT"}
BEHIND: dict[str, Columns] = {
    "users": {"gone": "BIGINT"},
    "accounts": {"gone": "BIGINT"},
    "who": {"merged_into": "VARCHAR", "account_id": "VARCHAR", **_NEWER},
    "alias": _NEWER,
}

# How the rows of a file lie: what is asked for one user reads few row groups.
ORDER: dict[str, str] = {
    "events": "user_id, time, id",
    "others": "day, received, arrival, n",
    "path": "user_id, time",
    "context": "user_id, time",
    "props": "user_id, time",
    "totals": "action, source, hour",
    "totals_day": "action, source, day",
    "days": "user_id, company_id, day",
    "activity": "user_id, company_id, day",
    "seen": "user_id, company_id",
    "seen_before": "user_id, company_id",
    "users": "id",
    "accounts": "id",
    "who": "user_id",
    "alias": "company_id",
}

# Rows in a row group: one user's page of events fetches one of them, a question all.
ROW_GROUP = {"events": 20_480}
DEFAULT_ROW_GROUP = 122_880

PROPERTY = "p:"  # before the name of a property that is a column of `props`

# The event day of a row, by table.
DAY: dict[str, str] = {
    table: "day"
    if "day" in columns
    else f"CAST(make_timestamp({'hour' if table == 'totals' else 'time'} * 1000) AS DATE)"
    for table, columns in MONTHLY.items()
}


def create(
    db: "duckdb.DuckDBPyConnection", table: str, name: str | None = None, *, behind: bool = False
) -> None:
    """Makes an empty table of that kind in a database, under its own or another name; with the
    columns of files that stand `behind` those of views.
    """
    more = BEHIND.get(table, {}) if behind else {}
    columns = ", ".join(f'"{column}" {kind}' for column, kind in (TABLES[table] | more).items())
    db.execute(f'CREATE OR REPLACE TABLE "{name or table}" ({columns})')
