"""
What people ask in SQL: five views over the tables of the lake, in the dialect of DuckDB.

| view     | a row is                                                        |
|----------|-----------------------------------------------------------------|
| events   | one event, for the person and the account that it is of now     |
| users    | one person                                                      |
| accounts | one account                                                     |
| sessions | one visit, as far as senders name them                          |
| activity | a day on which a person did something for an account            |

The table that the lake calls `x` is `raw_x` here; each has `tenant_id`, and those kept by month
have `month`, which is what Athena finds their files by. There `id` of events is binary, and people
who are gone are empty rows.

Reports of traits and of time are no events; those of time, whose count is 0, have a part in the
times of activity and in sessions. Times are UTC, JSON is text. `weight` of an event is that of one
of its `count`; elsewhere it is the sum of weight times count. Every column says whose it is, and
each join leads to one row at most: so whatever is not asked for can be left out.
"""

from waypost.insights import sessions

_PERSON = "coalesce(w.person, {of}.user_id)"
_ACCOUNT = "coalesce(l.account, w.account)"
_NAME = "coalesce(u.name, u.email, u.external_id)"
_WHOSE = """LEFT JOIN raw_who AS w
    ON w.tenant_id = {of}.tenant_id AND w.user_id = {of}.user_id AND w.gone IS NULL
LEFT JOIN raw_alias AS l
    ON l.tenant_id = {of}.tenant_id AND l.company_id = {of}.company_id AND l.gone IS NULL"""
_NAMED = """LEFT JOIN raw_users AS u
    ON u.tenant_id = {of}.tenant_id AND u.id = {user} AND u.gone IS NULL
LEFT JOIN raw_accounts AS a
    ON a.tenant_id = {of}.tenant_id AND a.id = {account} AND a.gone IS NULL"""
_NOW = "epoch(now()) * 1000"
_NAMED_BY_ID = _NAMED.format(of="d", user="d.user_id", account="d.account_id")
_SEEN = """min(n.first) AS began, max(n.last) AS ended,
    CAST(sum(n.events) AS BIGINT) AS events, sum(n.weight) AS weight FROM raw_seen AS n"""
_WAS_SEEN = """CAST(epoch_ms(s.began) AS TIMESTAMP) AS first_seen,
    CAST(epoch_ms(s.ended) AS TIMESTAMP) AS last_seen,
    coalesce(s.events, 0) AS events, coalesce(s.weight, 0) AS weight"""


def _seconds(of: str) -> str:
    return ", ".join(
        f"CAST({of}.{name}_ms AS DOUBLE) / 1000 AS {name}_seconds" for name in ("active", "module")
    )


def _times(of: str) -> str:
    return ", ".join(
        f"CAST(sum({of}.{name}_ms) AS BIGINT) AS {name}_ms" for name in ("active", "module")
    )


_EVENTS = f"""SELECT e.tenant_id, e.month, CAST(epoch_ms(e.time) AS DATE) AS day,
    CAST(epoch_ms(e.time) AS TIMESTAMP) AS time, lower(hex(e.id)) AS id,
    {_PERSON.format(of="e")} AS user_id, {_NAME} AS user_name,
    {_ACCOUNT} AS account_id, a.name AS account_name,
    e.action, e.label, e.weight, e.count, e.source, e.session,
    e.module, e.feature, e.product, e.page, {_seconds("e")},
    e.properties, CAST(epoch_ms(e.received) AS TIMESTAMP) AS received
FROM raw_events AS e
{_WHOSE.format(of="e")}
{_NAMED.format(of="e", user=_PERSON.format(of="e"), account=_ACCOUNT)}
WHERE e.kind IS NULL"""

