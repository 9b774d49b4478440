"""`waypost sql`: what the views say, what is fetched for it, and what no query can do."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli import sql_world
from tests.unit.cli.sql_world import DAY, MOMENT, ODD, ask
from tests.unit.lake.lakes import Lake
from waypost.cli import app, sql_output, sql_query
from waypost.cli.output import USAGE, Failure
from waypost.insights.sql_views import VIEWS
from waypost.times import start_of_day


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sql_world.lake(tmp_path_factory.mktemp("lake"))


def test_an_event_is_of_the_person_and_account_of_now(lake: Lake) -> None:
    query = "SELECT user_id, user_name, account_id, account_name FROM events ORDER BY time, id"

    assert ask(lake, query) == [
        ("ann", ODD, "globex", "Globex"),
        ("ann", ODD, "acme", "Acme"),
        ("ann", ODD, "globex", "Globex"),
        ("new", None, None, None),
        (None, None, "acme", "Acme"),
        ("erased", None, None, None),
        ("ann", ODD, "globex", "Globex"),
    ]


def test_times_are_utc_and_ids_are_those_of_the_api(lake: Lake) -> None:
    query = "SELECT id, time::VARCHAR, day::VARCHAR, month, tenant_id FROM events ORDER BY time"

    first = ask(lake, query)[0]

    assert first == (f"{1:032x}", "2027-01-03 01:01:02.001", DAY, "2027-01", "t1")


def test_a_user_is_a_person_and_what_all_of_its_ids_did(lake: Lake) -> None:
    query = "SELECT user_id, events, weight, account_name, reason, confidence, traits FROM users"

    assert ask(lake, f"{query} ORDER BY 1") == [
        ("ann", 5, 3.0, "Globex", "email_domain", 0.75, '{"role":"admin"}'),
        ("idle", 0, 0.0, None, "no_domain", None, None),
    ]


def test_reports_of_time_are_not_the_first_or_last_that_somebody_did(lake: Lake) -> None:
    query = "SELECT epoch_ms(first_seen), epoch_ms(last_seen) FROM users ORDER BY user_id"

    assert ask(lake, query) == [(1, MOMENT + 1), (None, None)]


def test_an_account_counts_its_people_and_its_events(lake: Lake) -> None:
    query = "SELECT account_id, name, users, events FROM accounts ORDER BY 1"

    assert ask(lake, query) == [("acme", "Acme", 0, 3), ("globex", "Globex", 1, 2)]


def test_activity_has_a_row_for_each_day_user_and_account(lake: Lake) -> None:
    query = """SELECT day::VARCHAR, user_id, account_id, events, active_seconds, module_seconds
        FROM activity ORDER BY day, user_id, account_id"""

    assert ask(lake, query) == [
        (DAY, "ann", "acme", 2, 0.25, 2.75),
        (DAY, "ann", "globex", 4, 1.5, None),
        (DAY, "erased", None, 2, None, None),
        (DAY, "new", None, 2, None, None),
        (DAY, None, "acme", 2, None, None),
        ("2027-02-12", "ann", "globex", 2, None, None),
    ]


def test_a_session_is_one_of_a_person_in_a_month(lake: Lake) -> None:
    query = """SELECT month, session, user_id, events, active_seconds, ended - started
        FROM sessions ORDER BY started"""

    rows = [(*row[:5], row[5].total_seconds()) for row in ask(lake, query)]

    assert rows == [
        ("2027-01", "s1", "ann", 4, 1.75, 8.0),
        ("2027-01", "s2", "ann", 2, None, 0.0),
        ("2027-01", "s3", "idle", 0, 1.0, 0.0),
        ("2027-02", "s2", "ann", 2, None, 0.0),
    ]


def test_a_session_tells_what_closed_it(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for day, sessions in (("2020-01-03", "over left"), ("2320-01-03", "open")):
        at = start_of_day(day)
        rows = [{"time": at, "action": "a", "session": name} for name in sessions.split()]
        rows += [{"time": at, "action": "logout", "session": "left"}] * ("left" in sessions)
        lake.add("context", day, day, [{"user_id": "ann", "count": 1, **row} for row in rows])

    assert ask(lake, "SELECT session, closed_by FROM sessions ORDER BY 1") == [
        ("left", "browser"),
        ("open", None),
        ("over", "silence"),
    ]


def test_days_bound_what_is_seen_of_events(lake: Lake) -> None:
    query = "SELECT count(*) FROM events"

    assert ask(lake, query, first="2027-02-01") == [1]
    assert ask(lake, query, last="2027-01-31") == [6]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("COPY (SELECT 1) TO '/tmp/out'", "cannot COPY"),
        ("ATTACH '/tmp/other.db'", "cannot ATTACH"),
        ("INSTALL httpfs", "cannot LOAD"),
        ("SET threads = 1", "cannot SET"),
        ("PRAGMA version", "cannot PRAGMA"),
        ("CALL pragma_version()", "cannot CALL"),
        ("DROP VIEW events", "cannot DROP"),
        ("EXPORT DATABASE '/tmp/out'", "cannot EXPORT"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/out'", "cannot COPY"),
        ("SELECT 1; DROP VIEW events", "one statement"),
        ("SELECT 1;;SELECT 2", "one statement"),
        ("-- nothing", "no statement"),
        ("SELECT '" + "x" * 1_000_000 + "'", "at most 262,144 bytes"),
        ("SELEC 1", 'near "SELEC" (line 1, column 1)'),
        ("SELECT 1,\n  'é', FROM FROM", "(line 2, column 13)"),
    ],
)
def test_what_is_no_single_reading_statement_is_refused(query: str, complaint: str) -> None:
    with pytest.raises(Failure) as failed:
        sql_query.only_reading(query)

    assert complaint in failed.value.message
    assert "\n" not in failed.value.message


@pytest.mark.parametrize(
    "query",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM read_text('/etc/passwd')",
        "FROM read_parquet('https://example.com/x.parquet')",
        "FROM '/etc/passwd'",
        "FROM glob('/*')",
        "FROM sqlite_scan('/tmp/x.db', 'x')",
        "WITH x AS (INSERT INTO events VALUES (1) RETURNING *) FROM x",
        "SELECT getenv('HOME')",
        "FROM lake",
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        f"SELECT '{ODD}'",
        "SELECT missing FROM events",
    ],
)
def test_a_query_reads_nothing_but_the_views(lake: Lake, query: str) -> None:
    with pytest.raises(Failure) as failed:
        ask(lake, query)

    assert "\n" not in failed.value.message


def test_without_the_lock_a_query_would_read_other_files(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_query, "_lock", lambda *_: None)

    assert ask(lake, "SELECT count(*) > 0 FROM read_text('/etc/passwd')") == [True]


def test_the_lock_cannot_be_undone(lake: Lake) -> None:
    with (
        sql_query.opened("FROM events", sql_world.files(lake), first=None, last=None) as opened,
        pytest.raises(Failure, match="locked"),
        sql_query.told(""),
    ):
        opened.db.execute("SET enable_external_access = true")


def test_names_and_values_of_strangers_are_values(lake: Lake) -> None:
    odd = ODD.replace("'", "''")

    assert ask(lake, f"SELECT count(*) FROM events WHERE action = '{odd}'") == [1]
    assert ask(lake, f'SELECT count(*) AS "{ODD.replace(chr(34), chr(34) * 2)}" FROM users') == [2]


def test_a_query_may_end_with_a_semicolon_and_a_comment(lake: Lake) -> None:
    query = "SELECT now() IS NOT NULL, count(*) FROM users; -- that is all"

    assert ask(lake, query) == [(True, 2)]


def test_moments_with_a_zone_come_in_utc(lake: Lake) -> None:
    (moment,) = ask(lake, "SELECT TIMESTAMPTZ '2027-01-01 12:00:00+05:30'; -- of India")

    assert moment.isoformat() == "2027-01-01T06:30:00"


def test_json_can_be_read_as_in_athena(lake: Lake) -> None:
    query = "SELECT json_extract_scalar(properties, '$.plan') FROM events WHERE label IS NOT NULL"

    assert ask(lake, query) == ["pro"]


def test_files_once_fetched_are_not_fetched_again(tmp_path: Path) -> None:
    world = sql_world.lake(tmp_path)
    ask(world, "SELECT action FROM events")
    world.lake.fetched.clear()

    ask(world, "SELECT action FROM events")

    assert world.lake.fetched == []


def test_what_does_not_fit_into_memory_goes_to_the_folder(lake: Lake) -> None:
    query = "SELECT count(*) FROM (SELECT range, hash(range) AS h FROM range(3_000_000) ORDER BY h)"
    with sql_query.opened("SELECT 1", sql_world.files(lake), first=None, last=None) as opened:
        opened.db.execute(f"{query}")

        (folder,) = opened.rows("SELECT current_setting('temp_directory')")[0]

    assert Path(folder).parent == sql_world.files(lake).home


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
