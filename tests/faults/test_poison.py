"""What one sender can do to a tenant: one user of many keys, strangers of one name, a huge account.

Every neighbour's event arrives, nothing is stuck, and what is asked about the poisoned one costs a
bounded number of calls and bytes, however large it was made.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests import effort
from tests.conftest import Customer, Local, eventually
from tests.faults import imports
from tests.faults.capacity import Nth
from tests.faults.throttling import ThrottlingProxy, behind

pytestmark = pytest.mark.slow
SIZE = effort.times(300, 600, 50_000)
IN_A_BODY = 5_000
NEIGHBOURS = 4
# Of one answer. A page of DynamoDB is a megabyte, and comes as base64.
MOST_CALLS, MOST_BYTES = 60, 1_500_000
NOBODY = ("undefined", "null", "N/A", " NULL ", "-1", "None")
Item = dict[str, Any]


@pytest.fixture(scope="module")
def proxy(local: Local) -> Iterator[ThrottlingProxy]:
    """Between the read API and its stores; it counts, and refuses nothing."""
    with ThrottlingProxy(local.aws, Nth()) as proxy, behind(local, proxy, "Api"):
        yield proxy


def track(n: int, **who: Any) -> Item:
    return {"type": "track", "event": "Poked", "messageId": f"m{n}", **who}


def send(local: Local, customer: Customer, items: list[Item]) -> None:
    for n in range(0, len(items), IN_A_BODY):
        body = {"writeKey": customer.token, "batch": items[n : n + IN_A_BODY]}
        assert local.send("POST", "/v1/batch", body)[:2] == (200, {"success": True})


def poison(local: Local, customer: Customer, items: list[Item]) -> None:
    """Sends the items, and clicks of neighbours between them; all of it has to arrive."""
    dead = imports.dead_letters(local)
    for n in range(NEIGHBOURS):
        neighbour = {"userId": f"neighbour-{n}", "context": {"groupId": "next door"}}
        send(local, customer, [track(-1 - n, **neighbour)])
        send(local, customer, items[n::NEIGHBOURS])
    everything = len(items) + NEIGHBOURS
    counts = eventually(
        lambda: local.counts(customer), lambda counts: counts["received"] >= everything, 3_600
    )

    assert counts["stored"] == everything
    assert imports.dead_letters(local) == dead
    for n in range(NEIGHBOURS):
        assert len(local.get(customer, f"events?user=neighbour-{n}")["events"]) == 1


def unbounded(
    local: Local, customer: Customer, proxy: ThrottlingProxy, paths: list[str]
) -> dict[str, tuple[int, int]]:
    """The answers that took too many calls to AWS, or too many bytes; prints what each took."""
    took = {}
    for path in paths:
        calls, read = proxy.calls.total(), proxy.read_bytes
        local.get(customer, path)
        took[path] = proxy.calls.total() - calls, proxy.read_bytes - read
    print(f"{SIZE:,}: (calls, bytes) of each answer: {took}")
    return {
        path: (calls, read)
        for path, (calls, read) in took.items()
        if calls > MOST_CALLS or read > MOST_BYTES
    }


def test_a_user_of_many_keys(local: Local, proxy: ThrottlingProxy) -> None:
    customer = local.customer()
    ids = [track(n, userId="victim", anonymousId=f"a{n}") for n in range(SIZE)]

    poison(local, customer, ids)

    asked = ["events?user=victim", "users/victim", "users"]
    assert unbounded(local, customer, proxy, asked) == {}
    assert len(local.get(customer, "events?user=victim&limit=100")["events"]) == 100


def test_strangers_with_a_placeholder_for_a_name(local: Local) -> None:
    customer = local.customer()
    strangers = [
        track(
            n,
            userId=NOBODY[n % len(NOBODY)],
            anonymousId=f"stranger-{n}",
            context={"groupId": NOBODY[n % len(NOBODY)], "traits": {"email": f"s{n}@home.com"}},
        )
        for n in range(SIZE)
    ]

    poison(local, customer, strangers)

    token = f"Bearer {customer.token}"
    for name in NOBODY:
        path = f"/api/v1/users/{quote(name.strip(), safe='')}"
        assert local.send("GET", path, Authorization=token)[0] == 404
    accounts = [account["id"] for account in local.get(customer, "accounts")["accounts"]]
    assert accounts == ["next door"]


def test_an_account_of_many_users(local: Local, proxy: ThrottlingProxy) -> None:
    customer = local.customer()
    crowd = [
        track(n, userId=f"u{n}", context={"groupId": "big", "traits": {"email": f"u{n}@big.com"}})
        for n in range(SIZE)
    ]

    poison(local, customer, crowd)

    asked = ["accounts/big", "events?account=big", "users", "users/u1", "events?user=u1"]
    assert unbounded(local, customer, proxy, asked) == {}
