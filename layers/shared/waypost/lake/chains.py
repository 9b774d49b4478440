"""Chains of merges: whom each record turned out to be in the end."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# A walk from a record: where it is `at` after some steps, and the least id that it came by.
_START = """CREATE OR REPLACE TABLE walks AS
    SELECT id, merged_into AS at, least(id, merged_into) AS least
    FROM {records} WHERE merged_into IS NOT NULL AND gone IS NULL"""
_TWICE_AS_FAR = """CREATE OR REPLACE TABLE walks AS
    SELECT walks.id, coalesce(onward.at, walks.at) AS at, least(walks.least, onward.least) AS least
    FROM walks LEFT JOIN walks AS onward ON onward.id = walks.at"""
_UNDER_WAY = "SELECT count(*) FROM walks SEMI JOIN walks AS onward ON onward.id = walks.at"
# Whoever is still under way goes round: the least id of the round is the person.
_ENDS = """CREATE OR REPLACE TABLE merged AS
    SELECT ends.id, person, records.account_id AS account
    FROM (
        SELECT walks.id, coalesce(round.least, walks.at) AS person
        FROM walks LEFT JOIN walks AS round ON round.id = walks.at
    ) AS ends LEFT JOIN {records} AS records ON records.id = person AND records.gone IS NULL"""


def resolve(db: "duckdb.DuckDBPyConnection", records: str) -> None:
    """Makes the table `merged` (id, person, account) of the relation `records`, which has the
    columns id, merged_into, account_id and gone.

    A record that names no other, or is gone, is not in it. The person is the end of the chain,
    even one of whom nothing is known; of a chain that ends nowhere it is the least id of its round.
    """
    db.execute(_START.format(records=records))
    steps, before, under_way = 1, -1, _under_way(db)
    # Of walks that end, some end in each round: when none did, all that are left go round. They
    # do it wholly once they made as many steps as there are of them.
    while under_way and (under_way != before or steps < under_way):
        db.execute(_TWICE_AS_FAR)
        steps, before, under_way = steps * 2, under_way, _under_way(db)
    db.execute(_ENDS.format(records=records))
    db.execute("DROP TABLE walks")


def _under_way(db: "duckdb.DuckDBPyConnection") -> int:
    (number,) = db.execute(_UNDER_WAY).fetchone() or (0,)
    return int(number)
