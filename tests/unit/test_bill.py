"""The bill of the benchmarks counts what DynamoDB counts, and waits as long as Lambda would."""

import json
from typing import Any

import pytest

from tests.benchmarks import cost
from tests.benchmarks.bill import Bill
from tests.benchmarks.meter import Meter
from tests.benchmarks.mixes import BROWSER, BULK, SDK
from waypost.storage import statements
from waypost.storage.items import guarded_put, key, wrap

SMALL = {"pk": "p", "sk": "s", "n": 1}
LARGE = SMALL | {"text": "x" * 1_024}


def billed(operation: str, request: dict[str, Any], **answer: Any) -> dict[str, int]:
    bill = Bill()
    bill.add(operation, json.dumps(request).encode(), answer)
    return {kind: count for kind, count in bill.units.items() if count}


@pytest.mark.parametrize(("item", "units"), [(SMALL, 1), (LARGE, 2)])
def test_every_statement_of_a_batch_is_a_write(item: dict[str, Any], units: int) -> None:
    put = statements.statement("t", item, None)
    over = statements.statement("t", item | {"sk": "other"}, {"n": 1})

    assert billed("BatchExecuteStatement", {"Statements": [put, over]}) == {"wru": 2 * units}


def test_a_transaction_costs_twice_what_its_writes_do() -> None:
    puts = [{"Put": guarded_put("t", item, None)} for item in (SMALL, LARGE)]

    assert billed("TransactWriteItems", {"TransactItems": puts}) == {"wru": 6}


def test_a_batch_is_billed_item_by_item() -> None:
    requests = [{"PutRequest": {"Item": wrap(LARGE)}}, {"DeleteRequest": {"Key": key("p", "s")}}]

    assert billed("BatchWriteItem", {"RequestItems": {"t": requests}}) == {"wru": 3}


def test_a_query_reads_its_items_together_and_a_batch_each_alone() -> None:
    items, keys = [wrap(LARGE)] * 5, [key("p", str(n)) for n in range(5)]

    assert billed("Query", {}, Items=items) == {"rru": 2}
    assert billed("BatchGetItem", {"RequestItems": {"t": {"Keys": keys}}}) == {"rru": 5}


@pytest.mark.parametrize(
    ("calls", "seconds"),
    [
        ([(0, 1), (2, 3)], 0.010),
        ([(0, 1), (0, 1)], 0.005),
        ([(0, 2), (1, 3), (5, 6)], 0.0125),
        ([], 0.0),
    ],
)
def test_calls_side_by_side_wait_once(calls: list[tuple[int, int]], seconds: float) -> None:
    meter = Meter(calls=[(begun, ended, 0.005) for begun, ended in calls])

    assert meter.waited() == pytest.approx(seconds)


def test_the_pollers_share_what_comes_and_a_chunk_comes_alone() -> None:
    sizes = [
        [cost.messages_per_batch(sender, rate) for rate in cost.RATES]
        for sender in (BROWSER, SDK, BULK)
    ]

    assert sizes == [[10, 100, 1_000], [1, 5, 50], [1, 1, 1]]
