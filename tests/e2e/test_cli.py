"""The command line against the local default, as a process of its own."""

import csv
import gzip
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Customer, Local
from waypost.local.emulator import free_port

COMMAND = [sys.executable, "-m", "waypost.cli"]
ROWS = """cId,email,name,action,date,count
acme,ann@acme.com,Ann Lee,Logged in,2026-11-01,1
acme,bob@acme.com,Bob,Logged in,2026-11-01,2
umbrella,cat@umbrella.org,Cat,Report sent,2026-11-02,1
"""
BAD_ROWS = """acme,not-an-email,Dan,Logged in,2026-11-02,1
acme,eve@acme.com,"Eve
Adams",Logged in,2026-11-02,some
"""
ITEMS = [
    {"email": "ann@acme.com", "cId": "acme", "action": "Logged in", "date": "2026-11-01"},
    {"email": "bob@acme.com", "cId": "acme", "action": "Logged in", "date": "2026-11-02"},
]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(local: Local, customer: Customer) -> dict[str, str]:
    """What points the command line at a fresh tenant of the local default."""
    place = {"WAYPOST_URL": local.url, "WAYPOST_TENANT": customer.tenant}
    return {**os.environ, **place, "WAYPOST_TOKEN": customer.token}


@pytest.fixture
def waypost(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder; what it printed and its exit code."""

    def run(*arguments: str, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            check=False,
            cwd=tmp_path,
            env=environment | more,
            input=stdin,
            capture_output=True,
            timeout=240,
        )
        texts = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(arguments, done.returncode, *texts)

    return run


def totals(local: Local, customer: Customer, query: str = "group_by=action") -> dict[str, int]:
    local.aggregate(customer)
    found = local.get(customer, f"metrics?metric=events&{query}")["totals"]
    return {one["key"]: one["value"] for one in found}


def test_bad_rows_go_to_a_file_and_the_others_count(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    (tmp_path / "activity.csv").write_text(ROWS + BAD_ROWS)

    done = waypost("load", "activity.csv")

    assert done.returncode == 3
    numbers = dict(line.split()[:2] for line in done.stdout.splitlines())
    assert (numbers["rows"], numbers["matched"]) == ("5", "5")
    assert (numbers["stored"], numbers["rejected"]) == ("3", "2")
    assert "rejects.csv holds 2 refused rows" in done.stderr
    assert 'line 5: "not-an-email" is not an e-mail address' in done.stderr
    with (tmp_path / "rejects.csv").open(newline="") as rejects:
        rejected = list(csv.DictReader(rejects))
    assert [one["waypost_line"] for one in rejected] == ["5", "6"]
    assert rejected[1]["name"] == "Eve\nAdams"
    assert rejected[1]["waypost_reason"].startswith("invalid_number: ")
    assert totals(local, customer) == {"Logged in": 3, "Report sent": 1}


def test_a_fixed_rejects_file_loads_as_if_it_had_been_right_at_once(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    waypost("load", "-", stdin=(ROWS + BAD_ROWS).encode())
    rejects = tmp_path / "rejects.csv"
    right = (("not-an-email,Dan", "dan@acme.com,Dan"), (",some,", ",4,"))
    whole = ROWS + BAD_ROWS
    for wrong, fixed in right:
        rejects.write_text(rejects.read_text().replace(wrong, fixed))
        whole = whole.replace(wrong, fixed)
    whole = whole.replace(",some", ",4")

    fixed_load = waypost("load", "rejects.csv")
    whole_load = waypost("load", "-", stdin=whole.encode())

    assert (fixed_load.returncode, whole_load.returncode) == (0, 0)
    assert totals(local, customer) == {"Logged in": 8, "Report sent": 1}
    events = local.get(customer, "events")["events"]
    assert all(one["info"] is None for one in events)


@pytest.mark.parametrize(
    "data",
    [
        "cId,email,action,date\n"
        + "".join(f"{one['cId']},{one['email']},{one['action']},{one['date']}\n" for one in ITEMS),
        json.dumps(ITEMS, indent=1),
        "\n".join(json.dumps(one) for one in ITEMS),
    ],
    ids=["csv", "array", "ndjson"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_every_format_comes_in_through_standard_input(
    waypost: Run, data: str, pack: Callable[[bytes], bytes]
) -> None:
    done = waypost("load", "-", "--json", "--quiet", stdin=pack(data.encode()))

    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name: found[name] for name in ("status", "rows", "stored", "rejects")} == {
        "status": "done",
        "rows": 2,
        "stored": 2,
        "rejects": None,
    }


def test_refused_json_items_go_to_a_file_that_can_be_fixed(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    items = [*ITEMS, {"email": "nobody", "cId": "acme", "action": "Logged in"}]

    first = waypost("load", "-", stdin=json.dumps(items).encode())
    rejects = tmp_path / "rejects.ndjson"
    wrong = json.loads(rejects.read_text())
    rejects.write_text(rejects.read_text().replace('"email": "nobody"', '"email": "n@acme.com"'))
    second = waypost("load", "rejects.ndjson")

    assert (first.returncode, second.returncode) == (3, 0)
    assert (wrong["index"], wrong["code"], wrong["item"]) == (2, "invalid_email", items[2])
    assert totals(local, customer) == {"Logged in": 3}


def test_the_same_file_twice_changes_no_number(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    # One row is older than the retention: it is only known again by the hourly job.
    (tmp_path / "activity.csv").write_text(ROWS + "acme,old@acme.com,Old,Left,2014-05-06,1\n")

    first = waypost("load", "activity.csv")
    counted = totals(local, customer)
    second = waypost("load", "activity.csv", "--json")

    assert (first.returncode, second.returncode) == (0, 0)
    assert json.loads(second.stdout)["duplicate"] == 3
    assert counted == {"Logged in": 3, "Report sent": 1, "Left": 1}
    assert totals(local, customer) == counted


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "-: the file is empty"),
        (b"a,b\n1,2\n", "-: the first line must be a header"),
        (gzip.compress(ROWS.encode())[:40], "-: the gzip stream is damaged"),
        (ROWS.encode("utf-16") + b"\0\xd8", "-: the file begins as UTF-16"),
    ],
    ids=["empty", "headless", "truncated", "mixed"],
)
def test_a_file_that_nobody_can_read_fails_with_the_reason(
    waypost: Run, data: bytes, reason: str
) -> None:
    done = waypost("load", "-", stdin=data)

    assert done.returncode == 1
    assert reason in done.stderr


def test_tail_shows_events_newest_last_and_can_be_asked_for_one_account(waypost: Run) -> None:
    waypost("load", "-", stdin=ROWS.encode())

    everything = waypost("tail")
    lines = waypost("tail", "--account", "umbrella", "-n", "1").stdout.splitlines()
    of_bob = waypost("tail", "--user", "bob@acme.com", "--json")

    assert everything.returncode == 0
    assert len(everything.stdout.splitlines()) == 3
    assert lines == ["2026-11-02T00:00:00.000Z  Cat  Report sent  umbrella"]
    assert [json.loads(line)["count"] for line in of_bob.stdout.splitlines()] == [2]


def test_tail_follows_what_arrives_until_ctrl_c(
    local: Local, customer: Customer, waypost: Run, environment: dict[str, str]
) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    command = [*COMMAND, "tail", "--follow", "-n", "1"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        event = {"email": "new@acme.com", "cId": "acme", "action": "Came back"}

        local.send("POST", f"/analytics/{customer.tenant}", event)
        second = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, messages = process.communicate(timeout=120)

    assert first.startswith("2026-11-0")
    assert "  new@acme.com  Came back  acme" in second
    assert (process.returncode, rest, messages) == (0, "", "")


def test_metrics_come_as_lines_table_or_csv(waypost: Run) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    waypost("aggregate")

    lines = waypost("metrics")
    table = waypost("metrics", "--group-by", "action", "--table")
    as_csv = waypost(
        "metrics",
        "--group-by",
        "account",
        "--metric",
        "users",
        "--interval",
        "month",
        "--series",
        "--csv",
        "--from",
        "2026-11-01",
        "--to",
        "2026-11-03",
    )

    assert [json.loads(line) for line in lines.stdout.splitlines()] == [
        {"at": "2026-11-01T00:00:00Z", "events": 3},
        {"at": "2026-11-02T00:00:00Z", "events": 1},
    ]
    assert table.stdout.splitlines() == [
        "action       events",
        "Logged in         3",
        "Report sent       1",
        "total             4",
    ]
    assert list(csv.reader(io.StringIO(as_csv.stdout))) == [
        ["at", "account", "users"],
        ["2026-11-01T00:00:00Z", "acme", "2"],
        ["2026-11-01T00:00:00Z", "umbrella", "1"],
    ]


def test_metrics_before_any_numbers_say_how_to_get_some(waypost: Run) -> None:
    done = waypost("metrics")

    assert (done.returncode, done.stdout) == (0, "")
    assert "waypost aggregate" in done.stderr


def test_aggregate_says_what_it_did_and_finds_nothing_new_the_second_time(waypost: Run) -> None:
    waypost("load", "-", stdin=ROWS.encode())

    first, second = waypost("aggregate"), waypost("aggregate", "--json")

    assert first.stdout.startswith("read 1 object, published 2 days in ")
    assert json.loads(second.stdout)["status"] == "done"
    assert json.loads(second.stdout).get("objects", 0) == 0


@pytest.mark.parametrize(
    ("arguments", "changed", "code", "message"),
    [
        (["tail"], {"WAYPOST_TOKEN": "wp_wrong"}, 1, "check --token or WAYPOST_TOKEN"),
        (["load", "-"], {"WAYPOST_TENANT": "nobody"}, 1, "check --tenant or WAYPOST_TENANT"),
        (["tail", "--user", "nobody"], {}, 1, "there is no such user"),
        (["metrics", "--from", "someday"], {}, 1, "from is not a date"),
        (["metrics", "--csv", "--json"], {}, 2, "choose one of --json, --csv and --table"),
        (["load", "missing.csv"], {}, 2, "missing.csv: No such file or directory"),
        (["--url", "https://x.example", "--token", "", "tail"], {}, 2, "give --token"),
    ],
)
def test_an_error_is_one_line_that_names_the_remedy(
    waypost: Run, arguments: list[str], changed: dict[str, str], code: int, message: str
) -> None:
    done = waypost(*arguments, **changed)

    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


def test_where_nothing_listens_it_says_how_to_start_it(waypost: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    done = waypost("tail", WAYPOST_URL=url)

    assert done.returncode == 1
    assert done.stderr == (
        f"waypost: nothing answers at {url}/api/v1/events; start it with make dev\n"
    )


def test_help_names_every_command_and_gives_an_example_of_each(waypost: Run) -> None:
    listed = waypost("--help").stdout

    for command in ("dev", "load", "tail", "metrics", "aggregate"):
        assert f"\n  {command} " in listed
        assert f"Example: waypost {command}" in waypost(command, "--help").stdout


def test_a_terminal_gets_bars_and_a_pipe_gets_none(
    waypost: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "activity.csv").write_text(ROWS)

    piped = waypost("load", "activity.csv")
    shown = on_terminal(environment, "load", str(tmp_path / "activity.csv"))
    quiet = on_terminal(environment | {"NO_COLOR": "1"}, "load", str(tmp_path / "activity.csv"))

    assert piped.stderr == ""
    assert "uploading" in shown
    assert "3/3 rows" in shown.replace("\x1b[0m", "").replace("\x1b[32m", "")
    assert quiet == ""


def on_terminal(environment: dict[str, str], *arguments: str) -> str:
    """What a command writes to stderr where that is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the other end of a terminal closes with an error on Linux
        while data := os.read(ours, 4096):
            shown += data
    os.close(ours)
    process.wait(60)
    return shown.decode()
