"""Rows in the forms that commands print them in, and what is said beside them."""

import pytest

from waypost.cli import rows
from waypost.cli.output import Failure


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0s"),
        (59.4, "59.4s"),
        (60, "1m"),
        (5_400, "1.5h"),
        (86_400, "1d"),
        (86_400_000, "1,000d"),
    ],
)
def test_a_duration_has_the_unit_that_people_would_choose(seconds: float | None, text: str) -> None:
    assert rows.duration(seconds) == text


def test_a_share_is_a_percentage_and_none_is_nothing() -> None:
    assert [rows.percent(share) for share in (0.567, 0.0, None)] == ["57%", "0%", ""]


def test_form_of_is_chosen_at_most() -> None:
    assert rows.form_of(False, True, False) == "csv"
    with pytest.raises(Failure, match="choose one"):
        rows.form_of(True, True, False)


def test_in_a_pipe_rows_are_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    form = rows.form_of(False, False, False)

    rows.show([{"a": 1}, {"a": 2}], form, lambda: "no table")

    assert capsys.readouterr().out == '{"a":1}\n{"a":2}\n'


def test_how_an_answer_came_about_is_told_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    read = {"table": "days", "columns": ["day", "user_id"], "files": 3}
    explained = {"sql": ["SELECT\n  1"], "tables": [read], "gets": 4, "bytes": 1}

    rows.tell({"provisional": True, "explain": explained})

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[1:] == [
        "SELECT 1",
        "days: day, user_id of 3 files",
        "1 byte in 4 GETs",
    ]
