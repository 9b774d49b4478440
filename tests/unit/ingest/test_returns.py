"""When a message comes back that was not done: soon, later each time, and never all at once."""

from itertools import pairwise
from typing import Any

import pytest

from tests import fakes
from waypost.ingest import returns

COUNTS = range(1, 40)


def test_the_first_failure_costs_seconds_and_no_later_one_above_a_quarter_of_an_hour() -> None:
    spans = [returns.span(times) for times in COUNTS]

    assert spans[0] == (5, 10)
    assert spans[2] == (20, 40)
    assert max(spans) == (450, 900)
    assert all(earlier <= later for earlier, later in pairwise(spans))


def test_only_what_failed_is_given_back() -> None:
    deliveries = fakes.FakeDeliveries()

    answer = returns.answer([delivered("a"), delivered("b"), delivered("c")], ["b"], deliveries)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert deliveries.hidden.keys() == {"b"}
    assert deliveries.deleted == []


@pytest.mark.parametrize("receives", [1, 2, 7, 17])
def test_tenants_that_failed_together_do_not_come_back_together(receives: int) -> None:
    deliveries = fakes.FakeDeliveries()
    records = [delivered(f"m{n}", receives, tenant=f"t{n}") for n in range(200)]

    returns.give_back(records, deliveries)

    shortest, longest = returns.span(receives)
    assert set(deliveries.hidden.values()) <= set(range(shortest, longest + 1))
    assert len(set(deliveries.hidden.values())) > min(200, longest - shortest) / 3


def test_what_one_tenant_has_comes_back_together() -> None:
    deliveries = fakes.FakeDeliveries()

    returns.give_back([delivered(f"m{n}", 9) for n in range(50)], deliveries)

    assert len(set(deliveries.hidden.values())) == 1


def test_what_was_never_begun_comes_back_at_once_and_is_three_receives_behind_what_failed() -> None:
    deliveries = fakes.FakeDeliveries()

    returns.put_off([delivered(f"m{n}", n) for n in range(1, 6)], deliveries)

    assert [deliveries.hidden[f"m{n}"] for n in (1, 2, 3)] == [0, 0, 0]
    assert 5 <= deliveries.hidden["m4"] <= 10
    assert 10 <= deliveries.hidden["m5"] <= 20


def test_a_message_that_is_held_outlasts_the_function_that_holds_it() -> None:
    deliveries = fakes.FakeDeliveries()

    returns.hold([delivered("m1")], deliveries, lambda: 900_000)

    assert deliveries.hidden == {"m1": 930}


def delivered(id: str, receives: int = 1, *, tenant: str = "t1") -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(receives), "MessageGroupId": tenant}
    return {"messageId": id, "attributes": attributes}
