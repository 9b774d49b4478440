"""`waypost tail`, `metrics` and `aggregate` against the local default."""

import csv
import io
import json
import signal
from pathlib import Path

from tests.conftest import Customer, Local, eventually
from tests.e2e.commandline import ROWS, Run, started

GROUPS = ("action", "account", "user")


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
    with started("tail", "--follow", "-n", "1", environment=environment) as process:
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
        ["2026-11-01 00:00:00", "acme", "2"],
        ["2026-11-01 00:00:00", "umbrella", "1"],
    ]


def test_metrics_before_any_numbers_say_where_to_look(waypost: Run) -> None:
    done = waypost("metrics")

    assert (done.returncode, done.stdout) == (0, "")
    assert "waypost tail" in done.stderr


def test_metrics_count_what_landed_a_moment_ago_and_say_so(waypost: Run) -> None:
    waypost("load", "-", stdin=ROWS.encode())
    fresh = waypost("metrics")
    waypost("aggregate")

    settled = waypost("metrics")

    assert fresh.stdout == settled.stdout != ""
    assert "since the last hourly job" in fresh.stderr
    assert settled.stderr == ""


def test_aggregate_says_what_it_did_and_finds_nothing_new_the_second_time(waypost: Run) -> None:
    waypost("load", "-", stdin=ROWS.encode())

    first, second = waypost("aggregate"), waypost("aggregate", "--json")

    assert first.stdout.startswith("read 1 object, published 2 days in ")
    assert json.loads(second.stdout)["status"] == "done"
    assert json.loads(second.stdout).get("objects", 0) == 0


def test_replay_makes_everything_anew_and_changes_no_number(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    waypost("load", "rows.csv")
    waypost("aggregate")

    def shown() -> list[object]:
        numbers = [waypost("metrics", "--group-by", group, "--series") for group in GROUPS]
        people = local.get(customer, "users"), local.get(customer, "accounts")
        return [*(answer.stdout for answer in numbers), *people, local.counts(customer)]

    before = shown()
    done = waypost("replay", "--inbox")

    assert done.returncode == 0
    assert "published 2 days" in done.stdout
    assert "1 file queued to be loaded again" in done.stderr
    (batch,) = local.get(customer, "batches")["batches"]
    eventually(
        lambda: local.get(customer, f"batches/{batch['id']}"), lambda now: now["status"] == "done"
    )
    waypost("aggregate")
    assert shown() == before
