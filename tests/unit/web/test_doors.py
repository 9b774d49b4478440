"""What every door does with a batch: durable, once, and under the sender's own key."""

import pytest

from tests.fakes import FakeRows, FakeTenants
from tests.readers import BatchReader, FakeGrants, FakeInboxQueue
from waypost.errors import Malformed, TooLarge
from waypost.event import Batch, Event, Reject
from waypost.ingest.messages import Message
from waypost.ingest.ports import DoorStores
from waypost.sources.formats.json_items import MAX_ITEMS
from waypost.tenants import Tenant
from waypost.web import doors
from waypost.web.app import Call

TENANT = Tenant("acme")
NOW = 1_795_176_000_000


class World:
    """The stores of a door, and what lies in them."""

    def __init__(self) -> None:
        self.outbox, self.rows, self.batches = FakeInboxQueue(), FakeRows(), BatchReader()
        self.stores = DoorStores(FakeTenants(), FakeGrants(), self.outbox, self.rows, self.batches)

    @property
    def messages(self) -> list[Message]:
        return [self.outbox.read(body) for _, body in self.outbox.sent]

    @property
    def ids(self) -> list[str]:
        return [event.id for message in self.messages for event in message.events]


@pytest.fixture
def world() -> World:
    return World()


def call(body: bytes = b"", request: str = "r-1", **headers: str) -> Call:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call(body, request, NOW, named)


def batch(count: int = 2) -> Batch:
    return Batch([Event(n=n, action="Did", external_id=f"u{n}") for n in range(count)])


def test_a_batch_is_queued_for_its_tenant_with_source_and_receipt(world: World) -> None:
    receipt = doors.take(TENANT, call(), batch(), source="planhat", stores=world.stores)

    (message,) = world.messages
    assert (receipt.processed, receipt.rejects) == (2, [])
    assert (message.tenant, message.source, message.received) == ("acme", "planhat", NOW)
    assert message.receipt == f"{NOW:015d}-r-1"
    assert [event.external_id for event in message.events] == ["u0", "u1"]


def test_rejects_are_answered_and_kept_with_the_events(world: World) -> None:
    mixed = batch(1)
    mixed.rejects.append(Reject(1, "too_long", "action is too long", "action"))

    receipt = doors.take(TENANT, call(), mixed, source="planhat", stores=world.stores)

    assert (receipt.processed, [reject.code for reject in receipt.rejects]) == (1, ["too_long"])
    assert [reject.code for reject in world.messages[0].rejects] == ["too_long"]


def test_one_event_is_visible_at_once(world: World) -> None:
    doors.take(TENANT, call(), batch(1), source="planhat", stores=world.stores)

    assert world.ids[0] in world.rows


def test_nothing_is_queued_for_a_batch_of_nothing(world: World) -> None:
    receipt = doors.take(TENANT, call(), Batch(), source="planhat", stores=world.stores)

    assert (receipt.processed, world.messages) == (0, [])


def test_the_same_idempotency_key_gives_the_same_ids_in_another_request(world: World) -> None:
    for request in ("r-1", "r-2"):
        sent = call(request=request, idempotency_key=" k-1 ")
        doors.take(TENANT, sent, batch(), source="planhat", stores=world.stores)

    assert world.ids[:2] == world.ids[2:]
    assert len(set(world.ids)) == 2


def test_without_a_key_another_request_is_another_event(world: World) -> None:
    for request in ("r-1", "r-2"):
        sent = call(request=request)
        doors.take(TENANT, sent, batch(), source="planhat", stores=world.stores)

    assert len(set(world.ids)) == 4


def test_a_key_of_two_hundred_characters_is_taken_and_a_longer_one_refused(world: World) -> None:
    longest = call(idempotency_key="k" * doors.MAX_KEY)
    longer = call(idempotency_key="k" * (doors.MAX_KEY + 1))
    doors.take(TENANT, longest, batch(), source="planhat", stores=world.stores)

    with pytest.raises(Malformed) as refusal:
        doors.take(TENANT, longer, batch(), source="planhat", stores=world.stores)

    assert (refusal.value.code, len(world.messages)) == ("bad_key", 1)


def test_a_csv_stream_opens_a_batch_that_its_messages_name(world: World) -> None:
    body = b"id,action\nu-1,a\n,b\nu-2,c\n"

    id, receipt = doors.take_stream(TENANT, call(body), source="planhat", stores=world.stores)

    record = world.batches.records["acme", id]
    assert (receipt.processed, len(receipt.rejects)) == (2, 1)
    assert (record.kind, record.status, record.created) == ("stream", "matching", NOW)
    assert (record.received, record.rejected, record.parts) == (3, 1, 1)
    assert (record.bytes, record.bytes_read) == (len(body), len(body))
    assert {message.batch for message in world.messages} == {id}


def test_a_stream_with_too_many_rows_leaves_nothing_behind(world: World) -> None:
    body = b"id\n" + b"u\n" * (MAX_ITEMS + 1)

    with pytest.raises(TooLarge):
        doors.take_stream(TENANT, call(body), source="planhat", stores=world.stores)

    assert (world.messages, world.batches.records) == ([], {})


def test_an_upload_gets_a_url_of_its_own_for_an_hour(world: World) -> None:
    upload = doors.open_upload(TENANT, call(), stores=world.stores)
    other = doors.open_upload(TENANT, call(), stores=world.stores)

    assert upload.url == f"https://inbox.example/uploads/acme/{upload.batch}/data?expires=3600"
    assert upload.expires == NOW + 3_600_000
    assert world.batches.records["acme", upload.batch].status == "awaiting_upload"
    assert upload.batch != other.batch
    assert len(upload.batch.partition("-")[2]) == 32