_USERS = f"""SELECT u.tenant_id, u.id AS user_id, u.name, u.email, u.external_id, u.anonymous_id,
    u.account_id, a.name AS account_name, u.reason, u.confidence, u.verified, u.possible_duplicate,
    CAST(epoch_ms(u.created) AS TIMESTAMP) AS created, {_WAS_SEEN},
    CAST(u.traits AS VARCHAR) AS traits
FROM raw_users AS u
LEFT JOIN raw_accounts AS a
    ON a.tenant_id = u.tenant_id AND a.id = u.account_id AND a.gone IS NULL
LEFT JOIN (
    SELECT n.tenant_id, {_PERSON.format(of="n")} AS person, {_SEEN}
    LEFT JOIN raw_who AS w
        ON w.tenant_id = n.tenant_id AND w.user_id = n.user_id AND w.gone IS NULL
    WHERE n.events > 0 GROUP BY n.tenant_id, {_PERSON.format(of="n")}
) AS s ON s.tenant_id = u.tenant_id AND s.person = u.id
WHERE u.gone IS NULL AND u.merged_into IS NULL"""

_ACCOUNTS = f"""SELECT a.tenant_id, a.id AS account_id, a.name,
    coalesce(m.users, 0) AS users, CAST(epoch_ms(a.created) AS TIMESTAMP) AS created, {_WAS_SEEN},
    CAST(a.traits AS VARCHAR) AS traits
FROM raw_accounts AS a
LEFT JOIN (
    SELECT w.tenant_id, w.account, count(*) AS users FROM raw_who AS w
    WHERE w.user_id = w.person AND w.gone IS NULL GROUP BY w.tenant_id, w.account
) AS m ON m.tenant_id = a.tenant_id AND m.account = a.id
LEFT JOIN (
    SELECT n.tenant_id, {_ACCOUNT} AS account, {_SEEN}
    {_WHOSE.format(of="n")}
    WHERE n.events > 0 GROUP BY n.tenant_id, {_ACCOUNT}
) AS s ON s.tenant_id = a.tenant_id AND s.account = a.id
WHERE a.gone IS NULL"""

_SESSIONS = f"""SELECT d.tenant_id, d.month, CAST(epoch_ms(d.began) AS DATE) AS day, d.session,
    d.user_id, {_NAME} AS user_name, d.account_id, a.name AS account_name,
    CAST(epoch_ms(d.began) AS TIMESTAMP) AS started, CAST(epoch_ms(d.ended) AS TIMESTAMP) AS ended,
    d.events, d.weight, {_seconds("d")}, {sessions.closed_by("d.ended", "d.closed", _NOW)}
    AS closed_by
FROM (
    SELECT e.tenant_id, e.month, e.session, {_PERSON.format(of="e")} AS user_id,
        max({_ACCOUNT}) AS account_id, min(e.time) AS began, max(e.time) AS ended,
        CAST(sum(e.count) AS BIGINT) AS events, sum(e.weight * e.count) AS weight, {_times("e")},
        {sessions.closing("e.")} AS closed
    FROM raw_events AS e
    {_WHOSE.format(of="e")}
    WHERE (e.kind IS NULL OR e.kind = 'time') AND e.session IS NOT NULL
    GROUP BY e.tenant_id, e.month, e.session, {_PERSON.format(of="e")}
) AS d
{_NAMED_BY_ID}"""

_ACTIVITY = f"""SELECT d.tenant_id, d.month, d.day, d.user_id, {_NAME} AS user_name,
    d.account_id, a.name AS account_name, d.events, d.weight, {_seconds("d")},
    CAST(epoch_ms(d.began) AS TIMESTAMP) AS first_event,
    CAST(epoch_ms(d.ended) AS TIMESTAMP) AS last_event
FROM (
    SELECT r.tenant_id, r.month, r.day, {_PERSON.format(of="r")} AS user_id,
        {_ACCOUNT} AS account_id, CAST(sum(r.events) AS BIGINT) AS events, sum(r.weight) AS weight,
        {_times("r")}, min(r.first) AS began, max(r.last) AS ended
    FROM raw_activity AS r
    {_WHOSE.format(of="r")}
    GROUP BY r.tenant_id, r.month, r.day, {_PERSON.format(of="r")}, {_ACCOUNT}
    HAVING sum(r.events) > 0
) AS d
{_NAMED_BY_ID}"""

VIEWS = {
    "events": _EVENTS,
    "users": _USERS,
    "accounts": _ACCOUNTS,
    "sessions": _SESSIONS,
    "activity": _ACTIVITY,
}
RAW = "raw_"  # before the name of a table of the lake
