"""The throttling proxy itself: it refuses as DynamoDB does, and no lazy client comes through."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conftest import Local
from tests.faults.capacity import READ, WRITE, Buckets
from tests.faults.planted import Forgetful
from tests.faults.throttling import ThrottlingProxy
from waypost.local.emulator import REGION
from waypost.storage.dynamo import Table
from waypost.storage.items import key, wrap

pytestmark = pytest.mark.slow
LIMITS = {WRITE: 10.0, READ: 10.0}
Item = dict[str, Any]


class Throttled:
    """A client of an events table behind a proxy; by default its buckets never fill again."""

    def __init__(self, local: Local, proxy: ThrottlingProxy) -> None:
        self.table = local.outputs["EventsTable"]
        self.client = boto3.client(
            "dynamodb",
            endpoint_url=proxy.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            # What is refused shall be seen.
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.plain = Table(local.client("dynamodb"), self.table)
        self.pk = str(uuid4())

    def items(self, count: int, *, bytes_each: int = 10) -> list[Item]:
        return [{"pk": self.pk, "sk": f"{n:03d}", "text": "x" * bytes_each} for n in range(count)]

    def written(self) -> int:
        return len(list(self.plain.query(self.pk)))

    def put_batch(self, items: list[Item]) -> int:
        """One BatchWriteItem; how many items it left undone."""
        requests = [{"PutRequest": {"Item": wrap(item)}} for item in items]
        answer = self.client.batch_write_item(RequestItems={self.table: requests})
        return len(answer["UnprocessedItems"].get(self.table, []))


@pytest.fixture
def proxy(local: Local) -> Iterator[ThrottlingProxy]:
    with ThrottlingProxy(local.aws, Buckets(LIMITS, clock=lambda: 0.0)) as proxy:
        yield proxy


@pytest.fixture
def throttled(local: Local, proxy: ThrottlingProxy) -> Throttled:
    return Throttled(local, proxy)


def refusal(call: Callable[..., Any], **request: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value


def test_a_batch_is_written_as_far_as_the_units_go(throttled: Throttled) -> None:
    left = throttled.put_batch(throttled.items(25))

    assert (left, throttled.written()) == (15, 10)


def test_an_item_spends_a_unit_for_every_started_kilobyte(throttled: Throttled) -> None:
    left = throttled.put_batch(throttled.items(25, bytes_each=2_000))

    assert (left, throttled.written()) == (20, 5)


def test_another_partition_has_units_of_its_own(local: Local, proxy: ThrottlingProxy) -> None:
    first, second = Throttled(local, proxy), Throttled(local, proxy)

    assert [each.put_batch(each.items(15)) for each in (first, second)] == [5, 5]


def test_units_come_back_with_time(local: Local) -> None:
    now = [0.0]
    with ThrottlingProxy(local.aws, Buckets(LIMITS, clock=lambda: now[0])) as proxy:
        throttled = Throttled(local, proxy)
        before = throttled.put_batch(throttled.items(25))
        now[0] += 0.5
        after = throttled.put_batch(throttled.items(25))

    assert (before, after) == (15, 20)


def test_keys_are_read_as_far_as_the_units_go(throttled: Throttled) -> None:
    throttled.plain.put_many(throttled.items(30))
    keys = [key(throttled.pk, item["sk"]) for item in throttled.items(30)]

    answer = throttled.client.batch_get_item(RequestItems={throttled.table: {"Keys": keys}})

    assert len(answer["Responses"][throttled.table]) == 10
    assert len(answer["UnprocessedKeys"][throttled.table]["Keys"]) == 20


def test_a_large_item_costs_more_to_read_than_a_small_one(throttled: Throttled) -> None:
    throttled.plain.put_many(throttled.items(20, bytes_each=20_000))
    place = {"TableName": throttled.table, "Key": key(throttled.pk, "000")}

    read = [throttled.client.get_item(**place) for _ in range(2)]
    error = refusal(throttled.client.get_item, **place)

    assert all("Item" in answer for answer in read)
    assert code(error) == "ProvisionedThroughputExceededException"


def test_a_transaction_is_written_whole_or_not_at_all(throttled: Throttled) -> None:
    puts = [
        {"Put": {"TableName": throttled.table, "Item": wrap(item)}} for item in throttled.items(8)
    ]

    error = refusal(throttled.client.transact_write_items, TransactItems=puts)

    reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
    assert code(error) == "TransactionCanceledException"
    # Twice the units of plain writes: the sixth item finds none.
    assert reasons == ["None"] * 5 + ["ProvisionedThroughputExceeded"] * 3
    assert throttled.written() == 0


def test_each_statement_has_its_own_answer(throttled: Throttled) -> None:
    statements = [
        {
            "Statement": f"""INSERT INTO "{throttled.table}" VALUE {{'pk': ?, 'sk': ?}}""",
            "Parameters": list(key(throttled.pk, item["sk"]).values()),
        }
        for item in throttled.items(12)
    ]

    answer = throttled.client.batch_execute_statement(Statements=statements)

    refused = [response.get("Error", {}).get("Code") for response in answer["Responses"]]
    assert refused == [None] * 10 + ["ProvisionedThroughputExceeded"] * 2
    assert throttled.written() == 10


def test_both_words_for_a_refusal_take_turns(throttled: Throttled) -> None:
    throttled.put_batch(throttled.items(10))
    item = {"TableName": throttled.table, "Item": wrap(throttled.items(1)[0])}

    codes = {code(refusal(throttled.client.put_item, **item)) for _ in range(2)}
    batch = {throttled.table: [{"PutRequest": {"Item": item["Item"]}}]}
    codes.add(code(refusal(throttled.client.batch_write_item, RequestItems=batch)))

    assert codes == {"ProvisionedThroughputExceededException", "ThrottlingException"}


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def as_it_is(client: Any) -> Any:
    return client


@pytest.mark.parametrize(("reader", "complete"), [(as_it_is, True), (Forgetful, False)])
def test_only_a_client_that_sends_the_rest_again_writes_it_all(
    local: Local, reader: Callable[[Any], Any], complete: bool
) -> None:
    with ThrottlingProxy(local.aws, Buckets({WRITE: 100.0, READ: 100.0})) as proxy:
        throttled = Throttled(local, proxy)
        table = Table(reader(throttled.client), throttled.table)
        table.put_many(throttled.items(150))

        assert proxy.refused["BatchWriteItem"] > 0
        assert (throttled.written() == 150) is complete
