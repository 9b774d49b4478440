"""What fails is done seconds after its cause is gone, and nobody has to wait for a timeout."""

import time
from uuid import uuid4

import msgspec

from tests.conftest import Customer, Local, eventually
from waypost.event import Event
from waypost.ingest import messages
from waypost.ingest.messages import Message, Pointer

# Far below the twelve minutes for which the queue would hide what failed.
SECONDS = 120


def test_a_message_whose_events_could_not_be_read_is_matched_soon_after_they_can(
    local: Local, customer: Customer
) -> None:
    """Its neighbour, which is sent later, is matched before: so it has failed by then."""
    store = Chunks(local, customer)
    missing = store.send("late")
    eventually(store.in_flight, lambda count: count > 0)
    store.put(*store.send("early"))
    local.settled(customer, 1)

    store.put(*missing)

    counts = eventually(
        lambda: local.counts(customer), lambda found: found["received"] == 2, SECONDS
    )
    assert counts["stored"] == 2


class Chunks:
    """The inbox's chunks and their queue, without a door before them."""

    def __init__(self, local: Local, customer: Customer) -> None:
        self._local, self._tenant = local, customer.tenant
        self._sqs, self._url = local.client("sqs"), local.outputs["ChunkQueueUrl"]

    def send(self, user: str) -> tuple[str, bytes]:
        """Queues a pointer at a chunk that is not there yet: its key, and its bytes."""
        now = time.time_ns() // 1_000_000
        event = Event(uuid4().hex, 0, now, "Seen", external_id=user, company_id="acme")
        message = Message(self._tenant, f"{now:015d}-{uuid4()}", "planhat", now, [event])
        frame = messages.frame(msgspec.json.encode(message))
        key = f"chunks/{self._tenant}/{uuid4()}.zst"
        body = messages.queue_body(Pointer(self._tenant, key, 0, len(frame)))
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body, MessageGroupId=self._tenant)
        return key, frame

    def put(self, key: str, frame: bytes) -> None:
        bucket = self._local.outputs["InboxBucket"]
        self._local.client("s3").put_object(Bucket=bucket, Key=key, Body=frame)

    def in_flight(self) -> int:
        name = "ApproximateNumberOfMessagesNotVisible"
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(answer["Attributes"][name])
