"""What no query of `waypost sql` can do, and what strangers put into one."""

from pathlib import Path

import pytest

from tests.unit.cli import sql_world
from tests.unit.cli.sql_world import ODD, ask
from tests.unit.lake.lakes import Lake
from waypost.cli import sql_query
from waypost.cli.output import Failure


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sql_world.lake(tmp_path_factory.mktemp("lake"))


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
