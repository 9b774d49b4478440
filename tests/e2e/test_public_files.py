"""Files that strangers publish, loaded as they are and counted again in plain Python."""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.conftest import Customer, Local
from tests.e2e.commandline import Run, by_day

SAMPLES = Path(__file__).parent / "samples"


def by_action(local: Local, customer: Customer) -> Counter[str]:
    local.aggregate(customer)
    answer = local.get(customer, "metrics?metric=events&group_by=action")
    return Counter({entry["key"]: entry["value"] for entry in answer["totals"]})


def test_purchases_of_customers_are_counted_as_plain_python_counts_them(
    local: Local, customer: Customer, waypost: Run
) -> None:
    file = SAMPLES / "transactions.csv"
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))

    done = waypost("load", str(file), "--map", "id=externalId", "--json")

    numbers = json.loads(done.stdout)
    assert (done.returncode, numbers["rows"], numbers["stored"]) == (0, len(rows), len(rows))
    assert by_day(local, customer, 2014) == Counter(row["date"][:10] for row in rows)
    assert len(local.get(customer, "users?limit=1000")["users"]) == len({r["id"] for r in rows})


def test_a_gzipped_clickstream_needs_no_mapping(
    local: Local, customer: Customer, waypost: Run
) -> None:
    file = SAMPLES / "clickstream.csv.gz"
    with gzip.open(file, "rt", newline="") as lines:
        rows = list(csv.DictReader(lines))

    done = waypost("load", str(file), "--json")

    numbers = json.loads(done.stdout)
    assert (done.returncode, numbers["rows"], numbers["stored"]) == (0, len(rows), len(rows))
    assert by_action(local, customer) == Counter(row["event"] for row in rows)


def test_an_archive_of_segment_messages_counts_when_they_were_sent(
    local: Local, customer: Customer
) -> None:
    with gzip.open(SAMPLES / "segment-messages.json.gz", "rt") as lines:
        messages: list[dict[str, Any]] = [json.loads(line) for line in lines]

    body = {"writeKey": customer.token, "batch": messages}
    assert local.send("POST", "/v1/import", body)[0] == 200

    # Two tests of theirs share a messageId: the first counts, and the ledger names the other.
    once = {message["messageId"]: message for message in reversed(messages)}.values()
    counts = local.settled(customer, len(messages))
    assert (counts["stored"], counts["rejected"]) == (len(once), len(messages) - len(once))
    days = Counter(message["timestamp"][:10] for message in once)
    assert by_day(local, customer, 2015) == days
    assert by_action(local, customer) == Counter(message["event"] for message in once)
