"""An answer tells how it came about."""

from tests.fakes import FakeReader
from waypost.insights.explained import TableRead, explained
from waypost.lake.plans import Plan


def test_what_was_asked_and_read_is_told_table_by_table() -> None:
    plan = Plan({"days": ("day",), "who": None})
    with FakeReader().open("t", plan) as opened:
        opened.rows("SELECT 1")
        opened.cost.files, opened.cost.gets, opened.cost.bytes = {"days": 3}, 4, 500

        told = explained(opened, plan)

    assert told.sql == ["SELECT 1"]
    assert told.tables == [TableRead("days", ["day"], 3), TableRead("who", None, 0)]
    assert (told.gets, told.bytes) == (4, 500)
