"""A small lake whose tables all tell of the same events, and what is asked of its activity."""

from collections.abc import Collection
from typing import Any

from tests.fakes.reader import FakeReader
from waypost.insights import activity, fields, filters
from waypost.insights.needs import Asked
from waypost.lake.tables import MONTHLY
from waypost.times import DAY_MS

DAY = 20_000 * DAY_MS
DAY_TEXT = "2024-10-04"
_PEOPLE: dict[str, list[dict[str, Any]]] = {
    "who": [
        {"user_id": "u1", "person": "u2", "account": "silver ltd"},
        {"user_id": "u2", "person": "u2", "account": "silver ltd"},
    ],
    "alias": [{"company_id": "acme", "account": "acme"}],
    "users": [
        {"id": "u1", "anonymous_id": "a1", "merged_into": "u2"},
        {
            "id": "u2",
            "email": "ann@acme.com",
            "external_id": "x2",
            "name": "Ann",
            "traits": '{"role":"admin","deep":{"er":1}}',
        },
    ],
    "accounts": [
        {"id": "acme", "name": "Acme Inc", "traits": '{"tier":"gold"}'},
        {"id": "silver ltd", "traits": '{"tier":"silver"}'},
    ],
}


def reader(*events: dict[str, Any], **tables: list[dict[str, Any]]) -> FakeReader:
    """The lake of some events; fields that one leaves out are NULL, or 1."""
    rows = [{"time": DAY, "user_id": "u1", "count": 1, "weight": 1.0} | event for event in events]
    of_events = {name: _with(rows, columns) for name, columns in _COLUMNS.items()}
    return FakeReader(**(_PEOPLE | {"events": rows, **of_events, **tables}))


_COLUMNS = {table: MONTHLY[table].keys() for table in ("path", "context", "props")}


def _with(rows: list[dict[str, Any]], columns: Collection[str]) -> list[dict[str, Any]]:
    active = [row for row in rows if row.get("kind") is None]
    return [{name: row[name] for name in row if name in columns} for row in active]


def ask(
    reader: FakeReader, *given: str, fields_of: tuple[str, ...] = (), **asked: Any
) -> list[tuple[Any, ...]]:
    """The rows with those fields that meet the filters, sorted."""
    question = Asked(
        fields=tuple(fields.field(name, "group_by") for name in fields_of),
        filters=tuple(map(filters.read, given)),
        **asked,
    )
    rows = activity.rows(question)
    with reader.open("t", rows.plan) as opened:
        return sorted(opened.rows(rows.sql, rows.parameters), key=repr)
