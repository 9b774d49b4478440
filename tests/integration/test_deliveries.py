"""What a function tells SQS of messages in flight: when they come back, and which are done."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.worlds import Aws
from waypost.errors import Unavailable
from waypost.ingest.queue_records import Record
from waypost.storage.deliveries import SqsDeliveries

DEADLINE = 10


class Queue:
    """A queue of fifteen messages, all of them in flight: two calls of ten at most."""

    def __init__(self, aws: Aws) -> None:
        self.sqs = aws.client("sqs")
        self.name = f"deliveries-{uuid4()}"
        self.url = self.sqs.create_queue(
            QueueName=self.name, Attributes={"VisibilityTimeout": "600"}
        )["QueueUrl"]
        for n in range(15):
            self.sqs.send_message(QueueUrl=self.url, MessageBody=f"m{n:02d}")
        self.deliveries = SqsDeliveries(aws.caller("sqs"), ["https://sqs/1/other", self.url])
        self.records = [self.record(message) for message in self.receive(15)]

    def record(self, message: Any) -> Record:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{self.name}",
        }

    def receive(self, count: int) -> list[Any]:
        """So many messages as they come, or those that came within a few seconds."""
        messages: list[Any] = []
        end = time.monotonic() + DEADLINE
        while len(messages) < count and time.monotonic() < end:
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
            messages += answer.get("Messages", [])
        return messages

    def in_flight(self) -> int:
        name = "ApproximateNumberOfMessagesNotVisible"
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return int(answer["Attributes"][name])


@pytest.fixture
def queue(aws: Aws) -> Queue:
    return Queue(aws)


def test_a_message_comes_back_when_it_was_told_to_and_its_neighbours_stay_away(
    queue: Queue,
) -> None:
    soon, later = queue.records[:12], queue.records[12:]

    queue.deliveries.hide([(record, 0) for record in soon] + [(record, 300) for record in later])

    assert bodies(map(queue.record, queue.receive(12))) == bodies(soon)
    assert queue.in_flight() == 15


def test_what_is_done_is_gone_and_nothing_else(queue: Queue) -> None:
    queue.deliveries.delete(queue.records[:12])

    assert queue.in_flight() == 3


def test_a_message_that_is_gone_already_harms_no_neighbour(queue: Queue) -> None:
    queue.deliveries.delete(queue.records[:1])

    queue.deliveries.hide([(record, 0) for record in queue.records])

    assert bodies(map(queue.record, queue.receive(14))) == bodies(queue.records[1:])


def test_a_record_that_names_none_of_the_queues_is_left_alone(queue: Queue) -> None:
    foreign = {**queue.records[0], "eventSourceARN": "arn:aws:sqs:us-east-1:1:nobody"}
    bare = {"messageId": "m", "body": "b"}

    queue.deliveries.delete([foreign, bare])

    assert queue.in_flight() == 15


@pytest.mark.parametrize("tell", [SqsDeliveries.delete, lambda told, some: told.hide(pauses(some))])
def test_a_queue_that_does_not_answer_is_asked_once_and_breaks_nothing(
    tell: Callable[[SqsDeliveries, list[Record]], None],
) -> None:
    silent = Silent()
    records = [
        {"messageId": f"m{n}", "receiptHandle": "h", "eventSourceARN": "arn:aws:sqs:r:1:q"}
        for n in range(30)
    ]

    tell(SqsDeliveries(silent, ["https://sqs/1/q"]), records)  # type: ignore[arg-type]

    assert silent.calls == 1


class Silent:
    """SQS, away."""

    calls = 0

    def json(self, *_: object, **__: object) -> dict[str, object]:
        self.calls += 1
        raise Unavailable("sqs did not answer")


def pauses(records: list[Record]) -> list[tuple[Record, int]]:
    return [(record, 10) for record in records]


def bodies(records: Any) -> list[str]:
    return sorted(record["body"] for record in records)
