"""
Which accounts or users stand on a page of Planhat's lists: DuckDB filters, sorts and counts off.

What a filter or an order makes of a value is said in `profiles.planhat.listings`. SQL says the
same of texts, whole numbers, true and false; each other value that a field has is shown to Python.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from waypost.insights import planhat_fields
from waypost.insights.planhat_fields import TABLE, Field
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.listings import Listing, holds
from waypost.profiles.planhat.records import Model

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 500  # values, each of which may take 64 KB
_NUMBERS = ("BIGINT", "UBIGINT", "DOUBLE", "BOOLEAN")
_NESTED = ("ARRAY", "OBJECT")
_SHOWN = ("DOUBLE", *_NESTED)  # Python writes and reads them in another way than JSON does

_VALUES = """CREATE TEMP TABLE {key}_values AS
    SELECT DISTINCT {key} AS text FROM listed WHERE {key}_kind IN {kinds}"""
_SOME = "SELECT text FROM {key}_values WHERE rowid >= $1 AND rowid < $2"
_PASSES = f"""CASE WHEN {{key}}_kind IN {_SHOWN} THEN {{key}} IN (SELECT text FROM {{key}}_meant)
    ELSE {{key}} IN (SELECT unnest(${{key}})) END"""
_RANKED = f"""listed LEFT JOIN ranked_meant
    ON ranked_meant.text = listed.ranked AND ranked_kind IN {_NESTED}"""
# Numbers before texts, and last what has no value.
_ORDER = f"""ranked_kind IS NULL, ranked_kind NOT IN {_NUMBERS} {{way}},
    CASE WHEN ranked_kind = 'BOOLEAN' THEN CAST(ranked = 'true' AS DOUBLE)
        WHEN ranked_kind IN {_NUMBERS} THEN TRY_CAST(ranked AS DOUBLE) END {{way}},
    CASE WHEN ranked_kind NOT IN {_NUMBERS} THEN coalesce(meant, ranked) END {{way}}, _id {{way}}"""


def ids(db: "duckdb.DuckDBPyConnection", model: Model, tenant: str, asked: Listing) -> list[str]:
    """The ids of the accounts or users of a page, in the order that was asked for."""
    filters = [
        (planhat_fields.field(model, tenant, name, f"filter_{n}"), values)
        for n, (name, values) in enumerate(asked.filters.items())
    ]
    traits = [(field, values) for field, values in filters if not field.plain]
    kept = [planhat_fields.field(model, tenant, "_id", "_id"), *(field for field, _ in traits)]
    if asked.sort != "_id":
        kept.append(planhat_fields.field(model, tenant, asked.sort, "ranked"))
    _list(db, model, kept, [(field, values) for field, values in filters if field.plain])
    for field, values in traits:
        _show(db, field.key, _SHOWN, partial(_passing, values))
    if asked.sort != "_id":
        _show(db, "ranked", _NESTED, str)
    return _page(db, asked, {field.key: sorted(values) for field, values in traits})


def _list(
    db: "duckdb.DuckDBPyConnection",
    model: Model,
    kept: list[Field],
    filters: list[tuple[Field, frozenset[str]]],
) -> None:
    """Makes `listed`: everybody whom the plain filters leave over, with the fields to be kept."""
    fields = [*kept, *(field for field, _ in filters)]
    parameters: dict[str, Any] = {
        name: value for field in fields for name, value in field.parameters.items()
    }
    columns = ", ".join(
        f"{field.text} AS {field.key}, {field.kind} AS {field.key}_kind" for field in kept
    )
    left = ["true" if model is COMPANIES else "merged_into IS NULL"]
    for field, values in filters:
        left.append(f"{field.text} IN (SELECT unnest(${field.key}))")
        parameters[field.key] = sorted(values)
    query = f"SELECT id, {columns} FROM {TABLE[model.name]} WHERE {' AND '.join(left)}"
    db.execute(f"CREATE TEMP TABLE listed AS {query}", parameters)


def _show(
    db: "duckdb.DuckDBPyConnection",
    key: str,
    kinds: tuple[str, ...],
    meaning: Callable[[Any], str | None],
) -> None:
    """Shows Python each value of these kinds that a field has, and keeps what it means."""
    db.execute(_VALUES.format(key=key, kinds=kinds))
    db.execute(f"CREATE TEMP TABLE {key}_meant (text VARCHAR, meant VARCHAR)")
    start = 0
    while rows := db.execute(_SOME.format(key=key), [start, start + _AT_ONCE]).fetchall():
        start += _AT_ONCE
        meant = {text: meaning(msgspec.json.decode(text)) for (text,) in rows}
        pairs = [(text, word) for text, word in meant.items() if word is not None]
        if pairs:
            texts, words = map(list, zip(*pairs, strict=True))
            db.execute(f"INSERT INTO {key}_meant SELECT unnest($1), unnest($2)", [texts, words])


def _passing(values: frozenset[str], value: Any) -> str | None:
    return "" if holds(value, values) else None


def _page(
    db: "duckdb.DuckDBPyConnection", asked: Listing, filters: dict[str, list[str]]
) -> list[str]:
    """The page of `listed`. `filters` are the values that a kept field may have, by its key."""
    way = "DESC" if asked.descending else "ASC"
    source, order = ("listed", "_id {way}") if asked.sort == "_id" else (_RANKED, _ORDER)
    passes = " AND ".join(["true", *(_PASSES.format(key=key) for key in filters)])
    rows = db.execute(
        f"SELECT listed.id FROM {source} WHERE {passes} ORDER BY {order.format(way=way)} "
        f"LIMIT {asked.limit} OFFSET {asked.offset}",
        filters,
    ).fetchall()
    return [id for (id,) in rows]
