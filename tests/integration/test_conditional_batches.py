"""Conditional puts in batches: each has its own answer, the one that a put alone would have had.

Moto reads no PartiQL: there each statement becomes the call that means the same. How the
statements are read is seen on the embedded AWS.
"""

from random import Random
from typing import Any
from uuid import uuid4

import pytest

from tests import effort
from tests.fakes.seconds import no_wait
from tests.integration.strict import Strict
from tests.integration.worlds import Aws
from waypost.errors import CallFailed, Unavailable
from waypost.storage import refusals
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.storage.statements import Write

pytestmark = pytest.mark.slow


class Wrapped:
    """A client whose batches of statements go another way; the rest passes."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.sent: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)


class Twice(Wrapped):
    """Loses the first answer to every batch, as a broken connection does; the second is heard."""

    def batch_execute_statement(self, **request: Any) -> Item:
        self.client.batch_execute_statement(**request)
        answer: Item = self.client.batch_execute_statement(**request)
        return answer


class Throttling(Wrapped):
    """Throttles a random part of every batch, or all of it for good."""

    def __init__(self, client: Any, *, code: str = "ThrottlingError", ever: bool = False) -> None:
        super().__init__(client)
        self.chance, self.code, self.ever = Random(7), code, ever

    def batch_execute_statement(self, *, Statements: list[Item]) -> Item:
        self.sent.append(len(Statements))
        taken = [self.chance.random() < 0.5 and not self.ever for _ in Statements]
        wanted = [each for each, take in zip(Statements, taken, strict=True) if take]
        done = self.client.batch_execute_statement(Statements=wanted) if wanted else {}
        answers = iter(done.get("Responses", []))
        refused = {"Error": {"Code": self.code, "Message": "slow down"}}
        return {"Responses": [next(answers) if take else refused for take in taken]}


@pytest.fixture
def partition() -> str:
    return f"t|{uuid4()}"


def table_of(aws: Aws, wrapper: Any = None, **options: Any) -> Table:
    client = Strict(aws.client("dynamodb"))
    wrapped = wrapper(client, **options) if wrapper else client
    return Table(wrapped, aws.outputs["DirectoryTable"], deadline=no_wait())


def rows(partition: str, count: int, **fields: Any) -> list[Item]:
    plain = {"pk": partition, "version": 1, "user": "u", "packed": b"\x00\xff"} | fields
    return [{**plain, "sk": f"row {n:04d}", "n": n} for n in range(count)]


def all_new(items: list[Item]) -> list[Write]:
    return [(item, None) for item in items]


def standing(table: Table, partition: str) -> list[Item]:
    return list(table.query(partition))


def test_of_many_new_items_each_is_written_where_none_stood(aws: Aws, partition: str) -> None:
    table, items = table_of(aws), rows(partition, 130)
    others = rows(partition, 130, user="other")[::3]
    table.put_many(others)

    answers = table.put_each(all_new(items))

    assert answers == [n % 3 != 0 for n in range(130)]
    assert standing(table, partition) == [
        other if n % 3 == 0 else item
        for n, (item, other) in enumerate(
            zip(items, rows(partition, 130, user="other"), strict=True)
        )
    ]


def test_items_go_over_the_version_that_was_seen_and_over_no_other(
    aws: Aws, partition: str
) -> None:
    table = table_of(aws)
    table.put_many([item | {"version": 1 + item["n"] % 2} for item in rows(partition, 60)])
    newer = rows(partition, 61, version=9, user=None, label="é" * 300)

    answers = table.put_each([(item, {"version": 1}) for item in newer])

    assert answers == [n % 2 == 0 for n in range(60)] + [False]
    for item in standing(table, partition):
        assert ("user" in item) == (item["n"] % 2 == 1)
        assert (item["version"] == 9) == (item["n"] % 2 == 0)


def any_write(chance: Random, partition: str) -> Write:
    item = {
        "pk": partition,
        "sk": f"row {chance.randrange(12)}",
        "version": chance.randrange(1, 4),
        "user": chance.choice(["ann", "", None]),
        "share": chance.choice([0.1, 3.0, 7]),
    }
    return item, chance.choice([None, {"version": 1}, {"version": 2}, {"user": "ann"}])


def test_a_batch_answers_and_leaves_what_single_puts_would(aws: Aws) -> None:
    table = table_of(aws)
    for seed in range(effort.times(5, 20, 200)):
        chance, single, batch = Random(seed), f"s|{uuid4()}", f"b|{uuid4()}"
        writes = [any_write(chance, single) for _ in range(40)]
        expected = []
        for item, seen in writes:
            written = table.put_over(item, seen)
            mine = {name: value for name, value in item.items() if value is not None}
            expected.append(written or table.get(item["pk"], item["sk"]) == mine)

        answers = table.put_each([({**item, "pk": batch}, seen) for item, seen in writes])

        assert answers == expected, seed
        left = [{**item, "pk": single} for item in standing(table, batch)]
        assert left == standing(table, single), seed


def test_a_write_whose_answer_was_lost_counts_as_written(aws: Aws, partition: str) -> None:
    table, items = table_of(aws, Twice), rows(partition, 30)

    new = table.put_each(all_new(items))
    over = table.put_each([(item | {"version": 2}, {"version": 1}) for item in items])
    strange = table.put_each([(item | {"version": 2}, {"version": 1}) for item in items])
    late = table.put_each([(item | {"version": 3}, {"version": 1}) for item in items])

    assert new == over == strange == [True] * 30
    assert late == [False] * 30


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "TransactionConflict",
        "InternalServerError",
    ],
)
def test_only_what_was_throttled_is_sent_again(aws: Aws, partition: str, code: str) -> None:
    table, items = table_of(aws, Throttling, code=code), rows(partition, 25)

    answers = table.put_each(all_new(items))

    assert answers == [True] * 25
    assert standing(table, partition) == items
    assert table.client.sent[0] == 25
    assert table.client.sent == sorted(table.client.sent, reverse=True)
    assert table.client.sent[1] < 25


def test_a_batch_that_is_throttled_for_good_is_unavailable(aws: Aws, partition: str) -> None:
    table = table_of(aws, Throttling, ever=True)

    with pytest.raises(Unavailable):
        table.put_each(all_new(rows(partition, 3)))


def test_what_aws_does_not_understand_is_raised(aws: Aws, partition: str) -> None:
    table = table_of(aws, Throttling, code="ValidationError", ever=True)

    with pytest.raises(CallFailed, match="ValidationError"):
        table.put_each(all_new(rows(partition, 3)))


def test_two_writes_with_one_key_are_done_in_their_order(aws: Aws, partition: str) -> None:
    table = table_of(aws)
    first, neighbour = rows(partition, 2)
    second, third = first | {"version": 2}, first | {"version": 3}

    answers = table.put_each(
        [(first, None), (third, None), (neighbour, None), (second, {"version": 1})]
    )

    assert answers == [True, False, True, True]
    assert standing(table, partition) == [second, neighbour]


def test_the_harness_catches_a_code_that_is_not_sent_again(
    aws: Aws, partition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "PASSING", frozenset({"ThrottlingError"}))
    table = table_of(aws, Throttling, code="TransactionConflict")

    with pytest.raises(CallFailed, match="TransactionConflict"):
        table.put_each(all_new(rows(partition, 25)))


def test_the_harness_catches_a_lost_answer_that_counts_as_refused(
    aws: Aws, partition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_of(aws, Twice)
    monkeypatch.setattr(table, "get_many", lambda _keys: iter([]))

    assert table.put_each(all_new(rows(partition, 30))) == [False] * 30
