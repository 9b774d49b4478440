"""Every kind of item in the three tables has a bound, and no sender gets an item past it.

DynamoDB takes items of 400 KB, names of attributes included. A larger one is refused, and with it
the batch that it came in, each time that its messages come again.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.integration import hostile_numbers, hostile_people, mocked
from tests.integration.hostile_senders import Senders
from tests.integration.strict import size
from waypost.event import MAX_EVENT_BYTES
from waypost.insights import jobs, saved
from waypost.profiles import traits
from waypost.storage import keys, packing
from waypost.web.api.settings import MAX_SETTINGS_BYTES

pytestmark = pytest.mark.slow

MOST = 400 * 1024
PACK = packing.MAX_BYTES + 2_000
ROW = MAX_EVENT_BYTES + 2_000
# A trait takes 7 bytes at least, `"ab":1,`, and its time 19.
PERSON = traits.MAX_BYTES * (7 + 19) // 7 + 12_000


class Bound(NamedTuple):
    """The most bytes that an item can have, and why it has no more."""

    bytes: int
    why: str


BOUNDS = {
    "Events x": Bound(ROW, "an event may take 32 KB as JSON"),
    "Events e": Bound(ROW, "the same"),
    "Events a": Bound(ROW, "the same"),
    "Events g": Bound(ROW, "the same"),
    "Events report": Bound(800, "a key and a time: only that it came"),
    "Events feed": Bound(PACK, "a pack that comes out larger is made again as two"),
    "Directory tenant": Bound(MAX_SETTINGS_BYTES + 300, "PATCH refuses larger settings"),
    "Directory token": Bound(300, "a hash, a tenant id and three scopes"),
    "Directory suspect": Bound(38_000, "the ids of a tenth of the largest batch of SQS"),
    "Directory landed": Bound(200, "an hour and a tenant id"),
    "Directory user": Bound(PERSON, "traits take 64 KB; of each kind of key only the first"),
    "Directory mail": Bound(2_500, "the ids of a user and an account, an address"),
    "Directory keys": Bound(1_200, "a key each"),
    "Directory merge": Bound(200, "two ids"),
    "Directory account": Bound(PERSON, "traits take 64 KB"),
    "Directory company": Bound(1_500, "the id of an account"),
    "Directory source": Bound(2_500, "two ids"),
    "Directory batch": Bound(9_000, "counts, the key of a file (1,024 bytes), one reason"),
    "Directory part": Bound(300, "five counts"),
    "Directory ledger": Bound(PACK, "as the feed; a payload is cut at 2,000 characters"),
    "Directory run": Bound(400, "three counts and two times"),
    "Directory job": Bound(
        jobs.MOST_BYTES + 3_000, "a larger question is refused; a reason is cut"
    ),
    "Directory question": Bound(saved.MOST_BYTES + 400, "a larger question is refused"),
    "Directory schema": Bound(PACK, "2,000 keys of 128 bytes, 500 changes"),
    "Metrics month": Bound(130_000, "31 days of a table have few files, and 30 properties each"),
    "Metrics head": Bound(2_000, "a file of each table, and the runs of an hour that lost it"),
    "Metrics todo": Bound(150, "a month"),
    "Metrics watermark": Bound(301_000, "25,000 names of 12 bytes, further ones in further items"),
    "Metrics dimension": Bound(3_000, "a number and three ids"),
}


def drawn_kinds() -> set[str]:
    """The kinds of item in the drawing at the top of `keys`."""
    kinds, table = set[str](), ""
    drawing, _, _ = (keys.__doc__ or "").partition("\ninbox ")
    for line in drawing.splitlines()[5:]:
        table, partition = line[:11].strip() or table, line[11:33].strip()
        if partition and not partition.startswith("("):
            kinds.add(f"{table} {_kind(partition)}")
    return kinds


def _kind(partition: str) -> str:
    owner, _, of_tenant = partition.partition("|")
    name = owner if owner == "landed" else (of_tenant or partition).partition(":")[0]
    # The hash of a long key stands under a name of its own, `xh`.
    return name[0] if len(name) == 2 else name


@pytest.fixture(scope="module")
def largest() -> dict[str, int]:
    """By kind the bytes of the largest item that stands, after senders did their worst."""
    sizes: dict[str, int] = {}
    with mocked.running() as aws:
        senders = Senders(aws)
        for grow in (*hostile_people.LARGEST, *hostile_numbers.LARGEST):
            grow(senders)
        for table, name in senders.names.items():
            for item in _items(senders.client, name):
                kind = f"{table} {_kind(item['pk']['S'])}"
                sizes[kind] = max(sizes.get(kind, 0), size(item))
    return sizes


def _items(client: Any, table: str) -> Iterator[dict[str, Any]]:
    request = {"TableName": table}
    while True:
        answer = client.scan(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def test_every_kind_of_item_that_is_drawn_has_a_bound() -> None:
    assert len(drawn_kinds()) > 20
    assert drawn_kinds() == BOUNDS.keys()
    assert max(bound.bytes for bound in BOUNDS.values()) < MOST


def test_every_kind_is_drawn_and_pushed(largest: dict[str, int]) -> None:
    assert largest.keys() == BOUNDS.keys()


@pytest.mark.parametrize("kind", BOUNDS)
def test_no_item_of_a_kind_gets_past_its_bound(largest: dict[str, int], kind: str) -> None:
    # A bound that nobody comes near would say nothing.
    assert BOUNDS[kind].bytes / 2 <= largest[kind] <= BOUNDS[kind].bytes


def test_the_senders_catch_a_pack_that_is_never_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MAX_BYTES", 10**9)

    with mocked.running() as aws, pytest.raises(AssertionError, match="item too large"):
        hostile_people.refusals(Senders(aws))
