"""`waypost load` against the local default: what counts, what is refused, and how it is fixed."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from tests.conftest import Customer, Local
from tests.e2e.commandline import ROWS, Run, by_day

BAD_ROWS = """acme,not-an-email,Dan,Logged in,2026-11-02,1
acme,eve@acme.com,"Eve
Adams",Logged in,2026-11-02,some
"""
ITEMS = [
    {"email": "ann@acme.com", "cId": "acme", "action": "Logged in", "date": "2026-11-01"},
    {"email": "bob@acme.com", "cId": "acme", "action": "Logged in", "date": "2026-11-02"},
]


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


def test_a_european_export_counts_on_its_days_and_for_its_companies(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    rows = "Company;Email;Event;Date;Weight\nacme;ann@acme.com;Geöffnet;05/10/2016;1,5\n"
    rows += "acme;bob@acme.com;Geöffnet;13/10/2016;2\n;nobody;Geöffnet;14/10/2016;2\n"
    (tmp_path / "export.csv").write_bytes(rows.encode("cp1252"))
    company = ("--map", "Company=companyExternalId")

    looked = waypost("load", "export.csv", "--dry-run", *company)
    done = waypost("load", "export.csv", *company)

    assert (looked.returncode, done.returncode) == (3, 3)
    assert "1 of 3 rows would be refused" in looked.stdout
    assert "dates are read as dmy: “05/10/2016” is 2016-10-05" in looked.stdout
    assert f"waypost load rejects.csv --map {company[1]} --date-order dmy" in done.stderr
    assert (tmp_path / "rejects.csv").read_text().startswith("Company;Email;Event;Date;Weight;way")
    assert totals(local, customer) == {"Geöffnet": 2}
    assert totals(local, customer, "group_by=account") == {"acme": 2}
    assert by_day(local, customer, 2016) == {"2016-10-05": 1, "2016-10-13": 1}


def test_what_is_open_is_asked_before_anything_is_sent(
    local: Local, customer: Customer, waypost: Run, tmp_path: Path
) -> None:
    (tmp_path / "open.csv").write_text("cId,email,date\nacme,ann@acme.com,05/10/2016\n")

    asked = waypost("load", "open.csv")

    assert asked.returncode == 2
    assert "--date-order dmy (day first) or mdy (month first)" in asked.stderr
    assert local.get(customer, "batches")["batches"] == []


def test_a_batch_that_waits_goes_on_when_it_is_told(
    local: Local, customer: Customer, waypost: Run
) -> None:
    opened = local.send("POST", f"/analytics/uploads/{customer.tenant}")[1]
    data = b"cId,email,action,date\nacme,ann@acme.com,Logged in,05/10/2016\n"
    urllib3.request("PUT", opened["url"], body=data)

    waiting = waypost("batches", opened["batch"], "--follow")
    done = waypost("batches", opened["batch"], "--date-order", "mdy", "--follow")

    assert waiting.returncode == 2
    assert f"waypost batches {opened['batch']} --date-order dmy (day first)" in waiting.stderr
    assert done.returncode == 0
    assert by_day(local, customer, 2016) == {"2016-05-10": 1}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "-: the file is empty"),
        (b"a,b\n1,2\n", "-: the first line must be a header"),
        (gzip.compress(ROWS.encode(), mtime=0)[:40], "-: the gzip stream is damaged"),
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
