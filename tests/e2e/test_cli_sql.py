"""`waypost sql` against the local default: its files, its formats, its refusals."""

import os
import signal
import time
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Local, eventually
from tests.e2e import commandline
from tests.e2e.commandline import ROWS, Run, started
from waypost.local import stack
from waypost.local.emulator import CREDENTIALS

BY_ACTION = "SELECT action, sum(count) AS times FROM events GROUP BY 1 ORDER BY 1"
COUNTED = ['{"action":"Logged in","times":3}', '{"action":"Report sent","times":1}']


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("asking")


@pytest.fixture(scope="module")
def loaded(local: Local, folder: Path) -> Run:
    """Runs commands for a tenant whose rows are loaded, and not yet folded."""
    run = commandline.in_folder(folder, commandline.pointed_at(local, local.customer()))
    assert run("load", "-", stdin=ROWS.encode()).returncode == 0
    return run


def test_what_landed_since_the_hourly_job_is_counted_and_a_message_says_so(loaded: Run) -> None:
    done = loaded("sql", BY_ACTION)

    assert done.stdout.splitlines() == COUNTED
    assert "landed since the last hourly job" in done.stderr


def test_what_the_hourly_job_counted_is_counted_the_same(waypost: Run) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    waypost("aggregate")

    done = waypost("sql", BY_ACTION)

    assert (done.stdout.splitlines(), done.stderr) == (COUNTED, "")


def test_rows_come_as_a_table_csv_json_or_parquet(loaded: Run, folder: Path) -> None:
    query = "SELECT name, email, events, '=1+1' AS formula FROM users ORDER BY name"

    table = loaded("sql", query, "--format", "table")
    as_csv = loaded("sql", "-", "--format", "csv", stdin=query.encode())
    (folder / "query.sql").write_text(f"{query};  -- of everybody\n")
    parquet = loaded("sql", "--file", "query.sql", "-o", "users.parquet")

    assert table.stdout.splitlines()[:2] == [
        "name     email             events  formula",
        "Ann Lee  ann@acme.com           1  =1+1",
    ]
    assert as_csv.stdout.splitlines()[1] == "Ann Lee,ann@acme.com,1,'=1+1"
    assert (parquet.returncode, parquet.stdout) == (0, "")
    with duckdb.connect() as db:
        rows = db.execute(f"FROM '{folder}/users.parquet'").fetchall()
    assert rows[0] == ("Ann Lee", "ann@acme.com", 1, "=1+1")
    assert len(rows) == 3


def test_a_query_that_fails_ends_in_one_line_and_leaves_no_file(
    waypost: Run, tmp_path: Path
) -> None:
    done = waypost("sql", "SELECT error('late') FROM range(9)", "-o", "x.csv")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "waypost: Invalid Input Error: late\n"
    assert os.listdir(tmp_path) == []


def test_one_tenant_never_sees_another(loaded: Run, local: Local) -> None:
    other = loaded("sql", BY_ACTION, WAYPOST_TENANT=local.customer().tenant)

    assert (other.returncode, other.stdout) == (0, "")


def test_a_deployed_stack_is_asked_by_its_name(loaded: Run, local: Local, tmp_path: Path) -> None:
    aws = {**CREDENTIALS, "AWS_ENDPOINT_URL": local.aws, "XDG_CACHE_HOME": str(tmp_path)}

    rows = loaded("sql", BY_ACTION, "--stack", stack.NAME, **aws)
    nobodys = loaded("sql", BY_ACTION, "--stack", stack.NAME, WAYPOST_TENANT="nobody", **aws)

    assert rows.stdout.splitlines() == COUNTED
    assert (tmp_path / "waypost" / local.outputs["LakeBucket"]).is_dir()
    assert "has the id nobody" in nobodys.stderr


def test_a_reader_that_goes_away_ends_the_query_quietly(
    environment: dict[str, str], tmp_path: Path
) -> None:
    endless = "FROM range(100_000_000)"
    with started("sql", endless, environment=environment, folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == '{"range":0}\n'
        process.stdout.close()

        assert process.wait(60) != 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_ctrl_c_ends_a_query_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    query = """SELECT count(*) FROM range(1_000_000) AS a, range(1_000_000) AS b
        WHERE hash(a.range + b.range) = 1"""
    with started("sql", query, "-o", "x.csv", environment=environment, folder=tmp_path) as process:
        eventually(lambda: os.listdir(tmp_path), bool)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        printed, messages = process.communicate(timeout=60)

    assert process.returncode not in (0, None)
    assert "Traceback" not in messages
    assert printed == ""
    assert os.listdir(tmp_path) == []
