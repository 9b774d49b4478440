"""Which properties become columns of `props`: the ones that a tenant's events mostly carry."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# A column costs its bytes in every row group. 2,000 keys of strangers would be thousands of
# columns; thirty hold nearly all that is asked for, and the rest is asked from the text.
MOST_KEYS = 30
_SAMPLE = 20_000
_LEAST_SHARE = 0.01
_PLAIN = ("string", "number", "boolean")


def chosen(
    db: "duckdb.DuckDBPyConnection", events: str, types: Mapping[str, str]
) -> tuple[str, ...]:
    """The keys at the top level of `properties` to be columns, by name.

    At most 30, of those that the schema knows with a plain type; the ones that most events have,
    each at least one of a hundred.
    """
    known = {key for key, type_ in types.items() if type_ in _PLAIN and _is_column(key)}
    alike = Counter(key.casefold() for key in known)
    if not known:
        return ()
    rows = db.execute(
        f"""SELECT key, count(*) FROM (
            SELECT unnest(json_keys(properties)) AS key FROM (
                SELECT properties FROM {events}
                WHERE kind IS NULL AND properties IS NOT NULL LIMIT {_SAMPLE}))
        GROUP BY key ORDER BY count(*) DESC, key"""
    ).fetchall()
    most = max((count for _, count in rows), default=0)
    # Names of columns are the same in capitals: of such keys none can be told from the other.
    usual = [
        key
        for key, count in rows
        if key in known and alike[key.casefold()] == 1 and count >= most * _LEAST_SHARE
    ]
    return tuple(sorted(usual[:MOST_KEYS]))


def _is_column(key: str) -> bool:
    # Where SQL is written out, a text ends at its first zero.
    return "\0" not in key
