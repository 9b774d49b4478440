"""An answer tells how it came about."""

from tests.fakes import FakeReader
from waypost.insights.explained import Recorder, TableRead
from waypost.lake.plans import Plan


def test_what_was_asked_and_read_is_told_question_by_question() -> None:
    recorder = Recorder(FakeReader())
    for plan, sql in ((Plan({"days": ("day",)}), "SELECT 1"), (Plan({"who": None}), "SELECT 2")):
        with recorder.open("t", plan) as opened:
            opened.rows(sql)
            opened.cost.files, opened.cost.gets, opened.cost.bytes = {"days": 3}, 4, 500

    told = recorder.explained

    assert told.sql == ["SELECT 1", "SELECT 2"]
    assert told.tables == [TableRead("days", ["day"], 3), TableRead("who", None, 0)]
    assert (told.gets, told.bytes) == (8, 1000)
