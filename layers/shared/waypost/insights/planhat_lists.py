"""
Planhat's lists out of the lake: DuckDB filters, sorts and counts off, and only the page is decoded.

What a filter or an order makes of a value is Python's word, in `profiles.planhat.listings`. DuckDB
says the same of texts, whole numbers, true and false; each other value that a field has is shown
to Python once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from waypost.insights import planhat_fields, planhat_pages
from waypost.insights.planhat_fields import COLUMNS, TABLE
from waypost.insights.ports import Lake
from waypost.lake.plans import Plan
from waypost.profiles.directory import Account, User
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.listings import Listing
from waypost.profiles.planhat.records import Model, Record

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 500  # a record may hold 64 KB

_PAGE = """SELECT {columns} FROM {table} JOIN (
        SELECT unnest($ids) AS id, generate_subscripts($ids, 1) AS place
    ) AS page USING (id) ORDER BY place"""


class PlanhatLists:
    """Planhat's models in the lake, as a `ListStore`."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def page(self, model: Model, tenant: str, asked: Listing) -> Iterator[Account | User]:
        kind = Account if model is COMPANIES else User
        columns = COLUMNS[model.name]
        query = _PAGE.format(columns=", ".join(columns), table=TABLE[model.name])
        with self._listed(model, tenant, asked) as (db, ids):
            for row in _rows(db, query, {"ids": ids}):
                fields = dict(zip(columns, row, strict=True))
                yield kind(**fields | {"traits": msgspec.json.decode(fields["traits"] or "{}")})

    def fields(self, model: Model, tenant: str, asked: Listing) -> Iterator[Record]:
        fields = [
            planhat_fields.field(model, tenant, name, f"field_{n}")
            for n, name in enumerate(asked.select)
        ]
        columns = ", ".join(f"{field.kind}, {field.text}" for field in fields)
        query = _PAGE.format(columns=columns, table=TABLE[model.name])
        parameters = {name: text for field in fields for name, text in field.parameters.items()}
        with self._listed(model, tenant, asked) as (db, ids):
            for row in _rows(db, query, {"ids": ids, **parameters}):
                values = map(planhat_fields.value, row[::2], row[1::2])
                yield dict(zip(asked.select, values, strict=True))

    @contextmanager
    def _listed(
        self, model: Model, tenant: str, asked: Listing
    ) -> Iterator[tuple["duckdb.DuckDBPyConnection", list[str]]]:
        """The lake, with the ids of the page in order."""
        columns = COLUMNS[model.name]
        merged = () if model is COMPANIES else ("merged_into",)
        with self._lake.open(tenant, Plan({TABLE[model.name]: (*columns, *merged)})) as opened:
            yield opened.db, planhat_pages.ids(opened.db, model, tenant, asked)


def _rows(
    db: "duckdb.DuckDBPyConnection", query: str, parameters: dict[str, Any]
) -> Iterator[tuple[Any, ...]]:
    answer = db.execute(query, parameters)
    while rows := answer.fetchmany(_AT_ONCE):
        yield from rows
