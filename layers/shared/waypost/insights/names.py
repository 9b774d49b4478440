"""The names that people and accounts go by, beside their ids."""

from collections.abc import Collection

from waypost.insights.fields import Field
from waypost.insights.ports import Lake
from waypost.lake.plans import Columns, Plan

# Of a user what is known best: the name, else the e-mail, else the id at the customer.
_TABLES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "user": (
        "users",
        ("id", "name", "email", "external_id"),
        "coalesce(name, email, external_id)",
    ),
    "account": ("accounts", ("id", "name"), "name"),
}
NAMED = frozenset(_TABLES)  # the fields whose values have names
_NAMES = """SELECT id, {name} FROM {table} SEMI JOIN (SELECT unnest($ids::VARCHAR[]) AS id)
USING (id)"""


def names(tenant: str, reader: Lake, field: Field, ids: Collection[str]) -> dict[str, str]:
    """The names by id of those users or accounts, the values of `field`, that have one; none for
    other fields. Raises `Unavailable`.
    """
    if not ids or field.name not in NAMED:
        return {}
    table, columns, name = _TABLES[field.name]
    wanted: dict[str, Columns] = {table: columns}
    plan = Plan(wanted, equal={table: ("id", tuple(sorted(ids)))})
    with reader.open(tenant, plan) as opened:
        rows = opened.rows(_NAMES.format(name=name, table=table), {"ids": [*ids]})
    return {id: name for id, name in rows if name}
