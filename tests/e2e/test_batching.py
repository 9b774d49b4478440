"""Messages that come together are matched together, on the local default as on AWS."""

from concurrent.futures import ThreadPoolExecutor

from tests.conftest import Customer, Local
from waypost import services
from waypost.event import Reject
from waypost.ingest import messages

CALLS, EACH = 6, 10
DELAY_SECONDS = 2  # all are sent by then, and all can be had at nearly the same moment


def test_messages_that_come_together_are_matched_together(local: Local, customer: Customer) -> None:
    """SQS hands over ten messages at a time, and a function is called for more than that."""
    with ThreadPoolExecutor(CALLS) as pool:
        list(pool.map(lambda call: send(local, customer, call), range(CALLS)))

    local.settled(customer, CALLS * EACH)

    assert len(landed(local, customer)) < CALLS


def send(local: Local, customer: Customer, call: int) -> None:
    bodies = [
        messages.queue_body(
            messages.wire(
                tenant=customer.tenant,
                receipt=f"{services.clock():015d}-{call}-{number}",
                source="planhat",
                received=services.clock(),
                lines=[],
                rejects=[Reject(0, "bad", "why")],
            )
        )
        for number in range(EACH)
    ]
    entries = [
        {"Id": str(number), "MessageBody": body, "DelaySeconds": DELAY_SECONDS}
        for number, body in enumerate(bodies)
    ]
    queue = local.outputs["MatchQueueUrl"]
    assert not local.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")


def landed(local: Local, customer: Customer) -> list[str]:
    """The keys of the tenant's landing objects: one for each of its batches."""
    listing = local.client("s3").list_objects_v2(
        Bucket=local.outputs["LakeBucket"], Prefix=f"landing/{customer.tenant}/"
    )
    return [item["Key"] for item in listing.get("Contents", [])]
