"""Ids are shown with the names that people know."""

import pytest

from tests.fakes import FakeReader
from waypost.insights import fields
from waypost.insights.names import names

USERS = [
    {"id": "u1", "name": "Ann", "email": "ann@acme.com", "external_id": "x1"},
    {"id": "u2", "email": "bob@acme.com", "external_id": "x2"},
    {"id": "u3", "external_id": "x3"},
    {"id": "u4"},
]
READER = FakeReader(users=USERS, accounts=[{"id": "acme", "name": "Acme Inc"}, {"id": "new"}])


@pytest.mark.parametrize(
    ("field", "ids", "known"),
    [
        ("user", ["u1"], {"u1": "Ann"}),
        ("user", ["u1", "u2", "u3", "u4", "(no user)"], None),
        ("account", ["acme", "new", "gone"], {"acme": "Acme Inc"}),
        ("account", [], {}),
        ("action", ["acme"], {}),
    ],
)
def test_a_user_goes_by_name_else_email_else_the_customers_id(
    field: str, ids: list[str], known: dict[str, str] | None
) -> None:
    expected = {"u1": "Ann", "u2": "bob@acme.com", "u3": "x3"} if known is None else known

    assert names("t", READER, fields.field(field, "group_by"), ids) == expected
