"""What the deploy on the emulator leaves out, set right after it; `waypost.local` lists it."""

import json
from pathlib import Path
from typing import Any


def time_to_live(dynamodb: Any, table: str) -> None:
    """`TimeToLiveSpecification` of the template."""
    present = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if present["TimeToLiveStatus"] == "DISABLED":
        specification = {"Enabled": True, "AttributeName": "ttl"}
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)


def release_in_flight(sqs: Any, state: Path) -> None:
    """Messages that were being worked on when the emulator stopped are to be had again at once.

    AWS would have let the functions finish; the emulator's end with it, and the messages would
    stay invisible for as long as a function could have run. Call it before anything is received.
    """
    if not state.exists():
        return
    for url, handle in _held(json.loads(state.read_text())):
        name = url.rpartition("/")[2]
        queue = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)


def _held(state: dict[str, Any]) -> list[tuple[str, str]]:
    # Only the state knows the handles: SQS tells them to receivers alone.
    queues = state["payload"]["queues"]["data"].values()
    return [
        (queue["url"], message["receipt_handle"])
        for queue in queues
        for message in queue["messages"]
        if message.get("receipt_handle")
    ]
