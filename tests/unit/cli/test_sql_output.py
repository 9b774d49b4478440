"""The options of `waypost sql`, and how it writes rows."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli import sql_world
from tests.unit.lake.lakes import Lake
from waypost.cli import app, sql_output, sql_query
from waypost.cli.output import USAGE, Failure
from waypost.insights.sql_views import VIEWS


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sql_world.lake(tmp_path_factory.mktemp("lake"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["SELECT 1", "--format", "parquet"], "give -o FILE"),
        (["SELECT 1", "--from", "yesterday"], "--from is a day"),
        (["SELECT 1", "--to", "0001-01-01"], "--to is a day"),
        (["SELECT 1", "--file", "x.sql"], "not both"),
        (["--file", "missing.sql"], "missing.sql cannot be read"),
        (["COPY (SELECT 1) TO 'x'"], "cannot COPY"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_fetched(
    arguments: list[str], complaint: str
) -> None:
    with pytest.raises(Failure, match=complaint) as failed:
        app.app(["sql", *arguments], standalone_mode=False)

    assert failed.value.code == USAGE


def test_without_a_query_the_columns_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    app.app(["sql"], standalone_mode=False)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[:2] == [["view", "column", "type"], ["events", "tenant_id", "VARCHAR"]]
    assert {view for view, *_ in lines[1:]} == set(VIEWS)


def test_another_machine_is_named_by_its_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAYPOST_HOME", str(tmp_path))

    with pytest.raises(Failure, match="give --stack"):
        app.app(["--url", "https://waypost.example", "sql", "SELECT 1"], standalone_mode=False)
    with pytest.raises(Failure, match="make dev"):
        app.app(["--url", "http://127.0.0.1:3000", "sql", "SELECT 1"], standalone_mode=False)


def test_the_files_of_one_local_waypost_are_not_taken_for_those_of_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAYPOST_HOME", str(tmp_path))
    (tmp_path / "local.json").write_text('{"url": "http://127.0.0.1:4000"}')

    with pytest.raises(Failure, match="set WAYPOST_HOME to that of"):
        app.app(["--url", "http://127.0.0.1:3000", "sql", "SELECT 1"], standalone_mode=False)


@pytest.mark.parametrize(
    ("format", "written"),
    [
        ("csv", """a,b,a_1\n'=1+1,2027-01-01 00:00:00,1; x\n,nan,TRUE\n"""),
        (
            "json",
            """{"a":"=1+1","b":"2027-01-01T00:00:00.000Z","a_1":[1,"x"]}\n"""
            """{"a":null,"b":"nan","a_1":true}\n""",
        ),
        (
            "table",
            """a     b                         a_1\n"""
            """=1+1  2027-01-01T00:00:00.000Z  [1, "x"]\n"""
            """-     nan                       true\n""",
        ),
    ],
)
def test_rows_are_written_in_the_types_of_their_format(format: Any, written: str) -> None:
    rows = [("=1+1", datetime(2027, 1, 1), [1, "x"]), (None, float("nan"), True)]
    out = StringIO()

    sql_output.write(format, ["a", "b", "a_1"], rows, out)

    assert out.getvalue() == written


def test_a_table_shows_no_more_than_a_person_reads() -> None:
    most, out = sql_output.MOST_SHOWN, StringIO()

    assert sql_output.write("table", ["n"], ((n,) for n in range(most)), out)
    assert not sql_output.write("table", ["n"], ((n,) for n in range(most + 1)), out)
    assert len(out.getvalue().splitlines()) == 2 * (most + 1)


def test_rows_are_written_as_they_come(lake: Lake) -> None:
    written: list[int] = []
    with sql_query.opened("SELECT 1", sql_world.files(lake), first=None, last=None) as opened:
        answer = sql_output.asked(opened.db, "SELECT range FROM range(1_000_000_000_000)")
        for (number,) in sql_output.rows(answer):
            written.append(number)
            if len(written) == 10_000:
                break

    assert written == list(range(10_000))
