"""A large file: 90,389 events of a business chat product, loaded twice."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import SHARED, Customer, Local

ACTIVITY = SHARED / "data" / "yammer" / "activity.csv"
TOTALS = {
    "sent_weekly_digest": 57_267,
    "email_open": 20_459,
    "email_clickthrough": 9_010,
    "sent_reengagement_email": 3_653,
}


@pytest.fixture
def activity() -> Path:
    if not ACTIVITY.exists():
        pytest.skip("the yammer data set is not on this machine")
    return ACTIVITY


def test_a_large_file_loaded_twice_counts_every_row_once(
    local: Local, customer: Customer, activity: Path
) -> None:
    for _ in range(2):
        load(local, customer, activity)
        local.aggregate(customer)

        assert totals(local, customer) == TOTALS
        assert distinct(local, customer, "users") == 6_179
        assert distinct(local, customer, "accounts") == 4_500

    assert local.counts(customer) == {
        "received": 2 * 90_389,
        "stored": 90_389,
        "duplicate": 90_389,
        "rejected": 0,
        "ignored": 0,
        "unassigned": 0,
    }


def load(local: Local, customer: Customer, file: Path) -> None:
    command = [sys.executable, "-m", "waypost.cli", "--url", local.url, "--tenant"]
    command += [customer.tenant, "--token", customer.token, "load", str(file), "--quiet"]
    subprocess.run(command, check=True, timeout=240)


def totals(local: Local, customer: Customer) -> Counter[str]:
    answer = local.get(customer, "metrics?metric=events&group_by=action")
    return Counter({entry["key"]: entry["value"] for entry in answer["totals"]})


def distinct(local: Local, customer: Customer, metric: str) -> int:
    return int(local.get(customer, f"metrics?metric={metric}&interval=month")["total"])
