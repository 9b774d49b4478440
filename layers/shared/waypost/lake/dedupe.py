"""
Which of the received counts: the SQL that gives each arrival of a unit its verdict.

An event is its day and id. Of several arrivals of one the first received counts, or the last where
they overwrite; the others are duplicates, and a first of another body makes them rejected. Nothing
depends on what landed or was folded first: an event that stands gives way to one that was received
before it. The same arrival (receipt and number) that lands again, because its message came again,
is no arrival more.

Only ids that landed and occur more than once are looked at closely, by their few narrow columns.
All else is stored as it is.
"""

# An arrival that may be the first of its event. A conflict that `match` saw never is: the body
# that was first stands in the event's row and in the ledger.
VALID = "id IS NOT NULL AND code IS DISTINCT FROM 'conflict'"

_NARROW = "id, day, received, arrival, n, digest, overwrites, source, user_id"

DOUBLED = f"""
CREATE OR REPLACE TEMP TABLE doubled AS
SELECT id, day FROM (
    SELECT id, day, 1 AS fresh FROM landed_here WHERE {VALID}
    UNION ALL SELECT id, day, 0 FROM standing_events
    UNION ALL SELECT id, day, 0 FROM standing_others WHERE {VALID}
) GROUP BY ALL HAVING count(*) > 1 AND sum(fresh) > 0
"""

# `place` tells landed rows apart; of what stands, receipt, number and id do.
JUDGED = f"""
CREATE OR REPLACE TEMP TABLE judged AS
WITH candidates AS (
    SELECT 2 AS origin, place, {_NARROW} FROM landed_here SEMI JOIN doubled USING (id, day)
        WHERE {VALID}
    UNION ALL
    SELECT 0, 0, {_NARROW} FROM standing_events SEMI JOIN doubled USING (id, day)
    UNION ALL
    SELECT 1, 0, {_NARROW} FROM standing_others SEMI JOIN doubled USING (id, day) WHERE {VALID}
), arrivals AS (
    SELECT *, row_number() OVER (PARTITION BY id, day, arrival, n ORDER BY origin, place) AS copy
    FROM candidates
), numbered AS (
    SELECT *, row_number() OVER event AS number, count(*) OVER (PARTITION BY id, day) AS arrivals,
        first_value(digest) OVER event AS first_digest
    FROM arrivals WHERE copy = 1
    WINDOW event AS (PARTITION BY id, day ORDER BY received, arrival, n)
)
SELECT origin, place, {_NARROW}, CASE
    WHEN number = CASE WHEN overwrites THEN arrivals ELSE 1 END THEN 'stored'
    WHEN overwrites OR digest IS NOT DISTINCT FROM first_digest THEN 'duplicate'
    ELSE 'rejected' END AS verdict
FROM numbered
UNION ALL
SELECT origin, place, {_NARROW}, 'copy' FROM arrivals WHERE copy > 1
"""

# What was stored until now and is not any more, told by its arrival.
_DISPLACED = """SELECT 1 FROM judged WHERE origin = 0 AND verdict <> 'stored'
    AND judged.id = e.id AND judged.arrival = e.arrival AND judged.n = e.n"""


def stored(columns: str) -> str:
    """The events of the unit that count."""
    return f"""
SELECT {columns} FROM standing_events AS e WHERE NOT EXISTS ({_DISPLACED})
UNION ALL
SELECT {columns} FROM landed_here ANTI JOIN (
    SELECT place FROM judged WHERE origin = 2 AND verdict <> 'stored'
) USING (place) WHERE {VALID}
"""


# What `match` or a door refused or left out, once, and what is judged here.
OTHERS = f"""
SELECT day, verdict, code, source, id, user_id, received, arrival, n, digest, overwrites
FROM standing_others AS o WHERE NOT EXISTS (
    SELECT 1 FROM judged WHERE origin = 1
    AND judged.id = o.id AND judged.arrival = o.arrival AND judged.n = o.n)
UNION ALL
SELECT day, verdict, NULL, source, id, user_id, received, arrival, n, digest, overwrites
FROM judged WHERE verdict IN ('duplicate', 'rejected')
UNION ALL
SELECT day, verdict, code, source, id, user_id, received, arrival, n, digest, overwrites
FROM landed_here AS l WHERE NOT ({VALID}) AND NOT EXISTS (
    SELECT 1 FROM standing_others AS o
    WHERE o.arrival = l.arrival AND o.n = l.n AND o.id IS NOT DISTINCT FROM l.id)
QUALIFY row_number() OVER (PARTITION BY arrival, n, id ORDER BY place) = 1
"""

# How many of the landed rows are news; none, where a run does again what another has done.
NEWS = f"""
SELECT (SELECT count(*) FROM landed_here WHERE {VALID})
    - (SELECT count(*) FROM judged WHERE origin = 2 AND verdict = 'copy')
    + (SELECT count(*) FROM landed_here AS l WHERE NOT ({VALID}) AND NOT EXISTS (
        SELECT 1 FROM standing_others AS o
        WHERE o.arrival = l.arrival AND o.n = l.n AND o.id IS NOT DISTINCT FROM l.id))
"""
