"""A DynamoDB that throttles for real: an import takes its time, and nothing else happens to it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests import effort
from tests.conftest import Local, eventually
from tests.faults import imports
from tests.faults.capacity import READ, WRITE, Buckets
from tests.faults.throttling import ThrottlingProxy, behind

pytestmark = pytest.mark.slow
USERS = effort.times(200, 200, 60_000)
COMPANIES = effort.times(8, 8, 700)
FILES = effort.times(2, 2, 1)
# A fraction of what AWS gives a partition, as the embedded one is a fraction as fast. New users
# are spread over sixteen of them; an import takes ten seconds so, and minutes in `make soak`.
LIMITS = {WRITE: effort.times(4.0, 4.0, 50.0), READ: effort.times(50.0, 50.0, 500.0)}


@pytest.fixture
def proxy(local: Local) -> Iterator[ThrottlingProxy]:
    with ThrottlingProxy(local.aws, Buckets(LIMITS)) as proxy:
        yield proxy


def test_an_import_beyond_the_limits_of_a_partition_ends_complete(
    local: Local, proxy: ThrottlingProxy
) -> None:
    customer, dead = local.customer(), imports.dead_letters(local)
    rows = imports.people(USERS, COMPANIES)
    clicker = imports.Clicker(local, customer)

    with behind(local, proxy, "Match", "Load", "Planhat"):
        clicker.click()
        begun = time.monotonic()
        for n in range(FILES):
            imports.drop(local, customer, f"{n}.csv", imports.csv_file(rows[n::FILES]))
        eventually(proxy.refused.total, bool)
        clicker.click()
        matched_before_the_click = imports.matched(local, customer)
        while imports.matched(local, customer) < USERS:
            clicker.click()
        seconds = time.monotonic() - begun
        clicks = len(clicker.seconds)
        # The feed shows a click a moment before it counts.
        local.settled(customer, USERS + clicks)
    local.aggregate(customer)

    print(f"{USERS:,} new users in {seconds:.1f} s at {LIMITS[WRITE]} units a second,")
    print(f"clicks beside them in {', '.join(f'{each:.1f}' for each in clicker.seconds)} s,")
    print(f"calls {dict(proxy.calls)}, refused {dict(proxy.refused)}")
    assert matched_before_the_click < USERS
    assert local.counts(customer) == {
        "received": USERS + clicks,
        "stored": USERS + clicks,
        "duplicate": 0,
        "rejected": 0,
        "ignored": 0,
        "unassigned": 0,
    }
    assert distinct(local, customer, "users") == USERS + 1
    assert distinct(local, customer, "accounts") == COMPANIES + 1
    assert imports.dead_letters(local) == dead


def distinct(local: Local, customer: Any, metric: str) -> int:
    return int(local.get(customer, f"metrics?metric={metric}&interval=month")["total"])
