"""
Makes a tenant of a `Shape` in DuckDB: who its people are, who is active when, and every event.

Nothing is drawn: what an event says follows from hashes of its number and the seed, so any part
can be made alone, in any order and by any number of threads, and is the same each time. Users,
accounts and actions are Zipf-like: few do most.
"""

import duckdb

from tests.benchmarks.shapes import ACTIONS, MODULES, Shape

_SOURCES = ("script", "segment", "planhat", "moesif")


def _unit(*of: object) -> str:
    """SQL of a number from 0 to 1 (exclusive) that follows from values."""
    return f"(hash({', '.join(map(str, of))}) >> 11) / 9007199254740992.0"


def _among(names: tuple[str, ...], number: str) -> str:
    return f"{list(names)!r}[1 + ({number} % {len(names)})::INTEGER]"


def prepare(db: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """The tables `identities`, `orgs`, `calendar` and `active`, of which all else is made."""
    db.execute("CREATE OR REPLACE TABLE orgs AS " + _orgs(shape))
    db.execute("CREATE OR REPLACE TABLE identities AS " + _identities(shape))
    db.execute("CREATE OR REPLACE TABLE calendar AS " + _calendar(shape))
    db.execute("CREATE OR REPLACE TABLE active AS " + _active(shape))


def _orgs(shape: Shape) -> str:
    return f"""
    SELECT n, 'org_' || left(md5('account ' || n || ' {shape.seed}'), 10) AS account
    FROM range({shape.accounts + shape.idle_accounts}) _(n) ORDER BY n"""


def _identities(shape: Shape) -> str:
    """A user, or an identity that was merged into one, who is then `person`.

    `account` is NULL for a tenth of the people; `weight` is how often somebody is active.
    """
    users, seed = shape.users, shape.seed
    return f"""
    WITH people AS (
        SELECT n, CASE WHEN n < {users} THEN n
            ELSE (n - {users}) * ({users} // {max(1, shape.merged)}) END AS of
        FROM range({shape.identities}) _(n)
    ), placed AS (
        SELECT *, CASE WHEN hash(of, {seed}, 1) % 10 > 0
            THEN floor({shape.accounts} * pow({_unit("of", seed, 2)}, 1.7))::BIGINT END AS org
        FROM people
    )
    SELECT placed.n, of, 'u_' || left(md5('user ' || placed.n || ' {seed}'), 24) AS user_id,
        'u_' || left(md5('user ' || of || ' {seed}'), 24) AS person, account,
        CASE WHEN placed.n < {users} THEN 1 ELSE 0.5 END
            / pow(of + {users} / 50.0, 0.6) AS weight
    FROM placed LEFT JOIN orgs ON orgs.n = org ORDER BY placed.n"""


def _calendar(shape: Shape) -> str:
    """By day the numbers of its events, `begins` to `ends`, and how many identities are active."""
    least, most = shape.active
    return f"""
    WITH weighed AS (
        SELECT n, CAST(DATE '{shape.first}' + n::INTEGER AS DATE) AS day,
            CASE WHEN isodow(day) < 6 THEN 1.2 ELSE 0.5 END
                * (0.85 + 0.35 * {_unit("n", shape.seed, 3)}) AS share
        FROM range({shape.days}) _(n)
    ), summed AS (
        SELECT *, round({shape.events} * sum(share) OVER (ORDER BY n) / sum(share) OVER ())::BIGINT
            AS ends, (share - min(share) OVER ()) / greatest(max(share) OVER (), 1e-9) AS busy
        FROM weighed
    )
    SELECT n, day, epoch_ms(day) AS midnight, coalesce(lag(ends) OVER (ORDER BY n), 0) AS begins,
        ends, {least} + round({most - least} * busy / greatest(max(busy) OVER (), 1e-9))::BIGINT
            AS actives
    FROM summed ORDER BY n"""


def _active(shape: Shape) -> str:
    """Who is active on a day: the `slot` 1 does most. Drawn by weight, nobody twice."""
    chance = _unit("calendar.n", "who.n", shape.seed, 4)
    return f"""
    SELECT calendar.n AS day_n, row_number() OVER (
            PARTITION BY calendar.n ORDER BY -ln({chance} + 1e-12) / weight
        ) AS slot, who.n AS identity
    FROM calendar, identities AS who QUALIFY slot <= actives"""


def events(shape: Shape, begin: int = 0, end: int | None = None) -> str:
    """SQL of the events numbered from `begin` to `end` (exclusive), with the columns of the table.

    Beside them stand `i`, the number, and who did it: `identity`.
    """
    seed = shape.seed
    upto = shape.events if end is None else end
    start, length = shape.window
    busy = min(length, 12 * 3_600_000)  # sessions begin in so many ms of the window
    return f"""
    WITH numbered AS (
        SELECT n, midnight, actives,
            unnest(range(greatest(begins, {begin}), least(ends, {upto}))) AS i
        FROM calendar WHERE begins < {upto} AND ends > {begin}
    ), drawn AS (
        SELECT *, 1 + floor(actives * pow({_unit("i", seed, 5)}, 2.5))::BIGINT AS slot,
            hash(i, {seed}, 6) AS a, hash(i, {seed}, 7) AS b
        FROM numbered
    ), sessions AS (
        SELECT drawn.*, identity, 1 + a % 3 AS visit, hash(n, identity, visit, {seed}, 8) AS s
        FROM drawn JOIN active ON active.day_n = drawn.n AND active.slot = drawn.slot
    ), said AS (
        SELECT *, midnight + {start + (length - busy) // 2}
                + least((s % {busy})::INTEGER + (b % 2400000)::INTEGER, {(length + busy) // 2 - 1})
                AS time,
            floor({ACTIONS} * pow((a >> 8 & 65535) / 65536.0, 2))::BIGINT AS action_n,
            floor({MODULES} * pow((a >> 24 & 65535) / 65536.0, 1.5))::BIGINT AS module_n,
            (a >> 40 & 255)::INTEGER AS c, (a >> 48 & 255)::INTEGER AS d,
            (b >> 24 & 1023)::INTEGER AS e, (b >> 34 & 255)::INTEGER AS f
        FROM sessions
    )
    SELECT i, identity, said.time::BIGINT AS time, md5('event ' || i || ' {seed}') AS id, user_id,
        CASE WHEN hash(said.n, identity, {seed}, 9) % 9 < 5 THEN account END AS company_id,
        printf('Action %02d', 1 + action_n) AS action,
        CASE WHEN c < 20 THEN 'Label ' || d % 50 END AS label,
        CASE WHEN action_n % 7 = 0 THEN 5.0 ELSE 1.0 END::DOUBLE AS weight, 1::INTEGER AS count,
        NULL::VARCHAR AS kind, lower(to_hex(s)) AS session,
        printf('Module %02d', 1 + module_n) AS module,
        printf('Feature %02d.%d', 1 + module_n, 1 + d % 4) AS feature,
        'Product ' || (1 + module_n % 3) AS product,
        CASE WHEN c < 150 THEN printf('/app/%02d/%d', 1 + module_n, e) END AS page,
        CASE WHEN f < 100 THEN 500 * (1 + e % 120) ELSE 0 END::BIGINT AS active_ms,
        CASE WHEN f < 60 THEN 500 * (1 + e % 60) ELSE 0 END::BIGINT AS module_ms,
        {_among(_SOURCES, "f")} AS source, {_properties()} AS properties,
        said.time + 2000 + d AS received, (i % 500)::INTEGER AS n,
        lower(to_hex(hash(i // 500, {seed}, 10))) AS receipt,
        CASE WHEN f % 4 < 2 THEN lower(to_hex(hash(i, {seed}, 11))) END AS digest
    FROM said JOIN identities ON identities.n = identity"""


def _properties() -> str:
    """JSON of 4 to 7 keys, about 87 bytes."""
    provider = _among(("google", "github", "password", "okta", "saml", "entra"), "(c // 3)")
    plan = _among(("free", "team", "pro", "enterprise"), "hash(identity)")
    return f"""
    '{{"provider":"' || {provider} || '","plan":"' || {plan} || '","amount":' || (e / 4.0)
    || ',"seats":' || (1 + d % 40) || CASE WHEN c % 4 > 0 THEN ',"ok":' || (d > 9) ELSE '' END
    || CASE WHEN c % 8 > 2 THEN ',"region":"eu-' || (d % 5) || '"' ELSE '' END
    || CASE WHEN c % 2 > 0 THEN ',"version":"4.' || (d % 30) || '.' || (e % 10) || '"' ELSE '' END
    || '}}'"""
