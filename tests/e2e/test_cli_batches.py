"""`waypost batches` against the local default: what came in, and how far it is."""

import json
from pathlib import Path

import urllib3

from tests.conftest import Customer, Local, eventually
from tests.e2e.commandline import ROWS, Run

BAD_ROW = "acme,not-an-email,Dan,Logged in,2026-11-02,1\n"


def upload(local: Local, customer: Customer, data: str) -> str:
    """A file that nobody waits for; the id of its batch."""
    opened = local.send("POST", f"/analytics/uploads/{customer.tenant}")[1]
    urllib3.request("PUT", opened["url"], body=data.encode())
    return str(opened["batch"])


def test_batches_are_listed_newest_first(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    (tmp_path / "activity.csv").write_text(ROWS)
    first = json.loads(waypost("load", "activity.csv", "--json").stdout)
    waypost("batches", upload(local, customer, "no,header\n1,2\n"), "--follow")

    listed = waypost("batches")
    table = waypost("batches", "--table", "-n", "1")

    failed, done = (json.loads(line) for line in listed.stdout.splitlines())
    assert (listed.returncode, done["id"]) == (0, first["batch"])
    assert [(one["status"], one["received"]) for one in (failed, done)] == [
        ("failed", 0),
        ("done", 3),
    ]
    heads, row = table.stdout.splitlines()
    assert heads.split()[:3] == ["batch", "created", "status"]
    assert row.split()[0] == failed["id"]


def test_a_batch_that_somebody_else_began_can_be_followed_to_its_end(
    local: Local, customer: Customer, waypost: Run
) -> None:
    batch = upload(local, customer, ROWS + BAD_ROW)

    done = waypost("batches", batch, "--follow")
    again = waypost("batches", batch, "--json", "--quiet")

    numbers = dict(line.split()[:2] for line in done.stdout.splitlines())
    assert (done.returncode, again.returncode) == (3, 3)
    assert (numbers["status"], numbers["rows"], numbers["stored"]) == ("done", "4", "3")
    assert 'line 5: "not-an-email" is not an e-mail address' in done.stderr
    assert again.stderr == ""
    assert (json.loads(again.stdout)["batch"], json.loads(again.stdout)["rejected"]) == (batch, 1)


def test_a_batch_that_failed_says_why(local: Local, customer: Customer, waypost: Run) -> None:
    batch = upload(local, customer, "no,header\n1,2\n")

    done = waypost("batches", batch, "-f")

    assert done.returncode == 1
    assert f"waypost: {batch}: the first line must be a header" in done.stderr


def test_each_version_of_a_file_is_a_batch_of_its_own(
    local: Local, customer: Customer, waypost: Run
) -> None:
    opened = local.send("POST", f"/analytics/uploads/{customer.tenant}")[1]
    for data in (ROWS, ROWS + BAD_ROW):
        urllib3.request("PUT", opened["url"], body=data.encode())

    def ended() -> list[str]:
        listed = [json.loads(line) for line in waypost("batches").stdout.splitlines()]
        return sorted(one["status"] for one in listed)

    # S3 tells of both; the first may be read before it is overwritten, or not.
    eventually(ended, lambda states: states in (["done", "done"], ["done", "failed"]))
    assert local.settled(customer, 4)["rejected"] == 1
