"""`waypost sql` against the local default: its files, its formats, its refusals."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import duckdb

from tests.conftest import Customer, Local, eventually
from tests.e2e.commandline import COMMAND, ROWS, Run
from waypost.local import stack
from waypost.local.emulator import CREDENTIALS

BY_ACTION = "SELECT action, sum(count) AS times FROM events GROUP BY 1 ORDER BY 1"


def test_sql_counts_what_was_loaded_before_and_after_the_hourly_job(waypost: Run) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    before = waypost("sql", BY_ACTION)
    waypost("aggregate")

    after = waypost("sql", BY_ACTION)

    assert before.stdout.splitlines() == after.stdout.splitlines()
    assert [json.loads(line) for line in after.stdout.splitlines()] == [
        {"action": "Logged in", "times": 3},
        {"action": "Report sent", "times": 1},
    ]
    assert "landed since the last hourly job" in before.stderr
    assert after.stderr == ""


def test_rows_come_as_a_table_csv_json_or_parquet(waypost: Run, tmp_path: Path) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    query = "SELECT name, email, events, '=1+1' AS formula FROM users ORDER BY name"

    table = waypost("sql", query, "--format", "table")
    as_csv = waypost("sql", "-", "--format", "csv", stdin=query.encode())
    (tmp_path / "query.sql").write_text(f"{query};  -- of everybody\n")
    parquet = waypost("sql", "--file", "query.sql", "-o", "users.parquet")

    assert table.stdout.splitlines()[:2] == [
        "name     email             events  formula",
        "Ann Lee  ann@acme.com           1  =1+1",
    ]
    assert as_csv.stdout.splitlines()[1] == "Ann Lee,ann@acme.com,1,'=1+1"
    assert (parquet.returncode, parquet.stdout) == (0, "")
    with duckdb.connect() as db:
        rows = db.execute(f"FROM '{tmp_path}/users.parquet'").fetchall()
    assert rows[0] == ("Ann Lee", "ann@acme.com", 1, "=1+1")
    assert len(rows) == 3


def test_a_query_that_fails_ends_in_one_line_and_leaves_no_file(
    waypost: Run, tmp_path: Path
) -> None:
    done = waypost("sql", "SELECT error('late') FROM range(9)", "-o", "x.csv")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "waypost: Invalid Input Error: late\n"
    assert os.listdir(tmp_path) == []


def test_one_tenant_never_sees_another(waypost: Run, local: Local, customer: Customer) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    own = waypost("sql", BY_ACTION)

    other = waypost("sql", BY_ACTION, WAYPOST_TENANT=local.customer().tenant)

    assert len(own.stdout.splitlines()) == 2
    assert (other.returncode, other.stdout) == (0, "")


def test_a_deployed_stack_is_asked_by_its_name(waypost: Run, local: Local, tmp_path: Path) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    aws = {**CREDENTIALS, "AWS_ENDPOINT_URL": local.aws, "XDG_CACHE_HOME": str(tmp_path)}

    rows = waypost("sql", BY_ACTION, "--stack", stack.NAME, **aws)
    nobodys = waypost("sql", BY_ACTION, "--stack", stack.NAME, WAYPOST_TENANT="nobody", **aws)

    assert rows.stdout == waypost("sql", BY_ACTION).stdout
    assert len(rows.stdout.splitlines()) == 2
    assert (tmp_path / "waypost" / local.outputs["LakeBucket"]).is_dir()
    assert "has the id nobody" in nobodys.stderr


def test_ctrl_c_ends_a_query_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    query = """SELECT count(*) FROM range(1_000_000) AS a, range(1_000_000) AS b
        WHERE hash(a.range + b.range) = 1"""
    with subprocess.Popen(
        [*COMMAND, "sql", query, "-o", "x.csv"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        eventually(lambda: os.listdir(tmp_path), bool)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        printed, messages = process.communicate(timeout=60)

    assert process.returncode not in (0, None)
    assert "Traceback" not in messages
    assert printed == ""
    assert os.listdir(tmp_path) == []
