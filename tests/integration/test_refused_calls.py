"""Every call of every store is tried again, whatever the refusal looks like; nothing is lost."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore import exceptions

from tests.fakes.seconds import FakeSeconds, no_wait
from tests.integration.refusals import (
    DYNAMODB,
    REFUSED,
    S3,
    Shape,
    cancelled,
    refusing,
)
from tests.integration.worlds import Aws
from waypost.errors import CallFailed, Unavailable
from waypost.event import Verdict
from waypost.ingest.messages import Pointer, frame, read_frame, wire
from waypost.lake.records import Landed, unpack
from waypost.storage import refusals
from waypost.storage.dynamo import Table
from waypost.storage.inbox_bucket import S3Inbox
from waypost.storage.items import Item, wrap
from waypost.storage.lake_bucket import S3Lake

pytestmark = pytest.mark.slow

NOW = 1_800_000_000_000
ROW: Item = {"pk": "t|row", "sk": "a", "version": 1}
NEXT = ROW | {"version": 2}
MANY: list[Item] = [{"pk": "t|row", "sk": f"{n:03d}", "version": 1} for n in range(30)]
KEYS = [(item["pk"], item["sk"]) for item in MANY]


def by_key(items: Any) -> list[Item]:
    return sorted(items, key=lambda item: str(item["sk"]))


def transact(table: Table) -> Any:
    put = {"Put": {"TableName": table.name, "Item": wrap(ROW)}}
    table.client.transact_write_items(TransactItems=[put])


# Of each method of a table: what stands before, the call, its answer, and what stands after.
TABLE: dict[str, tuple[list[Item], Callable[[Table], Any], Any, list[Item]]] = {
    "get": ([ROW], lambda table: table.get("t|row", "a"), ROW, [ROW]),
    "put": ([], lambda table: table.put(ROW), None, [ROW]),
    "put_if_absent": ([], lambda table: table.put_if_absent(ROW), None, [ROW]),
    "put_if": (
        [ROW],
        lambda table: table.put_if(NEXT, "version < :mine", {":mine": 2}),
        True,
        [NEXT],
    ),
    "put_over": ([ROW], lambda table: table.put_over(NEXT, {"version": 1}), True, [NEXT]),
    "put_over nothing": ([], lambda table: table.put_over(ROW, None), True, [ROW]),
    "put_each": (
        [ROW],
        lambda table: table.put_each([(NEXT, {"version": 1}), (MANY[0], None)]),
        [True, True],
        [MANY[0], NEXT],
    ),
    "get_many": (MANY, lambda table: by_key(table.get_many(KEYS)), MANY, MANY),
    "put_many": ([], lambda table: table.put_many(MANY), None, MANY),
    "delete_many": (MANY, lambda table: table.delete_many(KEYS), None, []),
    "query": (MANY, lambda table: list(table.query("t|row")), MANY, MANY),
    "transaction": ([], transact, None, [ROW]),
}


def table_of(moto: Aws, deadline: FakeSeconds | None = None) -> Table:
    waiting = (deadline or FakeSeconds()).deadline()
    return Table(moto.client("dynamodb"), moto.outputs["DirectoryTable"], deadline=waiting)


def standing(table: Table) -> list[Item]:
    return by_key(table.query("t|row"))


@pytest.mark.parametrize("call", TABLE)
@pytest.mark.parametrize("shape", DYNAMODB, ids=str)
def test_a_table_tries_again_until_it_is_done(moto: Aws, call: str, shape: Shape) -> None:
    before, work, answer, after = TABLE[call]
    table = table_of(moto)
    table.put_many(before)

    with refusing(moto.client("dynamodb"), shape) as refused:
        assert work(table) == answer

    assert standing(table) == by_key(after)
    assert min(refused.sent.values()) > refused.times


@pytest.mark.parametrize("call", [name for name in TABLE if name != "put_if_absent"])
def test_what_was_done_and_not_answered_ends_the_same(moto: Aws, call: str) -> None:
    """Also under a condition, which its own first try makes untrue."""
    before, work, answer, after = TABLE[call]
    table = table_of(moto)
    table.put_many(before)

    with refusing(moto.client("dynamodb"), DYNAMODB[4], done=True):
        assert work(table) == answer

    assert standing(table) == by_key(after)


@pytest.mark.parametrize("call", TABLE)
def test_what_is_refused_until_the_time_is_up_is_unavailable(moto: Aws, call: str) -> None:
    before, work, _, _ = TABLE[call]
    seconds = FakeSeconds()
    table = table_of(moto, seconds)
    table_of(moto).put_many(before)
    begun = seconds.now

    with (
        refusing(moto.client("dynamodb"), DYNAMODB[0], 10_000),
        table.deadline.run(120_000, reserve=15.0),
        pytest.raises(Unavailable),
    ):
        work(table)

    assert 90 < seconds.now - begun < 105
    assert standing(table_of(moto)) == by_key(before)


@pytest.mark.parametrize("shape", REFUSED, ids=str)
def test_what_is_refused_for_good_is_not_tried_again(moto: Aws, shape: Shape) -> None:
    table = table_of(moto)

    with refusing(moto.client("dynamodb"), shape) as refused, pytest.raises(CallFailed):
        table.put(ROW)

    assert refused.sent == Counter(PutItem=1)


@pytest.mark.parametrize(
    ("reasons", "tried_again"),
    [
        (("None", "ThrottlingError"), True),
        (("ProvisionedThroughputExceeded", "None"), True),
        (("TransactionConflict", "ThrottlingError"), True),
        (("ThrottlingError", "ConditionalCheckFailed"), False),
        (("ConditionalCheckFailed",), False),
        (("ItemCollectionSizeLimitExceeded",), False),
        (("None",), False),
    ],
)
def test_a_transaction_is_tried_again_where_no_condition_failed(
    moto: Aws, reasons: tuple[str, ...], tried_again: bool
) -> None:
    table = table_of(moto)

    with refusing(moto.client("dynamodb"), cancelled(*reasons)) as refused:
        if tried_again:
            transact(table)
        else:
            with pytest.raises(CallFailed):
                transact(table)

    assert refused.sent == Counter(TransactWriteItems=3 if tried_again else 1)


class Buckets:
    """The two buckets, with a chunk, a file and a landing object in them."""

    def __init__(self, moto: Aws) -> None:
        s3 = moto.client("s3")
        self.lake = S3Lake(s3, moto.outputs["LakeBucket"], deadline=no_wait())
        self.inbox = S3Inbox(s3, moto.outputs["InboxBucket"], deadline=no_wait())
        self.tenant = str(uuid4())
        self.record = Landed(
            id="e", time=NOW, receipt="r", received=NOW, source="s", verdict=Verdict.STORED
        )
        self.chunk = frame(
            wire(tenant="t", receipt="r", source="s", received=NOW, lines=[], rejects=[], part=0)
        )
        inbox = moto.outputs["InboxBucket"]
        s3.put_object(Bucket=inbox, Key="chunk", Body=b"before" + self.chunk + b"after")
        self.put()

    def put(self) -> None:
        self.lake.put_landing(self.tenant, [self.record], NOW, ["m"], Counter(stored=1))

    def landed(self) -> list[str]:
        return [landing.key for landing in self.lake.landing(self.tenant, "")]

    def read(self) -> Any:
        return self.inbox.read_chunk(Pointer("t", "chunk", 6, len(self.chunk)))

    def fetch(self, folder: Path) -> list[Landed]:
        (key,) = self.landed()
        return list(unpack(self.lake.fetch(key, folder / "landing").read_bytes()))

    def put_file(self, folder: Path) -> str:
        """Uploads a file of the lake; its key."""
        (folder / "file").write_bytes(b"parquet")
        key = f"days/tenant_id={self.tenant}/month=2027-01/2027-01-15.2027-01-15.0.run.parquet"
        assert self.lake.put_file(key, folder / "file") == len(b"parquet")
        return key


@pytest.fixture
def buckets(moto: Aws) -> Buckets:
    return Buckets(moto)


@pytest.mark.parametrize("shape", S3, ids=str)
def test_a_bucket_tries_again_until_it_is_done(
    moto: Aws, buckets: Buckets, shape: Shape, tmp_path: Path
) -> None:
    with refusing(moto.client("s3"), shape):
        buckets.put()
        listed, chunk = buckets.landed(), buckets.read()
        fetched, key = buckets.fetch(tmp_path), buckets.put_file(tmp_path)
        files = buckets.lake.of_month(buckets.tenant, "2027-01")
        span = buckets.lake.fetch_range(key, 2, 5)
        file = buckets.lake.fetch(key, tmp_path / "again").read_bytes()
        buckets.lake.delete([key])

    assert len(listed) == 1
    assert chunk == read_frame(buckets.chunk)
    assert fetched == [buckets.record]
    assert (files, span, file) == ([key], b"rqu", b"parquet")
    assert buckets.lake.of_month(buckets.tenant, "2027-01") == []


class Breaking:
    """A client the first bodies of which break off in the middle."""

    def __init__(self, client: Any, times: int) -> None:
        self.client, self.times = client, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def get_object(self, **request: Any) -> Any:
        answer = self.client.get_object(**request)
        if self.times:
            self.times -= 1
            answer["Body"] = _Broken(answer["Body"])
        return answer


class _Broken:
    def __init__(self, body: Any) -> None:
        self.body = body

    def read(self) -> bytes:
        raise exceptions.ResponseStreamingError(error="planted")

    def iter_chunks(self, _: int) -> Any:
        yield self.body.read(3)
        raise exceptions.ReadTimeoutError(endpoint_url="planted", error="planted")


def test_a_body_that_breaks_off_is_read_again_from_its_beginning(
    moto: Aws, buckets: Buckets, tmp_path: Path
) -> None:
    breaking = Breaking(moto.client("s3"), 2)
    buckets.inbox = S3Inbox(breaking, moto.outputs["InboxBucket"], deadline=no_wait())
    chunk = buckets.read()
    breaking.times = 2
    buckets.lake = S3Lake(breaking, moto.outputs["LakeBucket"], deadline=no_wait())

    fetched = buckets.fetch(tmp_path)

    assert chunk == read_frame(buckets.chunk)
    assert fetched == [buckets.record]
    assert breaking.times == 0


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestTimeout"]
)
def test_the_harness_catches_a_shape_that_is_forgotten(
    moto: Aws, buckets: Buckets, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "PASSING", refusals.PASSING - {code})
    (shape,) = (shape for shape in DYNAMODB + S3 if shape.name == f"400 {code}")
    service = "s3" if shape in S3 else "dynamodb"

    work: Callable[[], None] = buckets.put if shape in S3 else lambda: table_of(moto).put(ROW)

    with refusing(moto.client(service), shape), pytest.raises(CallFailed):
        work()
